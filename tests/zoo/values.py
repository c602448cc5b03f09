"""Values at the edges of each field type."""

import datetime as dt
import math
import uuid
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import JSONField, Value

from tests.zoo.models import Everything

TEXTS = [
    "",
    " ",
    "plain",
    "NULL",
    r"\N",
    "\\",
    r"\\N\t\n\.",
    "\\.",
    "trailing ",
    " leading",
    "'single' \"double\" `back`",
    "semi;colon, comma | pipe",
    "%s %(x)s {} $1 ?",
    "tab\there",
    "line\nfeed",
    "carriage\rreturn",
    "both\r\n",
    "\x0b\x0c\x08\x1a\x1b\x7f",
    "\u0085\u2028\u2029\ufeff\u200b",
    "\x01\x02\x1e\x1f",
    "\u00e9 and e\u0301",
    "🦒 👩‍👩‍👧 \U0001d518",
    "\U0010ffff\ufffd\uffff",
    "مرحبا שלום 日本語 ไทย",
    "İıſßẞ",
    "-1",
    "1e400",
    "0001-01-01",
    "true",
    "<a href='x'>&amp;</a>",
]
"""Text that some reader, writer or collation somewhere gets wrong; none with NUL."""

LONG_TEXT = "A long text, é 🦒\n" * 6_000
"""More than 100 KB."""

BYTES = [
    b"",
    b"\x00",
    bytes(range(256)),
    bytes(reversed(range(256))),
    b"\\x41",
    rb"\N",
    b"\\000",
    b"\r\n\t\x1a\\'\"",
    "é".encode("latin-1"),
    b"\xff\xfe" * 60_000,
]

FLOATS = [
    0.0,
    -0.0,
    0.1,
    -1 / 3,
    1e16,
    -123456789.123456789,
    1e308,
    math.nextafter(math.inf, 0),
    -math.nextafter(math.inf, 0),
    2.2250738585072014e-308,
    5e-324,
    -5e-324,
    math.pi,
    2.0**53 + 2,
    math.nextafter(1, 2),
]


def instant(year, month, day, *rest):
    """Return a datetime in UTC, or a naive one when the project has no time zones."""
    moment = dt.datetime(year, month, day, *rest)  # noqa: DTZ001
    return moment.replace(tzinfo=dt.UTC) if settings.USE_TZ else moment


def scaled(number, shift):
    """Return number * 10**shift, exactly: Decimal.scaleb rounds to 28 digits."""
    return Decimal(f"{number}e{shift}")


def size_of(name) -> int:
    """Return how many characters a text field of Everything takes."""
    field: Any = Everything._meta.get_field(name)
    return int(field.max_length)


def digits_of(name) -> tuple[int, int]:
    """Return the digits and decimal places of a decimal field of Everything."""
    field: Any = Everything._meta.get_field(name)
    return field.max_digits, field.decimal_places


def values_by_field(limits):
    """Return the values for each field of Everything that `limits` allow."""
    values = {
        "binary": BYTES,
        "boolean": [True, False],
        "date": _DATES,
        "date_time": _instants(limits),
        "duration": _durations(limits),
        "floating": FLOATS,
        "ip": [*_ADDRESSES_V4, *_ADDRESSES_V6],
        "ip_v4": _ADDRESSES_V4,
        "json": _jsons(limits),
        "text": [*TEXTS, LONG_TEXT],
        "time": _TIMES,
        "uuid": _UUIDS,
    }
    for name, (least, greatest) in limits.integers.items():
        values[name] = [least, least + 1, 0, 1, greatest - 1, greatest]
    for name in ("decimal_5_2", "decimal_15_4", "decimal_30_10"):
        values[name] = _decimals(name, limits)
    for name in ("char", "email", "file", "file_path", "slug", "url"):
        size = size_of(name)
        values[name] = [*(text[:size] for text in TEXTS), "é" * size, "🦒" * size]
    return values


