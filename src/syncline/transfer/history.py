"""The ledger as the verb `runs` shows it; and running a run again."""

from collections.abc import Generator, Mapping
from typing import Any

from syncline.apply.contact import Choice, Contact, First
from syncline.errors import NotResumable, NotTracked
from syncline.models import Run
from syncline.progress import Progress
from syncline.runs.ledger import LISTED_MAX, Ledger, State
from syncline.snapshot.blame import blamed
from syncline.transfer.nodes import node_id, open_node, track
from syncline.transfer.peers import Call, exchange
from syncline.transfer.recording import prune
from syncline.transfer.reports import (
    ChunkSummary,
    RunSummary,
    SyncReport,
    TrackReport,
)

EXCHANGES = ("pull", "push", "sync")
RESUMABLE = (*EXCHANGES, "track")


def listed(
    alias: str, *, most: int = LISTED_MAX
) -> Generator[Progress, None, list[RunSummary]]:
    """Give the last runs, the newest first."""
    with blamed(alias):
        ledger = _ledger(alias)
        yield Progress(stage="look", subject=alias)
        return [_summary(run) for run in ledger.listed(most)]


def shown(alias: str, number: int) -> Generator[Progress, None, RunSummary]:
    """Give a run with its chunks.

    Raises:
        UnknownRun: there is none of that number.
    """
    with blamed(alias):
        ledger = _ledger(alias)
        yield Progress(stage="look", subject=alias)
        run = ledger.run(number)
        chunks = tuple(
            ChunkSummary(
                transfer=chunk.transfer,
                number=chunk.number,
                at=chunk.at,
                counts=chunk.counts,
            )
            for chunk in ledger.chunks_of(number)
        )
        return _summary(run, chunks)


def pruned(
    alias: str, older_than: int | None = None
) -> Generator[Progress, None, dict[str, int]]:
    """Remove what is old; give by kind how much.

    Args:
        alias: the node.
        older_than: days, of every kind; None means those of the settings.
    """
    with blamed(alias):
        _ledger(alias)
        yield Progress(stage="prune", subject=alias)
        return prune(alias, older_than=older_than)


def resumed(
    alias: str, number: int
) -> Generator[Progress, None, SyncReport | TrackReport]:
    """Run a run again: what it has done already is not done twice.

    Raises:
        UnknownRun: there is none of that number.
        NotResumable: it is not this node's, or goes on, or is of another verb.
    """
    with blamed(alias):
        run = _ledger(alias).run(number)
    if run.state == State.RUNNING:
        raise NotResumable(run=number, reason=f"process {run.pid} is at it")
    if run.begun_by:
        raise NotResumable(run=number, reason=f"node {run.begun_by} has begun it")
    if run.verb == "track":
        return (yield from track(alias))
    if run.verb not in EXCHANGES:
        raise NotResumable(run=number, reason=f"{run.verb!r} is not run twice")
    return (yield from exchange(_call(alias, run)))


def _call(alias: str, run: Run) -> Call:
    said: Mapping[str, Any] = run.arguments
    contact = dict(said["contact"])
    first = contact.pop("first")
    return Call(
        verb=run.verb,  # type: ignore[arg-type]  # it was one when it was written
        peer=said["peer"],
        database=alias,
        models=tuple(said["models"]),
        exclude=tuple(said["exclude"]),
        contact=Contact(
            first=First(choice=Choice(first["choice"]), part=first["part"]), **contact
        ),
        dry_run=said["dry_run"],
    )


def _ledger(alias: str) -> Ledger:
    """Give the ledger of a node.

    Raises:
        NotTracked: it is none, and has no ledger.
    """
    if not node_id(open_node(alias)):
        raise NotTracked(alias=alias)
    return Ledger(alias=alias)


def _summary(run: Run, chunks: tuple[ChunkSummary, ...] = ()) -> RunSummary:
    return RunSummary(
        id=run.pk,
        verb=run.verb,
        arguments=run.arguments,
        state=run.state,
        started_at=run.started_at,
        ended_at=run.ended_at,
        begun_by=run.begun_by,
        report=run.report,
        error=run.error,
        chunks=chunks,
    )
