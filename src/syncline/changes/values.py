"""Values between their wire form and what a model's attribute holds. Pure.

What a project brings, such as merge rules and transforms, works on the latter.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from syncline.changes.conversion import One
from syncline.changes.kinds import Kind, Value
from syncline.changes.spelling import (
    MICROSECOND,
    WIDE_CONTEXT,
    instant,
    spell_datetime,
    spell_decimal,
)

READ: Mapping[Kind, One] = {
    Kind.DATE: date.fromisoformat,
    Kind.DATETIME: datetime.fromisoformat,
    Kind.DECIMAL: WIDE_CONTEXT.create_decimal,
    Kind.DURATION: lambda value: timedelta(microseconds=value),
    Kind.JSON: json.loads,
    Kind.NAIVE: datetime.fromisoformat,
    Kind.TIME: time.fromisoformat,
    Kind.UUID: UUID,
}
"""From the wire; kinds that are not here are as they are."""

WRITE: Mapping[Kind, Callable[[Value, int | None], Value]] = {
    Kind.DATE: lambda value, _: value.isoformat(),
    Kind.DATETIME: lambda value, _: spell_datetime(instant(str(value), "UTC")),
    Kind.DECIMAL: spell_decimal,
    Kind.DURATION: lambda value, _: value // MICROSECOND,
    Kind.JSON: lambda value, _: json.dumps(value),
    Kind.NAIVE: lambda value, _: value.isoformat("T", "microseconds"),
    Kind.TIME: lambda value, _: value.isoformat("microseconds"),
    Kind.UUID: lambda value, _: str(value),
}
"""Back to the wire, with the decimal places of the field."""


class Spelling(NamedTuple):
    """How values of one field, or of a group of them, are read and written."""

    read: One
    write: One


def spelling_of(kind: Kind, places: int | None = None) -> Spelling:
    """Give how a field's values are spelled; NULL is None on both sides."""
    read, write = READ.get(kind), WRITE.get(kind)
    if read is None or write is None:
        return PLAIN
    return Spelling(
        lambda value: None if value is None else read(value),
        lambda value: None if value is None else write(value, places),
    )


def spelling_of_group(spellings: Sequence[Spelling]) -> Spelling:
    """Give how tuples of values are spelled."""
    return Spelling(
        lambda values: tuple(
            each.read(value) for each, value in zip(spellings, values, strict=True)
        ),
        lambda values: tuple(
            each.write(value) for each, value in zip(spellings, values, strict=True)
        ),
    )


def _same(value: Value) -> Value:
    return value


PLAIN = Spelling(_same, _same)
