"""The answers of MariaDB, an engine of its own and not a flavour of another."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import msgspec
from django.db import OperationalError, transaction
from MySQLdb import MySQLError
from MySQLdb.constants import ER, FIELD_TYPE, FLAG
from MySQLdb.cursors import SSCursor

from syncline.changes.kinds import Cell, Kind
from syncline.engines.base import (
    UPDATES,
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
from syncline.engines.mariadb.capture import MariaDBCapture
from syncline.engines.mariadb.columns import (
    CHECKS_SQL,
    COLUMNS_SQL,
    JSON_CHECK,
    JSON_TYPE,
    UUID_PROBE,
    describe,
    kind_of,
    select,
    written_cell,
)
from syncline.engines.mariadb.measures import MEASURES
from syncline.engines.mariadb.writing import (
    CONSTRAINT_FAILED,
    InsertWriter,
    LoadDataWriter,
)
from syncline.engines.pace import Pace, size_of
from syncline.engines.tools import run_tool

SQL_MODE = "STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO,ERROR_FOR_DIVISION_BY_ZERO,"
SQL_MODE += "NO_ENGINE_SUBSTITUTION"
"""A pk of 0 stays 0, and no value is bent to fit."""

TEXT_OR_BYTES = ((FLAG.BINARY, bytes), (None, str))
CONVERTERS: dict[int, Any] = {
    **dict.fromkeys(
        (
            FIELD_TYPE.TINY,
            FIELD_TYPE.SHORT,
            FIELD_TYPE.LONG,
            FIELD_TYPE.LONGLONG,
            FIELD_TYPE.INT24,
        ),
        int,
    ),
    **dict.fromkeys((FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE), float),
    **dict.fromkeys(
        (
            FIELD_TYPE.DATE,
            FIELD_TYPE.TIME,
            FIELD_TYPE.DATETIME,
            FIELD_TYPE.TIMESTAMP,
            FIELD_TYPE.DECIMAL,
            FIELD_TYPE.NEWDECIMAL,
            FIELD_TYPE.YEAR,
        ),
        str,
    ),
    **dict.fromkeys(
        (
            FIELD_TYPE.STRING,
            FIELD_TYPE.VAR_STRING,
            FIELD_TYPE.VARCHAR,
            FIELD_TYPE.TINY_BLOB,
            FIELD_TYPE.BLOB,
            FIELD_TYPE.MEDIUM_BLOB,
            FIELD_TYPE.LONG_BLOB,
        ),
        TEXT_OR_BYTES,
    ),
}
"""Only what mysqlclient converts in C; Django's own converters cost a quarter more."""

ROW_CODES = frozenset({ER.SIGNAL_EXCEPTION, CONSTRAINT_FAILED})
"""What the driver takes for trouble with the server, and what is about a row: a
trigger's SIGNAL, and a CHECK."""

TURN_ON = "turn it on with SET GLOBAL local_infile = 1."


