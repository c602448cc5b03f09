"""The engines' own bulk commands, and Django's: what Syncline is compared with."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from tempfile import TemporaryFile

from django.core.management import call_command
from django.db import connections

from benchmarks.flights import (
    FLIGHT,
    PARENTS,
    columns_of,
    dump_path,
    empty,
    fixture_path,
    read_rows,
    rows_path,
    sqlite_path,
    table_of,
)

Work = Callable[[], int]
"""The measured part of a step, everything else being done; gives the rows it moved, or
whatever else is counted."""

BLOCK_BYTES = 128 * 1024


def copy_from(alias: str) -> Work:
    """COPY a prepared text file into the flights' table, through psycopg."""
    empty(alias)
    return lambda: copy_rows_from(alias, FLIGHT)


def copy_rows_from(alias: str, label: str) -> int:
    """COPY the file of a model's rows into its table."""
    names = ", ".join(columns_of(label))
    with (
        rows_path(label).open("rb") as file,
        connections[alias].cursor() as cursor,
    ):
        with cursor.copy(f"COPY {table_of(label)} ({names}) FROM STDIN") as copy:
            while block := file.read(BLOCK_BYTES):
                copy.write(block)
        return int(cursor.rowcount)


def copy_to(alias: str) -> Work:
    """COPY the flights into a text file, through psycopg."""
    path = dump_path(alias).with_suffix(".tsv")
    path.unlink(missing_ok=True)
    names = ", ".join(columns_of(FLIGHT))

    def work() -> int:
        with path.open("wb") as file, connections[alias].cursor() as cursor:
            with cursor.copy(f"COPY {table_of(FLIGHT)} ({names}) TO STDOUT") as copy:
                for block in copy:
                    file.write(block)
            return int(cursor.rowcount)

    return work


def load_data(alias: str) -> Work:
    """LOAD DATA LOCAL a prepared text file into the flights' table."""
    empty(alias)
    return lambda: load_rows_from(alias, FLIGHT)


def load_rows_from(alias: str, label: str) -> int:
    """LOAD DATA LOCAL the file of a model's rows into its table."""
    names = ", ".join(columns_of(label))
    with connections[alias].cursor() as cursor:
        cursor.execute(
            f"LOAD DATA LOCAL INFILE %s INTO TABLE {table_of(label)} "
            f"CHARACTER SET utf8mb4 ({names})",
            [str(rows_path(label))],
        )
        return int(cursor.rowcount)


def executemany(alias: str) -> Work:
    """Insert the flights, which are in memory as tuples, by Python's own sqlite3."""
    empty(alias)
    rows = list(read_rows("sqlite_source", FLIGHT))
    names = ", ".join(columns_of(FLIGHT))
    marks = ", ".join("?" * len(columns_of(FLIGHT)))
    sql = f"INSERT INTO {table_of(FLIGHT)} ({names}) VALUES ({marks})"

    def work() -> int:
        with closing(sqlite3.connect(sqlite_path(alias))) as database, database:
            return database.executemany(sql, rows).rowcount

    return work


def copy_out_in(alias: str) -> Work:
    """Read all flights and what they point at, and write them to tables as they are."""
    labels = (*PARENTS, FLIGHT)
    scratch = {label: f"scratch_{table_of(label)}" for label in labels}
    with connections[alias].cursor() as cursor:
        for label, name in scratch.items():
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
            cursor.execute(
                f"CREATE TABLE {name} AS SELECT * FROM {table_of(label)} WHERE 1 = 0"
            )
    once = {
        "sqlite": _through_python,
        "postgresql": _through_copy,
        "mysql": _through_files,
    }[connections[alias].vendor]
    return lambda: sum(once(alias, label, name) for label, name in scratch.items())


def _through_python(alias: str, label: str, scratch: str) -> int:
    names = ", ".join(columns_of(label))
    marks = ", ".join("?" * len(columns_of(label)))
    with closing(sqlite3.connect(sqlite_path(alias))) as database, database:
        return database.executemany(
            f"INSERT INTO {scratch} ({names}) VALUES ({marks})",
            database.execute(f"SELECT {names} FROM {table_of(label)}").fetchall(),
        ).rowcount


def _through_copy(alias: str, label: str, scratch: str) -> int:
    names = ", ".join(columns_of(label))
    with TemporaryFile() as file, connections[alias].cursor() as cursor:
        with cursor.copy(f"COPY {table_of(label)} ({names}) TO STDOUT") as copy:
            for block in copy:
                file.write(block)
        file.seek(0)
        with cursor.copy(f"COPY {scratch} ({names}) FROM STDIN") as copy:
            while block := file.read(BLOCK_BYTES):
                copy.write(block)
        return int(cursor.rowcount)


def _through_files(alias: str, label: str, scratch: str) -> int:
    """Read as the driver does; the rows' file is there already, as for `load_data`."""
    names = ", ".join(columns_of(label))
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT {names} FROM {table_of(label)}")
        cursor.fetchall()
        cursor.execute(
            f"LOAD DATA LOCAL INFILE %s INTO TABLE {scratch} "
            f"CHARACTER SET utf8mb4 ({names})",
            [str(rows_path(label))],
        )
        return int(cursor.rowcount)


def dumpdata(alias: str) -> Work:
    """Dump the flights as a fixture."""
    path = fixture_path(alias)
    path.unlink(missing_ok=True)

    def work() -> int:
        call_command("dumpdata", FLIGHT, database=alias, output=str(path), verbosity=0)
        return count(alias)

    return work


def loaddata(source: str, target: str) -> Work:
    """Load the flights of a fixture."""
    empty(target)

    def work() -> int:
        path = str(fixture_path(source))
        call_command("loaddata", path, database=target, verbosity=0)
        return count(target)

    return work


def count(alias: str) -> int:
    """The flights in a database."""
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table_of(FLIGHT)}")
        return int(cursor.fetchone()[0])
