"""Statistics of values that no database has seen."""

from math import isfinite

from syncline.changes.documents import is_odd
from syncline.changes.kinds import Kind, Value
from syncline.schema.description import Statistics

ORDERED = frozenset(
    {Kind.DATE, Kind.DATETIME, Kind.DURATION, Kind.INTEGER, Kind.NAIVE, Kind.TIME}
)


class Tally:
    """Counts one field's values as they pass."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.nulls = self.nuls = self.odd = 0
        self.longest: int | None = None
        self.least: Value = None
        self.greatest: Value = None

    def add(self, value: Value) -> None:
        """Count one value in."""
        if value is None:
            self.nulls += 1
            return
        if isinstance(value, str | bytes):
            self.longest = max(self.longest or 0, len(value))
        if isinstance(value, str):
            self.nuls += "\0" in value or "\\u0000" in value
            self.odd += self.kind is Kind.JSON and is_odd(value)
        if isinstance(value, float):
            self.odd += not isfinite(value)
        if self.kind is Kind.DECIMAL:
            self.least = self.greatest = value
        elif self.kind in ORDERED and isinstance(value, int | str):
            self.least = value if self.least is None else min(self.least, value)
            self.greatest = (
                value if self.greatest is None else max(self.greatest, value)
            )

    def statistics(self) -> Statistics:
        """Give what was counted."""
        return Statistics(
            nulls=self.nulls,
            longest=self.longest,
            least=self.least,
            greatest=self.greatest,
            nuls=self.nuls,
            odd=self.odd,
        )
