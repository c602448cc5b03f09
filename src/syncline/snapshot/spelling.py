"""Rows as lines of JSON, and back; strictly typed in both directions."""

from collections.abc import Callable, Sequence
from math import inf, isfinite, nan
from typing import Any

import msgspec

from syncline.changes.kinds import Kind
from syncline.engines.base import Row

SPECIAL = {"Infinity": inf, "-Infinity": -inf, "NaN": nan}
"""Floats that JSON cannot spell; msgspec alone would write null for them."""

TYPES: dict[Kind, Any] = {
    Kind.BINARY: bytes,
    Kind.BOOLEAN: bool,
    Kind.DURATION: int,
    Kind.FLOAT: float | str,
    Kind.INTEGER: int,
}
"""The types that a kind's wire form has in Python; `str` for all others."""

ENCODER = msgspec.json.Encoder()


class WrongType(ValueError):
    """A column holds a value of another type than its kind has."""

    def __init__(self, column: int, kind: Kind, types: set[type]) -> None:
        self.column, self.types = column, types
        found = ", ".join(sorted(type_.__name__ for type_ in types))
        super().__init__(f"{found} where {kind} is declared")


def row_encoder(
    kinds: Sequence[Kind], *, trusted: bool = False
) -> Callable[[Sequence[Row]], bytes]:
    """Compile the function that spells a batch of wire rows as lines.

    Args:
        kinds: of the columns.
        trusted: does the source enforce its columns' types? Then only floats that
            JSON cannot spell are looked for.
    """
    allowed = [_allowed(kind) for kind in kinds]
    floats = [index for index, kind in enumerate(kinds) if kind is Kind.FLOAT]

    def encode(rows: Sequence[Row]) -> bytes:
        if not rows:
            return b""
        if trusted and not floats:
            return ENCODER.encode_lines(rows)
        columns = list(zip(*rows, strict=True))
        for index, column in enumerate(columns):
            types = set(map(type, column))
            if not types <= allowed[index]:
                raise WrongType(index, kinds[index], types - allowed[index])
        if any(not all(map(isfinite, filter(None, columns[i]))) for i in floats):
            for index in floats:
                columns[index] = tuple(map(_spell_float, columns[index]))
            rows = list(zip(*columns, strict=True))
        return ENCODER.encode_lines(rows)

    return encode


def row_decoder(kinds: Sequence[Kind]) -> Callable[[bytes], Sequence[Row]]:
    """Compile the function that reads lines back; other types are refused."""
    types = tuple(TYPES.get(kind, str) | None for kind in kinds)
    decoder = msgspec.json.Decoder(tuple.__class_getitem__(types))
    floats = [index for index, kind in enumerate(kinds) if kind is Kind.FLOAT]

    def decode(data: bytes) -> Sequence[Row]:
        try:
            rows: list[Row] = decoder.decode_lines(data)
        except UnicodeDecodeError as error:
            raise msgspec.DecodeError(str(error)) from error
        if not any(type(row[i]) is str for row in rows for i in floats):
            return rows
        columns = list(zip(*rows, strict=True))
        for index in floats:
            columns[index] = tuple(map(_read_float, columns[index]))
        return list(zip(*columns, strict=True))

    return decode


def _allowed(kind: Kind) -> frozenset[type]:
    if kind is Kind.FLOAT:
        return frozenset({float, int, type(None)})
    return frozenset({TYPES.get(kind, str), type(None)})


def _spell_float(value: float | None) -> float | str | None:
    if value is None or isfinite(value):
        return value
    return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"  # noqa: PLR0124 - NaN


def _read_float(value: float | str | None) -> float | None:
    return SPECIAL[value] if isinstance(value, str) else value
