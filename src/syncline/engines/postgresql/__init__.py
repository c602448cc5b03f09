"""PostgreSQL, through psycopg 3."""

from syncline.engines.postgresql.engine import PostgreSQL

__all__ = ["PostgreSQL"]
