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
from collections.abc import Callable

import django
from django.db import connections

from benchmarks import ours, preparing, raw
from benchmarks.comparisons import ALIASES
from benchmarks.raw import Work

STEPS: dict[str, Callable[..., Work]] = {
    "copy": ours.copy,
    "copy_from": raw.copy_from,
    "copy_to": raw.copy_to,
    "dump": ours.dump,
    "dumpdata": raw.dumpdata,
    "executemany": raw.executemany,
    "load": ours.load,
    "load_data": raw.load_data,
    "loaddata": raw.loaddata,
    "prepare": preparing.prepare,
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
    for alias in ALIASES & set(options.arguments):
        # Imports the driver, which is not the step's work.
        connections[alias].close()
    work = STEPS[options.name](*options.arguments)
    cost = profiled(work) if options.profile else measured(work)
    print(json.dumps({"step": options.name, **cost}))


def measured(work: Work) -> dict[str, float]:
    """Do the work, and say what it cost."""
    cpu, wall = cpu_seconds(), time.perf_counter()
    rows = work()
    wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
    return {
        "rows": rows,
        "wall_s": round(wall, 4),
        "cpu_s": round(cpu, 4),
        "memory_peak_mb": round(memory_peak_mb(), 1),
    }


def profiled(work: Work) -> dict[str, float]:
    """Do the work, and say on stderr which functions took the time."""
    profile = cProfile.Profile()
    cost = profile.runcall(measured, work)
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
