"""Keeps tracking whole: triggers that are gone come back, and new columns are known.

Django rebuilds SQLite's tables in migrations, which drops their triggers, and nobody
is asked. So the triggers' digests are compared after each migration and at each
transfer; where they differ, triggers are made anew and the table is audited.
"""

from dataclasses import dataclass, field

from syncline.capture.audit import BATCH, audit
from syncline.capture.sequencer import Sequencer
from syncline.capture.tracking import add_bits, install
from syncline.changes.operations import Origin
from syncline.identity.bound import Bound
from syncline.identity.database import NodeDatabase
from syncline.identity.uids import digest_of
from syncline.models import Mark, TrackedTable
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
    report = GuardReport()
    left = _left_marks(database)
    labels = drifted(database)
    if not labels and not left:
        return report
    install(database)
    report.reinstalled = labels
    found = Task(audit(database, sequencer, () if left else labels)).run()
    report.found = {label: count for label, count in found.found.items() if count}
    return report


def _left_marks(database: NodeDatabase) -> bool:
    """Remove a mark that was committed, which hides who wrote since."""
    if not database.engine.capture.marks_rows:
        return False
    marks = Mark.objects.using(database.alias).all()
    return bool(marks.delete()[0]) if marks.exists() else False


def migrated(database: NodeDatabase, sequencer: Sequencer) -> GuardReport:
    """Follow a migration: its writes lose against any user's, new columns are known.

    Equal results of one migration on many nodes are no conflict, because their
    versions have the clock of what they replaced.
    """
    sequencer.run(as_origin=Origin.MIGRATION)
    for row in TrackedTable.objects.using(database.alias):
        if row.label in database.rows:
            bound = database.bound(row.label)
            if row.fields != list(bound.fields):
                add_bits(database, row, bound)
                _digest_anew(database, bound)
    database.forget()
    return guard(database, sequencer)


def _digest_anew(database: NodeDatabase, bound: Bound) -> None:
    """Let records be digested with the fields that the table has now."""
    with database.engine.capture.sequencing(database.connection):
        for pks in list(bound.store.pages(bound.number, BATCH)):
            records = bound.store.by_pk(bound.number, pks)
            for pk, image in bound.images_of(pks).items():
                records[pk].digest = digest_of(image)
            bound.store.put(list(records.values()))
