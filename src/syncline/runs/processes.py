"""Is the process that a run was started in still there?"""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

STARTED = 19
"""Place of `starttime` in /proc/PID/stat, counted behind the command's name (proc(5),
field 22)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """A process, told from all others that ever had its number."""

    host: str
    pid: int
    started: str
    """The system's start and the process's; empty where the system does not tell."""


def this_process() -> Process:
    """Give the process that we are in."""
    pid = os.getpid()
    return Process(host=platform.node(), pid=pid, started=started(pid))


def started(pid: int) -> str:
    """Say when a process started; empty if there is none, or nobody tells."""
    proc = Path("/proc")
    try:
        boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
        stat = (proc / str(pid) / "stat").read_text()
    except OSError:
        return ""
    # The command's name stands in parentheses and may hold some of its own.
    return f"{boot} {stat.rpartition(')')[2].split()[STARTED]}"


def lives(process: Process) -> bool | None:
    """Is a process still running? None if that cannot be known from here."""
    if process.host != platform.node():
        return None
    if process.started:
        return started(process.pid) == process.started
    return _signalled(process.pid)


def _signalled(pid: int) -> bool | None:
    if os.name != "posix":
        return None  # Elsewhere signal 0 is a real one.
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
