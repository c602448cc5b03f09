"""What SQLite's columns are: their declared type, and what Django keeps in it."""

import re
from typing import Any

from syncline.changes.kinds import Kind
from syncline.engines.base import Column
from syncline.engines.shapes import TYPES, refused_if_empty

DECLARED = re.compile(r"([^()]*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*([^()]*)$")

HIDDEN_GENERATED = (2, 3)
"""`hidden` of PRAGMA table_xinfo for virtual and stored generated columns."""

INTEGER_RANGE = (-(2**63), 2**63 - 1)

KINDS: dict[str, tuple[Kind, frozenset[Kind]]] = {
    "bool": (Kind.BOOLEAN, frozenset()),
    "date": (Kind.DATE, frozenset()),
    "datetime": (Kind.NAIVE, frozenset({Kind.DATETIME})),
    "decimal": (Kind.DECIMAL, frozenset()),
    "geometry": (Kind.GEOMETRY, frozenset()),
    "time": (Kind.TIME, frozenset()),
}
"""Declared types that Django uses, with what else a field may mean by them."""

AFFINITIES: tuple[tuple[tuple[str, ...], Kind, frozenset[Kind]], ...] = (
    (("int",), Kind.INTEGER, frozenset({Kind.DURATION, Kind.BOOLEAN})),
    (
        ("char", "clob", "text"),
        Kind.TEXT,
        frozenset({Kind.UUID, Kind.JSON, Kind.ADDRESS}),
    ),
    (("blob",), Kind.BINARY, frozenset()),
    (("real", "floa", "doub"), Kind.FLOAT, frozenset()),
)
"""The rules of "Datatypes In SQLite", section 3.1, in their order."""


def describe(row: tuple[Any, ...], *, spatial: bool = False) -> Column:
    """Describe a column from a row of PRAGMA table_xinfo.

    Args:
        row: what SQLite says.
        spatial: does SpatiaLite look after this database?
    """
    _, name, declared, not_null, default, in_key, hidden = row
    match = DECLARED.match(declared.lower().strip())
    base, first, second, rest = match.groups() if match else (declared, None, None, "")
    native = f"{base} {rest}".strip()
    is_decimal = native in {"decimal", "numeric"}
    least, greatest = INTEGER_RANGE
    if spatial and native in TYPES:
        # Else POINT would be an integer, for the letters in its middle.
        return Column(
            name=name,
            native="geometry",
            null=not not_null,
            refuses=refused_if_empty,
            refuses_odd=True,
        )
    return Column(
        name=name,
        native=native,
        null=not not_null and not in_key,
        digits=int(first) if first and is_decimal else None,
        places=int(second) if second else None,
        least=least if "int" in native else None,
        greatest=greatest if "int" in native else None,
        generated=hidden in HIDDEN_GENERATED,
        has_default=default is not None,
    )


def kind_of(column: Column, logical: Kind | None) -> Kind:
    """Say what a column's values are, given what the field says they mean."""
    physical, others = KINDS.get(column.native) or _by_affinity(column.native)
    return logical if logical is not None and logical in others else physical


def _by_affinity(native: str) -> tuple[Kind, frozenset[Kind]]:
    for parts, physical, others in AFFINITIES:
        if any(part in native for part in parts):
            return physical, others
    return Kind.DECIMAL, frozenset()
