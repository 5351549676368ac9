"""A small paper with planted reuse, drawn by the project itself: what `figecho demo` scans."""
