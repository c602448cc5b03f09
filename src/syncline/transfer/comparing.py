"""Verify this node against a peer whose database is at hand."""

from collections.abc import Generator, Sequence

from syncline.progress import Progress
from syncline.transfer.agreeing import agree
from syncline.transfer.agreeing import repair as mend
from syncline.transfer.blaming import blamed_among
from syncline.transfer.choosing import choose_peer, labels_moving
from syncline.transfer.nodes import open_node
from syncline.transfer.peers import refuse_same
from syncline.transport.direct import DatabaseEndpoint
from syncline.verify.agreement import AgreementReport, RecordDifference

Outcome = tuple[AgreementReport, list[RecordDifference]]
"""The report, and the differences that a repair has left."""


def compare_with(
    peer: str,
    *,
    database: str,
    models: Sequence[str],
    exclude: Sequence[str],
    deep: bool,
    repair: str,
) -> Generator[Progress, None, Outcome]:
    """Compare two nodes, and let one side's values win if that is wanted."""
    here = open_node(database)
    there = open_node(choose_peer(peer, here))
    labels = labels_moving(here, "sync", models=models, exclude=exclude)
    with blamed_among(here.connection, there.connection):
        refuse_same(here, there)
        source = DatabaseEndpoint(database=there)
        target = DatabaseEndpoint(database=here)
        report = yield from agree(source, target, models=labels or (), deep=deep)
        left: list[RecordDifference] = []
        if repair:
            winner = source if repair == "source" else target
            left = yield from mend(winner, report)
    return report, left
