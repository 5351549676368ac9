"""How the review app and the HTTP API hold up on a run of ten thousand findings."""
