"""The rows of one side, as keys and canonical values that can be compared."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncline.changes.canonical import LAST
from syncline.changes.conversion import One
from syncline.changes.kinds import Cell, Form
from syncline.schema.description import FieldDescription
from syncline.snapshot.contenttypes import MATCHED, source_permissions, source_types
from syncline.snapshot.pairing import FieldPair, TablePair, srid_step
from syncline.snapshot.shaping import Shaper, compile_step
from syncline.snapshot.slow import field_conversion
from syncline.snapshot.source import Source
from syncline.tables.selection import CONTENT_TYPE, PERMISSION

Keyed = tuple[tuple[Any, ...], tuple[Any, ...]]
"""A row's key and its values."""

MATCHED_FIELDS = {
    CONTENT_TYPE: ("app_label", "model"),
    PERMISSION: ("content_type", "codename"),
}
"""What content types and permissions are compared by; numbers and names may differ."""


class Names:
    """What one side's content types and permissions are called."""

    def __init__(self, source: Source) -> None:
        types = source_types(source)
        permissions = source_permissions(source, types)
        self.by_label: dict[str, dict[int, str]] = {
            CONTENT_TYPE: {pk: ".".join(key) for pk, key in types.items()},
            PERMISSION: {
                pk: f"{'.'.join(type_key)}.{codename}"
                for pk, ((type_key, codename), _) in permissions.items()
            },
        }
        self.lowered = {label.lower(): names for label, names in self.by_label.items()}

    def step(self, target: str) -> One | None:
        """Give the step that replaces a key to one of these models by its name."""
        names = self.by_label.get(target)
        return None if not names else lambda value: names.get(value, value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of a comparison of one model."""

    source: Source
    label: str
    fields: tuple[FieldDescription, ...]
    key: tuple[int, ...]
    """Where the key stands in a row."""

    steps: tuple[One | None, ...]
    cells: tuple[Cell, ...]
    generic: tuple[tuple[int, int], ...]
    names: Names

    def rows(self) -> Iterator[list[Keyed]]:
        """Read all rows in batches."""
        stream = self.source.stream(self.label, self._wants())
        shaper = Shaper(
            label=self.label,
            names=tuple(field.name for field in self.fields),
            steps=tuple(
                compile_step(cell, wire, [step] if step else [])
                for cell, wire, step in zip(
                    stream.cells, self.cells, self.steps, strict=True
                )
            ),
            pk=self.key,
        )
        for batch in stream.batches:
            yield [
                (tuple(row[index] for index in self.key), row)
                for row in map(self._named, shaper.shape(batch))
            ]

    def _wants(self) -> Mapping[str, Cell | None]:
        return {field.name: None for field in self.fields}

    def _named(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """Replace object ids that point at content types or permissions."""
        changed = list(row)
        for type_index, id_index in self.generic:
            names = self.names.lowered.get(row[type_index])
            if names:
                value = row[id_index]
                number = int(value) if str(value).isdecimal() else None
                changed[id_index] = names.get(number, value) if number else value
        return tuple(changed)


def both_sides(
    pair: TablePair, source: Source, target: Source, names: tuple[Names, Names]
) -> tuple[Side, Side]:
    """Set up the comparison of one model."""
    fields = _compared(pair)
    key_names = MATCHED_FIELDS.get(pair.label, pair.table.description.pk)
    positions = {p.target.name: index for index, p in enumerate(fields)}
    key = tuple(positions[name] for name in key_names if name in positions)
    generic = tuple(
        (positions[type_field], positions[id_field])
        for type_field, id_field in pair.table.description.generic
        if type_field in positions and id_field in positions
    )
    ours = Side(
        source=source,
        label=pair.source_label,
        fields=tuple(p.source for p in fields),
        key=key,
        steps=tuple(_source_step(p, names[0], source, target) for p in fields),
        cells=tuple(_source_cell(p) for p in fields),
        generic=generic,
        names=names[0],
    )
    theirs = Side(
        source=target,
        label=pair.label,
        fields=tuple(p.target for p in fields),
        key=key,
        steps=tuple(_last_step(p, names[1]) for p in fields),
        cells=tuple(_target_cell(p) for p in fields),
        generic=generic,
        names=names[1],
    )
    return ours, theirs


def _compared(pair: TablePair) -> list[FieldPair]:
    only = MATCHED_FIELDS.get(pair.label)
    return [p for p in pair.fields if only is None or p.target.name in only]


def _target_cell(pair: FieldPair) -> Cell:
    field = pair.target
    return Cell(kind=field.kind, form=Form.WIRE, zone=field.zone, places=field.places)


def _source_cell(pair: FieldPair) -> Cell:
    """Give what the source's values become before they are compared."""
    if pair.convertible:
        return _target_cell(pair)
    field = pair.source
    return Cell(kind=field.kind, form=Form.WIRE, zone=field.zone, places=field.places)


def _last_step(pair: FieldPair, names: Names) -> One | None:
    """Give the step from the wire to what is compared."""
    if pair.target.target in MATCHED:
        return names.step(pair.target.target)
    return srid_step(pair) or LAST.get(pair.target.kind)


def _source_step(
    pair: FieldPair, names: Names, source: Source, target: Source
) -> One | None:
    last = _last_step(pair, names)
    if pair.convertible:
        return last
    slow = field_conversion(
        pair.field,
        pair.source.kind,
        pair.target.kind,
        (source.likeness, target.likeness),
    )
    return slow if last is None else lambda value: last(slow(value))
