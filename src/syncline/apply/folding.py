"""Links that no node has had together, and that are one since their ends were joined.

One node has linked a record, another node the one that it was found to be. Each link's
uid was made of its own end, so they come as two; a unique constraint takes but one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from syncline.apply.decision import Decision, Outcome
from syncline.apply.merging import Merging
from syncline.changes.canonical import LAST
from syncline.changes.kinds import Value
from syncline.changes.messages import Extra
from syncline.conflict.versions import Siblings
from syncline.identity.aliases import Aliases, family
from syncline.identity.bound import Bound, values_of
from syncline.identity.stored import Split, Stored, record_of

Key = tuple[Value, ...]


@dataclass(frozen=True, kw_only=True)
class Kin:
    """Records that are one by their key, as it was spelled when they were born."""

    uids: frozenset[bytes]
    key: Key


@dataclass(kw_only=True)
class Folding:
    """Makes one record of those of a changeset, and of this node, that are one."""

    merging: Merging
    adopted: dict[bytes, str]
    """By uid: rows that records of the changeset take over; it is added to."""

    _decisions: dict[bytes, Decision] = field(default_factory=dict)

    def fold(self, decisions: Mapping[bytes, Decision]) -> dict[bytes, Decision]:
        """Give the decisions, with all but one of such records merged."""
        self._decisions = dict(decisions)
        by_table: dict[int, list[Decision]] = {}
        for one in decisions.values():
            if one.outcome is Outcome.CREATE and _is_link(one.bound):
                by_table.setdefault(one.bound.number, []).append(one)
        for some in by_table.values():
            self._fold_table(some[0].bound, some)
        return self._decisions

    def _fold_table(self, bound: Bound, new: Sequence[Decision]) -> None:
        kin = dict(self._kin(bound, new))
        uids = {uid for one in kin.values() for uid in one.uids}
        stored = self.merging.database.store.by_uid(uids - kin.keys())
        values = self._values(bound, list(stored.values()))
        for uid, one in kin.items():
            here = [
                other
                for other in one.uids & values.keys()
                if _key(bound, values[other]) == one.key
            ]
            for other in here:
                self._fold_into_row(uid, stored[other], values[other])
            if self._decisions[uid].outcome is not Outcome.NOTE:
                self._fold_together(uid, one.uids & kin.keys() - {uid})

    def _kin(
        self, bound: Bound, new: Sequence[Decision]
    ) -> Iterator[tuple[bytes, Kin]]:
        """Give those records that may have others like them, by uid."""
        keys = {one.change.uid: _key(bound, one.split.values) for one in new}
        ends = {v for key in keys.values() for v in key or () if isinstance(v, bytes)}
        aliases = Aliases(database=self.merging.database.alias)
        members = aliases.losers_of(ends)
        for uid, key in keys.items():
            if key is not None and any(value in members for value in key):
                uids = family(bound.label, key, members)
                if uid in uids:
                    yield uid, Kin(uids=uids, key=key)

    def _values(
        self, bound: Bound, stored: Sequence[Stored]
    ) -> dict[bytes, Mapping[str, Value]]:
        living = [one for one in stored if one.pk is not None]
        images = bound.images_of([str(one.pk) for one in living], lock=True)
        shown = [one for one in living if one.pk in images]
        rows = self.merging.references.outward(
            bound, [images[str(one.pk)] for one in shown]
        )
        names = [part.name for part in bound.parts]
        return {
            one.uid: dict(zip(names, values_of(bound, row), strict=True))
            for one, row in zip(shown, rows, strict=True)
        }

    def _fold_into_row(
        self, uid: bytes, other: Stored, values: Mapping[str, Value]
    ) -> None:
        """Let a record that comes and one that is here be one."""
        one = self._decisions[uid]
        if other.uid in self._decisions or one.outcome is not Outcome.CREATE:
            return  # That one is being written, too: it is looked at when it is done.
        if other.uid < uid:
            self._give_way(one, other.uid, values)
        elif one.bound.table.automatic:
            names = self.merging.database.nodes.names
            record = record_of(other.life, other.mark, other.extra, values, names)
            lost = _lost(one.bound, record.fields, values, one.split.values)
            pk = str(other.pk)
            self.merging.bury(other, uid)
            mine = one.mine or Stored(
                uid=uid,
                table=one.bound.number,
                pk=None,
                life=one.split.life,
                mark=one.split.mark,
            )
            self.adopted[uid] = pk
            self._decisions[uid] = replace(
                one,
                outcome=Outcome.UPDATE,
                mine=replace(mine, pk=pk),
                former=values,
                lost=lost,
            )

    def _fold_together(self, uid: bytes, others: Iterable[bytes]) -> None:
        """Let records that come with one changeset be one."""
        for other in sorted(others):
            one, two = self._decisions[uid], self._decisions[other]
            if Outcome.NOTE in (one.outcome, two.outcome):
                continue
            stays, goes = (one, two) if uid < other else (two, one)
            if goes.outcome is Outcome.CREATE:
                self._give_way(goes, stays.change.uid, stays.split.values)

    def _give_way(
        self, one: Decision, winner: bytes, values: Mapping[str, Value]
    ) -> None:
        """Let a record that comes be another: it gets no row."""
        database, made = self.merging.database, one.split
        record = record_of(
            made.life, made.mark, made.extra, made.values, database.nodes.names
        )
        latest = max(version.clock for version in record.versions())
        version = self.merging.standing.mint(max(database.now(), latest + 1))
        number = database.nodes.number(version.dot.node)
        self._decisions[one.change.uid] = replace(
            one,
            outcome=Outcome.NOTE,
            split=Split(
                life=made.life + 1,
                mark=(version.clock, number, version.dot.counter),
                values={},
                extra=Extra(merged=(winner,)),
            ),
            lost=_lost(one.bound, record.fields, made.values, values),
        )
        self.merging.learn(one.change.uid, winner)


def _is_link(bound: Bound) -> bool:
    """May there be but one row of a key, and is a reference a part of it?"""
    key = set(bound.tracked.key.fields)
    uniques = [*bound.table.description.uniques, bound.table.description.pk]
    pointing = {bound.fields[place] for place in bound.pointers}
    return bool(key & pointing) and any(key == set(names) for names in uniques)


def _key(bound: Bound, values: Mapping[str, Value]) -> Key | None:
    """Give a record's key as uids are made of it; None if a part is missing."""
    found: list[Value] = []
    for name in bound.tracked.key.fields:
        part = next(each for each in bound.parts if name in each.fields)
        value = values.get(part.name)
        if len(part.fields) > 1 and value is not None:
            value = value[part.fields.index(name)]
        if value is None:
            return None
        place = bound.places[name]
        plain = place in bound.pointers or place in bound.matched
        step = None if plain else LAST.get(bound.described[place].kind)
        found.append(value if step is None else step(value))
    return tuple(found)


def _lost(
    bound: Bound,
    fields: Mapping[str, Siblings],
    values: Mapping[str, Value],
    stays: Mapping[str, Value],
) -> dict[str, Siblings]:
    """Give what a record held otherwise than the one that stays."""
    silent = bound.tracked.rules.silent
    return {
        part: siblings
        for part, siblings in fields.items()
        if part not in silent and values.get(part) != stays.get(part)
    }
