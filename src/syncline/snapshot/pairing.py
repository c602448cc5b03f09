"""Which source field goes into which target column, and how each gets there."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from syncline.changes.conversion import One, can_convert, conversion
from syncline.changes.kinds import Cell, Form, Kind, Value
from syncline.engines.base import Column, Connection, Row, RowRefused
from syncline.errors import ValueRefused
from syncline.schema.description import FieldDescription
from syncline.snapshot.contenttypes import MATCHED, Numbers
from syncline.snapshot.file_source import wire_cell
from syncline.snapshot.fitting import Action, Limits, limits_of
from syncline.snapshot.shaping import Shaper, compile_step
from syncline.snapshot.slow import field_conversion
from syncline.snapshot.source import Source, Stream
from syncline.snapshot.target import Target
from syncline.snapshot.transforms import Transforms
from syncline.tables.binding import Field, Table
from syncline.tables.defaults import default_of


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPair:
    """One field of the source and the column that it goes into."""

    source: FieldDescription
    target: FieldDescription
    column: Column
    limits: Limits
    field: Field
    """The target's field, whose own conversion serves where nothing else does."""

    @property
    def convertible(self) -> bool:
        """Does the stored value move, without the field's own conversion?"""
        return can_convert(self.source.kind, self.target.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePair:
    """One model of the source and the table that it goes into."""

    source_label: str
    table: Table
    fields: tuple[FieldPair, ...]
    fills: tuple[tuple[Column, Any], ...] = ()
    """Columns that the source does not have, with the wire value that they get."""

    @property
    def label(self) -> str:
        """The target's label."""
        return self.table.label

    @property
    def columns(self) -> list[Column]:
        """The columns to write, in the order of a row."""
        return [pair.column for pair in self.fields] + [c for c, _ in self.fills]


def pair_tables(
    source: Source, target: Target, transforms: Transforms, labels: Sequence[str]
) -> list[TablePair]:
    """Pair each model of the source with its table on the target."""
    return [
        _pair(source, target, transforms, label)
        for label in labels
        if transforms.label(label) in target.tables
    ]


def clock_of(connection: Connection) -> str:
    """Give the zone by whose clock a database keeps instants; UTC if it keeps them."""
    return "UTC" if connection.features.supports_timezones else connection.timezone_name


def _pair(
    source: Source, target: Target, transforms: Transforms, label: str
) -> TablePair:
    table = target.tables[transforms.label(label)]
    theirs = {
        transforms.field(label, described.name): described
        for described in source.models[label].fields
    }
    pairs = [
        FieldPair(
            source=theirs[described.name],
            target=described,
            column=table.columns[described.name],
            limits=limits_of(
                table.columns[described.name],
                described.kind,
                target.engine.features,
                clock_of(target.connection),
            ),
            field=table.field(described.name),
        )
        for described in table.description.fields
        if described.name in theirs
    ]
    fills = [
        (table.columns[described.name], default_of(table, described))
        for described in table.description.fields
        if described.name not in theirs
        and not table.columns[described.name].has_default
    ]
    return TablePair(
        source_label=label, table=table, fields=tuple(pairs), fills=tuple(fills)
    )


def unfillable(pairs: Sequence[TablePair]) -> list[str]:
    """Name the columns that must have a value and would get none."""
    return [
        f"{pair.label}: {column.name} must have a value, and the source brings none"
        for pair in pairs
        for column, value in pair.fills
        if value is None and not column.null
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """An open stream of a pair's rows, ready for the target's writer."""

    stream: Stream
    shaper: Shaper
    columns: tuple[tuple[Column, Cell], ...]

    def blamed(self, refused: RowRefused) -> ValueRefused:
        """Name the row of which a server refused a value."""
        for index, (column, _) in enumerate(self.columns):
            if column.name == refused.column:
                name = [*self.shaper.names, *(c.name for c, _ in self.columns)][index]
                value = refused.row[index]
                return self.shaper.refused(name, refused.row, value, refused)
        return self.shaper.refused(refused.column, refused.row, "", refused)


def open_way(
    pair: TablePair,
    source: Source,
    target: Target,
    numbers: Numbers,
    actions: Mapping[str, Action],
) -> Way:
    """Open the source's stream and compile each column's way.

    Args:
        pair: what to move.
        source: where rows come from.
        target: where they go.
        numbers: how content types and permissions are numbered there.
        actions: by target field, what to do with values that do not fit.
    """
    zone = target.connection.timezone_name
    kinds = [(p.column, p.target.kind) for p in pair.fields]
    kinds += [(column, _kind_of(pair, column)) for column, _ in pair.fills]
    wants = target.engine.writing(kinds, zone)
    generic = _generic_changes(pair, numbers)
    stream = source.stream(
        pair.source_label,
        {
            p.source.name: None if generic or p.target.name in actions else want
            for p, want in zip(pair.fields, wants, strict=False)
        },
    )
    steps = [
        _step(p, cell, want, (source, target), numbers, actions)
        for p, cell, want in zip(pair.fields, stream.cells, wants, strict=False)
    ]
    filled = _filled(pair, wants[len(pair.fields) :])
    names = tuple(p.source.name for p in pair.fields)
    pk = pair.table.description.pk
    shaper = Shaper(
        label=pair.source_label,
        names=names,
        steps=tuple(steps),
        pk=tuple(i for i, p in enumerate(pair.fields) if p.target.name in pk),
        whole_rows=generic,
        filled=filled,
        wants=tuple(wants),
    )
    return Way(
        stream=stream,
        shaper=shaper,
        columns=tuple(zip(pair.columns, wants, strict=True)),
    )


def _step(
    pair: FieldPair,
    cell: Cell,
    want: Cell,
    ends: tuple[Source, Target],
    numbers: Numbers,
    actions: Mapping[str, Action],
) -> One | None:
    middle: list[One] = []
    slow = None
    if pair.source.target in MATCHED:
        renumber = numbers.step(pair.source.target)
        middle += [renumber] if renumber else []
    # Packed shapes come from a column of the same type, which has an SRID.
    if cell.form is not Form.PACKED and (settle := srid_step(pair)):
        middle.append(settle)
    if pair.target.name in actions:
        middle.append(_fitting(pair.limits, actions[pair.target.name]))
    if not pair.convertible:
        both = ends[0].likeness, ends[1].connection
        slow = field_conversion(pair.field, pair.source.kind, pair.target.kind, both)
    return compile_step(cell, want, middle, slow)


NO_SRID = "0;"


def srid_step(pair: FieldPair) -> One | None:
    """Give the step by which a shape without an SRID gets its field's.

    Django stores none on MariaDB, and knows it from the field.
    """
    srid = getattr(pair.field, "srid", 0)
    if pair.source.kind is not Kind.GEOMETRY or not srid:
        return None
    return lambda value: f"{srid}{value[1:]}" if value.startswith(NO_SRID) else value


def _fitting(limits: Limits, action: Action) -> One:
    if action == "null":
        return lambda value: None if limits.misfit(value) else value
    return lambda value: _clipped(limits, value) if limits.misfit(value) else value


def _clipped(limits: Limits, value: Value) -> Value:
    clipped = limits.clipped(value)
    if clipped is not None and (what := limits.misfit(clipped)):
        message = f"no value near it fits: {what}"
        raise ValueError(message)
    return clipped


def _kind_of(pair: TablePair, column: Column) -> Kind:
    for described in pair.table.description.fields:
        if described.column == column.name:
            return described.kind
    raise KeyError(column.name)


def _filled(pair: TablePair, wants: Sequence[Cell]) -> tuple[Any, ...]:
    """Give the values of the columns that the source does not have, as written."""
    values = []
    for (column, value), want in zip(pair.fills, wants, strict=True):
        field = next(
            f for f in pair.table.description.fields if f.column == column.name
        )
        step = conversion(wire_cell(field), want)
        values.append(value if value is None or step is None else step(value))
    return tuple(values)


def _generic_changes(
    pair: TablePair, numbers: Numbers
) -> tuple[Callable[[Sequence[Row]], Sequence[Row]], ...]:
    names = [p.target.name for p in pair.fields]
    changes = [
        numbers.generic(names.index(type_field), names.index(id_field))
        for type_field, id_field in pair.table.description.generic
        if type_field in names and id_field in names
    ]
    return tuple(change for change in changes if change is not None)
