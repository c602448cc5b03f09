"""What the rest of Syncline asks of a database; each engine answers."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from syncline.changes.kinds import Cell, Form, Kind
from syncline.engines.blame import Blame, blame_of
from syncline.engines.capture import Capture
from syncline.engines.pace import Pace
from syncline.engines.parts import Column, Connection, Query
from syncline.schema.description import Statistics

__all__ = [
    "COUNTS",
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

Row = Sequence[Any]
Raw = Any
"""A driver's own object; drivers bring no types that all of them share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What an engine can do; every flag answers one question and names its source."""

    transactional_ddl: bool
    """Does DDL roll back? MariaDB KB, "SQL statements causing an implicit commit"."""

    defers_foreign_keys: bool
    """Can a foreign key be broken inside a transaction? Never on InnoDB."""

    checks_on_restore: bool
    """Does putting foreign keys back check the rows? See "ALTER TABLE", ADD."""

    keeps_nul: bool
    """Can text hold NUL? Not on PostgreSQL ("Character Types")."""

    keeps_nan: bool
    """Can a float be NaN? SQLite turns it into NULL, MariaDB refuses it."""

    keeps_infinity: bool
    """Can a float be infinite? Not on MariaDB ("Floating-point accuracy")."""

    decimal_digits_max: int
    """Digits that a decimal column keeps; SQLite's REAL keeps 15."""

    checks_types: bool
    """Does a column hold only its own type? Not on SQLite ("Flexible Typing")."""


UPDATES = "syncline_updates"
"""The temporary table of values that are about to be written."""

COUNTS = frozenset({"nulls", "longest", "nuls", "odd"})
"""The statistics that are whole numbers on every engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One end of a foreign key."""

    table: str
    column: str


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


