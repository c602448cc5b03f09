"""The answers of SQLite."""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
from django.db import transaction

from syncline.changes.kinds import Cell, Form, Kind
from syncline.engines.base import (
    Column,
    Connection,
    Engine,
    Features,
    Query,
    Row,
    Wanted,
    Writer,
)
from syncline.engines.blame import Blame, blame_of
from syncline.engines.capture import Capture
from syncline.engines.pace import Pace, size_of
from syncline.engines.sqlite.capture import SQLiteCapture
from syncline.engines.sqlite.columns import describe, kind_of
from syncline.engines.sqlite.measures import MEASURES
from syncline.schema.description import Statistics

FORMS: dict[Kind, Form] = {
    Kind.BOOLEAN: Form.FLAG,
    Kind.DATE: Form.LOCAL,
    Kind.DATETIME: Form.LOCAL,
    Kind.DECIMAL: Form.REAL,
    Kind.NAIVE: Form.LOCAL,
    Kind.TIME: Form.LOCAL,
    Kind.UUID: Form.HEX,
}
"""How Django spells each kind in SQLite; the wire's spelling for all others."""


SHAPE = "SRID(@) || ';' || hex(AsBinary(@))"
MAKE_SHAPE = (
    "GeomFromWKB(CastToBlob(substr(@, instr(@, ';') + 1), 1), CAST(@ AS INTEGER))"
)
"""SpatiaLite's functions; its GeomFromEWKB makes one shape of a collection of one."""

SPATIAL_TRIGGER = re.compile(r"(gg[iu]|gi[iud]|gc[iud]|tm[iud])_")
"""SpatiaLite's own triggers, which keep its indexes and its statistics."""


class SQLiteWriter(Writer):
    """Inserts with `executemany`, which keeps its loop in C."""

    def __init__(self, connection: Connection, sql: str) -> None:
        self.connection, self.sql = connection, sql

    def write(self, rows: Sequence[Row]) -> None:
        with self.connection.wrap_database_errors:
            # The driver's own, because Django's knows no numbered parameters.
            self.connection.connection.executemany(self.sql, rows)
        self.written += len(rows)


