"""Schema history of the PostgreSQL zoo."""
