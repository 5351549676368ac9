"""The local web app in which people look at findings and decide, and the HTTP API over the same runs."""
