"""Where rows come from: a database, or (in `container`) a file."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from syncline.changes.kinds import Cell, Form
from syncline.engines.base import Connection, Engine, Query, Row, Wanted
from syncline.engines.pace import Pace
from syncline.schema.description import ModelDescription, Statistics
from syncline.snapshot.blame import blamed
from syncline.tables.binding import Table, bind_tables
from syncline.tables.selection import Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """The rows of one table, and how their values are spelled."""

    cells: tuple[Cell, ...]
    batches: Generator[Sequence[Row], None, None]


class Source(ABC):
    """Rows of models, by label."""

    title: str
    """What a message calls it: an alias or a path."""

    models: dict[str, ModelDescription]
    left_out: dict[str, str]
    migrations: frozenset[tuple[str, str]]
    engine_name: str
    enforces_types: bool
    """Does every value have its column's type for certain?"""

    @property
    @abstractmethod
    def likeness(self) -> Connection:
        """Give the connection, or an unconnected one of the same engine."""

    @abstractmethod
    def view(self) -> AbstractContextManager[None]:
        """Hold the source still while it is read."""

    @abstractmethod
    def count(self, label: str) -> int:
        """Count the rows of a model."""

    @abstractmethod
    def stream(self, label: str, wants: Mapping[str, Cell | None]) -> Stream:
        """Read some fields of a model, in the forms hoped for where that is cheap."""

    @abstractmethod
    def statistics(self, label: str, names: Sequence[str]) -> dict[str, Statistics]:
        """Give the statistics of some fields."""


@dataclass(kw_only=True)
class DatabaseSource(Source):
    """Rows read from a live database."""

    connection: Connection
    engine: Engine
    selection: Selection
    filters: Mapping[str, Query] = field(default_factory=dict)
    """By label, the WHERE that narrows a table down."""

    def __post_init__(self) -> None:
        self.title = self.connection.alias
        self.engine_name = self.engine.name
        self.tables: dict[str, Table] = {
            table.label: table
            for table in bind_tables(self.connection, self.engine, self.selection)
        }
        self.models = {n: table.description for n, table in self.tables.items()}
        self.left_out = self.selection.left_out
        self.migrations = applied_migrations(self.connection)
        self.enforces_types = self.engine.features.checks_types

    @property
    def likeness(self) -> Connection:
        return self.connection

    def view(self) -> AbstractContextManager[None]:
        return self.engine.reading_view(self.connection)

    def count(self, label: str) -> int:
        with blamed(self.title):
            return self.engine.count(self.connection, self._from(label))

    def stream(self, label: str, wants: Mapping[str, Cell | None]) -> Stream:
        selected = [
            self.engine.reading(
                self._wanted(label, name, want), self.connection.timezone_name
            )
            for name, want in wants.items()
        ]
        query = self._from(label).select([sql for sql, _ in selected])
        return Stream(
            cells=tuple(cell for _, cell in selected),
            batches=self._batches(query),
        )

    def _batches(self, query: Query) -> Generator[Sequence[Row], None, None]:
        with blamed(self.title):
            yield from self.engine.stream(self.connection, query, Pace())

    def statistics(self, label: str, names: Sequence[str]) -> dict[str, Statistics]:
        wanted = {name: self._wanted(label, name, None) for name in names}
        with blamed(self.title):
            return self.engine.statistics(self.connection, self._from(label), wanted)

    def _wanted(self, label: str, name: str, want: Cell | None) -> Wanted:
        described = self.models[label].field(name)
        column = self.tables[label].columns[name]
        same_kind = want is not None and want.kind == described.kind
        return Wanted(
            column=column,
            kind=described.kind,
            form=want.form if want is not None and same_kind else Form.WIRE,
            places=described.places,
            zone=want.zone if want is not None else "UTC",
            native=want.native
            if want is not None and _fits(want, column.places)
            else "",
        )

    def _from(self, label: str) -> Query:
        table = self.engine.quote(self.tables[label].description.table)
        narrowed = self.filters.get(label)
        if narrowed is None:
            return Query(sql=table)
        if narrowed.params:
            table = table.replace("%", "%%")
        return Query(sql=f"{table} WHERE {narrowed.sql}", params=narrowed.params)


def _fits(want: Cell, places: int | None) -> bool:
    """May packed bytes pass unread? Not if the target keeps other decimal places."""
    return want.places == places


def applied_migrations(connection: Connection) -> frozenset[tuple[str, str]]:
    """Give the (app, name) pairs in a database's `django_migrations`."""
    with connection.cursor() as cursor:
        if "django_migrations" not in connection.introspection.table_names(cursor):
            return frozenset()
        cursor.execute("SELECT app, name FROM django_migrations")
        return frozenset((app, name) for app, name in cursor.fetchall())
