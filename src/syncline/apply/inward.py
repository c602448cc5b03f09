"""From what records say to what rows hold: references become this database's pks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from syncline.apply.decision import Decision, Outcome
from syncline.changes.kinds import Kind, Value
from syncline.engines.capture import join_pk
from syncline.identity.aliases import Aliases
from syncline.identity.bound import Bound, Image, row_of
from syncline.identity.database import NodeDatabase
from syncline.identity.references import References, values_by


@dataclass(slots=True, kw_only=True)
class Prepared:
    """A record on its way into its row."""

    decision: Decision
    image: list[Value]
    """The row as it is to be, references as pks in text."""

    pk: str | None = None
    """Where the row is, or will be."""

    former_pk: str | None = None
    points: dict[int, bytes] = field(default_factory=dict)
    """By place in the image, the record that it points at."""

    unresolved: dict[str, Value] = field(default_factory=dict)
    """By part: references whose target is not here, shown as NULL."""

    trouble: str = ""
    """Why it cannot be written; empty if it can."""


@dataclass(kw_only=True)
class Inward:
    """Prepares the rows of one changeset."""

    database: NodeDatabase
    references: References
    gone: frozenset[bytes] = frozenset()
    """Records that the changeset deletes: nothing can point at them any more."""

    allocated: dict[bytes, str] = field(default_factory=dict)
    """Pks of rows that are about to be inserted, by uid."""

    rows: Mapping[int, Sequence[Prepared]] = field(default_factory=dict)
    """Those that are prepared, by table."""

    def prepare(self, decisions: Sequence[Decision]) -> list[Prepared]:
        """Give the rows of decisions that write one, of one or several tables."""
        by_table: dict[int, list[Prepared]] = {}
        for decision in decisions:
            row = row_of(decision.bound, self._whole(decision))
            one = Prepared(decision=decision, image=row)
            if decision.mine is not None and decision.mine.pk is not None:
                one.pk = one.former_pk = decision.mine.pk
            by_table.setdefault(decision.bound.number, []).append(one)
        self.rows = by_table
        groups = [(some[0].decision.bound, some) for some in by_table.values()]
        for bound, some in groups:
            if bound.table.automatic:
                self._allocate(bound, some)
        pks = self._known_pks(groups)
        self._locate_all(groups, pks)
        for bound, rows in groups:
            self._resolve(bound, rows, pks)
        return [one for _, some in groups for one in some]

    def _whole(self, decision: Decision) -> Mapping[str, Value]:
        """Give all parts: those that nobody has given a value keep what they show.

        A new row gets their default.
        """
        values = {**decision.split.values, **decision.shown}
        missing = [p for p in decision.bound.parts if p.name not in values]
        if not missing:
            return values
        defaults = {
            p.name: decision.bound.default(p)
            for p in missing
            if p.name not in decision.former
        }
        return {**defaults, **decision.former, **values}

    def _allocate(self, bound: Bound, rows: Sequence[Prepared]) -> None:
        fresh = [one for one in rows if one.decision.outcome is Outcome.CREATE]
        fresh = [one for one in fresh if not self._has_former(bound, one)]
        if not fresh:
            return
        keys = bound.engine.new_keys(
            bound.connection,
            bound.table.description.table,
            bound.table.automatic[0],
            len(fresh),
        )
        for one, key in zip(fresh, keys, strict=True):
            one.pk = str(key)
            self.allocated[one.decision.change.uid] = one.pk

    def _has_former(self, bound: Bound, one: Prepared) -> bool:
        """Give a record that comes back the pk that it had, if that is free.

        Generic references have no constraint, and may still hold it.
        """
        mine = one.decision.mine
        if mine is None or mine.gone_pk is None:
            return False
        taken = self.database.store.by_pk(bound.number, [mine.gone_pk])
        if taken or bound.pks_there([mine.gone_pk]):
            return False
        one.pk = self.allocated[one.decision.change.uid] = mine.gone_pk
        return True

    def _known_pks(
        self, groups: Iterable[tuple[Bound, Sequence[Prepared]]]
    ) -> dict[bytes, str]:
        uids: set[bytes] = set()
        for bound, rows in groups:
            places = [*bound.pointers, *(place for _, place in bound.generic)]
            for one in rows:
                uids |= {
                    value
                    for place in places
                    if isinstance(value := one.image[place], bytes)
                }
        wanted = uids - self.allocated.keys() - self.gone
        known = {**self._kept(wanted), **self.allocated}
        return known | self._others(wanted - known.keys(), known)

    def _others(
        self, missing: Iterable[bytes], known: Mapping[bytes, str]
    ) -> dict[bytes, str]:
        """Look up records that were found to be others: these are pointed at."""
        winners = Aliases(database=self.database.alias).winners(missing)
        pks = {**self._kept(set(winners.values()) - known.keys() - self.gone), **known}
        return {uid: pks[other] for uid, other in winners.items() if other in pks}

    def _kept(self, uids: Iterable[bytes]) -> dict[bytes, str]:
        """Look up what is pointed at from outside, and keep it from being deleted."""
        found = self.database.store.rows(uids)
        by_table: dict[int, list[str]] = {}
        for number, pk in found.values():
            by_table.setdefault(number, []).append(pk)
        there = {
            number: self.database.bound(self.database.labels[number]).pks_there(
                pks, keep=True
            )
            for number, pks in by_table.items()
        }
        return {uid: pk for uid, (number, pk) in found.items() if pk in there[number]}

    def _locate_all(
        self,
        groups: Sequence[tuple[Bound, Sequence[Prepared]]],
        pks: dict[bytes, str],
    ) -> None:
        """Say where rows are whose pk is a part of what they hold.

        It may be another row's that is located here, too: of a child table's parent,
        and of that one's parent.
        """
        for _ in groups:
            located = 0
            for bound, rows in groups:
                if not bound.table.automatic:
                    located += self._locate_some(bound, rows, pks)
            if not located:
                return

    def _locate_some(
        self, bound: Bound, rows: Sequence[Prepared], pks: dict[bytes, str]
    ) -> int:
        located = 0
        for one in rows:
            uid = one.decision.change.uid
            pk = None if uid in self.allocated else self._located(bound, one, pks)
            if pk is not None:
                one.pk = self.allocated[uid] = pks[uid] = pk
                located += 1
        return located

    def _resolve(
        self, bound: Bound, rows: Sequence[Prepared], pks: dict[bytes, str]
    ) -> None:
        for place in bound.pointers:
            known = self._by_target(bound, place, rows, pks)
            self._set_all(bound, rows, place, known)
        for place, rule in bound.matched.items():
            keys = {one.image[place] for one in rows} - {None}
            found = self.references.matched_pks(rule, keys)
            self._set_all(bound, rows, place, found)
        for _, place in bound.generic:
            objects = [one for one in rows if isinstance(one.image[place], bytes)]
            self._set_all(bound, objects, place, pks)

    def _set_all(
        self,
        bound: Bound,
        rows: Sequence[Prepared],
        place: int,
        known: Mapping[Value, str],
    ) -> None:
        for one in rows:
            value = one.image[place]
            if isinstance(value, bytes):
                one.points[place] = value
            if value is not None:
                set_reference(bound, one, place, known.get(value))

    def _by_target(
        self,
        bound: Bound,
        place: int,
        rows: Sequence[Prepared],
        pks: dict[bytes, str],
    ) -> Mapping[bytes, str]:
        """Give what a reference's column holds for each uid."""
        by = bound.target_field(place)
        if by is None:
            return pks
        parent = self.database.bound(bound.pointers[place])
        wanted = {one.image[place] for one in rows} - {None}
        coming = self._coming(parent, by)
        there = [uid for uid in wanted if uid in pks and uid not in coming]
        texts = values_by(parent, by, [pks[uid] for uid in there])
        found = {uid: texts[pks[uid]] for uid in there if pks[uid] in texts}
        return found | {uid: coming[uid] for uid in wanted if uid in coming}

    def _coming(self, parent: Bound, by: str) -> Mapping[bytes, str]:
        """Give a field's text of the rows that are about to be written, by uid."""
        place = parent.places.get(by)
        if place is None:
            return {}
        return {
            one.decision.change.uid: parent.spelled(by, one.image[place])
            for one in self.rows.get(parent.number, ())
            if one.image[place] is not None and not one.trouble
        }

    @staticmethod
    def _located(bound: Bound, one: Prepared, pks: Mapping[bytes, str]) -> str | None:
        """Give the pk that a row's own values make; None while it is not known."""
        texts = []
        for name in bound.table.description.pk:
            place = bound.places[name]
            value = one.image[place]
            if place in bound.pointers:
                value = pks.get(value)
            elif value is not None:
                value = bound.spelled(name, value)
            if value is None:
                return None
            texts.append(value)
        return join_pk(texts)


def set_reference(bound: Bound, one: Prepared, place: int, pk: str | None) -> None:
    """Put a reference in its place, or note that its target is not here."""
    if pk is not None:
        one.image[place] = pk
        return
    described = bound.described[place]
    part = bound.part_of(described.name)
    value = one.decision.split.values.get(part)
    generic = any(place == id_place for _, id_place in bound.generic)
    is_key = described.name in bound.table.description.pk
    if (described.null and not is_key) or generic:
        one.image[place] = None if described.null else _nowhere(described.kind, value)
        one.unresolved[part] = value
        return
    one.trouble = f"{described.name} points at a record that is not here"


def _nowhere(kind: Kind, value: Value) -> str:
    """Give an object id that no row has: no constraint stands behind it."""
    return "0" if kind is Kind.INTEGER else value_hex(value)


def value_hex(value: Value) -> str:
    """Spell the uid in a generic reference's values."""
    values = value if isinstance(value, tuple) else (value,)
    return "".join(one.hex() for one in values if isinstance(one, bytes))


def local_image(one: Prepared) -> Image:
    """Give the row as an image that can be compared with one that is read back."""
    return tuple(one.image)
