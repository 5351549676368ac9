"""Files that mean harm: what becomes of them, of the machine, and of a good file among them."""