class SQLite(Engine):
    """SQLite 3.31 or later, through Django's own backend or one built on it."""

    name = "sqlite"
    measures = MEASURES
    title = "SQLite"
    features = Features(
        transactional_ddl=True,
        defers_foreign_keys=True,
        checks_on_restore=False,
        keeps_nul=True,
        keeps_nan=False,
        keeps_infinity=True,
        decimal_digits_max=15,
        single_floats=frozenset(),
        checks_types=False,
    )

    def quote(self, identifier: str) -> str:
        return '"' + identifier.replace('"', '""') + '"'

    def identity(self, connection: Connection) -> str:
        name = str(connection.settings_dict["NAME"])
        memory = "memory" in name
        return name if memory else str(Path(name).resolve())

    def state_token(self, connection: Connection) -> str | None:
        """Give the file change counter ("Database File Format", section 1.3.7)."""
        path = Path(self.identity(connection))
        journal = path.with_name(path.name + "-wal")
        if not path.is_file() or (journal.exists() and journal.stat().st_size):
            return None
        with path.open("rb") as file:
            header = file.read(100)
        return f"{header[24:28].hex()}-{path.stat().st_size}"

    @contextmanager
    def reading_view(self, connection: Connection) -> Iterator[None]:
        with transaction.atomic(using=connection.alias):
            # The first read takes the snapshot, or in a rollback journal the lock.
            self.execute(connection, "SELECT COUNT(*) FROM sqlite_master")
            yield

    @contextmanager
    def writing_transaction(self, connection: Connection) -> Iterator[None]:
        connection.ensure_connection()
        if connection.in_atomic_block:
            self.execute(connection, "PRAGMA defer_foreign_keys = ON")
            with transaction.atomic(using=connection.alias):
                yield
            return
        mode = getattr(connection, "transaction_mode", None)
        connection.disable_constraint_checking()
        # A deferred transaction that reads first may fail to become a writer.
        setattr(connection, "transaction_mode", "IMMEDIATE")  # noqa: B010 - not typed
        try:
            with transaction.atomic(using=connection.alias):
                yield
        finally:
            setattr(connection, "transaction_mode", mode)  # noqa: B010 - not typed
            connection.enable_constraint_checking()

    def locking(self, where: Query, pk: Sequence[Column]) -> Query:
        del pk  # A writing transaction has locked the whole file.
        return where

    def sharing(self, where: Query) -> Query:
        return where

    def update_rows(
        self,
        connection: Connection,
        table: str,
        pk: Sequence[tuple[Column, Cell]],
        columns: Sequence[tuple[Column, Cell]],
        rows: Sequence[Row],
    ) -> None:
        def value(cell: Cell, number: int) -> str:
            shape = cell.kind is Kind.GEOMETRY
            return MAKE_SHAPE.replace("@", f"?{number}") if shape else f"?{number}"

        sets = ", ".join(
            f"{self.quote(column.name)} = {value(cell, number)}"
            for number, (column, cell) in enumerate(columns, len(pk) + 1)
        )
        same = " AND ".join(
            f"{self.quote(column.name)} = ?{number}"
            for number, (column, _) in enumerate(pk, 1)
        )
        sql = f"UPDATE {self.quote(table)} SET {sets} WHERE {same}"
        SQLiteWriter(connection, sql).write(rows)

    def blame(self, error: Exception) -> Blame:
        return Blame.BUSY if "locked" in str(error) else blame_of(error)

    def broken_references(self, connection: Connection) -> frozenset[tuple[Any, ...]]:
        # https://www.sqlite.org/pragma.html#pragma_foreign_key_check
        return frozenset(self.execute(connection, "PRAGMA foreign_key_check"))

    def new_keys(
        self, connection: Connection, table: str, column: str, count: int
    ) -> Sequence[int]:
        [(last,)] = self.execute(
            connection, f"SELECT MAX({self.quote(column)}) FROM {self.quote(table)}"
        )
        counted = self.execute(
            connection,
            "SELECT 1 FROM sqlite_master WHERE name = 'sqlite_sequence'",
        )
        if counted:  # What AUTOINCREMENT has given once is never given again.
            rows = self.execute(
                connection, "SELECT seq FROM sqlite_sequence WHERE name = %s", [table]
            )
            last = max([last or 0, *(seq for (seq,) in rows)])
        return range((last or 0) + 1, (last or 0) + 1 + count)

    def exact_bytes(self, length: int) -> str:
        del length
        return "BLOB"

    @property
    def capture(self) -> Capture:
        return SQLiteCapture(self.quote)

    def columns(self, connection: Connection, table: str) -> dict[str, Column]:
        rows = self.execute(connection, f"PRAGMA table_xinfo({self.quote(table)})")
        spatial = getattr(connection.features, "gis_enabled", False)
        return {row[1]: describe(row, spatial=spatial) for row in rows}

    def kind(self, column: Column, logical: Kind | None) -> Kind:
        return kind_of(column, logical)

    def reading(self, wanted: Wanted, zone: str) -> tuple[str, Cell]:
        # An expression has no declared type, so Django's own converters stay out.
        name = self.quote(wanted.column.name)
        sql = SHAPE.replace("@", name) if wanted.kind is Kind.GEOMETRY else f"+{name}"
        return sql, self._cell(wanted.kind, wanted.places, zone)

    def writing(self, columns: Sequence[tuple[Column, Kind]], zone: str) -> list[Cell]:
        return [self._cell(kind, column.places, zone) for column, kind in columns]

    def _cell(self, kind: Kind, places: int | None, zone: str) -> Cell:
        return Cell(
            kind=kind,
            form=FORMS.get(kind, Form.WIRE),
            zone=zone if kind in (Kind.DATETIME, Kind.NAIVE) else "UTC",
            places=places if kind is Kind.DECIMAL else None,
        )

    def stream(
        self, connection: Connection, query: Query, pace: Pace
    ) -> Iterator[Sequence[Row]]:
        with connection.cursor() as cursor:
            cursor.execute(query.sql, query.params or None)
            while rows := cursor.fetchmany(pace.rows):
                pace.observe(rows=len(rows), size=size_of(rows))
                yield rows

    def statistics(
        self, connection: Connection, source: Query, wanted: Mapping[str, Wanted]
    ) -> dict[str, Statistics]:
        found = super().statistics(connection, source, wanted)
        cut = [name for name in wanted if found[name].nuls]
        if not cut:
            return found
        # LENGTH() ends at the first NUL ("Built-In Scalar Functions").
        connection.ensure_connection()
        connection.connection.create_function("syncline_length", 1, _length)
        parts = [
            f"MAX(syncline_length({self.quote(wanted[n].column.name)}))" for n in cut
        ]
        longest = self._one(connection, source.select(parts))
        return found | {
            name: msgspec.structs.replace(found[name], longest=length)
            for name, length in zip(cut, longest, strict=True)
        }

    @contextmanager
    def writer(
        self,
        connection: Connection,
        table: str,
        columns: Sequence[tuple[Column, Cell]],
    ) -> Iterator[Writer]:
        names = ", ".join(self.quote(column.name) for column, _ in columns)
        marks = ", ".join(
            MAKE_SHAPE.replace("@", f"?{number}")
            if cell.kind is Kind.GEOMETRY
            else f"?{number}"
            for number, (_, cell) in enumerate(columns, 1)
        )
        connection.ensure_connection()
        yield SQLiteWriter(
            connection, f"INSERT INTO {self.quote(table)} ({names}) VALUES ({marks})"
        )

    def prepare_load(
        self, connection: Connection, tables: Sequence[str]
    ) -> Callable[[], Iterable[str]]:
        taken: list[tuple[str, str]] = []
        for table in tables:
            for kind, name, sql in self.execute(
                connection,
                "SELECT type, name, sql FROM sqlite_master WHERE tbl_name = %s "
                "AND type IN ('index', 'trigger') AND sql IS NOT NULL",
                [table],
            ):
                if kind == "trigger" and SPATIAL_TRIGGER.match(name):
                    continue
                self.execute(connection, f"DROP {kind} {self.quote(name)}")
                taken.append((name, sql))

        def restore() -> Iterable[str]:
            for name, sql in taken:
                yield name
                self.execute(connection, sql)

        return restore

    def empty(self, connection: Connection, tables: Sequence[str]) -> None:
        for table in tables:
            self.execute(connection, f"DELETE FROM {self.quote(table)}")

    def backup(self, connection: Connection, folder: Path) -> Path:
        path = folder / f"{connection.alias}.sqlite3"
        connection.ensure_connection()
        with closing(sqlite3.connect(path)) as copy:
            connection.connection.backup(copy)
        return path


def _length(value: str | bytes | float | None) -> int | None:
    return (
        None
        if value is None
        else len(value if isinstance(value, str | bytes) else str(value))
    )
