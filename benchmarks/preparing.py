"""Filling the databases that the steps read, and shaping those that they write to."""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing

from django.core.management import call_command
from django.db import connections

from benchmarks.flights import (
    FLIGHT,
    PARENTS,
    empty_path,
    spell_rows,
    sqlite_path,
    table_of,
)
from benchmarks.raw import Work, copy_rows_from, load_rows_from
from benchmarks.servers import engine_of
from benchmarks.settings import NODE_ROLES

COPIES = {"source": 1, "many": 10, "large": 3}
"""How often a role has the flights."""

SMALL = 10_000
"""How many flights the role `small` has."""

LOADERS = {"postgresql": copy_rows_from, "mariadb": load_rows_from}


def prepare(alias: str, rows: str = "0") -> Work:
    """Make a database what its role says; `rows` is how many flights `few` are."""

    def work() -> int:
        engine, _, role = alias.partition("_")
        if engine in LOADERS:
            return _prepare_on_server(alias, role, most=int(rows))
        if role in COPIES:
            return _fill(alias, copies=COPIES[role])
        return _cut(alias, most={"few": int(rows), "small": SMALL}.get(role, 0))

    return work


def _fill(alias: str, *, copies: int) -> int:
    """Fill a SQLite file with flights; spell the source's rows for the raw commands."""
    _migrate(alias)
    call_command("fill_flights", database=alias, copies=copies, as_json=True)
    connections[alias].close()
    if copies == 1:
        for label in (*PARENTS, FLIGHT):
            spell_rows(alias, label)
    return 0


def _cut(alias: str, *, most: int) -> int:
    """Make a SQLite file with the source's first flights only."""
    path = sqlite_path(alias)
    shutil.copyfile(sqlite_path("sqlite_source"), path)
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(f"DELETE FROM {table_of(FLIGHT)} WHERE id > ?", [most])
        database.execute("VACUUM")
    if not most:
        shutil.copyfile(path, empty_path())
    return most


def _prepare_on_server(alias: str, role: str, *, most: int) -> int:
    _migrate(alias)
    load = LOADERS[engine_of(alias)]
    if role in NODE_ROLES:
        return 0
    labels = [*PARENTS, FLIGHT] if role in ("source", "few") else PARENTS
    moved = sum(load(alias, label) for label in labels)
    if role == "few":
        with connections[alias].cursor() as cursor:
            cursor.execute(f"DELETE FROM {table_of(FLIGHT)} WHERE id > %s", [most])
    if role == "bare":
        _strip(alias, table_of(FLIGHT))
    return moved


def _migrate(alias: str) -> None:
    call_command("migrate", database=alias, interactive=False, verbosity=0)


def _strip(alias: str, table: str) -> None:
    """Drop foreign keys, unique constraints and secondary indexes of a table."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table)
        # MariaDB keeps an index for as long as a foreign key needs it.
        for name, constraint in sorted(
            found.items(), key=lambda item: item[1]["foreign_key"] is None
        ):
            if not constraint["primary_key"] and not constraint["check"]:
                cursor.execute(_drop(connection.vendor, table, name, constraint))


def _drop(vendor: str, table: str, name: str, constraint: Mapping[str, object]) -> str:
    if constraint["foreign_key"]:
        word = "CONSTRAINT" if vendor == "postgresql" else "FOREIGN KEY"
        return f"ALTER TABLE {table} DROP {word} {name}"
    if vendor == "postgresql":
        if constraint["unique"]:
            return f"ALTER TABLE {table} DROP CONSTRAINT {name}"
        return f"DROP INDEX {name}"
    return f"ALTER TABLE {table} DROP INDEX {name}"
