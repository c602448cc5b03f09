"""The answers of PostgreSQL."""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import transaction

from syncline.changes.kinds import Cell, Form, Kind
from syncline.engines.base import (
    Column,
    Connection,
    Engine,
    Features,
    Query,
    Raw,
    Row,
    Wanted,
    Writer,
)
from syncline.engines.blame import Blame, blame_of
from syncline.engines.capture import Capture
from syncline.engines.pace import Pace, size_of
from syncline.engines.postgresql.capture import PostgreSQLCapture
from syncline.engines.postgresql.columns import (
    COLUMNS_SQL,
    describe,
    kind_of,
    packed_cell,
    select,
)
from syncline.engines.postgresql.keys import array
from syncline.engines.postgresql.loading import take_away
from syncline.engines.postgresql.measures import MEASURES
from syncline.engines.postgresql.packing import PACKERS
from syncline.engines.tools import run_tool

TLS = {
    "PGSSLMODE": "sslmode",
    "PGSSLROOTCERT": "sslrootcert",
    "PGSSLCERT": "sslcert",
    "PGSSLKEY": "sslkey",
}
"""How pg_dump is told by the environment ("libpq", Environment Variables)."""

CONTENDED = frozenset({"40001", "40P01", "55P03"})
"""A failed serialization, a deadlock, a lock that was not to be had ("Error Codes")."""

cursor_numbers = itertools.count(1)


class PostgreSQLWriter(Writer):
    """Feeds COPY; psycopg packs each row in C."""

    def __init__(self, copy: Raw) -> None:
        self.copy = copy

    def write(self, rows: Sequence[Row]) -> None:
        write_row = self.copy.write_row
        for row in rows:
            write_row(row)
        self.written += len(rows)


