"""What is needed to look after figecho, and not to use it."""
