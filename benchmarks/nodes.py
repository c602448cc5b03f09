"""What nodes do, as steps: track, take all, take what has changed, idle, compare."""

import shutil
import time
from collections.abc import Callable

from django.db import connections

from benchmarks.flights import FLIGHT, PARENTS, sqlite_path, table_of
from benchmarks.preparing import LOADERS
from benchmarks.raw import Work
from benchmarks.servers import engine_of
from benchmarks.statements import Statements
from syncline.transfer import tracked
from tests.sync.plans import scanned

CHANGES = 10_000
STATISTICS_WAIT_S = 2
"""So long PostgreSQL may keep its counters of reads to itself."""

READ_SQL = """
SELECT seq_tup_read + coalesce(idx_tup_fetch, 0), n_live_tup
FROM pg_stat_user_tables WHERE relname = %s AND schemaname = 'public'
"""


def track(alias: str) -> Work:
    """Adopt all rows of a database that has never been a node."""
    _untrack(alias)
    if engine_of(alias) == "sqlite":
        connections[alias].close()
        shutil.copyfile(sqlite_path("sqlite_source"), sqlite_path(alias))
    elif not _count(alias, FLIGHT):
        for label in (*PARENTS, FLIGHT):
            LOADERS[engine_of(alias)](alias, label)
    return lambda: tracked.track(database=alias).run().total


def first(source: str, target: str) -> Work:
    """Take all that another node has into a node that has nothing."""
    if not _is_node(source):
        tracked.track(database=source).run()
    _untrack(target)
    for label in (FLIGHT, *reversed(PARENTS)):
        _execute(target, f"DELETE FROM {table_of(label)}")
    tracked.track(database=target).run()
    return _pulling(source, target)


def changes(source: str, target: str) -> Work:
    """Take ten thousand changes, which are all over a table."""
    table = table_of(FLIGHT)
    step = _count(source, FLIGHT) // CHANGES
    _execute(
        source,
        f"UPDATE {table} SET distance = distance + 1 "
        f"WHERE id % {step} = 0 AND id <= {step * CHANGES}",
    )
    return _pulling(source, target)


def idle(source: str, target: str) -> Work:
    """Sync where there is nothing to do, and where this process has done it before."""
    for _ in range(2):
        tracked.sync(source, database=target).run()
    return lambda: tracked.sync(source, database=target).run().written


def _pulling(source: str, target: str) -> Work:
    return lambda: tracked.pull(source, database=target).run().written


def scans(source: str, target: str) -> Work:
    """Compare two nodes that differ in one record; gives the scans of the worse side.

    Of a table on SQLite those statements count that read it from end to end; on
    PostgreSQL, how many times as many rows were read as there are.
    """
    table = table_of(FLIGHT)
    tracked.sync(source, database=target).run()
    _execute(
        target,
        f"UPDATE {table} SET distance = distance + 1 "
        f"WHERE id = (SELECT MIN(id) FROM {table})",
    )
    read = [_reads(alias, table) for alias in (source, target)]

    def work() -> int:
        report, _ = tracked.agree(source, database=target, models=[FLIGHT]).run()
        if len(report.differences) != 1:
            raise RuntimeError(f"{len(report.differences)} differences, not one")
        return max(count() for count in read)

    return work


def _reads(alias: str, table: str) -> Callable[[], int]:
    """Begin to count the scans of a table; what is given gives their number."""
    connection = connections[alias]
    if connection.vendor == "postgresql":
        before, _ = _rows_read(alias, table)

        def counted() -> int:
            read, rows = _rows_read(alias, table)
            return round((read - before) / rows)

        return counted
    statements = Statements()
    connection.execute_wrappers.append(statements)

    def planned() -> int:
        connection.execute_wrappers.remove(statements)
        named = [one for one in statements.seen if table in one[0]]
        return sum("t" in scanned(alias, sql, params) for sql, params in named)

    return planned


def _rows_read(alias: str, table: str) -> tuple[int, int]:
    """Give how many rows PostgreSQL has ever read of a table, and how many it has."""
    connections[alias].close()
    time.sleep(STATISTICS_WAIT_S)
    with connections[alias].cursor() as cursor:
        cursor.execute(READ_SQL, [table])
        read, rows = cursor.fetchone()
    return read, rows


def _untrack(alias: str) -> None:
    if _is_node(alias):
        tracked.untrack(database=alias).run()


def _is_node(alias: str) -> bool:
    tables = connections[alias].introspection.table_names()
    if "syncline_state" not in tables:
        return False
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM syncline_state")
        return bool(cursor.fetchone()[0])


def _count(alias: str, label: str) -> int:
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM {table_of(label)}")
        return int(cursor.fetchone()[0])


def _execute(alias: str, sql: str) -> None:
    with connections[alias].cursor() as cursor:
        cursor.execute(sql)
