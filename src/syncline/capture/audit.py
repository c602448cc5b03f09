"""Finds what the triggers have missed, by looking at every row."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain, islice

from syncline.capture.pending import ALL, Entry
from syncline.capture.sequencer import Sequencer
from syncline.changes.operations import Operation, Origin
from syncline.engines.pace import Pace
from syncline.identity.bound import Bound
from syncline.identity.database import NodeDatabase
from syncline.identity.uids import digest_of
from syncline.progress import Progress

BATCH = 5_000
"""Rows, or records, that are looked at together."""

MISSED_MAX = 50_000
"""Writes that are found before they are numbered, and all is looked at again."""

BEFORE_ALL = 0
"""The time of a write that nobody has seen: its version is just after the old one."""


@dataclass(kw_only=True)
class AuditReport:
    """What the triggers had missed; counts by label."""

    found: dict[str, int] = field(default_factory=dict)
    looked: int = 0
    """Rows of all models."""

    reinstalled: list[str] = field(default_factory=list)
    """Models whose triggers were gone or altered."""


def audit(
    database: NodeDatabase, sequencer: Sequencer, labels: Sequence[str] = ()
) -> Generator[Progress, None, AuditReport]:
    """Compare all rows with the records, and number what differs.

    Args:
        database: whose rows.
        sequencer: its sequencer.
        labels: of the models to look at; none means all.
    """
    report = AuditReport()
    sequencer.run()
    for label in labels or database.rows:
        bound = database.bound(label)
        found, more, before = MISSED_MAX, MISSED_MAX, report.looked
        while found and more == MISSED_MAX:
            report.looked = before
            with closing(_unseen(bound, report)) as rows:
                missed = list(islice(chain(rows, _gone(bound)), MISSED_MAX))
            more = len(missed)
            found = _numbered(sequencer, missed)
            if more:
                report.found[label] = report.found.get(label, 0) + found
            yield Progress(stage="audit", subject=label, done=report.looked)
    return report


def _numbered(sequencer: Sequencer, missed: Sequence[Entry]) -> int:
    """Give versions to what was missed; give to how many records."""
    database, changed = sequencer.database, 0
    for start in range(0, len(missed), BATCH):
        with database.engine.capture.sequencing(database.connection):
            standing = database.state()
            changed += sequencer.absorb(missed[start : start + BATCH], standing)
            standing.save()
    return changed


def _unseen(bound: Bound, report: AuditReport) -> Generator[Entry, None, None]:
    """Give rows that have no record, or are not as they were last seen."""
    store = bound.store
    with bound.engine.reading_view(bound.connection):
        for batch in bound.images(pace=Pace(), beside=True):
            report.looked += len(batch)
            known = store.by_pk(bound.number, [pk for pk, _ in batch])
            for pk, image in batch:
                record = known.get(pk)
                if record is None:
                    yield unseen(bound, Operation.INSERT, pk)
                elif record.digest != digest_of(image):
                    yield unseen(bound, Operation.UPDATE, pk)


def _gone(bound: Bound) -> Iterator[Entry]:
    """Give records that live and have no row."""
    for pks in bound.store.pages(bound.number, BATCH):
        there = bound.pks_there(pks)
        for pk in pks:
            if pk not in there:
                yield unseen(bound, Operation.DELETE, pk)


def unseen(bound: Bound, operation: Operation, pk: str) -> Entry:
    """Give what the journal would have said of a write that no trigger has seen."""
    return Entry(
        id=0,
        table=bound.number,
        operation=operation,
        pk=pk,
        old_pk=None,
        mask=ALL,
        at=BEFORE_ALL,
        origin=Origin.USER,
    )
