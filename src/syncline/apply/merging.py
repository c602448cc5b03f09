"""Joins two records of one node that are one in truth.

The record with the smaller uid stays, whoever joins them. All that points at the other
is let point at it, and only then is the other's row deleted: nothing goes with it.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone

from syncline.apply.decision import Decision, Outcome
from syncline.apply.inward import Inward
from syncline.apply.joined import Joined
from syncline.apply.recording import kept as kept_beside
from syncline.apply.repointing import CannotJoin, Double, Repointing
from syncline.apply.resolving import note_unresolved
from syncline.apply.writing import Writing
from syncline.capture.sequencer import latest
from syncline.changes.kinds import Value
from syncline.changes.messages import Change, Extra, Mark, pack
from syncline.conflict.versions import Record, Siblings, shown
from syncline.identity.aliases import Aliases, spelled
from syncline.identity.bound import Bound, row_of, values_of
from syncline.identity.database import NodeDatabase
from syncline.identity.meeting import canonical
from syncline.identity.node import Standing
from syncline.identity.references import References
from syncline.identity.stored import Split, Stored, edited, record_of, touched
from syncline.identity.uids import digest_of
from syncline.models import Conflict, Unresolved


def brings_nothing(uid: bytes) -> bool:
    """Say that nobody else has decided what becomes of a record."""
    del uid
    return False


@dataclass(kw_only=True)
class Merging:
    """Joins records in a transaction that holds the sequencer's lock."""

    database: NodeDatabase
    standing: Standing
    references: References
    run_id: int | None = None
    brings: Callable[[bytes], bool] = brings_nothing
    """Joins a record to another where a changeset says so; tells whether it does."""

    writes: dict[tuple[int, str], int] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    """By `app.Model.field`: references that were moved."""

    winners: dict[bytes, bytes] = field(default_factory=dict)
    """By the uid of a record that is no more, that of the one which stays."""

    joined: list[Joined] = field(default_factory=list)
    """Rows that followed, because there can be but one of them."""

    _moved_stay: bool = False
    _under_way: set[bytes] = field(default_factory=set)

    def merge(self, bound: Bound, kept: Stored, other: Stored) -> Joined:
        """Let two records be one.

        Args:
            bound: their table.
            kept: the one whose values stay.
            other: the one whose values lose.

        Raises:
            CannotJoin: some rows cannot follow.
        """
        winner, loser = sorted((kept, other), key=_uid)
        if {winner.uid, loser.uid} & self._under_way:
            raise CannotJoin(f"{bound.label} {loser.pk} is joined already")
        aliases = {**self.winners, loser.uid: winner.uid}
        before = self._records(bound, (winner, loser), aliases)
        former_pk = str(loser.pk)
        self._under_way |= {winner.uid, loser.uid}
        try:
            self.move(bound, former_pk, str(winner.pk), moved_stay=kept is loser)
        finally:
            self._under_way -= {winner.uid, loser.uid}
        self.delete(bound, former_pk)
        self.bury(loser, winner.uid)
        # It may have pointed at the other one itself.
        winner = self.database.store.by_uid([winner.uid])[winner.uid]
        mark = self._mark(winner)
        taken, lost = self._settle_values(
            bound, winner, mark, before, takes=kept.uid == loser.uid
        )
        touched(winner, mark)
        winner.seq = self.standing.next_seq()
        self.database.store.put([winner])
        return Joined(
            label=bound.label,
            pk=str(winner.pk),
            former_pk=former_pk,
            uid=winner.uid.hex(),
            former_uid=loser.uid.hex(),
            changed=tuple(taken),
            lost=tuple(lost),
        )

    # Rows

    def move(
        self, bound: Bound, old: str, new: str, *, moved_stay: bool = False
    ) -> None:
        """Let all that points at one row point at another.

        Args:
            bound: their table.
            old: the pk of the row that goes.
            new: the pk of the one that stays.
            moved_stay: where two rows become one by it, do the values of that stay
                which pointed at the row that goes?

        Raises:
            CannotJoin: some rows cannot follow.
        """
        before, self._moved_stay = self._moved_stay, moved_stay
        repointing = Repointing(
            database=self.database,
            settle=self._settle_double,
            writes=self.writes,
            counts=self.counts,
        )
        try:
            repointing.move(bound.tracked.model, old, new)
        finally:
            self._moved_stay = before

    def _settle_double(self, double: Double) -> None:
        """Join two rows of which there can be but one, if they are one record."""
        label, pks = double.pointer.label, (double.moved, double.other)
        clash = f"{label} {pks[0]} and {pks[1]} would have the same " + ", ".join(
            double.names
        )
        if label not in self.database.rows:
            raise CannotJoin(f"{clash}, and {label} is not tracked")
        bound = self.database.bound(label)
        if set(double.names) != set(bound.tracked.key.fields):
            raise CannotJoin(f"{clash}, which is not what identifies them")
        found = self.database.store.by_pk(bound.number, pks)
        if len(found) < len(pks):
            return  # Joined just now, with another of these pairs, or not numbered.
        moved, other = found[double.moved], found[double.other]
        loser = max(moved, other, key=_uid)
        if self.brings(loser.uid):
            return
        kept, lost = (moved, other) if self._moved_stay else (other, moved)
        self.joined.append(self.merge(bound, kept, lost))

    def delete(self, bound: Bound, pk: str) -> None:
        """Delete a row at which nothing points any more."""
        where = bound.engine.capture.with_pks(bound.pk, [pk])
        name = bound.name.replace("%", "%%")
        sql = f"DELETE FROM {name} WHERE {where.sql}"
        bound.engine.execute(bound.connection, sql, where.params)
        key = bound.number, pk
        self.writes[key] = self.writes.get(key, 0) + 1

    # Records

    def bury(self, loser: Stored, winner: bytes) -> None:
        """Let a record be another from now on, on this node and those to come."""
        loser.mark = self._mark(loser)
        if loser.alive:
            loser.life += 1
            loser.gone_pk = loser.pk
        loser.extra = Extra(merged=tuple(sorted({*loser.merged, winner})))
        loser.pk = loser.digest = None
        loser.seq = self.standing.next_seq()
        self.database.store.release([loser.uid])
        self.database.store.put([loser])
        self.learn(loser.uid, winner)

    def learn(self, loser: bytes, winner: bytes) -> None:
        """Remember that a uid leads to another record now."""
        if loser == winner:
            return
        alias = self.database.alias
        Aliases(database=alias).join(loser, winner)
        Unresolved.objects.using(alias).filter(target=loser).update(target=winner)
        conflicts = Conflict.objects.using(alias).filter(uid=loser, resolved_at=None)
        conflicts.update(uid=winner, held=False)
        self.winners[loser] = winner

    def _mark(self, record: Stored) -> Mark:
        version = self.standing.mint(max(self.database.now(), latest(record) + 1))
        number = self.database.nodes.number(version.dot.node)
        return version.clock, number, version.dot.counter

    # Values

    def _records(
        self, bound: Bound, stored: Sequence[Stored], aliases: Mapping[bytes, bytes]
    ) -> list[Record]:
        """Give what two records hold, with the uids that they will have."""
        images = bound.images_of([str(one.pk) for one in stored], lock=True)
        if len(images) < len(stored):
            raise CannotJoin(f"a row of {bound.label} is gone")
        rows = self.references.outward(bound, [images[str(one.pk)] for one in stored])
        names = [part.name for part in bound.parts]
        pointing = bound.pointing_parts
        found = []
        for one, row in zip(stored, rows, strict=True):
            values = dict(zip(names, values_of(bound, row), strict=True))
            record = record_of(
                one.life, one.mark, one.extra, values, self.database.nodes.names
            )
            fields = {
                part: tuple(
                    each._replace(value=spelled(each.value, aliases))
                    if part in pointing
                    else each
                    for each in siblings
                )
                for part, siblings in record.fields.items()
            }
            found.append(Record(life=record.life, fields=fields))
        return found

    def _settle_values(
        self,
        bound: Bound,
        winner: Stored,
        mark: Mark,
        before: Sequence[Record],
        *,
        takes: bool,
    ) -> tuple[list[str], list[str]]:
        """Write what is taken from the other record, and keep what loses.

        Returns:
            The parts that are taken, and those of which a value has lost.
        """
        own, others = before
        differing = _differing(bound, own, others)
        pk = set(bound.table.description.pk)
        taken = [
            part.name
            for part in bound.parts
            if takes and part.name in differing and not pk & set(part.fields)
        ]
        if taken:
            values = {part: shown(others.fields[part]).value for part in taken}
            self._take(bound, winner, mark, own, values)
        lost: dict[str, tuple[Siblings, Value]] = {}
        for part in differing - bound.tracked.rules.silent:
            mine, theirs = own.fields[part], others.fields[part]
            left, stays = (mine, theirs) if part in taken else (theirs, mine)
            lost[part] = left, shown(stays).value
        self._keep(bound, winner.uid, lost)
        return taken, sorted(lost)

    def _take(
        self,
        bound: Bound,
        winner: Stored,
        mark: Mark,
        own: Record,
        values: Mapping[str, Value],
    ) -> None:
        """Let a record hold other values, under a new version."""
        former = {part: shown(siblings).value for part, siblings in own.fields.items()}
        decision = Decision(
            outcome=Outcome.UPDATE,
            bound=bound,
            change=Change(
                table=0, uid=winner.uid, life=winner.life, mark=mark, values=None
            ),
            mine=winner,
            split=Split(
                life=winner.life, mark=mark, values={**former, **values}, extra=None
            ),
            former=former,
        )
        inward = Inward(database=self.database, references=self.references)
        [row] = inward.prepare([decision])
        writing = Writing(
            database=self.database,
            references=self.references,
            writes=dict(self.writes),
        )
        writing.write([row], [])
        if writing.troubles:
            raise CannotJoin(writing.troubles[winner.uid])
        self.writes.update(writing.writes)
        edited(winner, list(values), len(bound.parts), mark)
        for part in row.unresolved.keys() & values.keys():
            names = self.database.nodes.names
            winner.extra = kept_beside(winner.extra, mark, part, values[part], names)
            if isinstance(target := values[part], bytes):
                note_unresolved(self.database.alias, [(target, winner.uid)])
        image = bound.images_of([str(winner.pk)])[str(winner.pk)]
        winner.digest = digest_of(image)

    def _keep(
        self, bound: Bound, uid: bytes, lost: Mapping[str, tuple[Siblings, Value]]
    ) -> None:
        now = timezone.now()
        rows = [
            Conflict(
                uid=uid,
                table_id=bound.number,
                part=part,
                lost=pack(
                    [
                        (one.value, one.version.clock, *one.version.dot)
                        for one in siblings
                    ]
                ),
                kept=pack(stays),
                at=now,
                run_id=self.run_id,
            )
            for part, (siblings, stays) in lost.items()
        ]
        Conflict.objects.using(self.database.alias).bulk_create(rows)


def _differing(bound: Bound, one: Record, other: Record) -> set[str]:
    """Name the parts of which two records hold different values."""
    both = [
        part.name
        for part in bound.parts
        if part.name in one.fields and part.name in other.fields
    ]
    spelled_ones = (_canonical(bound, record) for record in (one, other))
    mine, theirs = spelled_ones
    return {part for part in both if mine[part] != theirs[part]}


def _canonical(bound: Bound, record: Record) -> dict[str, Value]:
    values = {part.name: None for part in bound.parts if len(part.fields) == 1} | {
        part.name: (None,) * len(part.fields)
        for part in bound.parts
        if len(part.fields) > 1
    }
    values |= {part: shown(found).value for part, found in record.fields.items()}
    row = canonical(bound, row_of(bound, values))
    names = [part.name for part in bound.parts]
    return dict(zip(names, values_of(bound, row), strict=True))


def _uid(one: Stored) -> bytes:
    return one.uid
