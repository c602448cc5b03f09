"""Nodes on real databases: copies of one template, each with a clock of its own."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from unittest.mock import patch

from django.contrib.contenttypes.models import ContentType
from django.db import connections, transaction

from syncline.capture import tracking
from syncline.capture.tracking import track
from syncline.identity.database import NodeDatabase
from syncline.models import Run, State
from syncline.progress import Task
from syncline.registry import Declared
from tests.databases import migrate
from tests.simulation.contents import MODELS, Contents

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
REAL_TIMES = 1_767_225_600_000_000 + 86_400_000_000
"""From here on a time in the journal is the wall clock's; virtual ones are before."""

TEMPLATE = "simulated"
BARE = "simulated_bare"


def make_alias(alias: str) -> None:
    """Let Django know of one more database in memory."""
    if alias not in connections.settings:
        settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        both = {"default": dict(connections.settings["default"]), alias: settings}
        connections.settings[alias] = connections.configure_settings(both)[alias]


def copy(source: str, target: str) -> None:
    """Let a database in memory be as another one is."""
    make_alias(target)
    connections[target].ensure_connection()
    connections[source].connection.backup(connections[target].connection)


@cache
def bare() -> str:
    """Make the database that others are copied from: migrated and empty."""
    make_alias(BARE)
    migrate(BARE)
    connection = connections[BARE]
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("zoo", "awkward", "sites", "admin", "sessions")):
                cursor.execute(f'DROP TABLE "{table}"')
        for view in connection.introspection.get_table_list(cursor):
            if view.type == "v":
                cursor.execute(f'DROP VIEW "{view.name}"')
        cursor.execute("PRAGMA foreign_keys = ON")
        forget_permissions(BARE)
        cursor.execute("VACUUM")
    return BARE


def forget_permissions(alias: str) -> None:
    """Remove what Django makes after each migration, and nobody needs here."""
    with connections[alias].cursor() as cursor:
        cursor.execute("DELETE FROM auth_permission")


@cache
def template() -> str:
    """Make another one, which is tracked."""
    copy(bare(), TEMPLATE)
    Task(track(NodeDatabase.open(TEMPLATE))).run()
    forget_permissions(TEMPLATE)
    return TEMPLATE


def empty(alias: str) -> None:
    """Let a tracked database on a server be as on its first day."""
    connection = connections[alias]
    tables = [model._meta.db_table for model in MODELS]
    tables += [
        table
        for table in connection.introspection.table_names()
        if table.startswith("syncline_") and table not in KEPT
    ]
    with ExitStack() as stack:
        stack.enter_context(connection.constraint_checks_disabled())
        stack.enter_context(transaction.atomic(using=alias))
        cursor = stack.enter_context(connection.cursor())
        cursor.execute("UPDATE stations_region SET capital_id = NULL")
        for table in sorted(tables, key=lambda name: ORDER.get(name, OTHER)):
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
        cursor.execute("UPDATE syncline_state SET counter = 0, seq = 0")
        State.objects.using(alias).update(knowledge=b"")


KEPT = ("syncline_state", "syncline_table")
OTHER = 9
"""Triggers write what is deleted into the journal, which comes last of all."""

ORDER = {
    "stations_station_instruments": 0,
    "stations_observation": 1,
    "stations_harbour": 1,
    "stations_station": 2,
    "syncline_journal": 10,
}


@dataclass(kw_only=True)
class Node:
    """One database of a history."""

    alias: str
    number: int
    time: Callable[[], int]
    """Microseconds since the history's beginning."""

    skew: int
    declared: Declared
    tracked: bool = True
    """Is it tracked from the beginning?"""

    lacks: frozenset[str] = frozenset()
    """Fields of observations that have no column here."""

    database: NodeDatabase = field(init=False)
    contents: Contents = field(init=False)
    backup: str | None = field(default=None, init=False)
    """The alias of a copy."""

    def __post_init__(self) -> None:
        if not self.in_memory:
            empty(self.alias)
        elif self.tracked and not self.lacks:
            self.copy(template())
        else:
            self.copy(bare())
        self.remove_columns()
        self.be_named()
        self.reopen()
        if self.lacks and self.tracked:
            self.track()

    @property
    def in_memory(self) -> bool:
        """Is it a database of SQLite's, in memory?"""
        return self.alias.startswith(TEMPLATE)

    @property
    def name(self) -> str:
        """The node's id."""
        return f"{self.number:032x}"

    def be_named(self) -> None:
        state = {"node": self.name, "genesis": f"{self.number + 0xFF:032x}"}
        State.objects.using(self.alias).update_or_create(pk=1, defaults=state)
        ContentType.objects.clear_cache()

    def copy(self, source: str) -> None:
        copy(source, self.alias)
        with (
            transaction.atomic(using=self.alias),
            connections[self.alias].cursor() as cursor,
        ):
            # Content types have other numbers on every node.
            for sql in (
                "UPDATE django_content_type SET id = id + %s",
                "UPDATE stations_remark SET content_type_id = content_type_id + %s",
            ):
                cursor.execute(sql, [1_000 * self.number])

    def remove_columns(self) -> None:
        with connections[self.alias].cursor() as cursor:
            for name in self.lacks:
                cursor.execute(f"ALTER TABLE stations_observation DROP COLUMN {name}")

    def track(self) -> None:
        """Begin to track what is there; our tables are, since the first copy."""
        with patch.object(tracking, "make_tables"):
            Task(track(self.database)).run()
        self.reopen()

    def reopen(self) -> None:
        """Begin anew, as another process does."""
        self.database = NodeDatabase.open(
            self.alias, declared=self.declared, clock=self.clock
        )
        self.contents = Contents(alias=self.alias, lacks=self.lacks)

    def begin_run(self) -> int:
        """Note a run, so that it can be undone; give its number."""
        rows = Run.objects.using(self.alias)
        return rows.create(verb="pull", state="done", started_at=self.clock()).pk

    def back_up(self) -> None:
        self.backup = f"{self.alias}_backup"
        copy(self.alias, self.backup)

    def restore(self) -> None:
        """Put the database back to what it was when it was backed up."""
        copy(str(self.backup), self.alias)
        self.reopen()

    @property
    def user(self) -> str | None:
        """The same database once more, for somebody who writes at the same time."""
        if self.in_memory:
            return None
        alias = f"{self.alias}_user"
        if alias not in connections.settings:
            connections.settings[alias] = {**connections.settings[self.alias]}
            connection = connections[alias]
            sql = "SET lock_timeout = '20ms'"
            if connection.vendor == "mysql":
                sql = "SET SESSION innodb_lock_wait_timeout = 0"
            with connection.cursor() as cursor:
                cursor.execute(sql)
        return alias

    @property
    def now(self) -> int:
        """What this node's clock says."""
        return self.time() + self.skew

    def clock(self) -> datetime:
        return EPOCH + timedelta(microseconds=self.now)

    def stamp(self) -> None:
        """Let what was just written have been written at the history's time."""
        with connections[self.alias].cursor() as cursor:
            cursor.execute(
                "UPDATE syncline_journal SET at = %s WHERE at > %s",
                [self.database.now(), REAL_TIMES],
            )

    def write(self, edit: Callable[[str], None]) -> None:
        """Let a user write, in one transaction."""
        with transaction.atomic(using=self.alias):
            edit(self.alias)
        self.contents.forget()
        self.stamp()
