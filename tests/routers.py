"""Database routers of the test project."""

from typing import Any

from django.db import connections


class PostgreSQLOnly:
    """Tables with fields that only PostgreSQL has exist only there."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """Refuse the app elsewhere; no opinion about anything else."""
        if app_label == "zoo_postgresql" and connections[db].vendor != "postgresql":
            return False
        return None
