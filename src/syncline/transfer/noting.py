"""Writes dump, load and copy down as runs, where a database is a node.

These verbs work without our app and our tables, so this module names none that needs
them, and asks for it only where they are.
"""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol, TypeVar

from django.apps import apps
from django.utils import timezone

from syncline.progress import Progress
from syncline.snapshot.options import LoadOptions, LoadReport
from syncline.tables.selection import OUR_APP


class HasRows(Protocol):
    """A report that counts rows by label."""

    rows: dict[str, int]


Report = TypeVar("Report", bound=HasRows)
LEDGER = "syncline.transfer.bulk_runs"


@dataclass(kw_only=True)
class Note:
    """What is to be written down of a run at its end."""

    report: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def noted(verb: str, arguments: Mapping[str, Any], *aliases: str) -> Iterator[Note]:
    """Write a run down in the ledger of each of its databases that has one."""
    if not apps.is_installed(OUR_APP):
        yield Note()
        return
    with import_module(LEDGER).written_down(verb, arguments, aliases) as recorders:
        note = Note()
        yield note
        for one in recorders:
            one.report = note.report


def noted_when_done(
    steps: Generator[Progress, None, Report],
    verb: str,
    arguments: Mapping[str, Any],
    alias: str,
) -> Generator[Progress, None, Report]:
    """Write a run down when it is done, and not before.

    A dump that is resumed goes on only if its database has not changed since.
    """
    started = timezone.now()
    report = yield from steps
    if apps.is_installed(OUR_APP):
        counts = {"rows": dict(report.rows)}
        import_module(LEDGER).write_down(verb, arguments, alias, started, counts)
    return report


def said(options: LoadOptions | None) -> Mapping[str, Any]:
    """Spell what was said about a load, as plain data."""
    options = options or LoadOptions()
    return {
        "mode": str(options.mode),
        "match": str(options.match),
        "orphans": str(options.orphans),
        "unfit": list(options.unfit),
        "dry_run": options.dry_run,
    }


def loaded(report: LoadReport) -> Mapping[str, Any]:
    """Spell what a load has come to, as plain data."""
    return {"rows": dict(report.rows), "set_aside": dict(report.set_aside)}
