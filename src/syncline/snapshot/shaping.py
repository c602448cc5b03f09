"""The way of one model's rows from a source to a target, compiled once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncline.changes.conversion import One, can_convert, conversion, convert_rows
from syncline.changes.kinds import Cell, Form, Value
from syncline.engines.base import Row
from syncline.errors import ValueRefused
from syncline.snapshot.spelling import TYPES

CONVERSION_ERRORS = (
    ArithmeticError,
    AttributeError,
    IndexError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a converter may raise on a value that it cannot read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shaper:
    """Turns batches of a source's rows into rows for a target's writer."""

    label: str
    names: tuple[str, ...]
    """The fields in the order of a row."""

    steps: tuple[One | None, ...]
    pk: tuple[int, ...]
    """Where the primary key stands in a row."""

    whole_rows: tuple[Callable[[Sequence[Row]], Sequence[Row]], ...] = field(default=())
    """What needs more than one column, run before the columns are converted."""

    filled: tuple[Any, ...] = ()
    """What every row gets at its end, in the columns that the source lacks."""

    wants: tuple[Cell, ...] = ()
    """What the writer takes, where there is one; it tells which value is to blame."""

    def shape(self, rows: Sequence[Row]) -> Sequence[Row]:
        """Convert a batch.

        Raises:
            ValueRefused: one value cannot be converted.
        """
        for change in self.whole_rows:
            rows = change(rows)
        try:
            rows = convert_rows(rows, self.steps)
        except CONVERSION_ERRORS as error:
            raise self.refusal(rows, error) from error
        return [(*row, *self.filled) for row in rows] if self.filled else rows

    def refusal(self, rows: Sequence[Row], error: Exception) -> ValueRefused:
        """Find the value that stopped a batch."""
        for row in rows:
            for name, value, step in zip(self.names, row, self.steps, strict=True):
                if value is None or step is None:
                    continue
                try:
                    step(value)
                except CONVERSION_ERRORS as reason:
                    return self.refused(name, row, value, reason)
        for row in rows:
            for name, value, step, want in zip(
                self.names, row, self.steps, self.wants, strict=False
            ):
                if step is None and _is_other(want, value):
                    wrong = TypeError(f"it is no {want.kind}")
                    return self.refused(name, row, value, wrong)
        return self.refused(self.names[0], rows[0] if rows else (), "", error)

    def refused(
        self, name: str, row: Row, value: Value, reason: Exception
    ) -> ValueRefused:
        """Name the row that a value stands in."""
        key = [row[index] for index in self.pk if index < len(row)]
        return ValueRefused(
            field=f"{self.label}.{name}",
            pk=key[0] if len(key) == 1 else tuple(key),
            value=value,
            reason=str(reason) or type(reason).__name__,
        )


def _is_other(want: Cell, value: Value) -> bool:
    """Is a value of another type than a writer takes as it is?"""
    if value is None or want.form not in (Form.WIRE, Form.LOCAL, Form.HEX):
        return False
    return not isinstance(value, TYPES.get(want.kind, str))


def compile_step(
    source: Cell, target: Cell, middle: Sequence[One] = (), slow: One | None = None
) -> One | None:
    """Compile the way of one column.

    Args:
        source: how values arrive.
        target: how the writer wants them.
        middle: functions on wire values, run between the two; they may give None.
        slow: the field's own way between two storage types, wire to wire, used where
            no conversion leads from one kind to the other.
    """
    if slow is None and not middle:
        return conversion(source, target)
    wire_in = source.as_wire()
    wire_out = target.as_wire()
    steps = [conversion(source, wire_in), *middle]
    if slow is not None:
        steps.append(slow)
    elif can_convert(source.kind, target.kind):
        steps.append(conversion(wire_in, wire_out))
    steps.append(conversion(wire_out, target))
    return _chain([step for step in steps if step is not None])


def _chain(steps: Sequence[One]) -> One | None:
    def run(value: Value) -> Value:
        for step in steps:
            if value is None:
                return None
            value = step(value)
        return value

    return run if steps else None
