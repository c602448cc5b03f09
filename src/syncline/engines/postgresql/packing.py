"""Values in PostgreSQL's binary format, as COPY takes them ("COPY", Binary Format).

Each function takes a wire value, or the local text that SQLite and MariaDB keep.
"""

import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_interface
from typing import Any
from uuid import UUID

from syncline.changes.kinds import Form, Kind
from syncline.changes.spelling import (
    parse_date,
    parse_datetime,
    parse_time,
)
from syncline.engines.shapes import pack_extended

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
NAIVE_EPOCH = EPOCH.replace(tzinfo=None)
read_iso = datetime.fromisoformat
EPOCH_DAY = date(2000, 1, 1).toordinal()
DAY_MICROSECONDS = 86_400_000_000

pack_count = struct.Struct(">q").pack
pack_days = struct.Struct(">i").pack
pack_interval = struct.Struct(">qii").pack
pack_digits = struct.Struct(">hhHh").pack

NUMERIC_BASE_DIGITS = 4
NUMERIC_NEGATIVE = 0x4000
NUMERIC_SPECIAL = {
    ("n", 0): 0xC000,
    ("n", 1): 0xC000,
    ("F", 0): 0xD000,
    ("F", 1): 0xF000,
}
"""Not a number, and the infinities (src/backend/utils/adt/numeric.c)."""

FAMILY_4, FAMILY_6 = 2, 3
"""PGSQL_AF_INET and PGSQL_AF_INET6 (src/include/utils/inet.h)."""


def pack_instant(text: str) -> bytes:
    """Pack a timestamptz: microseconds since 2000-01-01 UTC."""
    try:
        moment = read_iso(text)
    except ValueError:
        moment = parse_datetime(text)
    return _pack_since(moment - (NAIVE_EPOCH if moment.tzinfo is None else EPOCH))


def pack_naive(text: str) -> bytes:
    """Pack a timestamp without time zone."""
    return _pack_since(parse_datetime(text) - NAIVE_EPOCH)


def _pack_since(passed: timedelta) -> bytes:
    # Adding its parts is a third of the time of dividing by a microsecond.
    seconds = passed.days * 86_400 + passed.seconds
    return pack_count(seconds * 1_000_000 + passed.microseconds)


def pack_date(text: str) -> bytes:
    """Pack a date: days since 2000-01-01."""
    return pack_days(parse_date(text).toordinal() - EPOCH_DAY)


def pack_time(text: str) -> bytes:
    """Pack a time of day: microseconds since midnight."""
    clock = parse_time(text)
    seconds = (clock.hour * 60 + clock.minute) * 60 + clock.second
    return pack_count(seconds * 1_000_000 + clock.microsecond)


def pack_duration(value: int) -> bytes:
    """Pack an interval: microseconds, days, months; as Django's timedelta does."""
    days, rest = divmod(value, DAY_MICROSECONDS)
    return pack_interval(rest, days, 0)


def pack_decimal(text: str) -> bytes:
    """Pack a numeric: count, weight, sign, scale, then digits to the base 10,000."""
    sign, digits, exponent = Decimal(text).as_tuple()
    if not isinstance(exponent, int):
        return pack_digits(0, 0, NUMERIC_SPECIAL[exponent, sign], 0)
    spelled = "".join(map(str, digits))
    if exponent > 0:
        spelled, exponent = spelled + "0" * exponent, 0
    scale = -exponent
    spelled = spelled.rjust(scale, "0")
    whole, fraction = spelled[: len(spelled) - scale], spelled[len(spelled) - scale :]
    whole = whole.rjust(
        -(-len(whole) // NUMERIC_BASE_DIGITS) * NUMERIC_BASE_DIGITS, "0"
    )
    fraction = fraction.ljust(
        -(-len(fraction) // NUMERIC_BASE_DIGITS) * NUMERIC_BASE_DIGITS, "0"
    )
    both = whole + fraction
    groups = [
        int(both[start : start + NUMERIC_BASE_DIGITS])
        for start in range(0, len(both), NUMERIC_BASE_DIGITS)
    ]
    weight = len(whole) // NUMERIC_BASE_DIGITS - 1
    while groups and groups[0] == 0:
        groups, weight = groups[1:], weight - 1
    while groups and groups[-1] == 0:
        groups.pop()
    flag = NUMERIC_NEGATIVE if sign and groups else 0
    header = pack_digits(len(groups), weight if groups else 0, flag, scale)
    return header + struct.pack(f">{len(groups)}h", *groups)


def pack_address(text: str) -> bytes:
    """Pack an inet: family, prefix, is_cidr, length, address."""
    address = ip_interface(text)
    family = FAMILY_4 if address.version == 4 else FAMILY_6  # noqa: PLR2004 - IPv4
    packed = address.packed
    return bytes((family, address.network.prefixlen, 0, len(packed))) + packed


def pack_uuid(text: str) -> bytes:
    """Pack a UUID from any spelling."""
    return UUID(text).bytes


def pack_jsonb(text: str) -> bytes:
    """Pack a jsonb: version 1, then the text."""
    return b"\x01" + text.encode()


def pack_json(text: str) -> bytes:
    """Pack a json: just its text."""
    return text.encode()


Packer = Callable[[Any], bytes]

PACKERS: dict[str, tuple[Kind, str, Packer, tuple[Form, ...]]] = {
    "date": (Kind.DATE, "date_send", pack_date, (Form.LOCAL,)),
    "geography": (Kind.GEOMETRY, "geography_send", pack_extended, ()),
    "geometry": (Kind.GEOMETRY, "geometry_send", pack_extended, ()),
    "inet": (Kind.ADDRESS, "inet_send", pack_address, ()),
    "interval": (Kind.DURATION, "interval_send", pack_duration, ()),
    "json": (Kind.JSON, "json_send", pack_json, ()),
    "jsonb": (Kind.JSON, "jsonb_send", pack_jsonb, ()),
    "numeric": (Kind.DECIMAL, "numeric_send", pack_decimal, ()),
    "time without time zone": (Kind.TIME, "time_send", pack_time, (Form.LOCAL,)),
    "timestamp with time zone": (
        Kind.DATETIME,
        "timestamptz_send",
        pack_instant,
        (Form.LOCAL,),
    ),
    "timestamp without time zone": (
        Kind.NAIVE,
        "timestamp_send",
        pack_naive,
        (Form.LOCAL,),
    ),
    "uuid": (Kind.UUID, "uuid_send", pack_uuid, (Form.HEX,)),
}
"""By type: what it holds, the function that sends it, ours that packs it, and the
other forms that ours takes."""
