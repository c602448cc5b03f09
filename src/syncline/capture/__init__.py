"""Which rows were written, and what numbers their versions get."""
