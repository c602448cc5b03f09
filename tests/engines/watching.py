"""A bench for capture: watch some tables, and read what the journal says of them."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from syncline.changes.operations import Operation
from syncline.engines.base import Engine
from syncline.engines.capture import BITS, Capture, Watched
from syncline.engines.lookup import engine_of
from syncline.models import Journal

INSERT, UPDATE, DELETE = Operation.INSERT, Operation.UPDATE, Operation.DELETE
TRUNCATE = Operation.TRUNCATE


@dataclass(frozen=True)
class Entry:
    """A row of the journal, as tests like to read it."""

    table: str
    operation: Operation
    pk: str
    old_pk: str | None = None
    changed: frozenset[str] = frozenset()
    """Names of columns."""

    origin: int = field(default=0, compare=False)
    at: int = field(default=0, compare=False)


class Bench:
    """One database, of which some tables are watched."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.watched: list[Watched] = []
        self.made: list[str] = []
        self.mark: Any = None

    @property
    def connection(self) -> BaseDatabaseWrapper:
        return connections[self.alias]

    @property
    def engine(self) -> Engine:
        return engine_of(self.connection)

    @property
    def capture(self) -> Capture:
        return self.engine.capture

    def describe(
        self, table: str, pk: list[str], columns: list[str] | None = None
    ) -> Watched:
        """Say of a table what capture is to know."""
        found = self.engine.columns(self.connection, table)
        assert found, f"there is no {table}"
        number = 1 + len(self.watched)
        chosen = [
            column
            for column in found.values()
            if not column.generated and (columns is None or column.name in columns)
        ]
        return Watched(
            number=number,
            table=table,
            pk=tuple(found[name] for name in pk),
            columns=tuple(chosen),
            bits={c.name: min(bit, BITS - 1) for bit, c in enumerate(chosen)},
        )

    def watch(self, *models: Any) -> None:
        """Watch the tables of models, or `(table, [pk column, …])`."""
        for model in models:
            if isinstance(model, tuple):
                self.watched.append(self.describe(*model))
                continue
            options = model._meta
            pk = [field.column for field in options.pk_fields]
            self.watched.append(self.describe(options.db_table, pk))
        self.capture.install(self.connection, self.watched)
        self.take()

    def make(self, name: str, columns: str, end: str = "") -> None:
        """Make a table that no model has."""
        suffix = " ENGINE=InnoDB" if self.engine.name == "mariadb" else ""
        self.made.append(name)
        self.execute(f"CREATE TABLE {self.quote(name)} ({columns}){end}{suffix}")

    def quote(self, name: str) -> str:
        return self.engine.quote(name)

    def execute(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        return self.engine.execute(self.connection, sql, params)

    def entries(self) -> list[Entry]:
        """Give what the journal holds, in the order of the writes."""
        tables = {table.number: table for table in self.watched}
        return [
            Entry(
                table=tables[row.table_id].table,
                operation=Operation(row.operation),
                pk=row.pk_text,
                old_pk=row.old_pk,
                changed=frozenset(
                    name
                    for name, bit in tables[row.table_id].bits.items()
                    if row.mask >> bit & 1
                ),
                origin=row.origin,
                at=row.at,
            )
            for row in Journal.objects.using(self.alias).order_by("id")
        ]

    def take(self) -> list[Entry]:
        """Give what the journal holds, and empty it."""
        entries = self.entries()
        Journal.objects.using(self.alias).all().delete()
        return entries

    def said(self) -> list[tuple[Any, ...]]:
        """Take entries as (operation, pk), sorted: their order tells nothing."""
        return sorted((entry.operation, entry.pk) for entry in self.take())

    def changed(self) -> list[tuple[str, set[str]]]:
        """Take updates as (pk, names of changed columns), sorted by pk."""
        entries = self.take()
        assert {entry.operation for entry in entries} <= {UPDATE}
        return sorted((entry.pk, set(entry.changed)) for entry in entries)

    def clean(self) -> None:
        """Take away whatever was put in."""
        self.connection.close()
        names = [table.table for table in self.watched]
        self.capture.remove(self.connection, names)
        for table in reversed(self.made):
            self.execute(f"DROP TABLE IF EXISTS {self.quote(table)}")


@contextlib.contextmanager
def bench(alias: str) -> Iterator[Bench]:
    """Give a bench, and clean it at the end."""
    made = Bench(alias)
    try:
        yield made
    finally:
        made.clean()
