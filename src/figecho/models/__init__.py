"""Models that turn whole pictures into vectors or hashes: their files, their preprocessing, and running them."""