class MariaDB(Engine):
    """MariaDB 10.6 or later."""

    name = "mariadb"
    measures = MEASURES
    title = "MariaDB"
    extra = "mariadb"
    features = Features(
        transactional_ddl=False,
        defers_foreign_keys=False,
        checks_on_restore=False,
        keeps_nul=True,
        keeps_nan=False,
        keeps_infinity=False,
        decimal_digits_max=65,
        single_floats=frozenset({"float"}),
        checks_types=True,
    )

    def quote(self, identifier: str) -> str:
        # Backticks: double quotes mean a string unless ANSI_QUOTES is on.
        return "`" + identifier.replace("`", "``") + "`"

    def identity(self, connection: Connection) -> str:
        rows = self.execute(
            connection, "SELECT DATABASE(), @@hostname, @@port, @@datadir, @@socket"
        )
        return " ".join(map(str, rows[0]))

    @contextmanager
    def reading_view(self, connection: Connection) -> Iterator[None]:
        if connection.in_atomic_block:
            yield
            return
        self.execute(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with transaction.atomic(using=connection.alias):
            # Replaces the transaction that Django began, and takes its view at once.
            self.execute(connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT")
            yield

    @contextmanager
    def writing_transaction(self, connection: Connection) -> Iterator[None]:
        with _local_infile(connection):
            before = self.execute(
                connection, "SELECT @@sql_mode, @@foreign_key_checks"
            )[0]
            self.execute(
                connection,
                "SET SESSION sql_mode = %s, foreign_key_checks = 0",
                [SQL_MODE],
            )
            try:
                with transaction.atomic(using=connection.alias):
                    yield
            finally:
                if connection.is_usable():
                    self.execute(
                        connection,
                        "SET SESSION sql_mode = %s, foreign_key_checks = %s",
                        before,
                    )

    def update_joined(
        self, live: str, same: str, sets: Sequence[tuple[str, str]]
    ) -> str:
        spelled = ", ".join(f"t.{column} = s.{name}" for column, name in sets)
        return f"UPDATE {live} t JOIN {UPDATES} s ON {same} SET {spelled}"

    def blame(self, error: Exception) -> Blame:
        code = error.args[0] if error.args else None
        if code in (ER.LOCK_WAIT_TIMEOUT, ER.LOCK_DEADLOCK):
            return Blame.BUSY
        if isinstance(error, OperationalError) and code in ROW_CODES:
            return Blame.ROW
        return blame_of(error)

    def new_keys(
        self, connection: Connection, table: str, column: str, count: int
    ) -> Sequence[int]:
        # Whoever else takes one of these at the same time makes our insert clash,
        # and that is tried again.
        rows = self.execute(
            connection, f"SELECT MAX({self.quote(column)}) FROM {self.quote(table)}"
        )
        following = self.execute(
            connection,
            "SELECT auto_increment FROM information_schema.tables "
            "WHERE table_schema = DATABASE() AND table_name = %s",
            [table],
        )
        first = max((rows[0][0] or 0) + 1, following[0][0] or 1)
        return range(first, first + count)

    def stream_beside(
        self, connection: Connection, query: Query, pace: Pace
    ) -> Iterator[Sequence[Row]]:
        # Until a result is read to its end, the connection takes no other statement.
        with TemporaryFile() as file:
            sizes = []
            for rows in self.stream(connection, query, pace):
                data = msgspec.msgpack.encode(rows)
                sizes.append(len(data))
                file.write(data)
            file.seek(0)
            for size in sizes:
                yield msgspec.msgpack.decode(file.read(size))

    def exact_text(self, length: int) -> str:
        # Padded with blanks, "a" and "a " would be equal ("Character Sets", NO PAD).
        return f"varchar({length}) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"

    def exact_bytes(self, length: int) -> str:
        return f"binary({length})"

    @property
    def capture(self) -> Capture:
        return MariaDBCapture(self.quote)

    def columns(self, connection: Connection, table: str) -> dict[str, Column]:
        rows = self.execute(connection, COLUMNS_SQL, [table])
        natives = {row[2] for row in rows}
        fault = "uuid" in natives and self._refuses(connection)
        documents = self._documents(connection, table) if JSON_TYPE in natives else ()
        return {
            row[0]: describe(row, documents=documents, uuid_fault=fault) for row in rows
        }

    def _documents(self, connection: Connection, table: str) -> set[str]:
        """Name the columns of a table that take JSON only."""
        checks = self.execute(connection, CHECKS_SQL, [table])
        matches = [JSON_CHECK.fullmatch(check) for (check,) in checks]
        return {match[1] for match in matches if match}

    def _refuses(self, connection: Connection) -> bool:
        """Is this a server whose uuid type refuses some valid values?"""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # The probe is meant to be refused.
            return self.execute(connection, UUID_PROBE)[0][0] is None

    def kind(self, column: Column, logical: Kind | None) -> Kind:
        return kind_of(column, logical)

    def reading(self, wanted: Wanted, zone: str) -> tuple[str, Cell]:
        sql, form = select(self.quote(wanted.column.name), wanted, zone)
        return sql, Cell(
            kind=wanted.kind,
            form=form,
            zone=zone if wanted.kind in (Kind.DATETIME, Kind.NAIVE) else "UTC",
            places=wanted.column.places if wanted.kind is Kind.DECIMAL else None,
        )

    def writing(self, columns: Sequence[tuple[Column, Kind]], zone: str) -> list[Cell]:
        return [written_cell(column, kind, zone) for column, kind in columns]

    def stream(
        self, connection: Connection, query: Query, pace: Pace
    ) -> Iterator[Sequence[Row]]:
        raw = connection.connection
        ours, raw.converter = raw.converter, CONVERTERS
        cursor = raw.cursor(SSCursor)
        try:
            with connection.wrap_database_errors:
                cursor.execute(query.sql, query.params or None)
                raw.converter = ours
                while rows := cursor.fetchmany(pace.rows):
                    pace.observe(rows=len(rows), size=size_of(rows))
                    yield rows
        finally:
            raw.converter = ours
            # A server that is gone has been reported already.
            with suppress(MySQLError):
                cursor.close()

    @contextmanager
    def writer(
        self,
        connection: Connection,
        table: str,
        columns: Sequence[tuple[Column, Cell]],
    ) -> Iterator[Writer]:
        named = [(self.quote(column.name), cell) for column, cell in columns]
        with connection.wrap_database_errors:
            if not self.loads_files(connection):
                yield InsertWriter(connection.connection, self.quote(table), named)
                return
            writer = LoadDataWriter(connection.connection, self.quote(table), named)
            try:
                yield writer
                writer.wait()
            finally:
                writer.close()

    def loads_files(self, connection: Connection) -> bool:
        """Do server and client both allow LOAD DATA LOCAL?"""
        allowed = bool(self.execute(connection, "SELECT @@local_infile")[0][0])
        return allowed and bool(connection.get_connection_params().get("local_infile"))

    def notes(self, connection: Connection) -> list[str]:
        if self.execute(connection, "SELECT @@local_infile")[0][0]:
            return []
        return [
            f"{connection.alias}: local_infile is off, so rows go in by INSERT; "
            + TURN_ON
        ]

    def prepare_load(
        self, connection: Connection, tables: Sequence[str]
    ) -> Callable[[], Iterable[str]]:
        # DDL would commit, so indexes stay: a load is one transaction of rows.
        del connection, tables
        return lambda: ()

    def empty(self, connection: Connection, tables: Sequence[str]) -> None:
        # DELETE and not TRUNCATE, which commits.
        for table in tables:
            self.execute(connection, f"DELETE FROM {self.quote(table)}")

    def temporary_key(self, columns: Sequence[str]) -> str:
        # Joins are nested loops unless there is a key to look things up by.
        return f"(KEY ({', '.join(self.quote(column) for column in columns)}))"

    def drop_temporary(self, name: str) -> str:
        # Without TEMPORARY this would commit.
        return f"DROP TEMPORARY TABLE IF EXISTS {self.quote(name)}"

    def as_text(self, expression: str) -> str:
        return f"CAST({expression} AS CHAR)"

    def upsert(
        self, table: str, staged: str, columns: Sequence[str], pk: Sequence[str]
    ) -> list[str]:
        # ON DUPLICATE KEY UPDATE would also match other unique keys than the pk.
        live, new = self.quote(table), self.quote(staged)
        same = " AND ".join(f"t.{self.quote(c)} = s.{self.quote(c)}" for c in pk)
        names = ", ".join(self.quote(column) for column in columns)
        values = ", ".join(f"s.{self.quote(column)}" for column in columns)
        others = [self.quote(column) for column in columns if column not in pk]
        sets = ", ".join(f"t.{column} = s.{column}" for column in others)
        update = f"UPDATE {live} t JOIN {new} s ON {same} SET {sets}"
        insert = (
            f"INSERT INTO {live} ({names}) SELECT {values} FROM {new} s WHERE NOT "
            f"EXISTS (SELECT 1 FROM {live} t WHERE {same})"
        )
        return [update, insert] if sets else [insert]

    def backup(self, connection: Connection, folder: Path) -> Path:
        path = folder / f"{connection.alias}.sql"
        settings = connection.get_connection_params()
        [(database,)] = self.execute(connection, "SELECT DATABASE()")
        file = settings.get("read_default_file")
        options = {
            "--host": settings.get("host"),
            "--port": settings.get("port"),
            "--socket": settings.get("unix_socket"),
            "--user": settings.get("user"),
            "--result-file": path,
            **{
                f"--ssl-{name}": value
                for name, value in settings.get("ssl", {}).items()
            },
        }
        password = settings.get("password") or settings.get("passwd")
        run_tool(
            connection.alias,
            [
                "mariadb-dump",
                f"--defaults-file={file}" if file else "--no-defaults",
                *(f"{name}={value}" for name, value in options.items() if value),
                "--single-transaction",
                "--routines",
                "--triggers",
                database,
            ],
            environment={"MYSQL_PWD": password} if password else {},
        )
        return path


@contextmanager
def _local_infile(connection: Connection) -> Iterator[None]:
    """Reconnect with LOAD DATA LOCAL allowed on our side, for this block only."""
    options = connection.settings_dict["OPTIONS"]
    if connection.in_atomic_block or options.get("local_infile"):
        yield
        return
    connection.close()
    connection.settings_dict["OPTIONS"] = {**options, "local_infile": 1}
    try:
        yield
    finally:
        connection.settings_dict["OPTIONS"] = options
        connection.close()