class PostgreSQL(Engine):
    """PostgreSQL 14 or later, through psycopg 3."""

    name = "postgresql"
    measures = MEASURES
    title = "PostgreSQL"
    extra = "postgresql"
    features = Features(
        transactional_ddl=True,
        defers_foreign_keys=True,
        checks_on_restore=True,
        keeps_nul=False,
        keeps_nan=True,
        keeps_infinity=True,
        decimal_digits_max=1000,
        single_floats=frozenset({"real"}),
        checks_types=True,
    )

    def quote(self, identifier: str) -> str:
        if identifier.startswith('"') and identifier.endswith('"'):
            return identifier  # As Django does, for db_table = '"schema"."table"'.
        return '"' + identifier.replace('"', '""') + '"'

    def identity(self, connection: Connection) -> str:
        rows = self.execute(
            connection,
            "SELECT datname, oid, extract(epoch FROM pg_postmaster_start_time()) "
            "FROM pg_database WHERE datname = current_database()",
        )
        return " ".join(map(str, rows[0]))

    def state_token(self, connection: Connection) -> str | None:
        """Give the next transaction id, unless transactions are under way."""
        rows = self.execute(
            connection,
            "SELECT pg_snapshot_xmin(s)::text, pg_snapshot_xmax(s)::text, "
            "pg_postmaster_start_time()::text FROM pg_current_snapshot() s",
        )
        oldest, next_id, started = rows[0]
        return f"{started} {next_id}" if oldest == next_id else None

    @contextmanager
    def reading_view(self, connection: Connection) -> Iterator[None]:
        nested = connection.in_atomic_block
        with transaction.atomic(using=connection.alias):
            if not nested:
                self.execute(
                    connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"
                )
            # Else a large table may be read from its middle, and a resumed dump would
            # skip other rows than it has ("Version and Platform Compatibility").
            self.execute(connection, "SET LOCAL synchronize_seqscans = off")
            self.execute(connection, "SET LOCAL datestyle = 'ISO, YMD'")
            yield

    @contextmanager
    def writing_transaction(self, connection: Connection) -> Iterator[None]:
        with transaction.atomic(using=connection.alias):
            yield

    def among(self, column: str, values: Sequence[Any]) -> Query:
        if not values:
            return super().among(column, values)
        # One parameter, and one plan, however many values there are.
        return Query(sql=f"{column} = ANY(%s)", params=(array(values),))

    @property
    def capture(self) -> Capture:
        return PostgreSQLCapture(self.quote)

    def blame(self, error: Exception) -> Blame:
        state = getattr(error.__cause__, "sqlstate", None)
        return Blame.BUSY if state in CONTENDED else blame_of(error)

    def sharing(self, where: Query) -> Query:
        # Others may change such a row, though neither its key nor that it is there.
        return Query(sql=f"{where.sql} FOR KEY SHARE", params=where.params)

    def new_keys(
        self, connection: Connection, table: str, column: str, count: int
    ) -> Sequence[int]:
        quoted = self.quote(table)
        [(sequence,)] = self.execute(
            connection, "SELECT pg_get_serial_sequence(%s, %s)", [quoted, column]
        )
        if sequence is None:
            rows = self.execute(
                connection, f"SELECT MAX({self.quote(column)}) FROM {quoted}"
            )
            last = rows[0][0] or 0
            return range(last + 1, last + 1 + count)
        rows = self.execute(
            connection,
            "SELECT nextval(%s::regclass) FROM generate_series(1, %s)",
            [sequence, count],
        )
        return [key for (key,) in rows]

    def check_constraints(self, connection: Connection) -> None:
        self.execute(connection, "SET CONSTRAINTS ALL IMMEDIATE")
        self.execute(connection, "SET CONSTRAINTS ALL DEFERRED")

    def columns(self, connection: Connection, table: str) -> dict[str, Column]:
        rows = self.execute(connection, COLUMNS_SQL, [self.quote(table)])
        return {row[0]: describe(row) for row in rows}

    def kind(self, column: Column, logical: Kind | None) -> Kind:
        return kind_of(column, logical)

    def reading(self, wanted: Wanted, zone: str) -> tuple[str, Cell]:
        sql, form = select(self.quote(wanted.column.name), wanted)
        return sql, Cell(
            kind=wanted.kind,
            form=form,
            zone=zone if wanted.kind is Kind.NAIVE else "UTC",
            places=wanted.column.places if wanted.kind is Kind.DECIMAL else None,
            native=wanted.column.native if form is Form.PACKED else "",
            decode=int if form is Form.NATIVE else None,
        )

    def writing(self, columns: Sequence[tuple[Column, Kind]], zone: str) -> list[Cell]:
        as_text = any(kind is Kind.NATIVE for _, kind in columns)
        return [
            packed_cell(kind, column, zone if kind is Kind.NAIVE else "UTC")
            if column.native in PACKERS and not as_text
            else Cell(
                kind=kind,
                form=Form.WIRE,
                zone=zone if kind is Kind.NAIVE else "UTC",
                places=column.places if kind is Kind.DECIMAL else None,
            )
            for column, kind in columns
        ]

    def stream(
        self, connection: Connection, query: Query, pace: Pace
    ) -> Iterator[Sequence[Row]]:
        name = f"syncline_{next(cursor_numbers)}"
        with (
            connection.wrap_database_errors,
            connection.connection.cursor(name=name, binary=True) as cursor,
        ):
            cursor.execute(query.sql, query.params or None, binary=True)
            while rows := cursor.fetchmany(pace.rows):
                pace.observe(rows=len(rows), size=size_of(rows))
                yield rows

    @contextmanager
    def writer(
        self,
        connection: Connection,
        table: str,
        columns: Sequence[tuple[Column, Cell]],
    ) -> Iterator[Writer]:
        names = ", ".join(self.quote(column.name) for column, _ in columns)
        binary = all(cell.kind is not Kind.NATIVE for _, cell in columns)
        how = " (FORMAT BINARY)" if binary else ""
        sql = f"COPY {self.quote(table)} ({names}) FROM STDIN{how}"
        with (
            connection.wrap_database_errors,
            connection.cursor() as cursor,
            cursor.copy(sql) as copy,
        ):
            if binary:
                copy.set_types([_copy_type(column, cell) for column, cell in columns])
            yield PostgreSQLWriter(copy)

    def prepare_load(
        self, connection: Connection, tables: Sequence[str]
    ) -> Callable[[], Iterable[str]]:
        def execute(
            sql: str, params: Sequence[object] | None = None
        ) -> list[tuple[Any, ...]]:
            return self.execute(connection, sql, params)

        return take_away(execute, [self.quote(table) for table in tables])

    def empty(self, connection: Connection, tables: Sequence[str]) -> None:
        if tables:
            names = ", ".join(self.quote(table) for table in tables)
            self.execute(connection, f"TRUNCATE {names}")

    def reset_sequences(
        self, connection: Connection, table: str, columns: Sequence[str]
    ) -> None:
        for column in columns:
            name, quoted = self.quote(column), self.quote(table)
            [(sequence, start)] = self.execute(
                connection,
                f"SELECT pg_get_serial_sequence(%s, %s), COALESCE(MAX({name}), 0) + 1 "
                f"FROM {quoted}".replace(quoted, quoted.replace("%", "%%")),
                [quoted, column],
            )
            if sequence is not None:
                [(last,)] = self.execute(
                    connection,
                    "SELECT seqmax FROM pg_sequence WHERE seqrelid = %s::regclass",
                    [sequence],
                )
                # Unlike setval, this rolls back ("ALTER SEQUENCE", Notes). Where the
                # last key is taken, the next insert clashes, as it would have there.
                restart = min(max(start, 1), last)
                self.execute(
                    connection, f"ALTER SEQUENCE {sequence} RESTART WITH {restart}"
                )

    def backup(self, connection: Connection, folder: Path) -> Path:
        path = folder / f"{connection.alias}.pgdump"
        connection.ensure_connection()
        # What the connection has come to, by services and password files as well.
        info = connection.connection.info
        known = info.get_parameters()
        environment = {
            "PGDATABASE": info.dbname,
            "PGHOST": info.host,
            "PGPORT": str(info.port),
            "PGUSER": info.user,
            "PGPASSWORD": info.password,
            **{name: known[key] for name, key in TLS.items() if known.get(key)},
        }
        run_tool(
            connection.alias,
            ["pg_dump", "--format=custom", f"--file={path}"],
            environment={name: value for name, value in environment.items() if value},
        )
        return path


def _copy_type(column: Column, cell: Cell) -> str:
    """Name the type under which psycopg packs a value of a cell."""
    if cell.form is Form.PACKED or cell.kind is Kind.BINARY:
        return "bytea"
    if cell.kind in (Kind.TEXT, Kind.JSON, Kind.UUID):
        return "text"
    return COPY_TYPES[column.native]


COPY_TYPES = {
    "smallint": "int2",
    "integer": "int4",
    "bigint": "int8",
    "boolean": "bool",
    "double precision": "float8",
    "real": "float4",
}
