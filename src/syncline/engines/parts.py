"""What questions to an engine are made of: a connection, a column, a query."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

Connection = BaseDatabaseWrapper


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column as the database itself describes it."""

    name: str
    native: str
    """The type without length, in lower case: `varchar`, `timestamp with time zone`."""

    null: bool = True
    length_max: int | None = None
    """Characters that fit, or bytes for binary."""

    digits: int | None = None
    places: int | None = None
    least: int | None = None
    greatest: int | None = None
    """The range of an integer column."""

    generated: bool = False
    has_default: bool = False
    bytes_max: int | None = None
    """Bytes that fit, where the engine counts text so."""

    refuses: Callable[[Any], str] | None = None
    """Says what this column has against a wire value, where length and range do not
    tell."""

    refuses_odd: bool = False
    """Does it refuse only values that statistics count as odd?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """SQL with its parameters; until `select`, `sql` is what follows FROM."""

    sql: str
    params: tuple[Any, ...] = ()

    def select(self, parts: Sequence[str]) -> "Query":
        """Select these expressions, which hold no parameters of their own."""
        selected = ", ".join(parts)
        if self.params:
            # The drivers read % as a parameter as soon as there is one.
            selected = selected.replace("%", "%%")
        return Query(sql=f"SELECT {selected} FROM {self.sql}", params=self.params)


Row = Sequence[Any]
Raw = Any
"""A driver's own object; drivers bring no types that all of them share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One end of a foreign key."""

    table: str
    column: str


class Writer(ABC):
    """Puts rows into one table, as fast as the engine can."""

    written: int = 0

    @abstractmethod
    def write(self, rows: Sequence[Row]) -> None:
        """Add rows; each has the forms that `Engine.writing` asked for."""


class RowRefused(Exception):
    """A server names one value of a batch that it does not take."""

    def __init__(self, *, column: str, row: Row, reason: str) -> None:
        self.column, self.row, self.reason = column, row, reason
        super().__init__(reason)
