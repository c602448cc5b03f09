"""Rows so spelled that two databases' equal rows are equal tuples."""

import math

import pytest

from syncline.changes.canonical import LAST
from syncline.changes.conversion import conversion
from syncline.changes.kinds import Cell, Form, Kind


def spelled(value, kind, form=Form.WIRE, **rest):
    cell = Cell(kind=kind, form=form, **rest)
    for step in (conversion(cell, cell.as_wire()), LAST.get(kind)):
        value = value if value is None or step is None else step(value)
    return value


PAIRS = [
    # One value, as two engines keep it.
    ((1, Kind.BOOLEAN, Form.FLAG), (True, Kind.BOOLEAN, Form.WIRE)),
    (
        ("0" * 31 + "1", Kind.UUID, Form.HEX),
        ("00000000-0000-0000-0000-000000000001", Kind.UUID, Form.WIRE),
    ),
    (
        ("2024-02-09 07:05:03", Kind.DATETIME, Form.LOCAL),
        ("2024-02-09T07:05:03.000000Z", Kind.DATETIME, Form.WIRE),
    ),
    (
        ("2024-2-9 7:5:3.5", Kind.NAIVE, Form.LOCAL),
        ("2024-02-09T07:05:03.500000", Kind.NAIVE, Form.WIRE),
    ),
    (
        ("7:05", Kind.TIME, Form.LOCAL),
        ("07:05:00.000000", Kind.TIME, Form.WIRE),
    ),
    (("2024-2-9", Kind.DATE, Form.LOCAL), ("2024-02-09", Kind.DATE, Form.WIRE)),
    (('{"b":1.0,"a":[]}', Kind.JSON, Form.WIRE), ('{"a": [], "b": 1}', Kind.JSON)),
    (("::102:304", Kind.ADDRESS, Form.WIRE), ("::1.2.3.4", Kind.ADDRESS, Form.WIRE)),
    (("2001:DB8::1", Kind.ADDRESS), ("2001:db8:0:0:0:0:0:1", Kind.ADDRESS)),
    ((-0.0, Kind.FLOAT), (0.0, Kind.FLOAT)),
    ((5, Kind.FLOAT), (5.0, Kind.FLOAT)),
    ((math.nan, Kind.FLOAT), (float("nan"), Kind.FLOAT)),
    (("-0.00", Kind.DECIMAL), ("0.00", Kind.DECIMAL)),
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_equal_values_of_two_engines_are_equal(one, other):
    left, right = spelled(*one), spelled(*other)

    assert left == right
    assert repr(left) == repr(right)


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (Kind.TEXT, "a", "A"),
        (Kind.TEXT, "a", "a "),
        (Kind.TEXT, "é", "e\u0301"),
        (Kind.TEXT, "", None),
        (Kind.TEXT, '{"a":1}', '{"a": 1}'),
        (Kind.JSON, "null", None),
        (Kind.FLOAT, math.inf, -math.inf),
        (Kind.FLOAT, math.inf, math.nan),
        (Kind.FLOAT, math.nan, None),
        (Kind.FLOAT, 0.1, math.nextafter(0.1, 1)),
        (Kind.DECIMAL, "-0.01", "0.01"),
        (Kind.DECIMAL, "0.10", "0.11"),
        (Kind.ADDRESS, "10.0.0.1", "::ffff:10.0.0.1"),
        (Kind.ADDRESS, "10.0.0.0/8", "10.0.0.0"),
        (Kind.BINARY, b"", b"\0"),
        (Kind.DURATION, -1, 1),
        (Kind.TIME, "00:00:00.000000", "00:00:00.000001"),
    ],
)
def test_different_values_stay_different(kind, one, other):
    assert spelled(one, kind) != spelled(other, kind)


def test_decimal_of_sqlite_equals_the_same_with_its_places():
    real = spelled(0.1, Kind.DECIMAL, Form.REAL, places=4)

    assert real == spelled("0.1000", Kind.DECIMAL, places=4)


def test_address_that_is_none_stays_text():
    assert spelled("not an address", Kind.ADDRESS) == "not an address"


def test_durations_beyond_64_bits_are_told_apart():
    assert spelled(2**63 - 1, Kind.DURATION) == 2**63 - 1
    assert spelled(2**70, Kind.DURATION) != spelled(2**70 + 1, Kind.DURATION)


def test_null_is_null_in_every_kind():
    for kind in Kind:
        assert spelled(None, kind) is None
