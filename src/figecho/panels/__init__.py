"""Picture → panels: the units that are compared."""
