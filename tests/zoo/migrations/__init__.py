"""Schema history of the zoo."""
