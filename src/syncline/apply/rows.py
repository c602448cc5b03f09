"""How a prepared row is spelled for the database's writers; compiled once a table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from syncline.apply.inward import Prepared
from syncline.changes.conversion import One, conversion, convert_rows
from syncline.changes.kinds import Cell, Form, Kind, Value
from syncline.engines.base import Column, Row
from syncline.engines.capture import split_pk
from syncline.identity.bound import Bound, pk_as_value
from syncline.identity.references import References
from syncline.registry.terms import ReferenceKind
from syncline.schema.description import FieldDescription
from syncline.tables.defaults import default_of

Pairs = list[tuple[Column, Cell]]


def wire_cell(described: FieldDescription) -> Cell:
    """Give the cell of a field's values on the wire."""
    return Cell(
        kind=described.kind,
        form=Form.WIRE,
        zone=described.zone,
        places=described.places,
    )


@dataclass(frozen=True, kw_only=True)
class RowPlan:
    """The columns that are written, and how each value gets there."""

    pairs: Pairs
    steps: tuple[One | None, ...]
    row: Callable[[Prepared], tuple[Value, ...]]

    def rows(self, prepared: Sequence[Prepared]) -> Sequence[Row]:
        """Spell rows for a writer."""
        return convert_rows([self.row(one) for one in prepared], self.steps)


def key_plan(bound: Bound) -> tuple[Pairs, tuple[One | None, ...]]:
    """Say how the pk that finds a row is spelled."""
    described = [bound.table.description.field(n) for n in bound.table.description.pk]
    return _written(bound, described, pointing=set(range(len(described))))


def insert_plan(bound: Bound, references: References) -> RowPlan:
    """Say how rows are inserted: with a pk, and with values for all that must be."""
    fills = _fills(bound, references)
    keys = [
        bound.table.description.field(name)
        for name in bound.table.description.pk
        if name not in bound.places
    ]
    pairs, steps = _written(
        bound, [*keys, *bound.described], pointing=_pointing(bound, len(keys))
    )
    filled, fill_steps = _written(
        bound, [described for described, _ in fills], pointing=set()
    )
    values = tuple(value for _, value in fills)

    def row(one: Prepared) -> tuple[Value, ...]:
        own = (one.pk,) if keys else ()
        return (*own, *one.image, *values)

    return RowPlan(pairs=pairs + filled, steps=steps + fill_steps, row=row)


def update_plan(bound: Bound) -> tuple[RowPlan, int]:
    """Say how rows are updated; the first columns find them, and how many these are."""
    keys, key_steps = key_plan(bound)
    pairs, steps = _written(bound, bound.described, pointing=_pointing(bound, 0))

    def row(one: Prepared) -> tuple[Value, ...]:
        return (*split_pk(str(one.former_pk), len(keys)), *one.image)

    plan = RowPlan(pairs=keys + pairs, steps=key_steps + steps, row=row)
    return plan, len(keys)


def _pointing(bound: Bound, offset: int) -> set[int]:
    places = [*bound.pointers, *bound.matched, *(place for _, place in bound.generic)]
    keys = set(range(offset))
    return keys | {place + offset for place in places}


def _written(
    bound: Bound, described: Sequence[FieldDescription], *, pointing: set[int]
) -> tuple[Pairs, tuple[One | None, ...]]:
    """Give columns with the steps from the wire, or from a pk's text."""
    columns = [bound.table.columns[one.name] for one in described]
    cells = bound.engine.writing(
        [(column, one.kind) for column, one in zip(columns, described, strict=True)],
        bound.connection.timezone_name,
    )
    steps = []
    for place, (one, cell) in enumerate(zip(described, cells, strict=True)):
        step = conversion(wire_cell(one), cell)
        steps.append(from_text(one.kind, step) if place in pointing else step)
    return list(zip(columns, cells, strict=True)), tuple(steps)


def from_text(kind: Kind, step: One | None) -> One:
    """Give the step from a pk as text to what a column takes."""

    def run(text: Value) -> Value:
        value = pk_as_value(kind, str(text))
        return value if step is None else step(value)

    return run


def _fills(
    bound: Bound, references: References
) -> list[tuple[FieldDescription, Value]]:
    """Give what new rows get in the columns that no peer sends."""
    found: list[tuple[FieldDescription, Value]] = []
    pk = bound.table.description.pk
    for described in bound.table.description.fields:
        if described.name in bound.places or described.name in pk:
            continue
        rule = bound.tracked.references.get(described.name)
        if rule is not None and rule.kind is ReferenceKind.FILL:
            pk_text = references.matched_pks(rule, [rule.fill]).get(rule.fill)
            found.append((described, pk_as_value(described.kind, pk_text)))
        elif rule is not None and rule.kind is ReferenceKind.NULL:
            found.append((described, None))
        elif not bound.table.columns[described.name].has_default:
            found.append((described, default_of(bound.table, described)))
    return found
