"""How an engine would run a statement: which tables it would read from end to end."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

PLANNED = re.compile(
    r"\s*(SELECT|UPDATE|DELETE|WITH|INSERT\b.*\bSELECT)\b", re.IGNORECASE | re.DOTALL
)
"""Statements that read tables. MariaDB says of any other INSERT that it scans."""

SQLITE_SCAN = re.compile(r"SCAN (?!CONSTANT ROW)(\S+)")
MARIADB_SCANS = ("ALL", "index")


def scanned(alias: str, sql: str, params: Sequence[Any] | None) -> set[str]:
    """Give the tables, by the names that the statement has for them, that are scanned.

    A table of a few rows is scanned whatever indexes it has, so what counts is whether
    the engine has any other way.

    Args:
        alias: the database.
        sql: the statement; one that reads no table has no plan.
        params: what it is run with.
    """
    if not PLANNED.match(sql):
        return set()
    connection = connections[alias]
    return set(READERS[connection.vendor](connection, sql, params or None))


def _sqlite(
    connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any] | None
) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
        for *_, detail in cursor.fetchall():
            if match := SQLITE_SCAN.match(detail):
                yield match[1]


def _postgresql(
    connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any] | None
) -> Iterator[str]:
    with _unscanning(connection), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        [(found,)] = cursor.fetchall()
    plans = json.loads(found) if isinstance(found, str) else found
    todo = [one["Plan"] for one in plans]
    while todo:
        node = todo.pop()
        todo += node.get("Plans", [])
        if node["Node Type"] == "Seq Scan":
            yield node["Relation Name"]


@contextmanager
def _unscanning(connection: BaseDatabaseWrapper) -> Iterator[None]:
    """Let the planner scan only where it can do nothing else."""
    with transaction.atomic(using=connection.alias):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
        yield
        transaction.set_rollback(True, using=connection.alias)


def _mysql(
    connection: BaseDatabaseWrapper, sql: str, params: Sequence[Any] | None
) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {sql}", params)
        names = [column[0] for column in cursor.description]
        for row in cursor.fetchall():
            found = dict(zip(names, row, strict=True))
            if found["type"] in MARIADB_SCANS and not found["possible_keys"]:
                yield found["table"]


READERS: dict[str, Callable[..., Iterator[str]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mysql": _mysql,
}
