"""What the rest of Syncline asks of a database; each engine answers."""

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from syncline.changes.kinds import Cell, Form, Kind
from syncline.engines.capture import Capture
from syncline.engines.features import Features
from syncline.engines.live import UPDATES, LiveTables
from syncline.engines.parts import (
    Column,
    Connection,
    Query,
    Raw,
    Row,
    RowRefused,
    Side,
    Writer,
)
from syncline.schema.description import Statistics

__all__ = [
    "COUNTS",
    "UPDATES",
    "Column",
    "Connection",
    "Engine",
    "Features",
    "Query",
    "Raw",
    "Row",
    "RowRefused",
    "Side",
    "Wanted",
    "Writer",
]

COUNTS = frozenset({"nulls", "longest", "nuls", "odd"})
"""The statistics that are whole numbers on every engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A column to be read: where it is, what it means, and the form hoped for."""

    column: Column
    kind: Kind
    form: Form | None = None
    places: int | None = None
    zone: str = "UTC"
    """The zone of the form hoped for."""

    native: str = ""
    """The type of the column that it goes to, if that is of the same engine."""


class Engine(LiveTables):
    """One kind of database."""

    name: str
    title: str
    extra: str = ""
    measures: Mapping[Kind, Mapping[str, str]]
    """SQL aggregates by kind and by the statistic that each one answers."""

    # Names and connections

    @abstractmethod
    def identity(self, connection: Connection) -> str:
        """Give a text that is equal for two aliases of one database."""

    def state_token(self, connection: Connection) -> str | None:
        """Give a text that changes with every write, or None if there is none."""
        del connection
        return None

    @abstractmethod
    def reading_view(self, connection: Connection) -> AbstractContextManager[None]:
        """Open a transaction in which all reads see one moment."""

    @abstractmethod
    def writing_transaction(
        self, connection: Connection
    ) -> AbstractContextManager[None]:
        """Open the transaction that a load happens in, foreign keys not yet checked."""

    # Capture

    @property
    @abstractmethod
    def capture(self) -> Capture:
        """Give what writes the journal."""

    # Our own tables

    def exact_text(self, length: int) -> str:
        """Give the type of text that is equal where its bytes are."""
        return f"varchar({length})"

    def exact_bytes(self, length: int) -> str:
        """Give the type of some bytes that can be a key."""
        del length
        return "bytea"

    # What columns are

    @abstractmethod
    def columns(self, connection: Connection, table: str) -> dict[str, Column]:
        """Describe a table's columns by name; empty if there is no such table."""

    @abstractmethod
    def kind(self, column: Column, logical: Kind | None) -> Kind:
        """Say what a column's values are, given what the field says they mean."""

    # Reading

    @abstractmethod
    def reading(self, wanted: Wanted, zone: str) -> tuple[str, Cell]:
        """Give the SQL that selects a column, and the form in which it arrives."""

    def statistics(
        self,
        connection: Connection,
        source: Query,
        wanted: Mapping[str, Wanted],
    ) -> dict[str, Statistics]:
        """Take the statistics of some columns in one pass.

        Args:
            connection: where to ask.
            source: the rows to look at.
            wanted: by the name of the field.
        """
        names: list[tuple[str, str]] = []
        parts: list[str] = []
        for name, column in wanted.items():
            for statistic, sql in self._measures(column).items():
                names.append((name, statistic))
                parts.append(sql.replace("@", self.quote(column.column.name)))
        if not parts:
            return dict.fromkeys(wanted, Statistics())
        found: dict[str, dict[str, Any]] = {name: {} for name in wanted}
        row = self._one(connection, source.select(parts))
        for (name, statistic), value in zip(names, row, strict=True):
            found[name][statistic] = value
        return {
            name: Statistics(**self._plain(values)) for name, values in found.items()
        }

    def _measures(self, wanted: Wanted) -> dict[str, str]:
        nulls = {"nulls": "COUNT(*) - COUNT(@)"} if wanted.column.null else {}
        return {**nulls, **self.measures.get(wanted.kind, {})}

    @staticmethod
    def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
        """Leave out what an empty table could not answer; make numbers plain."""
        return {
            name: int(value) if name in COUNTS or isinstance(value, Decimal) else value
            for name, value in values.items()
            if value is not None
        }

    # Writing

    @abstractmethod
    def writing(self, columns: Sequence[tuple[Column, Kind]], zone: str) -> list[Cell]:
        """Say in what forms the bulk writer wants a table's columns."""

    @abstractmethod
    def prepare_load(
        self, connection: Connection, tables: Sequence[str]
    ) -> Callable[[], Iterable[str]]:
        """Take away what slows a load down.

        Returns:
            A function that puts it back, yielding a word for each step.
        """

    @abstractmethod
    def empty(self, connection: Connection, tables: Sequence[str]) -> None:
        """Remove all rows of these tables, and of no others."""

    def reset_sequences(
        self, connection: Connection, table: str, columns: Sequence[str]
    ) -> None:
        """Make the next automatic key larger than any that is there.

        Nothing to do where the engine does so by itself.
        """
        del connection, table, columns

    @abstractmethod
    def backup(self, connection: Connection, folder: Path) -> Path:
        """Save the whole database with the engine's own tool."""

    def notes(self, connection: Connection) -> list[str]:
        """Say what a user should know about writing here; usually nothing."""
        del connection
        return []

    # Merging

    def upsert(
        self, table: str, staged: str, columns: Sequence[str], pk: Sequence[str]
    ) -> list[str]:
        """Give the SQL that writes staged rows over live ones, and adds the rest."""
        names = ", ".join(self.quote(column) for column in columns)
        others = [self.quote(column) for column in columns if column not in pk]
        sets = ", ".join(f"{column} = excluded.{column}" for column in others)
        key = ", ".join(self.quote(column) for column in pk)
        then = f"UPDATE SET {sets}" if sets else "NOTHING"
        insert = f"INSERT INTO {self.quote(table)} ({names}) SELECT {names} "
        source = f"FROM {self.quote(staged)} WHERE true "
        return [f"{insert}{source}ON CONFLICT ({key}) DO {then}"]

    def as_text(self, expression: str) -> str:
        """Give the SQL that spells a value as text."""
        return f"CAST({expression} AS TEXT)"
