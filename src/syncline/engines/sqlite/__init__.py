"""SQLite, as Django supports it."""

from syncline.engines.sqlite.engine import SQLite

__all__ = ["SQLite"]
