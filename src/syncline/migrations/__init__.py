"""Django migrations of our own tables."""
