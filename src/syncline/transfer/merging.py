"""Merge two rows that are one record in truth."""

from collections.abc import Generator, Sequence

from syncline.apply.joined import MergeReport
from syncline.apply.joining import Joining
from syncline.capture.sequencer import Sequencer
from syncline.errors import NotDeclared, UsageError
from syncline.identity.database import NodeDatabase
from syncline.progress import Progress
from syncline.runs.ledger import Ledger
from syncline.snapshot.blame import blamed
from syncline.tables.selection import named_models
from syncline.transfer.nodes import open_node
from syncline.transfer.recording import Recorder, recorded

PAIR = 2


def merge(
    alias: str, model: str, pks: Sequence[str], *, dry_run: bool = False
) -> Generator[Progress, None, MergeReport]:
    """Let two rows be one record, here and on all other nodes.

    Args:
        alias: this node.
        model: the label of a tracked model, in any letter case.
        pks: of two rows; the values of the first one stay.
        dry_run: tell what would happen, and write nothing.

    Raises:
        UnknownModel: there is no such model.
        NotDeclared: it is not tracked.
        UsageError: these are not two rows of one model.
        NoSuchRow: there is no such row.
        CannotMerge: some rows cannot follow.
    """
    database = open_node(alias)
    with blamed(alias):
        database.state()
        label = _label(database, model)
        if len(set(pks)) != PAIR:
            raise UsageError(
                f"A merge takes two rows, and not {pks[0]!r} twice.",
                hint=f"Say: syncline merge {label} 3 7",
            )
        recorder = Recorder(
            ledger=Ledger(alias=alias),
            verb="merge",
            arguments={"model": label, "pks": [*pks], "dry_run": dry_run},
        )
        recorder.begin()
        with recorded(recorder), blamed(alias):
            yield Progress(stage="merge", subject=label)
            joining = Joining(
                database=database,
                sequencer=Sequencer(database=database),
                run_id=recorder.number,
                dry_run=dry_run,
            )
            report = joining.join(label, pks)
            recorder.report = {"merged": {label: 1}, "moved": dict(report.moved)}
    return report


def _label(database: NodeDatabase, model: str) -> str:
    named = named_models(model)
    labels = [one._meta.label for one in named]
    if len(labels) != 1 or labels[0].lower() != model.lower():
        raise UsageError(
            f"{model!r} is an app; a merge is of two rows of one model.",
            hint=f"Name one of: {', '.join(sorted(labels)[:20])}",
        )
    if labels[0] not in database.rows:
        raise NotDeclared(alias=database.alias, names=labels)
    return labels[0]
