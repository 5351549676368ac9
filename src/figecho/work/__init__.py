"""How tasks run: in isolated worker processes, where one crash, hang or memory hog costs one task."""
