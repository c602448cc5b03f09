"""Any other database that Django supports: slow, and untested by us."""

from syncline.engines.generic.engine import Generic

__all__ = ["Generic"]
