"""Whose fault an error of a database is, which decides what is done about it."""

from enum import StrEnum

from django.db import InterfaceError, OperationalError


class Blame(StrEnum):
    """What an error says."""

    ROW = "row"
    """A row cannot be written as it is; others can."""

    BUSY = "busy"
    """Others were at the same rows; the same may work in a moment."""

    DATABASE = "database"
    """The database is gone, full or out of order, and nothing will work."""


def blame_of(error: Exception) -> Blame:
    """Say what an error means where the engine knows no better."""
    lost = isinstance(error, InterfaceError | OperationalError)
    return Blame.DATABASE if lost else Blame.ROW
