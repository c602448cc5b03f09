"""How PostgreSQL spells the columns of a key as text, and reads them back."""

from collections.abc import Sequence
from typing import Any

from syncline.engines.capture import PK_LENGTH_MAX
from syncline.engines.parts import Column
from syncline.engines.postgresql.columns import INTEGERS, PLAIN

TEXTS = frozenset({"character", "character varying", "text"})

TIMESTAMPS = {"timestamp with time zone": "+00", "timestamp without time zone": ""}
"""With the offset that goes behind a time of the type."""

DATE = (
    "CASE WHEN {0} >= '0001-01-01' AND {0} < '10000-01-01' "
    "THEN to_char({0}, 'YYYY-MM-DD') ELSE {0}::text END"
)
"""Not a plain cast, because that follows the session's DateStyle."""

OTHERS = frozenset({"cidr", "inet", "macaddr", "macaddr8", "numeric", "uuid"})

DAY_MICROSECONDS = 86_400_000_000
EPOCH_JULIAN = 2_440_588
"""The Julian day of 1970-01-01."""


def spelled(column: Column, value: str) -> str:
    """Give the SQL that spells a value (as SQL) of a column as text."""
    native = column.native
    if native in TIMESTAMPS:
        # A numeric, because infinity fits in no integer.
        return f"trunc(extract(epoch FROM {value}) * 1000000)::text"
    if native == "date":
        return f"({DATE.format(value)})"
    if native == "inet":
        return f"({PLAIN['inet'].replace('@', value)})"
    return f"{value}::text"


def exact(column: Column, value: str) -> str:
    """Give the SQL of a value of a key that is equal where its bytes are."""
    return f'{value} COLLATE "C"' if column.native in TEXTS else value


def array_type(column: Column) -> str:
    """Name the array that holds values of a column."""
    # Without its length, `character` would be one character.
    return "bpchar[]" if column.native == "character" else f"{column.native}[]"


def values(column: Column, texts: Sequence[str]) -> list[Any]:
    """Read texts that `spelled` has made, so that they fit into the array."""
    if column.native in INTEGERS:
        return [int(text) for text in texts]
    if column.native in TIMESTAMPS:
        return [_timestamp(text, TIMESTAMPS[column.native]) for text in texts]
    return list(texts)


def array(values: Sequence[Any]) -> str:
    """Spell an array, of the type that it is cast to or compared with.

    The driver looks at each value anew, which takes ten times as long.

    Args:
        values: one at least, and all of one type: bytes, integers or texts.
    """
    if isinstance(values[0], bytes):
        parts = [f'"\\\\x{value.hex()}"' for value in values]
    elif isinstance(values[0], int):
        parts = list(map(str, values))
    else:
        parts = [f'"{_escaped(value)}"' for value in values]
    return f"{{{','.join(parts)}}}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _timestamp(text: str, offset: str) -> str:
    """Spell microseconds by the Julian day, which has all of PostgreSQL's years."""
    if not text.lstrip("-").isdecimal():
        return text
    days, rest = divmod(int(text), DAY_MICROSECONDS)
    seconds, micros = divmod(rest, 1_000_000)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    clock = f"{hours:02}:{minutes:02}:{seconds % 60:02}.{micros:06}"
    return f"J{EPOCH_JULIAN + days} {clock}{offset}"


def trouble(column: Column) -> str:
    """Say why a column cannot be part of a key; empty if it can."""
    native = column.native
    if native in TEXTS:
        if 0 < (column.length_max or 0) <= PK_LENGTH_MAX:
            return ""
        return f"{column.name} may be longer than {PK_LENGTH_MAX} characters"
    if (
        native in OTHERS
        or native in INTEGERS
        or native in TIMESTAMPS
        or native == "date"
    ):
        return ""
    return f"{column.name} is {native}, of which no exact text can be made"
