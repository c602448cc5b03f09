"""Keeps tracking whole: triggers that are gone come back, and new columns are known.

Django rebuilds SQLite's tables in migrations, which drops their triggers, and nobody
is asked. So the triggers' digests are compared after each migration and at each
transfer; where they differ, triggers are made anew and the table is audited.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from syncline.capture.audit import audit
from syncline.capture.sequencer import Sequencer
from syncline.capture.tracking import install
from syncline.identity.database import NodeDatabase
from syncline.models import Mark
from syncline.progress import Task


@dataclass(kw_only=True)
class GuardReport:
    """What had to be mended; labels."""

    reinstalled: list[str] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=dict)
    """Writes that triggers had missed, by label."""


def drifted(database: NodeDatabase) -> list[str]:
    """Name the tracked models whose triggers are not as they were installed."""
    installed = database.engine.capture.installed(database.connection)
    return [
        label
        for label, row in database.rows.items()
        if installed.get(row.number, "") != row.triggers
    ]


def guard(database: NodeDatabase, sequencer: Sequencer) -> GuardReport:
    """Make triggers anew that are gone or altered, and find what they have missed."""
    report = GuardReport(reinstalled=drifted(database))
    if report.reinstalled:
        _mend(database, sequencer, report, report.reinstalled)
    return report


def mended(database: NodeDatabase, sequencer: Sequencer) -> GuardReport:
    """Do as `guard` does, and look everywhere if somebody was marked who was not."""
    left = _left_marks(database)
    report = GuardReport(reinstalled=drifted(database))
    if left or report.reinstalled:
        _mend(database, sequencer, report, () if left else report.reinstalled)
    return report


def _mend(
    database: NodeDatabase,
    sequencer: Sequencer,
    report: GuardReport,
    labels: Sequence[str],
) -> None:
    install(database)
    found = Task(audit(database, sequencer, labels)).run()
    report.found = {label: count for label, count in found.found.items() if count}


def _left_marks(database: NodeDatabase) -> bool:
    """Remove a mark that was committed, which hides who wrote since."""
    if not database.engine.capture.marks_rows:
        return False
    marks = Mark.objects.using(database.alias).all()
    return bool(marks.delete()[0]) if marks.exists() else False
