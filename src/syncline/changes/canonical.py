"""The last step to a value that is equal wherever it is equal: see `Kind`."""

from ipaddress import ip_address

from syncline.changes.conversion import One
from syncline.changes.kinds import Kind
from syncline.changes.spelling import canonical_json


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


def _plain_duration(value: int) -> int | str:
    # A digest takes 64 bits; an interval of PostgreSQL holds more microseconds.
    return value if value.bit_length() < 64 else str(value)  # noqa: PLR2004 - bits


LAST: dict[Kind, One] = {
    Kind.ADDRESS: _plain_address,
    Kind.DECIMAL: _plain_decimal,
    Kind.DURATION: _plain_duration,
    Kind.FLOAT: _plain_float,
    Kind.JSON: canonical_json,
}
