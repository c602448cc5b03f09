"""From one form of a column to another: compiled once, then run column by column."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from syncline.changes.kinds import TEXTUAL, Cell, Form, Kind, Value
from syncline.changes.spelling import (
    MICROSECOND,
    instant,
    local,
    parse_date,
    parse_datetime,
    parse_time,
    spell_datetime,
    spell_decimal,
)

One = Callable[[Any], Any]
"""Converts one value that is not None."""

Factory = Callable[[Cell], One | None]
"""Makes a converter for a cell; None means that nothing needs doing."""


def conversion(source: Cell, target: Cell) -> One | None:
    """Compile the way from one cell to another; None where the value stays as it is.

    Raises:
        ValueError: no way leads from the source's kind to the target's.
    """
    if source == target:
        return None
    if source.kind == target.kind and _same_zone(source, target):
        if source.form is target.form and source.form not in OWN:
            return None
        if source.form in target.accepts:
            return target.accepts[source.form]
    steps = [
        step
        for step in (
            _reader(source),
            _between(source, target),
            _writer(target),
        )
        if step is not None
    ]
    return _chain(steps)


def can_convert(source: Kind, target: Kind) -> bool:
    """Does a way lead from one kind to another without a field's own conversion?"""
    return (
        source == target
        or {source, target} <= TEXTUAL - {Kind.NATIVE}
        or {source, target} == {Kind.DATETIME, Kind.NAIVE}
        or (source, target) in WIDENING
    )


def convert_rows(
    rows: Sequence[Sequence[Value]], steps: Sequence[One | None]
) -> Sequence[Sequence[Value]]:
    """Apply a compiled step per column to a batch of rows."""
    converted = [index for index, step in enumerate(steps) if step is not None]
    if not rows or not converted:
        return rows
    if len(converted) > FEW_COLUMNS:
        return _convert_columns(rows, steps)
    for index in converted:
        rows = _convert_column(rows, index, steps[index])
    return rows


FEW_COLUMNS = 2
"""Up to so many, rows are cut around a column; turning a whole batch costs more."""


def _convert_column(
    rows: Sequence[Sequence[Value]], index: int, step: One | None
) -> Sequence[Sequence[Value]]:
    if step is None:
        return rows
    after = index + 1
    return [
        row
        if (value := row[index]) is None
        else (*row[:index], step(value), *row[after:])
        for row in rows
    ]


def _convert_columns(
    rows: Sequence[Sequence[Value]], steps: Sequence[One | None]
) -> Sequence[Sequence[Value]]:
    columns: list[Iterable[Value]] = list(zip(*rows, strict=True))
    for index, step in enumerate(steps):
        if step is not None:
            columns[index] = [
                None if value is None else step(value) for value in columns[index]
            ]
    return list(zip(*columns, strict=True))


OWN = frozenset({Form.REAL, Form.NATIVE})
"""Forms that two databases may each mean differently."""


def _same_zone(source: Cell, target: Cell) -> bool:
    """Is the value's text the same on both sides, as far as zones and places go?"""
    if source.kind in (Kind.DATETIME, Kind.NAIVE):
        return source.zone == target.zone
    return source.kind is not Kind.DECIMAL or source.places == target.places


def _chain(steps: Sequence[One]) -> One | None:
    if not steps:
        return None
    if len(steps) == 1:
        return steps[0]
    first, *rest = steps

    def run(value: Value) -> Value:
        value = first(value)
        for step in rest:
            value = step(value)
        return value

    return run


def _reader(cell: Cell) -> One | None:
    """Give the step from a cell's form to the wire."""
    if cell.form is Form.WIRE:
        return None
    return cell.decode or READERS[cell.kind, cell.form](cell)


def _writer(cell: Cell) -> One | None:
    """Give the step from the wire to a cell's form."""
    if cell.form is Form.WIRE:
        return None
    return cell.encode or WRITERS[cell.kind, cell.form](cell)


def _between(source: Cell, target: Cell) -> One | None:
    """Give the step from one kind's wire form to another's."""
    if not can_convert(source.kind, target.kind):
        message = f"{source.kind} cannot become {target.kind}"
        raise ValueError(message)
    match source.kind, target.kind:
        case Kind.NAIVE, Kind.DATETIME:
            return lambda value: spell_datetime(instant(value, source.zone))
        case Kind.DATETIME, Kind.NAIVE:
            return lambda value: local(parse_datetime(value), target.zone).isoformat(
                "T", "microseconds"
            )
        case Kind.NAIVE, Kind.NAIVE if source.zone != target.zone:
            return lambda value: local(
                instant(value, source.zone), target.zone
            ).isoformat("T", "microseconds")
        case Kind.DECIMAL, Kind.DECIMAL if source.places != target.places:
            return lambda value: _rescaled(value, target.places)
    return WIDENING.get((source.kind, target.kind))


