"""The answers of a database that we know only through Django."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.apps import apps
from django.core.management.color import no_style
from django.db import transaction

from syncline.changes.conversion import convert_rows
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
from syncline.engines.capture import Capture
from syncline.engines.generic.values import INTERNAL, reader, writer
from syncline.engines.pace import Pace, size_of
from syncline.errors import BackupFailed, CaptureUnsupported, UsageError
from syncline.schema.description import Statistics
from syncline.schema.tally import Tally


class GenericWriter(Writer):
    """Inserts row by row, as the backend wants its parameters."""

    def __init__(self, connection: Connection, sql: str) -> None:
        self.connection, self.sql = connection, sql

    def write(self, rows: Sequence[Row]) -> None:
        with self.connection.cursor() as cursor:
            cursor.executemany(self.sql, [tuple(row) for row in rows])
        self.written += len(rows)


class Generic(Engine):
    """MySQL 8, Oracle and others, through Django's conversions of each value."""

    name = "generic"
    measures: Mapping[Kind, Mapping[str, str]] = {}
    features = Features(
        transactional_ddl=False,
        defers_foreign_keys=False,
        checks_on_restore=False,
        keeps_nul=True,
        keeps_nan=False,
        keeps_infinity=False,
        decimal_digits_max=38,
        single_floats=frozenset(),
        checks_types=False,
    )

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.title = str(connection.display_name)

    def quote(self, identifier: str) -> str:
        return str(self.connection.ops.quote_name(identifier))

    def identity(self, connection: Connection) -> str:
        settings = connection.settings_dict
        return " ".join(str(settings[name]) for name in ("HOST", "PORT", "NAME"))

    def notes(self, connection: Connection) -> list[str]:
        what = f"{connection.alias}: {self.title} is not tested with Syncline"
        return [f"{what}; its values pass through Django one by one, slowly."]

    @contextmanager
    def reading_view(self, connection: Connection) -> Iterator[None]:
        with transaction.atomic(using=connection.alias):
            yield

    @contextmanager
    def writing_transaction(self, connection: Connection) -> Iterator[None]:
        with (
            connection.constraint_checks_disabled(),
            transaction.atomic(using=connection.alias),
        ):
            yield

    @property
    def capture(self) -> Capture:
        raise CaptureUnsupported(engine=self.title)

    def columns(self, connection: Connection, table: str) -> dict[str, Column]:
        introspection = connection.introspection
        with connection.cursor() as cursor:
            if table not in introspection.table_names(cursor):
                return {}
            found = introspection.get_table_description(cursor, table)

        def field_type(info: Raw) -> str:
            try:
                return str(introspection.get_field_type(info.type_code, info))
            except KeyError:
                return "TextField"  # As inspectdb does.

        return {
            info.name: Column(
                name=info.name,
                native=field_type(info),
                null=bool(info.null_ok),
                length_max=info.internal_size or info.display_size or None,
            )
            for info in found
        }

    def kind(self, column: Column, logical: Kind | None) -> Kind:
        return logical or INTERNAL.get(column.native, Kind.TEXT)

    def reading(self, wanted: Wanted, zone: str) -> tuple[str, Cell]:
        return self.quote(wanted.column.name), Cell(
            kind=wanted.kind,
            form=Form.NATIVE,
            zone=zone if wanted.kind in (Kind.DATETIME, Kind.NAIVE) else "UTC",
            places=wanted.places,
            decode=reader(wanted.kind, zone, wanted.places),
        )

    def writing(self, columns: Sequence[tuple[Column, Kind]], zone: str) -> list[Cell]:
        return [
            Cell(
                kind=kind,
                form=Form.NATIVE,
                zone=zone if kind in (Kind.DATETIME, Kind.NAIVE) else "UTC",
                encode=writer(kind, self.connection, column.places),
            )
            for column, kind in columns
        ]

    def stream(
        self, connection: Connection, query: Query, pace: Pace
    ) -> Iterator[Sequence[Row]]:
        with connection.chunked_cursor() as cursor:
            cursor.execute(query.sql, query.params or None)
            while rows := cursor.fetchmany(pace.rows):
                pace.observe(rows=len(rows), size=size_of(rows))
                yield rows

    def statistics(
        self, connection: Connection, source: Query, wanted: Mapping[str, Wanted]
    ) -> dict[str, Statistics]:
        # Aggregates over large objects fail on some; looking at each value never does.
        zone = connection.timezone_name
        tallies = {name: Tally(column.kind) for name, column in wanted.items()}
        selected = [self.reading(column, zone) for column in wanted.values()]
        if not selected:
            return {}
        query = source.select([sql for sql, _ in selected])
        steps = [cell.decode for _, cell in selected]
        for rows in self.stream(connection, query, Pace()):
            for row in convert_rows(rows, steps):
                for tally, value in zip(tallies.values(), row, strict=True):
                    tally.add(value)
        return {name: tally.statistics() for name, tally in tallies.items()}

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
        yield GenericWriter(
            connection, f"INSERT INTO {quoted} ({names}) VALUES ({marks})"
        )

    def prepare_load(
        self, connection: Connection, tables: Sequence[str]
    ) -> Callable[[], Iterable[str]]:
        del connection, tables
        return lambda: ()

    def empty(self, connection: Connection, tables: Sequence[str]) -> None:
        for table in tables:
            self.execute(connection, f"DELETE FROM {self.quote(table)}")

    def reset_sequences(
        self, connection: Connection, table: str, columns: Sequence[str]
    ) -> None:
        models = [m for m in apps.get_models() if m._meta.db_table == table]
        if columns:
            for sql in connection.ops.sequence_reset_sql(no_style(), models):
                self.execute(connection, sql)

    def new_keys(
        self, connection: Connection, table: str, column: str, count: int
    ) -> Sequence[int]:
        del connection, table, column, count
        raise CaptureUnsupported(engine=self.title)

    def upsert(
        self, table: str, staged: str, columns: Sequence[str], pk: Sequence[str]
    ) -> list[str]:
        del table, staged, columns, pk
        raise UsageError(
            f"Merging into {self.title} is not possible.",
            hint="Use --replace, or a database that Syncline knows.",
        )

    def backup(self, connection: Connection, folder: Path) -> Path:
        del folder
        reason = f"no tool is known for {self.title}"
        raise BackupFailed(alias=connection.alias, reason=reason)
