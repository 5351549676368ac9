"""Many documents → a run: what to read, which panels to compare, what was found, and which findings belong together."""