def _rescaled(value: str, places: int | None) -> str:
    """Spell a decimal with other places; refuse to lose digits."""
    number = Decimal(value)
    if not number.is_finite():
        return value
    spelled = spell_decimal(value, places)
    if Decimal(spelled) != number:
        message = f"{value} has more than {places} decimal places"
        raise ValueError(message)
    return spelled


def _exact_float(value: int) -> float:
    if int(float(value)) == value:
        return float(value)
    message = f"{value} has more digits than a float keeps"
    raise ValueError(message)


def _flag(value: int) -> bool:
    if value in (0, 1):
        return bool(value)
    message = f"{value} is neither 0 nor 1"
    raise ValueError(message)


WIDENING: dict[tuple[Kind, Kind], One] = {
    (Kind.BOOLEAN, Kind.INTEGER): int,
    (Kind.INTEGER, Kind.BOOLEAN): _flag,
    (Kind.INTEGER, Kind.DECIMAL): str,
    (Kind.INTEGER, Kind.FLOAT): _exact_float,
    (Kind.INTEGER, Kind.DURATION): int,
    (Kind.DURATION, Kind.INTEGER): int,
    (Kind.INTEGER, Kind.TEXT): str,
    (Kind.UUID, Kind.TEXT): lambda value: value.replace("-", ""),
    (Kind.TEXT, Kind.UUID): lambda value: str(UUID(value)),
}
"""Kinds that may stand for another without loss; anything else needs the field."""


WHOLE_SECONDS = len("2000-01-01 00:00:00")


def _from_local(cell: Cell) -> One:
    zone = cell.zone
    if zone != "UTC":
        return lambda value: spell_datetime(instant(value, zone))
    read = datetime.fromisoformat

    def step(value: str) -> str:
        try:
            moment = read(value)
        except ValueError:
            return spell_datetime(instant(value, "UTC"))
        if len(value) == WHOLE_SECONDS and value[7] == "-" and value[16] == ":":
            # Plain ISO of whole seconds: cutting it is a third of spelling it anew.
            return f"{value[:10]}T{value[11:]}.000000Z"
        if moment.tzinfo is not None:
            moment = moment.astimezone(UTC).replace(tzinfo=None)
        return moment.isoformat("T", "microseconds") + "Z"

    return step


def _to_local(cell: Cell) -> One:
    zone = cell.zone
    if zone != "UTC":
        return lambda value: str(local(parse_datetime(value), zone))
    read = datetime.fromisoformat
    return lambda value: str(read(value).replace(tzinfo=None))


def microseconds(value: timedelta) -> int:
    """Give a duration as a whole number of microseconds."""
    return value // MICROSECOND


def _plain(step: One) -> Factory:
    return lambda _: step


READERS: dict[tuple[Kind, Form], Factory] = {
    (Kind.BOOLEAN, Form.FLAG): _plain(_flag),
    (Kind.DECIMAL, Form.REAL): lambda cell: (
        lambda value: spell_decimal(value, cell.places)
    ),
    (Kind.DATE, Form.LOCAL): _plain(lambda value: parse_date(value).isoformat()),
    (Kind.TIME, Form.LOCAL): _plain(
        lambda value: parse_time(value).isoformat("microseconds")
    ),
    (Kind.DATETIME, Form.LOCAL): _from_local,
    (Kind.NAIVE, Form.LOCAL): _plain(
        lambda value: parse_datetime(value).isoformat("T", "microseconds")
    ),
    (Kind.UUID, Form.HEX): _plain(
        lambda v: (
            f"{v[:8]}-{v[8:12]}-{v[12:16]}-{v[16:20]}-{v[20:]}"
            if len(v) == 32  # noqa: PLR2004 - digits of a UUID
            else str(UUID(v))
        )
    ),
}
"""From an engine's form to the wire."""

WRITERS: dict[tuple[Kind, Form], Factory] = {
    (Kind.BOOLEAN, Form.FLAG): _plain(int),
    (Kind.DECIMAL, Form.REAL): lambda _: None,
    (Kind.DATE, Form.LOCAL): _plain(lambda value: str(date.fromisoformat(value))),
    (Kind.TIME, Form.LOCAL): _plain(lambda value: str(parse_time(value))),
    (Kind.DATETIME, Form.LOCAL): _to_local,
    (Kind.NAIVE, Form.LOCAL): _plain(lambda value: str(parse_datetime(value))),
    (Kind.UUID, Form.HEX): _plain(lambda value: value.replace("-", "")),
}
"""From the wire to an engine's form."""
