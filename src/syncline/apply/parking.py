"""Unique values that rows pass on to each other are set aside first."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from syncline.apply.inward import Prepared
from syncline.apply.rows import key_plan, wire_cell
from syncline.changes.conversion import conversion, convert_rows
from syncline.changes.kinds import Kind, Value
from syncline.engines.base import Column
from syncline.engines.capture import split_pk
from syncline.identity.bound import Bound

LAST_DAY = date(9999, 12, 31)
GREATEST = 2**31 - 1
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def park(bound: Bound, rows: Sequence[Prepared]) -> list[Prepared]:
    """Give rows that change a unique value another one for the moment.

    Returns:
        The rows that were written.
    """
    parked: list[Prepared] = []
    for names in bound.table.description.uniques:
        name = _parkable(bound, names)
        if name is None or not set(names) <= set(bound.fields):
            continue
        changing = [one for one in rows if _changes(bound, one, names)]
        if changing:
            _write(bound, name, changing)
            parked += changing
    return parked


def _parkable(bound: Bound, names: Sequence[str]) -> str | None:
    """Choose the field of a unique constraint that is easiest to park."""
    fields = [name for name in names if name in bound.places]
    for name in fields:
        if bound.table.columns[name].null:
            return name
    kinds = {name: bound.table.description.field(name).kind for name in fields}
    return next((name for name in fields if kinds[name] in PARKED), None)


def _changes(bound: Bound, one: Prepared, names: Sequence[str]) -> bool:
    parts = {bound.part_of(name) for name in names}
    former, values = one.decision.former, one.decision.split.values
    return any(former.get(part) != values.get(part) for part in parts)


def _write(bound: Bound, name: str, rows: Sequence[Prepared]) -> None:
    described = bound.table.description.field(name)
    column = bound.table.columns[name]
    keys, key_steps = key_plan(bound)
    [cell] = bound.engine.writing(
        [(column, described.kind)], bound.connection.timezone_name
    )
    values = [
        (
            *split_pk(str(one.former_pk), len(keys)),
            _value(column, described.kind, n, one),
        )
        for n, one in enumerate(rows)
    ]
    steps = (*key_steps, conversion(wire_cell(described), cell))
    bound.engine.update_rows(
        bound.connection,
        bound.table.description.table,
        keys,
        [(column, cell)],
        convert_rows(values, steps),
    )


PARKED = {Kind.TEXT, Kind.INTEGER, Kind.UUID, Kind.DATE, Kind.DATETIME, Kind.BINARY}
"""Kinds of which there are values that nobody uses."""


def _value(column: Column, kind: Kind, number: int, one: Prepared) -> Value:
    """Give a value that no row has: of the record's uid where it fits."""
    uid = one.decision.change.uid
    if column.null:
        return None
    if kind is Kind.TEXT:
        text = f"~{uid.hex()}"
        room = column.length_max or len(text)
        return text if len(text) <= room else _short(number, room)
    if kind is Kind.INTEGER:
        return (column.greatest or GREATEST) - number
    if kind is Kind.UUID:
        return str(UUID(bytes=uid))
    day = (LAST_DAY - timedelta(days=number + 1)).isoformat()
    if kind is Kind.DATE:
        return day
    return f"{day}T00:00:00.000000Z" if kind is Kind.DATETIME else uid


def _short(number: int, room: int) -> str:
    """Spell a number in few characters, of a kind that names rarely begin with."""
    text = ""
    while number or not text:
        number, digit = divmod(number, len(DIGITS))
        text = DIGITS[digit] + text
    return text.rjust(room, "~")
