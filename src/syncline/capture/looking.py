"""One moment of one model, as it is compared with another node's."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from syncline.changes.canonical import LAST
from syncline.changes.digests import Compared, DotPair, Leaf, RowSeen, leaf_of
from syncline.changes.kinds import Value
from syncline.changes.messages import Extra, Mark
from syncline.changes.operations import Operation
from syncline.identity.aliases import Aliases, spelled_extra, uids_in
from syncline.identity.bound import Image
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Nodes, Standing
from syncline.identity.references import References
from syncline.identity.stored import Stored

Values = list[Value]
"""What is compared of a row, by field, canonical."""

JOURNALED = "SELECT operation, pk, old_pk FROM syncline_journal WHERE table_id = %s"


@dataclass(kw_only=True)
class Look:
    """Reads a model's rows and records as they are at the moment of a transaction."""

    database: NodeDatabase
    what: Compared
    standing: Standing

    def __post_init__(self) -> None:
        self.bound = bound = self.database.bound(self.what.label)
        self.store = self.database.store
        self.references = References(
            database=self.database, genesis=self.standing.genesis
        )
        # Read anew: a record of this moment may name a node that was met just now.
        self.names = Nodes.read(self.database.alias).names
        self.places = [bound.places[name] for name in self.what.fields]
        self.parts = [bound.part_of(name) for name in self.what.fields]
        plain = {*bound.pointers, *bound.matched}
        self.steps = [
            None if place in plain else LAST.get(bound.described[place].kind)
            for place in self.places
        ]

    def leaves(self, batch: Mapping[str, Image]) -> tuple[list[Leaf], list[str]]:
        """Hash the records of some rows.

        Returns:
            The leaves, and the pks of rows that have no record.
        """
        records = self.store.by_pk(self.bound.number, batch)
        found = self.leaves_of(list(records.values()), batch)
        return found, [pk for pk in batch if pk not in records]

    def leaves_of(
        self, records: Sequence[Stored], images: Mapping[str, Image]
    ) -> list[Leaf]:
        """Hash records whose rows are among some that were read."""
        shown = [
            one
            for one in records
            if one.pk is not None
            and one.pk in images
            and not self.bound.stays_behind(images[one.pk])
        ]
        rows = self.values(shown, images)
        if self.what.deep:
            for one, row in zip(shown, rows, strict=True):
                row += [one.life, self.life_dots(one), self.dots(one)]
        return [
            (one.uid, leaf_of(one.uid, row))
            for one, row in zip(shown, rows, strict=True)
        ]

    def values(
        self, records: Sequence[Stored], images: Mapping[str, Image]
    ) -> list[Values]:
        """Give what is compared of records, each of which has a row."""
        rows = self.references.outward(
            self.bound, [images[str(one.pk)] for one in records]
        )
        overlaid = [one.extra for one in records if one.extra and one.extra.values]
        named = uids_in([*extra.values.values()] for extra in overlaid)
        winners = Aliases(database=self.database.alias).winners(named)
        for one, row in zip(records, rows, strict=True):
            extra = spelled_extra(one.extra, self.bound.pointing_parts, winners)
            if extra is not None and extra.values:
                self._overlay(one, extra, row)
        return [
            [
                value if step is None or value is None else step(value)
                for value, step in zip(
                    map(row.__getitem__, self.places), self.steps, strict=True
                )
            ]
            for row in rows
        ]

    def _overlay(self, one: Stored, extra: Extra, row: list[Value]) -> None:
        """Put values that a row cannot show in their places."""
        for part in self.bound.parts:
            kept = extra.values.get(part.name)
            if not kept:
                continue
            marks = extra.parts.get(part.name, (one.mark,))
            top = max(range(len(marks)), key=lambda n: self._version(marks[n]))
            if not kept[top]:
                continue
            [value] = kept[top]
            values = [value] if len(part.fields) == 1 else value
            for name, single in zip(part.fields, values, strict=True):
                row[self.bound.places[name]] = single

    def _version(self, mark: Mark) -> tuple[int, str, int]:
        clock, node, counter = mark
        return clock, self.names[node], counter

    def _dot(self, mark: Sequence[int]) -> DotPair:
        _, node, counter = mark
        return self.names[node], counter

    def life_dots(self, one: Stored) -> tuple[DotPair, ...]:
        """Give the changes that began or ended a record."""
        lives = () if one.extra is None else one.extra.life
        found = [self._dot(life[1:]) for life in lives] or [self._dot(one.mark)]
        return tuple(sorted(found))

    def dots(self, one: Stored) -> tuple[tuple[DotPair, ...], ...]:
        """Give, by field, the changes that wrote what it holds."""
        if one.pk is None:
            return ()
        base = (self._dot(one.mark),)
        if one.extra is None or not one.extra.parts:
            return (base,) * len(self.parts)
        named = {
            part: tuple(sorted(map(self._dot, marks)))
            for part, marks in one.extra.parts.items()
        }
        return tuple(named.get(part, base) for part in self.parts)

    def rows(self, uids: Iterable[bytes]) -> tuple[RowSeen, ...]:
        """Show records, those that are deleted or have lost their row, too."""
        records = [
            one
            for one in self.store.by_uid(uids).values()
            if one.table == self.bound.number
        ]
        living = [one for one in records if one.pk is not None]
        images = self.bound.images_of([str(one.pk) for one in living])
        shown = [one for one in living if one.pk in images]
        values = {
            one.uid: tuple(row)
            for one, row in zip(shown, self.values(shown, images), strict=True)
        }
        moving = self._moving(living, images)
        return tuple(
            RowSeen(
                uid=one.uid,
                pk=one.pk,
                life=one.life,
                values=values.get(one.uid),
                life_dots=self.life_dots(one),
                dots=self.dots(one),
                moving=one.uid in moving,
            )
            for one in records
        )

    def _moving(
        self, records: Sequence[Stored], images: Mapping[str, Image]
    ) -> set[bytes]:
        """Give the records that were written to, or that point at such a one."""
        pks = [str(one.pk) for one in records]
        journaled = self.journaled(self.bound.number, pks)
        found = {one.uid for one in records if one.pk in journaled}
        for place, label in self.bound.pointers.items():
            targets = {
                one.uid: str(images[pk][place])
                for one in records
                if (pk := str(one.pk)) in images and images[pk][place] is not None
            }
            number = self.database.rows[label].number
            journaled = self.journaled(number, targets.values())
            found |= {uid for uid, pk in targets.items() if pk in journaled}
        return found

    def journaled(self, table: int, pks: Collection[str]) -> set[str]:
        """Give those of some pks that were written to and have no number yet."""
        if not pks:
            return set()
        engine, connection = self.database.engine, self.database.connection
        found: set[str] = set()
        for column in ("pk", "old_pk"):
            among = engine.among(column, list(pks))
            sql = f"{JOURNALED} AND (operation = %s OR {among.sql})"
            params = (table, int(Operation.TRUNCATE), *among.params)
            for operation, pk, old_pk in engine.execute(connection, sql, params):
                if operation == Operation.TRUNCATE:
                    return set(pks)
                found |= {pk, old_pk}
        return found & set(pks)

    def lost(self, pages: Iterable[Sequence[Stored]]) -> Iterator[bytes]:
        """Give the records whose rows are not there, though nobody saw them go."""
        for records in pages:
            pks = [str(one.pk) for one in records]
            images = self.bound.images_of(pks)
            gone = [one for one in records if one.pk not in images]
            journaled = self.journaled(self.bound.number, [str(one.pk) for one in gone])
            yield from (one.uid for one in gone if one.pk not in journaled)
