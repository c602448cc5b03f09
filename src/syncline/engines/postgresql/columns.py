"""What PostgreSQL's columns are, and how each is best selected."""

from typing import Any

from syncline.changes.kinds import Cell, Form, Kind
from syncline.engines.base import Column, Wanted
from syncline.engines.documents import refused_document
from syncline.engines.postgresql.packing import DAY_MICROSECONDS, PACKERS

COLUMNS_SQL = """
SELECT a.attname, format_type(a.atttypid, NULL), a.atttypmod, a.attnotnull,
       a.attgenerated, a.atthasdef OR a.attidentity <> ''
FROM pg_attribute a
WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum
"""

INTEGERS = {
    "smallint": (-(2**15), 2**15 - 1),
    "integer": (-(2**31), 2**31 - 1),
    "bigint": (-(2**63), 2**63 - 1),
}

RANGES = {
    **INTEGERS,
    "interval": (-(2**31) * DAY_MICROSECONDS, 2**31 * DAY_MICROSECONDS - 1),
}
"""What columns of a type hold of our integers; an interval keeps days by themselves."""

SIMPLE = {
    **dict.fromkeys(INTEGERS, Kind.INTEGER),
    "boolean": Kind.BOOLEAN,
    "bytea": Kind.BINARY,
    "character": Kind.TEXT,
    "character varying": Kind.TEXT,
    "double precision": Kind.FLOAT,
    "real": Kind.FLOAT,
    "text": Kind.TEXT,
}

OTHERS = {
    "character": frozenset({Kind.UUID}),
    "text": frozenset({Kind.JSON}),
}
"""What else a field may keep in a simple type."""

TYPMOD_HEADER = 4
TYPMOD_SCALE_MASK = 0x7FF


def describe(row: tuple[Any, ...]) -> Column:
    """Describe a column from a row of COLUMNS_SQL."""
    name, full, modifier, not_null, generated, has_default = row
    # PostGIS may live in a schema of its own.
    native = full.rpartition(".")[2]
    length = digits = places = None
    if modifier >= TYPMOD_HEADER:
        if native.startswith("character"):
            length = modifier - TYPMOD_HEADER
        elif native == "numeric":
            digits = (modifier - TYPMOD_HEADER) >> 16
            places = (modifier - TYPMOD_HEADER) & TYPMOD_SCALE_MASK
    least, greatest = RANGES.get(native, (None, None))
    is_json = native in {"json", "jsonb"}
    return Column(
        name=name,
        native=native,
        null=not not_null,
        length_max=length,
        digits=digits,
        places=places,
        least=least,
        greatest=greatest,
        generated=bool(generated.strip("\0 ")),
        has_default=has_default,
        refuses=refused_document(None) if is_json else None,
        refuses_odd=is_json,
    )


def kind_of(column: Column, logical: Kind | None) -> Kind:
    """Say what a column's values are, given what the field says they mean."""
    if column.native in PACKERS:
        return PACKERS[column.native][0]
    if logical in OTHERS.get(column.native, frozenset()):
        return logical
    return SIMPLE.get(column.native, Kind.NATIVE)


def select(name: str, wanted: Wanted) -> tuple[str, Form]:
    """Give the SQL that selects a column in the form hoped for, or near it."""
    native, form = wanted.column.native, wanted.form
    if form is Form.PACKED and wanted.native == native and native in PACKERS:
        return f"{PACKERS[native][1]}({name})", Form.PACKED
    hoped = HOPED.get((native, form)) if form is not None else None
    if hoped is not None and (native != TIMESTAMPTZ or wanted.zone == "UTC"):
        return hoped.replace("@", name), form or Form.WIRE
    plain = Form.NATIVE if native == "interval" else Form.WIRE
    return PLAIN.get(native, "@::text").replace("@", name), plain


SHAPE = "ST_SRID({0}) || ';' || upper(encode(ST_AsBinary({0}, 'NDR'), 'hex'))"
TIMESTAMPTZ = "timestamp with time zone"
TIMESTAMP = "timestamp without time zone"
TIME = "time without time zone"
UTC = "(@ AT TIME ZONE 'UTC')"
ISO = "to_char({0}, 'YYYY-MM-DD\"T\"HH24:MI:SS.US{1}')"

WHOLE = (
    "CASE WHEN date_trunc('second', {0}) = {0} THEN to_char({0}, '{1}') "
    "ELSE to_char({0}, '{1}.US') END"
)
"""Django's spelling on other engines: no fraction, or all six digits of it."""

IN_CALENDAR = (
    "CASE WHEN @ >= '0001-01-01' AND @ < '10000-01-01' THEN {} ELSE @::text END"
)
"""to_char() spells infinity as nothing and 44 BC as 44: Python has neither year."""

DURATION = (
    "((EXTRACT(year FROM @) * 365 + EXTRACT(month FROM @) * 30 + EXTRACT(day FROM @))"
    f" * {DAY_MICROSECONDS} + EXTRACT(hour FROM @) * 3600000000"
    " + EXTRACT(minute FROM @) * 60000000 + EXTRACT(microseconds FROM @))"
)
"""Microseconds, months and years as long as psycopg reads them; a numeric, because
an interval holds more of them than 64 bits."""

PLAIN = {
    **dict.fromkeys(INTEGERS, "@"),
    "boolean": "@",
    "bytea": "@",
    "character varying": "@",
    "date": "@::text",
    "double precision": "@",
    "inet": (
        "CASE WHEN masklen(@) = CASE family(@) WHEN 4 THEN 32 ELSE 128 END "
        "THEN host(@) ELSE @::text END"
    ),
    "geography": SHAPE.format("@::geometry"),
    "geometry": SHAPE.format("@"),
    "interval": DURATION,
    "real": "@::float8",
    "text": "@",
    TIME: "to_char(@, 'HH24:MI:SS.US')",
    TIMESTAMP: IN_CALENDAR.format(ISO.format("@", "")),
    TIMESTAMPTZ: IN_CALENDAR.format(ISO.format(UTC, '"Z"')),
}
"""How each type gives the wire's spelling; all others travel as their text."""

HOPED = {
    ("boolean", Form.FLAG): "@::int4",
    ("date", Form.LOCAL): "@::text",
    (TIME, Form.LOCAL): WHOLE.format("@::interval", "HH24:MI:SS"),
    (TIMESTAMP, Form.LOCAL): IN_CALENDAR.format(
        WHOLE.format("@", "YYYY-MM-DD HH24:MI:SS")
    ),
    (TIMESTAMPTZ, Form.LOCAL): IN_CALENDAR.format(
        WHOLE.format(UTC, "YYYY-MM-DD HH24:MI:SS")
    ),
    ("uuid", Form.HEX): "replace(@::text, '-', '')",
}
"""How some types give another engine's spelling at once."""


def packed_cell(kind: Kind, column: Column, zone: str) -> Cell:
    """Give the cell of the binary COPY for a type that we pack ourselves."""
    _, _, packer, accepted = PACKERS[column.native]
    return Cell(
        kind=kind,
        form=Form.PACKED,
        zone=zone,
        places=column.places if kind is Kind.DECIMAL else None,
        native=column.native,
        encode=packer,
        accepts=dict.fromkeys(accepted, packer),
    )