def required_values(limits):
    """Return the emptiest value for each field of Required."""
    empty = dict.fromkeys(("char", "email", "file", "file_path", "slug", "url"), "")
    integers = dict.fromkeys(
        (
            "big_integer",
            "integer",
            "small_integer",
            "positive_big_integer",
            "positive_integer",
            "positive_small_integer",
        ),
        0,
    )
    return {
        **empty,
        **integers,
        "binary": b"",
        "boolean": False,
        "date": dt.date(1, 1, 1),
        "date_time": _instants(limits)[0],
        "decimal": Decimal(0),
        "duration": dt.timedelta(0),
        "floating": 0.0,
        "ip": "0.0.0.0",
        "json": Value(None, JSONField()),
        "time": dt.time(0),
        "uuid": uuid.UUID(int=2**128 - 1),
    }


_DATES = [
    dt.date(1, 1, 1),
    dt.date(1582, 10, 10),
    dt.date(1900, 3, 1),
    dt.date(1969, 12, 31),
    dt.date(2000, 2, 29),
    dt.date(9999, 12, 31),
]

_TIMES = [
    dt.time(0),
    dt.time(0, 0, 0, 1),
    dt.time(12, 30),
    dt.time(23, 59, 59),
    dt.time(23, 59, 59, 999999),
]

_UUIDS = [
    uuid.UUID(int=0),
    uuid.UUID(int=1),
    uuid.UUID(int=2**128 - 1),
    uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8"),
]

_ADDRESSES_V4 = ["0.0.0.0", "10.0.0.1", "127.0.0.1", "255.255.255.255"]

_ADDRESSES_V6 = [
    "::",
    "::1",
    "::ffff:10.0.0.1",
    "2001:db8:0:1:1:1:1:1",
    "fe80::1ff:fe23:4567:890a",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
]


def _instants(limits):
    """Return years 1 and 9999, and the hours that clocks skip and repeat."""
    margin = dt.timedelta(days=limits.instant_days_min)
    return [
        instant(1, 1, 1) + margin,
        instant(1, 1, 1, 0, 0, 0, 1) + margin,
        instant(1883, 11, 18, 17, 0, 1),
        instant(1969, 12, 31, 23, 59, 59, 999999),
        instant(1970, 1, 1),
        instant(2021, 3, 28, 1, 30),
        instant(2021, 10, 31, 0, 30),
        instant(2021, 10, 31, 1, 30),
        instant(2038, 1, 19, 3, 14, 8),
        instant(2024, 2, 29, 12, 0, 0, 100000),
        instant(9999, 12, 31, 23, 59, 59, 999999) - margin,
    ]


def _durations(limits):
    most = limits.duration_us_max
    counts = [-most - 1, most, 0, 1, -1, -999_999, 25 * 3_600 * 10**6, -(10**15) - 1]
    return [dt.timedelta(microseconds=count) for count in counts]


def _decimals(name, limits):
    """Return the greatest, the smallest, and others by digits and places."""
    digits, places = digits_of(name)
    significant = min(digits, limits.decimal_digits_max)
    most = 10**significant - 1
    return [
        scaled(most, digits - significant - places),
        scaled(-most, digits - significant - places),
        scaled(most, -places),
        scaled(1, -places),
        scaled(-1, -places),
        Decimal(0),
        Decimal("0.10"),
        Decimal(-100),
    ]


def _jsons(limits):
    """Return JSON of each kind; Value(None) is JSON's null, None would be SQL's."""
    deep: list[object] = []
    for _ in range(limits.json_depth_max - 1):
        deep = [deep]
    return [
        Value(None, JSONField()),
        True,
        False,
        0,
        -1.5,
        10**30,
        "",
        "null",
        "text 'q' \"d\" \\ / \n\t é 🦒 \u2028",
        [],
        {},
        [[], {}, [{}], {"": []}],
        [None, True, False, 1, 1.0, 0.1, 1e16, 1e308, 5e-324, -(2**63), 2**64],
        {"nested": {"null": None, "list": [1, [2, [None]]]}, "é 🦒": "ключ"},
        {"b": 1, "a": 2, "": 3, "aa": 4},
        {r"\N": r"\N", "'": '"', "a.b": "$", "%s": "%"},
        deep,
        {"long": "x" * 100_000},
    ]
