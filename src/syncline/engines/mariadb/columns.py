"""What MariaDB's columns are, and how each is best selected."""

import re
from collections.abc import Callable, Collection
from typing import Any

from syncline.changes.documents import LEVELS_MAX
from syncline.changes.kinds import Cell, Form, Kind
from syncline.engines.base import Column, Wanted
from syncline.engines.documents import refused_document
from syncline.engines.shapes import TYPES, pack_prefixed, refused_if_deep

COLUMNS_SQL = """
SELECT column_name, column_type, data_type, is_nullable, character_maximum_length,
       numeric_precision, numeric_scale, datetime_precision, extra, column_default,
       character_octet_length, generation_expression
FROM information_schema.columns
WHERE table_schema = DATABASE() AND table_name = %s
ORDER BY ordinal_position
"""

CHECKS_SQL = """
SELECT check_clause FROM information_schema.check_constraints
WHERE constraint_schema = DATABASE() AND table_name = %s
"""

JSON_TYPE = "longtext"
"""What JSON is an alias of, with a check ("JSON Data Type")."""

JSON_CHECK = re.compile(r"json_valid\(`(.+)`\)")

INTEGER_BITS = {"tinyint": 8, "smallint": 16, "mediumint": 24, "int": 32, "bigint": 64}

TEXTS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext"})
BYTES = frozenset({"binary", "varbinary", "tinyblob", "blob", "mediumblob", "longblob"})

SIMPLE: dict[str, tuple[Kind, frozenset[Kind]]] = {
    **dict.fromkeys(
        INTEGER_BITS, (Kind.INTEGER, frozenset({Kind.BOOLEAN, Kind.DURATION}))
    ),
    **dict.fromkeys(
        TEXTS, (Kind.TEXT, frozenset({Kind.UUID, Kind.JSON, Kind.ADDRESS}))
    ),
    **dict.fromkeys(BYTES, (Kind.BINARY, frozenset())),
    "date": (Kind.DATE, frozenset()),
    "datetime": (Kind.NAIVE, frozenset({Kind.DATETIME})),
    "decimal": (Kind.DECIMAL, frozenset()),
    "double": (Kind.FLOAT, frozenset()),
    "float": (Kind.FLOAT, frozenset()),
    **dict.fromkeys(TYPES, (Kind.GEOMETRY, frozenset())),
    "inet6": (Kind.ADDRESS, frozenset()),
    "time": (Kind.TIME, frozenset()),
    "uuid": (Kind.UUID, frozenset()),
}


UUID_PROBE = "SELECT CAST('00000000-0000-8000-8000-000000000000' AS UUID)"
"""NULL on servers whose uuid type refuses some valid values."""

REFUSED_FROM = 0x80


def refused_uuid(value: str) -> str:
    """Say what is wrong with a UUID for such a server; tried for all byte pairs."""
    digits = value.replace("-", "")
    version, variant = int(digits[12:14], 16), int(digits[16:18], 16)
    if version >= REFUSED_FROM and 0 < variant <= REFUSED_FROM:
        return "that this server's uuid type refuses"
    return ""


def describe(
    row: tuple[Any, ...],
    *,
    documents: Collection[str] = (),
    uuid_fault: bool = False,
) -> Column:
    """Describe a column from a row of COLUMNS_SQL.

    Args:
        row: what the server says.
        documents: the names of the columns that take JSON only.
        uuid_fault: does the server refuse some UUIDs?
    """
    name, full, native, null, length, digits, places, fraction, extra = row[:9]
    default, octets, generation = row[9:]
    is_json = name in documents
    least = greatest = None
    if native in INTEGER_BITS:
        bits = INTEGER_BITS[native]
        unsigned = "unsigned" in full
        least = 0 if unsigned else -(2 ** (bits - 1))
        greatest = 2**bits - 1 if unsigned else 2 ** (bits - 1) - 1
    is_decimal = native == "decimal"
    return Column(
        name=name,
        native=native,
        null=null == "YES",
        length_max=length if native in TEXTS | BYTES else None,
        bytes_max=octets if native in TEXTS else None,
        digits=digits if is_decimal else None,
        places=places if is_decimal else fraction,
        least=least,
        greatest=greatest,
        generated=bool(generation),
        has_default=default is not None or "auto_increment" in extra,
        refuses=_refusal(native, is_json=is_json, uuid_fault=uuid_fault),
        refuses_odd=is_json or native in TYPES,
    )


