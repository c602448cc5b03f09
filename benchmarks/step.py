"""One step in a process of its own: `python -m benchmarks.step NAME ARGUMENT …`.

Prints one JSON line. Interpreter start-up, Django's set-up, and the step's own
preparation are not in its time; its peak memory is that of the whole process.
"""

import cProfile
import json
import os
import pstats
import resource
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import django
from django.db import connections

from benchmarks import nodes, ours, preparing, raw
from benchmarks.comparisons import ALIASES
from benchmarks.cpu import server_cpu_s, server_pid
from benchmarks.raw import Work
from benchmarks.statements import Statements

STEPS: dict[str, Callable[..., Work]] = {
    "changes": nodes.changes,
    "copy": ours.copy,
    "copy_from": raw.copy_from,
    "copy_out_in": raw.copy_out_in,
    "copy_to": raw.copy_to,
    "dump": ours.dump,
    "dumpdata": raw.dumpdata,
    "executemany": raw.executemany,
    "first": nodes.first,
    "idle": nodes.idle,
    "load": ours.load,
    "load_data": raw.load_data,
    "loaddata": raw.loaddata,
    "prepare": preparing.prepare,
    "scans": nodes.scans,
    "track": nodes.track,
    "verify": ours.verify,
}

PROFILE_LINES = 15
MEGABYTE = 1_000_000


def main() -> None:
    """Run the step that the command line names."""
    parser = ArgumentParser(prog="python -m benchmarks.step")
    parser.add_argument("--profile", action="store_true")
    parser.add_argument("name", choices=STEPS)
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    django.setup()
    aliases = sorted(ALIASES & set(options.arguments))
    for alias in aliases:
        # Imports the driver, which is not the step's work.
        connections[alias].close()
    work = STEPS[options.name](*options.arguments)
    cost = profiled(work, aliases) if options.profile else measured(work, aliases)
    print(json.dumps({"step": options.name, **cost}))


def measured(work: Work, aliases: Sequence[str]) -> dict[str, float]:
    """Do the work, and say what it cost."""
    statements = Statements()
    pids = [server_pid(connections[alias]) for alias in aliases]
    with ExitStack() as stack:
        for alias in aliases:
            stack.enter_context(connections[alias].execute_wrapper(statements))
        server, cpu, wall = server_cpu_s(pids), cpu_seconds(), time.perf_counter()
        rows = work()
        wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
        server = server_cpu_s(pids) - server
    return {
        "rows": rows,
        "statements": len(statements.seen),
        "wall_s": round(wall, 4),
        "cpu_s": round(cpu, 4),
        "server_s": round(server, 2),
        "memory_peak_mb": round(memory_peak_mb(), 1),
    }


def profiled(work: Work, aliases: Sequence[str]) -> dict[str, float]:
    """Do the work, and say on stderr which functions took the time."""
    profile = cProfile.Profile()
    cost = profile.runcall(measured, work, aliases)
    statistics = pstats.Stats(profile, stream=sys.stderr)
    statistics.sort_stats("tottime").print_stats(PROFILE_LINES)
    return cost


def cpu_seconds() -> float:
    """The CPU that this process has used, all its threads together."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def memory_peak_mb() -> float:
    """The peak of the resident memory of this process."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # getrusage(2): kilobytes on Linux, bytes on macOS.
    return peak * (1 if sys.platform == "darwin" else 1024) / MEGABYTE


if __name__ == "__main__":
    main()
