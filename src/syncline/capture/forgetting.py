"""Forgets records whose rows went unseen, so that another node can send them again."""

from collections.abc import Sequence

from syncline.capture.sequencer import Sequencer
from syncline.identity.bound import Bound
from syncline.identity.database import NodeDatabase

BATCH = 5_000
"""Records that are looked at together."""


def forget_lost(database: NodeDatabase, sequencer: Sequencer) -> dict[str, int]:
    """Forget records that live and have no row, which no trigger saw go.

    An audit would take them for deleted, and the deletion would travel. Forgotten,
    they are records that this node has never had.

    Returns:
        How many, by label.
    """
    found: dict[str, int] = {}
    for label in database.rows:
        bound = database.bound(label)
        for pks in bound.store.pages(bound.number, BATCH):
            lost = _lost(bound, sequencer, pks)
            if lost:
                found[label] = found.get(label, 0) + lost
    return found


def _lost(bound: Bound, sequencer: Sequencer, pks: Sequence[str]) -> int:
    there = bound.pks_there(pks)
    missing = [pk for pk in pks if pk not in there]
    if not missing:
        return 0
    # A deletion that a trigger saw is committed with its row of the journal: once
    # that is numbered, what is left of these was seen by none.
    sequencer.run()
    with bound.engine.capture.sequencing(bound.connection):
        records = bound.store.by_pk(bound.number, missing)
        back = bound.pks_there(list(records)) if records else set()
        uids = [one.uid for pk, one in records.items() if pk not in back]
        bound.store.remove(uids)
    return len(uids)
