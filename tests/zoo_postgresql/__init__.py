"""Models that only PostgreSQL can hold."""
