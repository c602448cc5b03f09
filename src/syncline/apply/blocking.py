"""Rows that must not be deleted, because others still point at them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from syncline.apply.decision import Decision, Outcome
from syncline.apply.pointers import Pointer, pointers_at, rows_pointing
from syncline.changes.dots import Dot, DotSet
from syncline.identity.bound import Bound
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Standing
from syncline.identity.references import values_by
from syncline.identity.stored import Split, Stored


@dataclass(kw_only=True)
class Blocking:
    """Looks for rows that point at what a changeset deletes."""

    database: NodeDatabase
    theirs: DotSet
    standing: Standing
    ended: bool
    """Has the transfer come to its end, so that nothing of it is still to come?"""

    troubles: dict[bytes, str] = field(default_factory=dict)

    def holds(self, decision: Decision) -> bool:
        """Is a deletion put off?"""
        return decision.change.uid in self.troubles

    def settle(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Give the decisions; a record that somebody needs lives on.

        A reference that the sender did not know of is like an edit that it did not
        know of. Where it knew, its own changes will take the reference away; until
        then the deletion waits.
        """
        settled = list(decisions)
        while True:
            revived = self._blocked_now(settled)
            if not revived:
                return settled
            # What lives on needs what it points at in its turn.
            settled = [revived.get(one.change.uid, one) for one in settled]

    def _blocked_now(self, decisions: Sequence[Decision]) -> dict[bytes, Decision]:
        by_pk: dict[int, dict[str, Decision]] = {}
        for one in decisions:
            if one.mine is not None and one.mine.pk is not None:
                by_pk.setdefault(one.bound.number, {})[one.mine.pk] = one
        revived: dict[bytes, Decision] = {}
        waiting = len(self.troubles)
        for some in by_pk.values():
            gone = [
                one
                for one in some.values()
                if one.outcome is Outcome.DELETE and not self.holds(one)
            ]
            if gone:
                self._look(gone, by_pk, revived)
        if not revived and len(self.troubles) > waiting:
            return self._blocked_now(decisions)
        return revived

    def _look(
        self,
        gone: Sequence[Decision],
        by_pk: Mapping[int, Mapping[str, Decision]],
        revived: dict[bytes, Decision],
    ) -> None:
        bound = gone[0].bound
        for pointer in pointers_at(self.database, bound.tracked.model):
            for child_pk, decision in self._children(bound, pointer, gone):
                number = self._number(pointer)
                other = by_pk.get(number, {}).get(child_pk) if number else None
                if other is not None and self._lets_go(other, pointer, decision):
                    continue
                self._blocked(pointer, child_pk, decision, revived)

    def _number(self, pointer: Pointer) -> int | None:
        row = self.database.rows.get(pointer.label)
        return None if row is None else row.number

    def _lets_go(self, other: Decision, pointer: Pointer, gone: Decision) -> bool:
        """Will a row that points at a deleted one do so no longer?"""
        if other.outcome is Outcome.DELETE:
            return not self.holds(other)
        name = pointer.name
        if other.outcome is not Outcome.UPDATE or name not in other.bound.places:
            return False
        value = other.split.values.get(other.bound.part_of(name))
        return value != gone.change.uid

    def _blocked(
        self,
        pointer: Pointer,
        child_pk: str,
        decision: Decision,
        revived: dict[bytes, Decision],
    ) -> None:
        uid = decision.change.uid
        number = self._number(pointer)
        child = None
        if number is not None:
            child = self.database.store.by_pk(number, [child_pk]).get(child_pk)
        # Had the sender seen the reference when it deleted the record, then it would
        # have taken the reference away, and that would be here when all of it is.
        unseen = child is not None and (self.ended or not self._seen(child))
        merged = decision.split.extra is not None and decision.split.extra.merged
        if unseen and decision.bound.tracked.edit_wins and not merged:
            revived[uid] = self._revived(decision)
        else:
            self.troubles[uid] = (
                f"{pointer.label} {child_pk} still points at it with {pointer.name}"
            )

    def _seen(self, child: Stored) -> bool:
        names = self.database.nodes.names
        return all(
            Dot(names[node], counter) in self.theirs
            for _, node, counter in child.marks()
        )

    def _revived(self, decision: Decision) -> Decision:
        """Let a record live on under a new version, as if it had been edited."""
        mine = decision.mine
        clocks = [decision.split.mark[0]]
        length = decision.split.life
        if mine is not None:
            clocks += [clock for clock, _, _ in mine.marks()]
            length = max(length, mine.life)
        version = self.standing.mint(max(self.database.now(), max(clocks) + 1))
        number = self.database.nodes.number(version.dot.node)
        mark = version.clock, number, version.dot.counter
        return replace_outcome(
            decision,
            Split(
                life=length if length % 2 else length + 1,
                mark=mark,
                values=dict(decision.former),
                extra=None,
            ),
        )

    def _children(
        self, bound: Bound, pointer: Pointer, gone: Sequence[Decision]
    ) -> Iterator[tuple[str, Decision]]:
        by_pk = {
            one.mine.pk: one
            for one in gone
            if one.mine is not None and one.mine.pk is not None
        }
        by_value = dict(by_pk)
        if pointer.target_field:
            texts = values_by(bound, pointer.target_field, list(by_pk))
            by_value = {text: by_pk[pk] for pk, text in texts.items()}
        model = bound.tracked.model
        for child_pk, text in rows_pointing(
            self.database, pointer, model, list(by_value)
        ):
            if text in by_value:
                yield child_pk, by_value[text]


def replace_outcome(decision: Decision, made: Split) -> Decision:
    """Give a decision whose record stays as it is, under other versions."""
    return replace(decision, outcome=Outcome.NOTE, split=made)
