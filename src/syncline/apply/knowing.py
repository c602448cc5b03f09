"""What this node knows of each record, and what a transfer adds to it.

A node's knowledge says what it has of all records, so it takes a sender's only when
the whole transfer is here. Until then each record that has arrived has a context: what
its sender knew when it read it. And a record of which a change waits in quarantine is
known only as far as it was known before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from syncline.changes.dots import Dot, DotSet
from syncline.changes.knowledge import Knowledge
from syncline.changes.messages import (
    Change,
    Changeset,
    Ranges,
    encode,
    knowledge_of,
    marks_in,
    place_of,
    ranges_of,
)
from syncline.errors import ChangesetRefused
from syncline.identity.knowing import RecordKnowledge
from syncline.identity.stored import Stored
from syncline.models import Context, Peer


@dataclass(kw_only=True)
class Knowing(RecordKnowledge):
    """The knowledge of one node while a changeset is applied."""

    _added: dict[int | None, int] = field(default_factory=dict)
    _applied: dict[str, int] = field(default_factory=dict)
    """By transfer, how many changesets of it were applied before this one."""

    def check(self, changeset: Changeset) -> None:
        """Check that a changeset follows from what this node has.

        Raises:
            ChangesetRefused: it takes for granted what is not here.
            DatabasePutBack: its sender knows more of this node than it does itself.
        """
        knows = knowledge_of(changeset.knows)
        self.standing.check_counted(knows, changeset.source)
        if not self.standing.knows.covers(knowledge_of(changeset.base)):
            raise ChangesetRefused(
                source=changeset.source,
                reason="it was made for a node that knew more than this one does",
            )

    def context_of(
        self, uid: bytes, mine: Stored | None, changeset: Changeset
    ) -> int | None:
        """Give the context of a record that the changeset has brought."""
        former = None if mine is None else mine.context
        if former is not None and former not in self.contexts:
            former = None
        if self.ends(changeset) and uid not in self.frozen:
            return former
        if former not in self._added:
            known = DotSet(changeset.knows.known)
            if former is not None:
                known = known | self.context(former)
            row = Context.objects.using(self.database.alias).create(
                knowledge=encode(Ranges(known=known.ranges))
            )
            self._added[former] = row.pk
            self.contexts[row.pk] = known
        return self._added[former]

    def ends(self, changeset: Changeset) -> bool:
        """Does this changeset bring the sender's knowledge into force?"""
        return changeset.last and changeset.whole and not self._gaps(changeset)

    def _gaps(self, changeset: Changeset) -> bool:
        """Is a changeset of this transfer missing?"""
        transfer = changeset.transfer
        if transfer not in self._applied:
            self._applied[transfer] = self.database.receipts(transfer)
        return self._applied[transfer] < changeset.number - 1

    def learn(
        self, changeset: Changeset, merged: DotSet, held: DotSet, refused: DotSet
    ) -> None:
        """Add what the changeset has brought.

        Args:
            changeset: which may end a transfer, and bring all that its source knows.
            merged: the versions of what was merged; the source itself may only hold
                some of them.
            held: the versions of what was set aside.
            refused: the versions of what is not wanted here.
        """
        standing = self.standing
        standing.knowledge = standing.knowledge.merged(merged).forbidden(refused)
        if not self.ends(changeset):
            standing.knowledge = standing.knowledge.learned(Knowledge(), held=held)
            if changeset.last and not self._gaps(changeset):
                self._note(changeset)
            return
        end = knowledge_of(changeset.knows)
        own = DotSet.until({standing.node: standing.counter})
        learned = standing.knowledge.learned(
            end,
            held=held | standing.knowledge.held,
            refused=standing.knowledge.refused | end.refused,
        )
        standing.knowledge = Knowledge(
            known=learned.known - own, held=learned.held, refused=learned.refused
        )
        self._note(changeset)
        self._forget_contexts(learned.known)

    def _note(self, changeset: Changeset) -> None:
        """Remember up to where the source's records are here, and of which models."""
        peers = Peer.objects.using(self.database.alias).filter(node=changeset.source)
        if not changeset.models:
            labels = list(self.database.rows)
            peers.update(met=True, seq_in=changeset.seq, labels=labels)
            return
        for peer in peers:
            asked = [one for one in changeset.models if one not in peer.labels]
            peer.labels += asked
            peer.narrowed[place_of(changeset.models)] = changeset.seq
            peer.met = True
            peer.save(using=self.database.alias)

    def _forget_contexts(self, known: DotSet) -> None:
        """Let go of contexts that say no more than the node knows by now."""
        if self.frozen:
            return  # For what waits, the node's knowledge does not count.
        said = [number for number, dots in self.contexts.items() if known >= dots]
        if said:
            Context.objects.using(self.database.alias).filter(pk__in=said).delete()
        for number in said:
            del self.contexts[number]

    def dots_of(self, change: Change, changeset: Changeset) -> DotSet:
        """Give the versions in a change."""
        return dots_of(
            (changeset.nodes[node], counter)
            for _, node, counter in marks_in(change.mark, change.extra)
        )

    def dots_in(self, changes: Sequence[Change], changeset: Changeset) -> DotSet:
        """Give the versions in some changes."""
        return dots_of(
            (changeset.nodes[node], counter)
            for change in changes
            for _, node, counter in marks_in(change.mark, change.extra)
        )

    def frozen_now(self, uid: bytes, mine: Stored | None) -> bytes:
        """Spell what is known of a record, to be kept with a change that waits."""
        known = Knowledge(known=self.of(uid, mine))
        return encode(ranges_of(known))


def dots_of(pairs: Iterable[tuple[str, int]]) -> DotSet:
    """Give a set of dots."""
    return DotSet.of(*(Dot(node, counter) for node, counter in pairs))
