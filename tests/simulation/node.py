"""Nodes on real databases: copies of one template, each with a clock of its own."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from django.contrib.contenttypes.models import ContentType
from django.db import connections, transaction

from syncline.capture.tracking import track
from syncline.identity.database import NodeDatabase
from syncline.models import State
from syncline.progress import Task
from tests.databases import migrate
from tests.simulation.contents import MODELS, Contents

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
REAL_TIMES = 1_767_225_600_000_000 + 86_400_000_000
"""From here on a time in the journal is the wall clock's; virtual ones are before."""

TEMPLATE = "simulated"


def make_alias(alias: str) -> None:
    """Let Django know of one more database in memory."""
    if alias not in connections.settings:
        settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
        both = {"default": dict(connections.settings["default"]), alias: settings}
        connections.settings[alias] = connections.configure_settings(both)[alias]


@cache
def template() -> str:
    """Make the database that others are copied from: migrated, tracked and empty."""
    make_alias(TEMPLATE)
    migrate(TEMPLATE)
    Task(track(NodeDatabase.open(TEMPLATE))).run()
    connection = connections[TEMPLATE]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("zoo", "awkward", "sites", "admin", "sessions")):
                cursor.execute("PRAGMA foreign_keys = OFF")
                cursor.execute(f'DROP TABLE "{table}"')
        cursor.execute("DELETE FROM auth_permission")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("VACUUM")
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
    database: NodeDatabase = field(init=False)
    contents: Contents = field(init=False)

    def __post_init__(self) -> None:
        if self.alias.startswith(TEMPLATE):
            self.copy_template()
        else:
            empty(self.alias)
        with connections[self.alias].cursor() as cursor:
            cursor.execute(
                "UPDATE syncline_state SET node = %s, genesis = %s",
                [f"{self.number:032x}", f"{self.number + 0xFF:032x}"],
            )
        ContentType.objects.clear_cache()
        self.reopen()

    def copy_template(self) -> None:
        source = connections[template()].connection
        make_alias(self.alias)
        connections[self.alias].ensure_connection()
        source.backup(connections[self.alias].connection)
        with connections[self.alias].cursor() as cursor:
            # Content types have other numbers on every node.
            cursor.execute(
                "UPDATE django_content_type SET id = id + %s", [1_000 * self.number]
            )

    def reopen(self) -> None:
        """Begin anew, as another process does."""
        self.database = NodeDatabase.open(self.alias, clock=self.clock)
        self.contents = Contents(alias=self.alias)

    @property
    def user(self) -> str | None:
        """The same database once more, for somebody who writes at the same time."""
        if self.alias.startswith(TEMPLATE):
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
