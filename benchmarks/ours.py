"""The same jobs as Syncline does them, with everything on that is on by default."""

import syncline
from benchmarks.flights import FLIGHT, dump_path, empty, folder
from benchmarks.raw import Work


def copy(source: str, target: str) -> Work:
    """Copy the flights."""
    empty(target)
    task = syncline.copy(source, target, models=[FLIGHT], work_dir=folder() / "work")
    return lambda: task.run().total


def dump(alias: str) -> Work:
    """Dump the flights into a file."""
    path = dump_path(alias)
    path.unlink(missing_ok=True)
    task = syncline.dump(
        path, database=alias, models=[FLIGHT], work_dir=folder() / "work"
    )
    return lambda: task.run().total


def load(source: str, target: str) -> Work:
    """Load the flights that were dumped from a database into another."""
    empty(target)
    task = syncline.load(dump_path(source), database=target, work_dir=folder() / "work")
    return lambda: task.run().total


def verify(source: str, target: str) -> Work:
    """Compare the flights of two databases."""
    task = syncline.verify(source, target, models=[FLIGHT])

    def work() -> int:
        report = task.run()
        if not report.equal:
            raise RuntimeError("; ".join(map(str, report.differences)))
        return report.total

    return work
