"""From where on a transfer reads: set back to the beginning, or set to a position."""

from collections.abc import Generator

from django.db import connections

from syncline.capture.forgetting import forget_lost
from syncline.capture.outgoing import PAGE
from syncline.capture.sequencer import Sequencer
from syncline.changes.dots import Dot
from syncline.errors import BadCheckpoint, UnknownPeer, counted
from syncline.identity.database import NodeDatabase
from syncline.models import Peer
from syncline.progress import Progress
from syncline.runs.ledger import Ledger
from syncline.transfer.blaming import blamed_among
from syncline.transfer.nodes import node_id, open_node
from syncline.transfer.recording import Recorder, recorded
from syncline.transfer.reports import ResetReport
from syncline.transport.direct import ANEW


def reset(
    alias: str, named: str = "", to: int | None = None
) -> Generator[Progress, None, ResetReport]:
    """Set the checkpoint with a peer.

    Args:
        alias: this node.
        named: the peer, by its alias, name or id; empty where there is only one.
        to: a position in the peer's order; None lets the next transfer ask for
            everything again, whatever this node says to know.

    Raises:
        NotTracked: this is no node.
        UnknownPeer: it has no such peer, or more than one and none is named.
        BadCheckpoint: the peer's order does not go that far, or changes before that
            position have not arrived here.
    """
    here = open_node(alias)
    with blamed_among(here.connection):
        here.state()
        peer = known_peer(here, named)
        recorder = Recorder(
            ledger=Ledger(alias=alias),
            verb="reset",
            arguments={"peer": peer.name, "to": to},
        )
        recorder.begin()
        with recorded(recorder), blamed_among(here.connection):
            yield Progress(stage="reset", subject=peer.name)
            lost = _set(here, peer, to)
            report = ResetReport(
                database=alias,
                peer=peer.name,
                node=peer.node,
                before=peer.seq_in,
                after=to or 0,
                lost=lost,
                run=recorder.number,
            )
            recorder.report = {
                "told": f"from {report.before:,} to {report.after:,}",
                "lost": lost,
            }
    return report


def known_peer(here: NodeDatabase, named: str) -> Peer:
    """Find a peer that this node has met.

    Raises:
        UnknownPeer: there is none of that name, or several and none is named.
    """
    peers = list(Peer.objects.using(here.alias).order_by("name"))
    found = [one for one in peers if not named or named in (one.name, one.node)]
    if len(found) != 1 and named in connections.settings:
        # It is known by another alias, or the database of this one is another now.
        node = node_id(open_node(named))
        found = [one for one in peers if one.node == node]
    if len(found) != 1:
        raise UnknownPeer(peer=named, known=[one.name for one in peers])
    return found[0]


def _set(here: NodeDatabase, peer: Peer, to: int | None) -> dict[str, int]:
    """Set a checkpoint; give the records that have to be sent again, by label."""
    rows = Peer.objects.using(here.alias).filter(node=peer.node)
    if to is not None:
        _check(here, peer, to)
        rows.update(seq_in=to, narrowed={})
        return {}
    lost = forget_lost(here, Sequencer(database=here))
    rows.update(seq_in=0, labels=[ANEW], narrowed={})
    return lost


def _check(here: NodeDatabase, peer: Peer, to: int) -> None:
    """Check that a position is one of the peer's, and that it skips nothing.

    A transfer brings all that its source knows into force when it ends: what was
    skipped would count as known, and never come.
    """
    there = open_node(peer.name)
    with blamed_among(there.connection):
        state = there.state()
        if state.node != peer.node:
            raise UnknownPeer(peer=peer.name, known=[])
        if to > state.seq:
            reason = f"its order ends at {state.seq:,}"
            raise BadCheckpoint(peer=peer.name, position=to, reason=reason)
        skipped = _unseen(here, there, peer.seq_in, to)
    if skipped:
        has = "has" if skipped == 1 else "have"
        reason = f"{counted(skipped, 'record')} before it {has} not arrived here"
        raise BadCheckpoint(peer=peer.name, position=to, reason=reason)


def _unseen(here: NodeDatabase, there: NodeDatabase, seq: int, to: int) -> int:
    """Count the records between two positions that this node has not seen."""
    had = here.state().knows.had
    names = there.nodes.names
    unseen = 0
    while seq < to:
        page = there.store.since(seq, PAGE)
        if not page:
            break
        unseen += sum(
            one.seq <= to
            and there.labels.get(one.table) in here.rows
            and any(
                Dot(names[node], number) not in had for _, node, number in one.marks()
            )
            for one in page
        )
        seq = page[-1].seq
    return unseen
