"""What lost, what waits and what was overwritten: shown, settled and taken back."""

from collections.abc import Generator, Sequence
from typing import Any

from django.db.models import QuerySet
from msgspec.msgpack import decode

from syncline.apply.applying import Applying
from syncline.apply.choosing import Choosing
from syncline.apply.quarantine import refuse, waiting_changesets
from syncline.apply.undoing import Undoing, UndoReport
from syncline.capture.audit import AuditReport, audit
from syncline.capture.guarding import mended
from syncline.capture.sequencer import Sequencer
from syncline.errors import CannotResolve, NothingThere
from syncline.identity.database import NodeDatabase
from syncline.models import Conflict, Quarantined
from syncline.progress import Progress
from syncline.tables.selection import named_models
from syncline.transfer.nodes import open_node
from syncline.transfer.reports import ConflictSummary, WaitingSummary

LISTED_MAX = 1_000
"""How many are shown at once; the newest come first."""


def conflicts(
    alias: str, *, resolved: bool = False
) -> Generator[Progress, None, list[ConflictSummary]]:
    """List conflicts: those that are open, or those that were resolved."""
    database = _node(alias)
    yield Progress(stage="read")
    rows = _conflicts(alias).filter(resolved_at__isnull=not resolved)
    return [_summary(database, row) for row in rows.order_by("-id")[:LISTED_MAX]]


def resolve(
    alias: str, number: int, choice: int
) -> Generator[Progress, None, ConflictSummary]:
    """Let one of a conflict's values stay: 0 is what the row shows, others as listed.

    Raises:
        NothingThere: there is no such conflict.
        CannotResolve: it has no such value, or the row cannot have it.
    """
    database = _node(alias)
    yield Progress(stage="resolve")
    row = _conflicts(alias).filter(pk=number, resolved_at=None).first()
    if row is None:
        raise NothingThere(what="open conflict", number=number)
    summary = _summary(database, row)
    if not 0 <= choice < len(summary.values):
        reason = f"it has the values 0 to {len(summary.values) - 1}"
        raise CannotResolve(conflict=number, reason=reason)
    choosing = Choosing(database=database, sequencer=Sequencer(database=database))
    choosing.choose(row, summary.values[choice])
    return summary


def waiting(alias: str) -> Generator[Progress, None, list[WaitingSummary]]:
    """List the quarantine."""
    database = _node(alias)
    yield Progress(stage="read")
    rows = Quarantined.objects.using(alias).order_by("-id")[:LISTED_MAX]
    return [
        WaitingSummary(
            id=row.pk,
            label=database.labels.get(row.table_id, "?"),
            uid=bytes(row.uid).hex(),
            reason=row.reason,
            at=row.at,
            attempts=row.attempts,
            undone=row.undone,
        )
        for row in rows
    ]


def retry(alias: str) -> Generator[Progress, None, tuple[int, int]]:
    """Try all of the quarantine again; give how many there were, and still are."""
    database = _node(alias)
    rows = Quarantined.objects.using(alias)
    before = rows.count()
    rows.update(undone=False)
    applying = Applying(database=database, sequencer=Sequencer(database=database))
    for changeset, numbers in waiting_changesets(alias):
        yield Progress(stage="retry", done=len(numbers))
        applying.retry(changeset, numbers)
    return before, rows.count()


def drop(alias: str, number: int) -> Generator[Progress, None, WaitingSummary]:
    """Refuse a change for good: it is not asked for again.

    Raises:
        NothingThere: there is no such change.
    """
    found = yield from waiting(alias)
    one = next((one for one in found if one.id == number), None)
    if one is None:
        raise NothingThere(what="change in quarantine", number=number)
    refuse(_node(alias), number)
    return one


def undo(
    alias: str, number: int, *, revert: bool = False
) -> Generator[Progress, None, UndoReport]:
    """Take a run back, or write its old values as new versions.

    Raises:
        CannotUndo: a record was written since, or another node has it from here.
    """
    database = _node(alias)
    undoing = Undoing(database=database, sequencer=Sequencer(database=database))
    yield Progress(stage="undo")
    return undoing.revert(number) if revert else undoing.take_back(number)


def audited(
    alias: str, models: Sequence[str] = ()
) -> Generator[Progress, None, AuditReport]:
    """Mend triggers that are gone, and find what was missed.

    Raises:
        UnknownModel: a name stands for no app and no model.
    """
    database = _node(alias)
    named = {model._meta.label for name in models for model in named_models(name)}
    labels = [label for label in database.rows if label in named]
    sequencer = Sequencer(database=database)
    guard = mended(database, sequencer)
    report = yield from audit(database, sequencer, labels)
    for label, count in guard.found.items():
        report.found[label] = report.found.get(label, 0) + count
    report.reinstalled = guard.reinstalled
    return report


def _node(alias: str) -> NodeDatabase:
    database = open_node(alias)
    database.state()
    return database


def _conflicts(alias: str) -> QuerySet[Conflict]:
    return Conflict.objects.using(alias)


def _summary(database: NodeDatabase, row: Conflict) -> ConflictSummary:
    lost: list[Any] = decode(bytes(row.lost))
    kept: Any = decode(bytes(row.kept))
    others = [value for value, *_ in lost if value != kept]
    return ConflictSummary(
        id=row.pk,
        label=database.labels.get(row.table_id, "?"),
        uid=bytes(row.uid).hex(),
        pk=database.store.pks([bytes(row.uid)]).get(bytes(row.uid), ""),
        part=row.part,
        held=row.held,
        values=(kept, *others),
        at=row.at,
    )