def _refusal(
    native: str, *, is_json: bool, uuid_fault: bool
) -> Callable[[Any], str] | None:
    if is_json:
        return refused_document(LEVELS_MAX)
    if native in TYPES:
        return refused_if_deep
    return refused_uuid if uuid_fault and native == "uuid" else None


def kind_of(column: Column, logical: Kind | None) -> Kind:
    """Say what a column's values are, given what the field says they mean."""
    physical, others = SIMPLE.get(column.native, (Kind.NATIVE, frozenset()))
    return logical if logical is not None and logical in others else physical


def select(name: str, wanted: Wanted, zone: str) -> tuple[str, Form]:
    """Give the SQL that selects a column, and the form in which it arrives."""
    kind, form = wanted.kind, wanted.form
    if kind is Kind.UUID:
        return name, Form.WIRE if wanted.column.native == "uuid" else Form.HEX
    if kind is Kind.GEOMETRY:
        return f"CONCAT(ST_SRID({name}), ';', HEX(ST_AsWKB({name})))", Form.WIRE
    if kind is Kind.DATETIME and zone != "UTC":
        form = Form.LOCAL  # Only Python tells the instants of another zone.
    for one in (form or Form.WIRE, Form.WIRE, Form.LOCAL):
        sql = SELECTED.get((kind, one))
        if sql is not None:
            return sql.replace("@", name), one
    return name, Form.FLAG if kind is Kind.BOOLEAN else Form.WIRE


WHOLE = "IF(MICROSECOND(@) = 0, {0}, CAST(@ AS CHAR))"
"""Django's spelling on SQLite: no fraction, or all six digits of it."""

LOCAL = WHOLE.format("DATE_FORMAT(@, '%Y-%m-%d %H:%i:%s')")

SELECTED = {
    (Kind.DATE, Form.LOCAL): "DATE_FORMAT(@, '%Y-%m-%d')",
    (Kind.DATE, Form.WIRE): "DATE_FORMAT(@, '%Y-%m-%d')",
    (Kind.DATETIME, Form.LOCAL): LOCAL,
    (Kind.DATETIME, Form.WIRE): "DATE_FORMAT(@, '%Y-%m-%dT%H:%i:%s.%fZ')",
    (Kind.NAIVE, Form.LOCAL): LOCAL,
    (Kind.NAIVE, Form.WIRE): "DATE_FORMAT(@, '%Y-%m-%dT%H:%i:%s.%f')",
    (Kind.TIME, Form.LOCAL): WHOLE.format("TIME_FORMAT(@, '%H:%i:%s')"),
    (Kind.TIME, Form.WIRE): "TIME_FORMAT(@, '%H:%i:%s.%f')",
}
"""How dates and times are spelled by the server; all else arrives as it is."""


def written_cell(column: Column, kind: Kind, zone: str) -> Cell:
    """Give the cell that LOAD DATA and INSERT take for a column."""
    form = {
        Kind.BOOLEAN: Form.FLAG,
        Kind.DATETIME: Form.LOCAL,
        Kind.GEOMETRY: Form.NATIVE,
        Kind.NAIVE: Form.LOCAL,
        Kind.UUID: Form.WIRE if column.native == "uuid" else Form.HEX,
    }.get(kind, Form.WIRE)
    return Cell(
        kind=kind,
        form=form,
        zone=zone if kind in (Kind.DATETIME, Kind.NAIVE) else "UTC",
        places=column.places if kind is Kind.DECIMAL else None,
        encode=pack_prefixed if kind is Kind.GEOMETRY else None,
    )
