"""Writes down what a changeset has come to: versions, losers, waiting changes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from msgspec.structs import replace

from syncline.apply.before import keep_before
from syncline.apply.decision import Decision, Outcome
from syncline.apply.inward import Prepared
from syncline.apply.knowing import Knowing
from syncline.apply.quarantine import Quarantine
from syncline.apply.resolving import note_unresolved, waits
from syncline.apply.telling import details_of, held_parts
from syncline.apply.writing import Writing
from syncline.capture.pending import Entry
from syncline.capture.sequencer import Sequencer
from syncline.changes.kinds import Value
from syncline.changes.messages import Changeset, Detail, Extra, Mark, Receipt, pack
from syncline.changes.operations import Operation, Origin
from syncline.conflict.versions import Siblings
from syncline.identity.bound import Bound, Image, values_of
from syncline.identity.database import NodeDatabase
from syncline.identity.meeting import canonical
from syncline.identity.node import Standing
from syncline.identity.stored import Names, Stored, shown_of
from syncline.identity.uids import digest_of
from syncline.models import Conflict

COUNTED = {
    Outcome.CREATE: "created",
    Outcome.UPDATE: "updated",
    Outcome.DELETE: "deleted",
}


@dataclass(kw_only=True)
class Recording:
    """The end of one changeset, in its transaction."""

    database: NodeDatabase
    standing: Standing
    changeset: Changeset
    sequencer: Sequencer
    knowing: Knowing
    run_id: int | None
    quarantine: Quarantine
    rests: Mapping[tuple[int, str], Image] = field(default_factory=dict)
    """By table and pk, what else rows held that are deleted."""

    detailed: bool = False
    stand_ins: Mapping[bytes, tuple[bytes, Mapping[str, Value]]] = field(
        default_factory=dict
    )
    """By the uid of a record that was found to be another: that one's uid and values,
    whose conflicts are those of both."""

    @property
    def names(self) -> Names:
        """What the numbers of nodes stand for."""
        return self.database.nodes.names

    def record(
        self,
        decisions: Sequence[Decision],
        prepared: Sequence[Prepared],
        writing: Writing,
        images: Mapping[tuple[int, str], Image],
    ) -> Receipt:
        """Write everything down, and give the receipt."""
        troubles = writing.troubles
        done = [one for one in decisions if one.change.uid not in troubles]
        waiting = [one for one in decisions if one.change.uid in troubles]
        rows = {one.decision.change.uid: one for one in prepared}
        foreign = self._foreign(writing)
        self._write(done, rows, {(one.table, one.pk) for one in foreign}, images)
        self._conflicts(done)
        self.quarantine.settle(waiting, troubles)
        if foreign:
            self.sequencer.absorb(foreign, self.standing)
        details: tuple[Detail, ...] = ()
        if self.detailed:
            details = tuple(details_of(done, waiting, troubles))
        return replace(self._receipt(done, waiting), details=details)

    def _foreign(self, writing: Writing) -> list[Entry]:
        """Clear the journal of what we wrote; give what others wrote meanwhile."""
        return foreign_writes(self.sequencer, writing.writes)

    def _write(
        self,
        done: Sequence[Decision],
        rows: Mapping[bytes, Prepared],
        foreign: set[tuple[int, str]],
        images: Mapping[tuple[int, str], Image],
    ) -> None:
        pairs: list[tuple[Stored | None, Stored]] = []
        added: list[Stored] = []
        changed: list[Stored] = []
        released: list[bytes] = []
        by_table: dict[int, list[tuple[Stored, Prepared]]] = {}
        for one in done:
            stored = self._stored(one)
            pairs.append((one.mine, stored))
            (added if one.mine is None else changed).append(stored)
            row = rows.get(one.change.uid)
            if row is not None:
                by_table.setdefault(stored.table, []).append((stored, row))
                if row.former_pk is not None and row.former_pk != row.pk:
                    released.append(stored.uid)
                stored.pk = row.pk
            elif one.outcome is Outcome.DELETE:
                released.append(stored.uid)
                stored.gone_pk = None if one.mine is None else one.mine.pk
        for number, some in by_table.items():
            bound = self.database.bound(self.database.labels[number])
            self._read_back(bound, some, foreign)
        note_unresolved(self.database.alias, waits(rows, done))
        store = self.database.store
        store.release(released)
        store.put(changed)
        store.add(added)
        if self.run_id is not None:
            keep_before(
                self.database.alias,
                self.run_id,
                self.changeset.source,
                pairs,
                images,
                self.rests,
            )

    def _stored(self, one: Decision) -> Stored:
        made = one.split
        alive = bool(made.life % 2)
        mine = one.mine
        return Stored(
            uid=one.change.uid,
            table=one.bound.number,
            pk=mine.pk if mine is not None and alive else None,
            life=made.life,
            mark=made.mark,
            seq=self.standing.next_seq(),
            digest=mine.digest if mine is not None and alive else None,
            extra=made.extra,
            gone_pk=mine.gone_pk if mine is not None else None,
            context=self._context(one),
        )

    def _context(self, one: Decision) -> int | None:
        if not one.brought:
            return None if one.mine is None else one.mine.context
        return self.knowing.context_of(one.change.uid, one.mine, self.changeset)

    def _read_back(
        self,
        bound: Bound,
        some: Sequence[tuple[Stored, Prepared]],
        foreign: set[tuple[int, str]],
    ) -> None:
        """Look at what was written: a column may hold less than it was given."""
        images = bound.images_of([stored.pk for stored, _ in some if stored.pk])
        for stored, row in some:
            image = images.get(str(stored.pk))
            wanted = tuple(row.image)
            shown, values = row.decision.shown, row.decision.split.values
            beside = {part: values[part] for part in shown} | row.unresolved
            for part, value in beside.items():
                stored.extra = kept(stored.extra, stored.mark, part, value, self.names)
            if image is None or (bound.number, str(stored.pk)) in foreign:
                stored.digest = digest_of(wanted)
                continue
            stored.digest = digest_of(image)
            if image != wanted:
                self._keep_lost(bound, stored, row, image)

    def _keep_lost(
        self, bound: Bound, stored: Stored, row: Prepared, image: Image
    ) -> None:
        """Keep values beside the row that it cannot show as they were sent."""
        shown = values_of(bound, canonical(bound, image))
        sent = values_of(bound, canonical(bound, row.image))
        values = row.decision.split.values
        for part, one, other in zip(bound.parts, shown, sent, strict=True):
            beside = part.name in row.unresolved or part.name in row.decision.shown
            if one != other and part.name in values and not beside:
                value = values[part.name]
                stored.extra = kept(
                    stored.extra, stored.mark, part.name, value, self.names
                )

    def _conflicts(self, done: Sequence[Decision]) -> None:
        now = timezone.now()
        made: list[Conflict] = []
        for one in done:
            _, values = self._stand_in(one)
            for part, losers in one.lost.items():
                value = values.get(part)
                made.append(self._conflict(one, part, losers, value, held=False))
            extra = one.split.extra or Extra()
            made += [self._held(one, part, extra) for part in held_parts(one)]
        for conflict in made:
            conflict.at, conflict.run_id = now, self.run_id
        Conflict.objects.using(self.database.alias).bulk_create(made, batch_size=500)

    def _conflict(
        self, one: Decision, part: str, losers: Siblings, value: Value, *, held: bool
    ) -> Conflict:
        lost = [
            (sibling.value, sibling.version.clock, *sibling.version.dot)
            for sibling in losers
        ]
        uid, _ = self._stand_in(one)
        return Conflict(
            uid=uid,
            table_id=one.bound.number,
            part=part,
            held=held,
            lost=pack(lost),
            kept=pack(value),
        )

    def _stand_in(self, one: Decision) -> tuple[bytes, Mapping[str, Value]]:
        uid = one.change.uid
        return self.stand_ins.get(uid, (uid, one.split.values))

    def _held(self, one: Decision, part: str, extra: Extra) -> Conflict:
        value = one.split.values.get(part)
        names = self.database.nodes.names
        siblings = [
            (explicit[0] if explicit else value, clock, names[node], counter)
            for (clock, node, counter), explicit in zip(
                extra.parts[part], extra.values[part], strict=True
            )
        ]
        return Conflict(
            uid=one.change.uid,
            table_id=one.bound.number,
            part=part,
            held=True,
            lost=pack(siblings),
            kept=pack(value),
        )

    def _receipt(
        self, done: Sequence[Decision], waiting: Sequence[Decision]
    ) -> Receipt:
        counts: dict[str, Counter[str]] = {name: Counter() for name in COUNTED.values()}
        conflicts: Counter[str] = Counter()
        held: Counter[str] = Counter()
        for one in done:
            if one.outcome in COUNTED:
                counts[COUNTED[one.outcome]][one.bound.label] += 1
            if one.lost:
                conflicts[one.bound.label] += len(one.lost)
            if siblings := list(held_parts(one)):
                held[one.bound.label] += len(siblings)
        return Receipt(
            transfer=self.changeset.transfer,
            number=self.changeset.number,
            created=dict(counts["created"]),
            updated=dict(counts["updated"]),
            deleted=dict(counts["deleted"]),
            conflicts=dict(conflicts),
            set_aside=dict(Counter(one.bound.label for one in waiting)),
            held=dict(held),
        )


def foreign_writes(
    sequencer: Sequencer, writes: Mapping[tuple[int, str], int]
) -> list[Entry]:
    """Clear the journal of what we wrote; give what others wrote meanwhile.

    Triggers and handlers of users write in our transaction, too: where a row was
    written more often than by us, somebody else did.

    Args:
        sequencer: of the database.
        writes: by table and pk, how many times a statement of ours wrote the row.
    """
    entries = sequencer.applied()
    by_row: dict[tuple[int, str], list[Entry]] = {}
    for entry in entries:
        by_row.setdefault((entry.table, entry.pk), []).append(entry)
    foreign: list[Entry] = []
    for key, some in by_row.items():
        if key not in writes:
            foreign += some
        elif len(some) > writes[key]:
            mask = 0
            for entry in some:
                mask |= entry.mask
            foreign.append(some[-1]._replace(operation=Operation.UPDATE, mask=mask))
    return [entry._replace(origin=Origin.USER) for entry in foreign]


def kept(
    extra: Extra | None, mark: Mark, part: str, value: Value, names: Names
) -> Extra:
    """Keep a value beside the row, for the version that the row shows."""
    extra = extra or Extra()
    marks = extra.parts.get(part, (mark,))
    if not marks:
        return extra  # A default is nobody's value.
    values = extra.values.get(part) or ((),) * len(marks)
    top = shown_of(marks, names)
    explicit = tuple(
        (value,) if n == top and not one else one for n, one in enumerate(values)
    )
    return replace_extra(extra, {part: marks}, {part: explicit})


def replace_extra(
    extra: Extra,
    parts: dict[str, tuple[Mark, ...]],
    values: dict[str, tuple[tuple[Value, ...], ...]],
) -> Extra:
    """Add to what is kept of a record beside its row."""
    return Extra(
        life=extra.life,
        parts={**extra.parts, **parts},
        values={**extra.values, **values},
    )
