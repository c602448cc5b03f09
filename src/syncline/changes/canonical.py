"""Rows so spelled that two databases' equal rows are equal tuples."""

from collections.abc import Callable, Iterator, Sequence
from ipaddress import ip_address
from typing import Any

from syncline.changes.conversion import One, conversion
from syncline.changes.kinds import Cell, Kind
from syncline.changes.spelling import canonical_json, instant, spell_datetime

Row = Sequence[Any]


def canonical_steps(
    cells: Sequence[Cell], kinds: Sequence[Kind] | None = None
) -> list[One | None]:
    """Compile, per column, the way to the canonical value.

    Args:
        cells: how the columns arrive.
        kinds: what the columns are compared as, where the two sides differ.
    """
    return [
        _step(cell, kinds[index] if kinds else cell.kind)
        for index, cell in enumerate(cells)
    ]


def canonical_rows(
    rows: Sequence[Row], cells: Sequence[Cell]
) -> Iterator[tuple[Any, ...]]:
    """Spell a batch canonically."""
    steps = canonical_steps(cells)
    for row in rows:
        yield tuple(
            value if value is None or step is None else step(value)
            for value, step in zip(row, steps, strict=True)
        )


def _step(cell: Cell, kind: Kind) -> One | None:
    steps = [conversion(cell, cell.as_wire()), _last(cell, kind)]
    present = [step for step in steps if step is not None]
    if len(present) < len(steps):
        return present[0] if present else None
    first, last = present
    return lambda value: last(first(value))


def _last(cell: Cell, kind: Kind) -> Callable[[Any], Any] | None:
    if cell.kind is Kind.NAIVE and kind is Kind.DATETIME:
        return lambda value: spell_datetime(instant(value, cell.zone))
    return LAST.get(kind)


def _plain_float(value: float) -> float | str:
    # Equal floats are equal tuples: no sign on zero, and NaN equals itself.
    return "NaN" if value != value else value + 0.0  # noqa: PLR0124 - NaN


def _plain_address(value: str) -> str:
    try:
        return str(ip_address(value))
    except ValueError:
        return value


def _plain_decimal(value: str) -> str:
    # SQLite keeps no minus on zero.
    return value.lstrip("-") if not value.strip("-0.") else value


LAST: dict[Kind, One] = {
    Kind.ADDRESS: _plain_address,
    Kind.DECIMAL: _plain_decimal,
    Kind.FLOAT: _plain_float,
    Kind.JSON: canonical_json,
}
