"""What a changeset says of records that were found to be others.

Another node has joined two records. What points here at the one that goes, which that
node may never have seen, is let point at the one that stays before its row is deleted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as with_other

from django.db import transaction

from syncline.apply.decision import Decision, Outcome
from syncline.apply.folding import Folding
from syncline.apply.merging import Merging
from syncline.apply.repointing import CannotJoin
from syncline.apply.writing import REFUSALS
from syncline.changes.kinds import Value
from syncline.changes.messages import Changeset
from syncline.engines.blame import Blame
from syncline.identity.aliases import Aliases, Winners, uids_in
from syncline.identity.bound import Bound, values_of
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Standing
from syncline.identity.references import References
from syncline.identity.stored import Stored

StandIns = Mapping[bytes, tuple[bytes, Mapping[str, Value]]]
"""By the uid of a record that is no more: that of the other, and what it holds."""


@dataclass(kw_only=True)
class Absorbing:
    """Joins the records of one changeset, in its transaction, before it is written."""

    database: NodeDatabase
    standing: Standing
    references: References
    run_id: int | None
    troubles: dict[bytes, str] = field(default_factory=dict)
    """By uid: why a record cannot be another one yet."""

    adopted: dict[bytes, str] = field(default_factory=dict)
    """By uid: rows that are those of records which have had none here."""

    came: list[bytes] = field(default_factory=list)
    """Records that references may have waited for."""

    _any: bool = False
    """Was any record merged, as far as this node knows?"""

    _done: set[bytes] = field(default_factory=set)
    _decisions: dict[bytes, Decision] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.aliases = Aliases(database=self.database.alias)
        self.merging = Merging(
            database=self.database,
            standing=self.standing,
            references=self.references,
            run_id=self.run_id,
            brings=self._brings,
        )

    @property
    def writes(self) -> dict[tuple[int, str], int]:
        """Give how many times each row was written, by table and pk."""
        return dict(self.merging.writes)

    def names(self, changeset: Changeset) -> Winners:
        """Give what the uids that a changeset names lead to, where not to themselves.

        Args:
            changeset: whose values may name records that are others by now, and which
                may say so of some.
        """
        said: dict[bytes, bytes] = {}
        for change in changeset.changes:
            if change.extra is not None and change.extra.merged:
                said[change.uid] = min(change.extra.merged)
        self._any = bool(said) or self.aliases.any()
        if not self._any:
            return {}
        uids = {*said, *said.values(), *_uids_in(changeset)}
        known = {**said, **self.aliases.winners(uids)}
        return {uid: _end(known, uid) for uid in known}

    def settle(self, decisions: Sequence[Decision]) -> list[Decision]:
        """Join what is to be joined; give the decisions, with rows that are taken over.

        What cannot be joined yet is in `troubles`, and stays as it is.
        """
        self._decisions = {one.change.uid: one for one in decisions}
        for one in decisions:
            if self._is_joined(one):
                self._try(one)
        if not self._any:
            return list(self._decisions.values())
        folding = Folding(merging=self.merging, adopted=self.adopted)
        return list(folding.fold(self._decisions).values())

    def deletes(self, one: Decision) -> bool:
        """Is a record's row still to be deleted, as that of any deleted record?"""
        uid = one.change.uid
        return uid not in self._done and uid not in self.troubles

    def stand_ins(self, decisions: Sequence[Decision]) -> StandIns:
        """Give the records whose conflicts those of others are now, as they are here.

        Args:
            decisions: those of the changeset, after all was written.
        """
        losers = {one.change.uid: one for one in decisions if one.lost and _merged(one)}
        winners = self.aliases.winners(losers) if losers else {}
        stored = self.database.store.by_uid(winners.values())
        found: dict[bytes, tuple[bytes, Mapping[str, Value]]] = {}
        for uid, winner in winners.items():
            if winner in stored:
                values = self._values(losers[uid].bound, stored[winner])
                found[uid] = winner, values
        return found

    def _values(self, bound: Bound, record: Stored) -> Mapping[str, Value]:
        images = bound.images_of([record.pk] if record.pk is not None else [])
        names = [part.name for part in bound.parts]
        for row in self.references.outward(bound, list(images.values())):
            return dict(zip(names, values_of(bound, row), strict=True))
        return {}

    def _try(self, one: Decision) -> None:
        """Join a record to another, or say why that has to wait."""
        merging = self.merging
        before = dict(merging.writes), dict(merging.winners), list(merging.joined)
        ours = set(self._done), dict(self._decisions), dict(self.adopted)
        came = list(self.came)
        engine = self.database.engine
        try:
            with transaction.atomic(using=self.database.alias):
                self._join(one)
                engine.check_constraints(self.database.connection)
        except (CannotJoin, *REFUSALS) as error:
            if not isinstance(error, CannotJoin) and (
                engine.blame(error) is not Blame.ROW
            ):
                raise
            merging.writes, merging.winners, merging.joined = before
            self._done, self._decisions, self.adopted = ours
            self.came = came
            self.troubles[one.change.uid] = " ".join(str(error).split())

    def _join(self, one: Decision) -> None:
        uid, bound = one.change.uid, one.bound
        target = self._target(one)
        if target == uid:
            return
        winner = self.database.store.by_uid([target]).get(target)
        brought = self._decisions.get(target)
        table = brought.bound.number if winner is None and brought else None
        table = winner.table if winner is not None else table
        if table not in (bound.number, None):
            raise CannotJoin("the record that it was found to be is of another model")
        if one.mine is not None and one.mine.pk is not None:
            if winner is not None and winner.pk is not None:
                self.merging.move(bound, one.mine.pk, winner.pk)
                self.merging.delete(bound, one.mine.pk)
            elif brought is not None and brought.outcome is Outcome.CREATE:
                self._adopt(one, brought, one.mine.pk)
            elif winner is None and brought is None:
                raise CannotJoin("the record that it was found to be is not here")
            else:
                # That one is deleted: so this one is, unless something points at it.
                self.merging.learn(uid, target)
                return
        self._done.add(uid)
        self.merging.learn(uid, target)
        self.came.append(target)

    def _target(self, one: Decision) -> bytes:
        """Give the record that one is in the end.

        Two nodes may have found it to be two others: then these are one, too.
        """
        merged = _merged(one)
        for uid in merged:
            told = self._decisions.get(uid)
            # Uids only get smaller on the way, so this comes to an end.
            if told is not None and uid < one.change.uid and self._is_joined(told):
                self._join(told)
        known = self.aliases.winners(merged)
        ends = sorted({known.get(uid, uid) for uid in merged})
        for other in ends[1:]:
            self._join_found(one.bound, ends[0], other)
        return ends[0]

    def _join_found(self, bound: Bound, winner: bytes, loser: bytes) -> None:
        """Join two records that nobody has joined directly."""
        if self._brings(loser):
            return
        if winner in self._decisions:
            raise CannotJoin(WAITS)
        stored = self.database.store.by_uid([winner, loser])
        if winner not in stored:
            raise CannotJoin("the record that it was found to be is not here")
        first, second = stored[winner], stored.get(loser)
        if second is not None and second.pk is not None and first.pk is not None:
            self.merging.merge(bound, first, second)
            return
        if second is not None and second.pk is not None:
            raise CannotJoin("the record that it was found to be is deleted here")
        unknown = Stored(uid=loser, table=bound.number, pk=None, life=2, mark=(0, 0, 0))
        self.merging.bury(second or unknown, winner)

    def _brings(self, uid: bytes) -> bool:
        """Join a record as the changeset says, if it does."""
        one = self._decisions.get(uid)
        if one is None:
            return False
        if not _merged(one) or one.refused:
            raise CannotJoin(WAITS)
        if self._is_joined(one):
            self._join(one)
        return True

    def _is_joined(self, one: Decision) -> bool:
        """Does the changeset say that a record is another, and is that still to do?"""
        done = one.change.uid in self._done or one.change.uid in self.troubles
        return bool(_merged(one)) and not one.refused and not done

    def _adopt(self, one: Decision, brought: Decision, pk: str) -> None:
        """Let a record that has no row here have that of the one that it is.

        Nothing has to follow then, and no unique value is in the way.
        """
        if not one.bound.table.automatic:
            raise CannotJoin("the record that it was found to be has just come")
        made = brought.split
        mine = brought.mine or Stored(
            uid=brought.change.uid,
            table=one.bound.number,
            pk=None,
            life=made.life,
            mark=made.mark,
        )
        uid = brought.change.uid
        self.adopted[uid] = pk
        self._decisions[uid] = with_other(
            brought,
            outcome=Outcome.UPDATE,
            mine=with_other(mine, pk=pk),
            former=one.former,
        )


WAITS = "a record that is one with it is being written"


def _merged(one: Decision) -> tuple[bytes, ...]:
    return () if one.split.extra is None else one.split.extra.merged


def _end(known: Mapping[bytes, bytes], uid: bytes) -> bytes:
    """Follow a chain of records that were found to be others."""
    seen = {uid}
    while (following := known.get(uid, uid)) not in seen:
        uid = following
        seen.add(uid)
    return uid


def _uids_in(changeset: Changeset) -> Iterator[bytes]:
    for change in changeset.changes:
        yield from uids_in(change.values or ())
        if change.extra is not None:
            yield from uids_in(change.extra.values.values())
