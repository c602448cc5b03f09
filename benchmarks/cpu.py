"""The CPU of a database's server, beside that of the process that asks it."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

SERVER_SQL = {
    "postgresql": "SELECT pg_backend_pid()",
    "mysql": "SELECT @@pid_file",
}
"""PostgreSQL serves each connection with a process of its own, MariaDB all with one."""


def server_pid(connection: BaseDatabaseWrapper) -> int | None:
    """Find the process that serves a connection, if it is not ourselves.

    It has to be on this machine, as those of `tests.servers` are.
    """
    if connection.vendor not in SERVER_SQL:
        return None
    with connection.cursor() as cursor:
        cursor.execute(SERVER_SQL[connection.vendor])
        [(found,)] = cursor.fetchall()
    return int(found if isinstance(found, int) else Path(found).read_text())


def server_cpu_s(pids: Sequence[int | None]) -> float:
    """Sum up the CPU seconds of all threads of some processes.

    In nanoseconds, where /proc/PID/stat has hundredths of a second
    ("Scheduler Statistics" of Linux, /proc/<pid>/schedstat).
    """
    tasks = [Path(f"/proc/{pid}/task") for pid in pids if pid is not None]
    return sum(map(_spent_ns, tasks)) / NANOSECONDS


def _spent_ns(tasks: Path) -> int:
    spent = 0
    for path in tasks.glob("*/schedstat"):
        with suppress(FileNotFoundError):  # It has ended since.
            spent += int(path.read_text().split()[0])
    return spent


NANOSECONDS = 1_000_000_000