class Engine(ABC):
    """One kind of database."""

    name: str
    title: str
    features: Features
    extra: str = ""
    measures: Mapping[Kind, Mapping[str, str]]
    """SQL aggregates by kind and by the statistic that each one answers."""

    # Names and connections

    @abstractmethod
    def quote(self, identifier: str) -> str:
        """Quote a name for SQL."""

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

    @abstractmethod
    def stream(
        self, connection: Connection, query: Query, pace: Pace
    ) -> Iterator[Sequence[Row]]:
        """Yield the rows of a query in batches, in constant memory."""

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

    def _one(self, connection: Connection, query: Query) -> tuple[Any, ...]:
        return self.execute(connection, query.sql, query.params)[0]

    # Writing

    @abstractmethod
    def writing(self, columns: Sequence[tuple[Column, Kind]], zone: str) -> list[Cell]:
        """Say in what forms the bulk writer wants a table's columns."""

    @abstractmethod
    def writer(
        self,
        connection: Connection,
        table: str,
        columns: Sequence[tuple[Column, Cell]],
    ) -> AbstractContextManager[Writer]:
        """Open the bulk writer of a table."""

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

    def temporary_key(self, columns: Sequence[str]) -> str:
        """Give the key clause of a temporary table, where joins need one."""
        del columns
        return ""

    def drop_temporary(self, name: str) -> str:
        """Give the SQL that drops a temporary table without a commit."""
        return f"DROP TABLE IF EXISTS {self.quote(name)}"

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

    def update_rows(
        self,
        connection: Connection,
        table: str,
        pk: Sequence[tuple[Column, Cell]],
        columns: Sequence[tuple[Column, Cell]],
        rows: Sequence[Row],
    ) -> None:
        """Write some columns of rows that are there.

        Args:
            connection: where to.
            table: the live table.
            pk: the columns that find a row, with the forms of their values.
            columns: the columns to write, which may be those of the pk as well.
            rows: the pk's values and then the columns', in these forms.
        """
        names = [f"k{number}" for number in range(len(pk))]
        names += [f"c{number}" for number in range(len(columns))]
        pairs = [*pk, *columns]
        selected = ", ".join(
            f"{self.quote(column.name)} AS {name}"
            for (column, _), name in zip(pairs, names, strict=True)
        )
        live = self.quote(table)
        if not self.features.transactional_ddl:
            # One of an attempt that was rolled back may still be there.
            self.execute(connection, self.drop_temporary(UPDATES))
        self.execute(
            connection,
            f"CREATE TEMPORARY TABLE {UPDATES} {self.temporary_key(names[: len(pk)])} "
            f"AS SELECT {selected} FROM {live} WHERE 1 = 0",
        )
        staged = [
            (replace(column, name=name), cell)
            for (column, cell), name in zip(pairs, names, strict=True)
        ]
        with self.writer(connection, UPDATES, staged) as writer:
            writer.write(rows)
        same = " AND ".join(
            f"t.{self.quote(column.name)} = s.{name}"
            for (column, _), name in zip(pk, names, strict=False)
        )
        sets = [
            (self.quote(column.name), name)
            for (column, _), name in zip(columns, names[len(pk) :], strict=True)
        ]
        self.execute(connection, self.update_joined(live, same, sets))
        self.execute(connection, self.drop_temporary(UPDATES))

    def update_joined(
        self, live: str, same: str, sets: Sequence[tuple[str, str]]
    ) -> str:
        """Give the SQL that updates a table (as `t`) from the staged rows (as `s`)."""
        spelled = ", ".join(f"{column} = s.{name}" for column, name in sets)
        return f"UPDATE {live} AS t SET {spelled} FROM {UPDATES} s WHERE {same}"

    def new_keys(
        self, connection: Connection, table: str, column: str, count: int
    ) -> Sequence[int]:
        """Give automatic keys for rows that are about to be inserted with them."""
        del table, column, count
        raise NotImplementedError

    def blame(self, error: Exception) -> Blame:
        """Say what is to blame for an error while rows are written."""
        return blame_of(error)

    def check_constraints(self, connection: Connection) -> None:
        """Let constraints that wait for the commit speak up now."""
        del connection

    def stream_beside(
        self, connection: Connection, query: Query, pace: Pace
    ) -> Iterator[Sequence[Row]]:
        """Yield the rows of a query, leaving the connection free for others."""
        return self.stream(connection, query, pace)

    def as_text(self, expression: str) -> str:
        """Give the SQL that spells a value as text."""
        return f"CAST({expression} AS TEXT)"

    # Plain SQL, the same everywhere

    def execute(
        self, connection: Connection, sql: str, params: Sequence[Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """Run one statement and give all its rows; for small answers only."""
        with connection.cursor() as cursor:
            cursor.execute(sql, params or None)
            return list(cursor.fetchall()) if cursor.description else []

    def among(self, column: str, values: Sequence[Any]) -> Query:
        """Give the WHERE of a column (as SQL) that has one of some values."""
        if not values:
            return Query(sql="1 = 0")
        marks = ", ".join(["%s"] * len(values))
        return Query(sql=f"{column} IN ({marks})", params=tuple(values))

    def locking(self, where: Query, pk: Sequence[Column]) -> Query:
        """Give the end of a SELECT (from a WHERE on) that locks rows (`t`) in order."""
        order = ", ".join(f"t.{self.quote(column.name)}" for column in pk)
        order = order.replace("%", "%%")
        return Query(
            sql=f"{where.sql} ORDER BY {order} FOR UPDATE", params=where.params
        )

    def sharing(self, where: Query) -> Query:
        """Give the end of a SELECT (from a WHERE on) of rows that are to stay."""
        return Query(sql=f"{where.sql} LOCK IN SHARE MODE", params=where.params)

    def count(self, connection: Connection, source: Query) -> int:
        """Count rows."""
        return int(self._one(connection, source.select(["COUNT(*)"]))[0])

    def orphans(self, child: Side, parent: Side) -> Query:
        """Give the child's rows whose key points at nothing; the child is `c`."""
        column, key = self.quote(child.column), self.quote(parent.column)
        return Query(
            sql=f"{self.quote(child.table)} c WHERE c.{column} IS NOT NULL AND "
            f"NOT EXISTS (SELECT 1 FROM {self.quote(parent.table)} p "
            f"WHERE p.{key} = c.{column})"
        )

    def nullify_orphans(
        self, connection: Connection, child: Side, parent: Side
    ) -> None:
        """Set keys that point at nothing to NULL."""
        self.execute(
            connection,
            f"UPDATE {self.quote(child.table)} SET {self.quote(child.column)} = NULL "
            f"WHERE {self._dangling(child, parent)}",
        )

    def delete_orphans(self, connection: Connection, child: Side, parent: Side) -> None:
        """Delete rows whose key points at nothing."""
        self.execute(
            connection,
            f"DELETE FROM {self.quote(child.table)} "
            f"WHERE {self._dangling(child, parent)}",
        )

    def _dangling(self, child: Side, parent: Side) -> str:
        # The inner SELECT is wrapped, because MariaDB refuses to read the table that
        # it changes ("UPDATE", same source and target), which self-references do.
        column, key = self.quote(child.column), self.quote(parent.column)
        return (
            f"{column} IS NOT NULL AND {column} NOT IN (SELECT k FROM (SELECT {key} "
            f"AS k FROM {self.quote(parent.table)} WHERE {key} IS NOT NULL) p)"
        )

    def has_rows(self, connection: Connection, table: str) -> bool:
        """Is there any row in a table?"""
        sql = f"SELECT 1 FROM {self.quote(table)} LIMIT 1"
        return bool(self.execute(connection, sql))
