"""Create, empty and drop the databases of a run, each in its engine's own words."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

SIDES = ("a", "b")
TABLES_MAX = 100
"""Tables asked about in one statement; SQLite takes 500 terms in a compound SELECT."""

Rows = list[tuple[Any, ...]]


def engine_of(alias: str) -> str:
    """The engine in an alias such as `mariadb_a`."""
    return alias.rpartition("_")[0]


def create(alias: str) -> None:
    """Make the alias's database, without tables."""
    connection = connections[alias]
    name = connection.settings_dict["NAME"]
    match engine_of(alias):
        case "postgresql":
            on_server(connection, f'CREATE DATABASE "{name}" TEMPLATE template0')
        case "mariadb":
            on_server(connection, f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        case _:
            Path(name).parent.mkdir(mode=0o700, exist_ok=True)
            Path(name).touch()


def drop(alias: str) -> None:
    """Remove the alias's database, if it is there."""
    connection = connections[alias]
    name = connection.settings_dict["NAME"]
    connection.close()
    match engine_of(alias):
        case "postgresql":
            on_server(connection, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        case "mariadb":
            on_server(connection, f"DROP DATABASE IF EXISTS `{name}`")
        case _:
            for suffix in ("", "-journal", "-wal", "-shm"):
                Path(f"{name}{suffix}").unlink(missing_ok=True)


def on_server(connection: BaseDatabaseWrapper, statement: str) -> None:
    """Run a statement outside of the alias's own database, as Django's tests do."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


def migrate(alias: str) -> None:
    """Bring the database's tables to what the test apps' migrations say."""
    call_command("migrate", database=alias, interactive=False, verbosity=0)


class Database:
    """One database of the run, which remembers how `migrate` left it."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.rows: dict[str, Rows] = {}
        """What migrate put into tables: content types, permissions, the site …"""
        self.tables: frozenset[str] = frozenset()
        self.build()

    @property
    def connection(self) -> BaseDatabaseWrapper:
        return connections[self.alias]

    def build(self) -> None:
        """Make the database anew, and note its tables and rows."""
        drop(self.alias)
        create(self.alias)
        migrate(self.alias)
        self.tables = self.tables_now()
        with self.connection.cursor() as cursor:
            self.rows = {
                table: self.read(cursor, table) for table in self.filled(cursor)
            }
        self.connection.close()

    def restore(self) -> None:
        """Leave the database as migrate did: empty tables, its own rows.

        Sequences go on counting. Where a test took tables away or added some, the
        database is made anew; a changed column of a table that stays is not noticed.
        """
        # The test may have left it in a broken transaction, or its server side dead.
        self.connection.close()
        try:
            if not self.exists() or self.tables_now() != self.tables:
                self.build()
            else:
                self.restore_rows()
        finally:
            self.connection.close()
            ContentType.objects.clear_cache()

    def drop(self) -> None:
        """Remove the database."""
        drop(self.alias)

    def exists(self) -> bool:
        """False for a file that a test has removed; opening it would make it."""
        return (
            engine_of(self.alias) != "sqlite"
            or Path(self.connection.settings_dict["NAME"]).exists()
        )

    def tables_now(self) -> frozenset[str]:
        """Tables that the database has."""
        return frozenset(self.connection.introspection.table_names())

    def filled(self, cursor: Any) -> list[str]:
        """Tables with at least one row."""
        found: list[str] = []
        tables = sorted(self.tables)
        for start in range(0, len(tables), TABLES_MAX):
            asked = tables[start : start + TABLES_MAX]
            terms = [
                f"SELECT {number} WHERE EXISTS (SELECT 1 FROM {self.quote(table)})"
                for number, table in enumerate(asked)
            ]
            cursor.execute(" UNION ALL ".join(terms))
            found += [asked[number] for (number,) in cursor.fetchall()]
        return found

    def read(self, cursor: Any, table: str) -> Rows:
        """All rows of a table, in one order."""
        cursor.execute(f"SELECT * FROM {self.quote(table)} ORDER BY 1")
        return list(cursor.fetchall())

    def restore_rows(self) -> None:
        """Empty what a test filled, and repair what it changed."""
        with self.unchecked() as cursor:
            filled = set(self.filled(cursor))
            changed = {
                table
                for table, rows in self.rows.items()
                if table not in filled or self.read(cursor, table) != rows
            }
            for table in (filled - self.rows.keys()) | changed:
                cursor.execute(f"DELETE FROM {self.quote(table)}")
            for table in changed:
                marks = ", ".join(["%s"] * len(self.rows[table][0]))
                cursor.executemany(
                    f"INSERT INTO {self.quote(table)} VALUES ({marks})",
                    self.rows[table],
                )

    @contextlib.contextmanager
    def unchecked(self) -> Iterator[Any]:
        """A cursor in a transaction that does not look at foreign keys."""
        engine = engine_of(self.alias)
        with self.connection.cursor() as cursor:
            if engine == "sqlite":
                # Inside of a transaction the pragma does nothing.
                cursor.execute("PRAGMA foreign_keys = OFF")
            if engine == "mariadb":
                cursor.execute("SET foreign_key_checks = 0")
            with transaction.atomic(using=self.alias):
                if engine == "postgresql":
                    cursor.execute("SET LOCAL session_replication_role = 'replica'")
                yield cursor

    def quote(self, name: str) -> str:
        return self.connection.ops.quote_name(name)


class Databases:
    """Both databases of each engine, made when a test first asks for the engine."""

    def __init__(self) -> None:
        self.made: dict[str, Database] = {}

    def require(self, *aliases: str) -> list[Database]:
        """The databases of the aliases."""
        for engine in {engine_of(alias) for alias in aliases}:
            for side in SIDES:
                alias = f"{engine}_{side}"
                if alias not in self.made:
                    self.made[alias] = Database(alias)
        return [self.made[alias] for alias in aliases]

    def drop(self) -> None:
        """Remove all of them; every one is tried, the first error is raised."""
        with contextlib.ExitStack() as stack:
            for database in self.made.values():
                stack.callback(database.drop)
