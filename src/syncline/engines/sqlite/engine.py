"""The answers of SQLite."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from django.db import transaction

from syncline.changes.kinds import Cell, Form, Kind
from syncline.engines.base import (
    Column,
    Connection,
    Engine,
    Features,
    Pace,
    Query,
    Row,
    Wanted,
    Writer,
    size_of,
)
from syncline.engines.sqlite.columns import describe, kind_of

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

ORDERED = frozenset(
    {
        Kind.DATE,
        Kind.DATETIME,
        Kind.DECIMAL,
        Kind.DURATION,
        Kind.FLOAT,
        Kind.INTEGER,
        Kind.NAIVE,
        Kind.TIME,
    }
)


class SQLiteWriter(Writer):
    """Inserts with `executemany`, which keeps its loop in C."""

    def __init__(self, connection: Connection, sql: str) -> None:
        self.cursor, self.sql = connection.cursor(), sql

    def write(self, rows: Sequence[Row]) -> None:
        self.cursor.executemany(self.sql, rows)
        self.written += len(rows)


class SQLite(Engine):
    """SQLite 3.31 or later, through Django's own backend or one built on it."""

    name = "sqlite"
    title = "SQLite"
    features = Features(
        transactional_ddl=True,
        defers_foreign_keys=True,
        checks_on_restore=False,
        keeps_nul=True,
        keeps_nan=False,
        keeps_infinity=True,
        decimal_digits_max=15,
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

    def columns(self, connection: Connection, table: str) -> dict[str, Column]:
        rows = self.execute(connection, f"PRAGMA table_xinfo({self.quote(table)})")
        return {row[1]: describe(row) for row in rows}

    def kind(self, column: Column, logical: Kind | None) -> Kind:
        return kind_of(column, logical)

    def reading(self, wanted: Wanted, zone: str) -> tuple[str, Cell]:
        # An expression has no declared type, so Django's own converters stay out.
        sql = f"+{self.quote(wanted.column.name)}"
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

    def aggregates(self, wanted: Wanted, zone: str) -> dict[str, str]:
        del zone
        name = self.quote(wanted.column.name)
        found = {"nulls": f"COUNT(*) - COUNT({name})"} if wanted.column.null else {}
        if wanted.kind is Kind.FLOAT:
            finite = f"CASE WHEN ABS({name}) < 9e999 THEN {name} END"
            found |= {
                "least": f"MIN({finite})",
                "greatest": f"MAX({finite})",
                "odd": f"SUM({name} IN (9e999, -9e999) "
                f"OR typeof({name}) NOT IN ('real', 'integer', 'null'))",
            }
        elif wanted.kind in ORDERED:
            found |= {"least": f"MIN(+{name})", "greatest": f"MAX(+{name})"}
        if wanted.kind in (Kind.TEXT, Kind.JSON):
            found["longest"] = f"MAX(LENGTH({name}))"
            found["nuls"] = f"SUM(INSTR({name}, char(0)) > 0)"
        if wanted.kind is Kind.JSON:
            found["nuls"] = f"SUM(INSTR({name}, '\\u0000') > 0)"
        if wanted.kind is Kind.BINARY:
            found["longest"] = f"MAX(LENGTH({name}))"
        return found

    @contextmanager
    def writer(
        self,
        connection: Connection,
        table: str,
        columns: Sequence[tuple[Column, Cell]],
    ) -> Iterator[Writer]:
        names = ", ".join(self.quote(column.name) for column, _ in columns)
        marks = ", ".join(["%s"] * len(columns))
        names, quoted = names.replace("%", "%%"), self.quote(table).replace("%", "%%")
        yield SQLiteWriter(
            connection, f"INSERT INTO {quoted} ({names}) VALUES ({marks})"
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
