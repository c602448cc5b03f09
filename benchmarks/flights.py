"""The flights' tables, and the files of their rows that raw commands read."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connections

from benchmarks.settings import WORK

FLIGHT = "flights.Flight"
PARENTS = ("flights.Airline", "flights.Airport", "flights.Plane", "flights.Weather")

BATCH_ROWS_MAX = 10_000
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n"})


def folder() -> Path:
    """The run's folder."""
    return Path(os.environ[WORK])


def rows_path(label: str) -> Path:
    """A model's rows as text that COPY and LOAD DATA both read with their defaults."""
    return folder() / f"{table_of(label)}.tsv"


def dump_path(alias: str) -> Path:
    """Where a database is dumped to."""
    return folder() / f"{alias}.syncline"


def fixture_path(alias: str) -> Path:
    """Where `dumpdata` puts a database."""
    return folder() / f"{alias}.json"


def empty_path() -> Path:
    """The SQLite file that holds the parents and no flights."""
    return folder() / "empty.sqlite3"


def sqlite_path(alias: str) -> Path:
    """The file of a SQLite alias."""
    return Path(connections.settings[alias]["NAME"])


def table_of(label: str) -> str:
    """A model's table."""
    return str(apps.get_model(label)._meta.db_table)


def columns_of(label: str) -> list[str]:
    """A model's columns, in the order of its rows in files."""
    fields = apps.get_model(label)._meta.concrete_fields
    return [str(field.column) for field in fields]


def empty(alias: str) -> None:
    """Remove all flights, as if none had ever been there."""
    connection = connections[alias]
    if connection.vendor == "sqlite":
        shutil.copyfile(empty_path(), sqlite_path(alias))
        return
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE TABLE {table_of(FLIGHT)}")
    connection.close()


def read_rows(alias: str, label: str) -> Iterator[tuple[Any, ...]]:
    """A model's rows as SQLite itself keeps them."""
    names = ", ".join(f'"{name}"' for name in columns_of(label))
    with closing(sqlite3.connect(sqlite_path(alias))) as database:
        yield from database.execute(f'SELECT {names} FROM "{table_of(label)}"')


def spell_rows(alias: str, label: str) -> None:
    """Write the file of a model's rows."""
    rows = read_rows(alias, label)
    with rows_path(label).open("w", encoding="utf-8", newline="\n") as file:
        while batch := list(islice(rows, BATCH_ROWS_MAX)):
            file.writelines("\t".join(map(_spell, row)) + "\n" for row in batch)


def _spell(value: object) -> str:
    return "\\N" if value is None else str(value).translate(ESCAPES)
