"""Rows that point at one whose key changes: they follow it, and that is no edit.

What such a row says stays the same, because it is its record that is pointed at. So
nobody sends it, and each node lets its own rows follow.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import models

from syncline.apply.inward import Prepared
from syncline.apply.pointers import (
    Pointer,
    generic_pointers,
    pointers_at,
    rows_pointing,
)
from syncline.apply.rows import from_text, wire_cell
from syncline.changes.conversion import One, conversion, convert_rows
from syncline.changes.kinds import Cell
from syncline.engines.base import Column
from syncline.engines.capture import join_pk, split_pk
from syncline.identity.bound import Bound
from syncline.identity.database import NodeDatabase
from syncline.identity.stored import Stored
from syncline.identity.uids import digest_of
from syncline.tables.selection import Model, concrete

Moves = Mapping[str, Mapping[str, str]]
"""By field, the empty name for the primary key: from what was there to what is now."""


@dataclass(frozen=True, kw_only=True)
class Trail:
    """Rows of one table that follow what they point at."""

    pointer: Pointer
    values: Mapping[str, str]
    """By the pk of a row, as text: what it has to hold."""

    pks: Mapping[str, str]
    """From the pk of a row to the one that it has then."""


@dataclass(kw_only=True)
class Trailing:
    """Lets rows of one database follow."""

    database: NodeDatabase
    known: Mapping[tuple[int, str], Stored]
    """By table and pk, the records that the changeset itself writes down."""

    wrote: Callable[[Bound, str], None]
    """Takes each row of a tracked table that was written."""

    _pointed: dict[Model, frozenset[str]] = field(default_factory=dict)

    def before(
        self, updates: Iterable[tuple[Bound, Sequence[Prepared]]]
    ) -> list[Trail]:
        """Find what will have to follow, while all is as it was.

        Args:
            updates: the rows that are about to be written, by table.
        """
        found: list[Trail] = []
        own: set[tuple[str, str]] = set()
        moving: list[tuple[Model, Moves]] = []
        for bound, rows in updates:
            own |= {(bound.label, str(one.former_pk)) for one in rows}
            moves = self._moves(bound, rows)
            if moves:
                moving.append((bound.tracked.model, moves))
        while moving:
            model, moves = moving.pop()
            for trail in self._trails(model, moves, own):
                found.append(trail)
                changed = {pk: now for pk, now in trail.pks.items() if pk != now}
                if changed:
                    moving.append((trail.pointer.model, {"": changed}))
        return found

    def after(self, trails: Sequence[Trail]) -> None:
        """Let rows follow, once what they point at is where it will be."""
        for trail in trails:
            label = trail.pointer.label
            bound = self.database.bound(label) if label in self.database.rows else None
            before = (
                {} if bound is None else bound.images_of(list(trail.pks), lock=True)
            )
            self._write(trail)
            if bound is not None:
                fresh = {pk: digest_of(image) for pk, image in before.items()}
                self._note(bound, trail, fresh)

    def _moves(self, bound: Bound, rows: Sequence[Prepared]) -> Moves:
        """Say which keys change."""
        moves: dict[str, dict[str, str]] = {}
        for one in rows:
            if one.former_pk is not None and one.pk != one.former_pk:
                moves.setdefault("", {})[one.former_pk] = str(one.pk)
        for name in self._fields_pointed_at(bound.tracked.model) & bound.places.keys():
            part, place = bound.part_of(name), bound.places[name]
            for one in rows:
                was = one.decision.former.get(part)
                now = one.image[place]
                if was is not None and now is not None and was != now:
                    old = bound.spelled(name, was)
                    moves.setdefault(name, {})[old] = bound.spelled(name, now)
        return moves

    def _fields_pointed_at(self, model: Model) -> frozenset[str]:
        """Name the fields, other than the pk, that foreign keys point at."""
        if model not in self._pointed:
            related = [
                one.field.target_field
                for one in concrete(model)._meta.related_objects
                if isinstance(one.field, models.ForeignKey)
            ]
            names = {one.name for one in related if not one.primary_key}
            self._pointed[model] = frozenset(names)
        return self._pointed[model]

    def _trails(
        self, model: Model, moves: Moves, own: set[tuple[str, str]]
    ) -> Iterator[Trail]:
        pointers = [*pointers_at(self.database, model)]
        if "" in moves:
            pointers += generic_pointers(self.database)
        for pointer in pointers:
            moved = moves.get(pointer.target_field, {})
            values = {
                pk: moved[old]
                for pk, old in rows_pointing(self.database, pointer, model, list(moved))
                if (pointer.label, pk) not in own
            }
            if values:
                pks = {pk: _pk_then(pointer, pk, now) for pk, now in values.items()}
                yield Trail(pointer=pointer, values=values, pks=pks)

    def _write(self, trail: Trail) -> None:
        pointer = trail.pointer
        description = pointer.table.description
        keys, key_steps = self._written(pointer, description.pk)
        column, step = self._written(pointer, (pointer.name,))
        self.database.engine.update_rows(
            self.database.connection,
            description.table,
            keys,
            column,
            convert_rows(
                [(*split_pk(pk, len(keys)), now) for pk, now in trail.values.items()],
                (*key_steps, *step),
            ),
        )

    def _written(
        self, pointer: Pointer, names: Sequence[str]
    ) -> tuple[list[tuple[Column, Cell]], list[One | None]]:
        """Give columns, and the steps to them from text."""
        described = [pointer.table.description.field(name) for name in names]
        columns = [pointer.table.columns[name] for name in names]
        pairs = [(c, one.kind) for c, one in zip(columns, described, strict=True)]
        zone = self.database.connection.timezone_name
        cells = self.database.engine.writing(pairs, zone)
        steps: list[One | None] = [
            from_text(one.kind, conversion(wire_cell(one), cell))
            for one, cell in zip(described, cells, strict=True)
        ]
        return list(zip(columns, cells, strict=True)), steps

    def _note(self, bound: Bound, trail: Trail, before: Mapping[str, int]) -> None:
        """Let records know their rows again; a row written since has yet to be seen."""
        stored = bound.store.by_pk(bound.number, trail.pks)
        after = bound.images_of(list(trail.pks.values()))
        changed: list[Stored] = []
        for pk, now in trail.pks.items():
            self.wrote(bound, now)
            record = self.known.get((bound.number, pk), stored.get(pk))
            if record is None or now not in after or record.digest != before.get(pk):
                continue
            record.digest = digest_of(after[now])
            record.pk = now
            changed.append(record)
        bound.store.release([one.uid for one in changed])
        bound.store.put(changed)


def _pk_then(pointer: Pointer, pk: str, value: str) -> str:
    """Give the pk of a row that follows; another one if its key points."""
    names = pointer.table.description.pk
    parts = zip(names, split_pk(pk, len(names)), strict=True)
    return join_pk([value if name == pointer.name else part for name, part in parts])
