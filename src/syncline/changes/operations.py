"""What the journal says of a write: what was done, and by whom."""

from enum import IntEnum


class Operation(IntEnum):
    """What was done to a row."""

    INSERT = 1
    UPDATE = 2
    DELETE = 3
    TRUNCATE = 4
    """All rows of the table are gone; the pk is empty."""


class Origin(IntEnum):
    """Who wrote a row. It saves work, and never hides a write."""

    USER = 0
    APPLY = 1
    """Us, with what another node has sent."""

    MIGRATION = 2
    UNTRACKED = 3
    """A user who wants no version of it."""
