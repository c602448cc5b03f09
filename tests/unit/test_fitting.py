"""Which values a target column cannot hold, and the nearest that it can."""

import json
import math
from datetime import datetime
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.changes.kinds import Kind
from syncline.changes.spelling import spell_datetime
from syncline.schema.description import Statistics
from syncline.snapshot.fitting import CHECKS, CLIPS, Limits

BIG = 1.7976931348623157e308

FITS = [
    (Kind.DATETIME, {"zone": "America/New_York"}, "2021-11-07T05:30:00.000000Z"),
    (Kind.DATETIME, {}, "2021-11-07T06:30:00.000000Z"),
    (Kind.TEXT, {"length_max": 3}, "äbc"),
    (Kind.TEXT, {"length_max": 0}, ""),
    (Kind.TEXT, {"bytes_max": 4}, "🦒"),
    (Kind.TEXT, {"keeps_nul": True}, "a\0"),
    (Kind.TEXT, {"null": True}, None),
    (Kind.BINARY, {"length_max": 3}, b"\0\0\0"),
    (Kind.INTEGER, {"least": -5, "greatest": 5}, -5),
    (Kind.INTEGER, {"least": -5, "greatest": 5}, 5),
    (Kind.INTEGER, {}, 2**200),
    (Kind.DURATION, {"least": -(2**63), "greatest": 2**63 - 1}, -(2**63)),
    (Kind.FLOAT, {"keeps_infinity": False, "keeps_nan": False}, BIG),
    (Kind.FLOAT, {"keeps_nan": False}, math.inf),
    (Kind.FLOAT, {"keeps_infinity": False}, math.nan),
    (Kind.DECIMAL, {"places": 2, "whole_max": 3}, "999.99"),
    (Kind.DECIMAL, {"places": 2, "whole_max": 3}, "-999.990000"),
    (Kind.DECIMAL, {"places": 2, "whole_max": 0}, "0.99"),
    (Kind.DECIMAL, {"places": 2, "whole_max": 0}, "0.00"),
    (Kind.DECIMAL, {"places": 0, "whole_max": 3}, "1e2"),
    (Kind.DECIMAL, {"digits_max": 65}, "9" * 65),
    (Kind.DECIMAL, {"digits_max": 1}, "0.000"),
    (Kind.DECIMAL, {"keeps_nan": True}, "NaN"),
    (Kind.DATE, {}, "9999-12-31"),
    (Kind.DATETIME, {}, "0001-01-01T00:00:00.000000Z"),
    (Kind.NAIVE, {}, "9999-12-31T23:59:59.999999"),
    (Kind.TIME, {}, "23:59:59.999999"),
    (Kind.ADDRESS, {"length_max": 39}, "::1"),
    (Kind.JSON, {"keeps_nul": False}, '"a"'),
    (Kind.JSON, {"keeps_nul": False}, r'"\\u0000"'),
    (Kind.JSON, {"keeps_nul": True}, r'"\u0000"'),
    (Kind.UUID, {}, "00000000-0000-0000-0000-000000000000"),
    (Kind.BOOLEAN, {}, False),
]

UNFIT = [
    (Kind.TEXT, {"length_max": 3}, "äbcd", "longer than 3 characters"),
    (Kind.TEXT, {"bytes_max": 3}, "🦒", "longer than 3 bytes"),
    (Kind.TEXT, {"keeps_nul": False}, "a\0", "with a NUL character"),
    (Kind.TEXT, {"null": False}, None, "NULL where none is allowed"),
    (Kind.UUID, {"null": False}, None, "NULL where none is allowed"),
    (Kind.BINARY, {"length_max": 3}, b"abcd", "longer than 3 bytes"),
    (Kind.INTEGER, {"least": -5}, -6, "below -5"),
    (Kind.INTEGER, {"greatest": 5}, 6, "above 5"),
    (Kind.INTEGER, {}, "1", "not a whole number"),
    (Kind.INTEGER, {}, 1.0, "not a whole number"),
    (Kind.DURATION, {"greatest": 5}, 6, "above 5"),
    (Kind.FLOAT, {"keeps_infinity": False}, -math.inf, "infinite"),
    (Kind.FLOAT, {"keeps_nan": False}, math.nan, "not a number (NaN)"),
    (Kind.FLOAT, {}, "x", "not a number"),
    (Kind.DECIMAL, {"places": 2}, "0.001", "with more than 2 decimal places"),
    (
        Kind.DECIMAL,
        {"places": 2, "whole_max": 3},
        "1000",
        "with more than 3 digits before the point",
    ),
    (
        Kind.DECIMAL,
        {"places": 2, "whole_max": 0},
        "1",
        "with more than 0 digits before the point",
    ),
    (Kind.DECIMAL, {"digits_max": 15}, "1" * 16, "with more than 15 digits"),
    (Kind.DECIMAL, {"keeps_nan": False}, "NaN", "not a finite number"),
    (Kind.DECIMAL, {"places": 2, "whole_max": 9}, "Infinity", "not a finite number"),
    (Kind.DATE, {}, "0000-00-00", "outside what Python can hold"),
    (Kind.DATE, {}, "0044-03-15 BC", "outside what Python can hold"),
    (Kind.DATETIME, {}, "10000-01-01T00:00:00Z", "outside what Python can hold"),
    (Kind.NAIVE, {}, "infinity", "outside what Python can hold"),
    (Kind.TIME, {}, "24:00:00", "outside what Python can hold"),
    (Kind.TIME, {}, "838:59:59", "outside what Python can hold"),
    (Kind.ADDRESS, {"length_max": 3}, "10.0.0.1", "longer than 3 characters"),
    (Kind.JSON, {"keeps_nul": False}, r'"\u0000"', "with a NUL character"),
    (Kind.JSON, {"keeps_nul": False}, r'"\\\u0000"', "with a NUL character"),
]


@pytest.mark.parametrize(("kind", "limits", "value"), FITS)
def test_value_at_the_edge_fits(kind, limits, value):
    assert Limits(kind=kind, **limits).misfit(value) == ""


@pytest.mark.parametrize(("kind", "limits", "value", "what"), UNFIT)
def test_value_beyond_the_edge_does_not_fit(kind, limits, value, what):
    assert Limits(kind=kind, **limits).misfit(value) == what


def test_every_kind_that_is_checked_is_tried_here():
    assert {kind for kind, *_ in UNFIT} >= CHECKS.keys()
    assert {kind for kind, *_ in FITS} >= CHECKS.keys()


DECIMALS = st.integers(-(10**70), 10**70).flatmap(
    lambda number: st.integers(-3, 40).map(
        lambda places: format(Decimal(f"{number}e{-places}"), "f")
    )
)
JSONS = st.recursive(
    st.none() | st.text(max_size=5) | st.sampled_from(["\0", "\\u0000", "\\\0", "a\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner),
    max_leaves=4,
).map(json.dumps)
CLIPPED_KINDS = pytest.mark.parametrize("kind", sorted(CLIPS))
MOMENTS_FROM, MOMENTS_TO = datetime(1990, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001
"""Where the rules of zones are known; a moment is drawn as UTC."""
SMALL = st.none() | st.integers(0, 12)


@st.composite
def clippable(draw, kind):
    """Limits of a kind that can be clipped, and a value."""
    limits = {"null": draw(st.booleans())}
    match kind:
        case Kind.TEXT:
            value = draw(st.text())
            limits |= {"length_max": draw(SMALL), "bytes_max": draw(SMALL)}
            limits |= {"keeps_nul": draw(st.booleans())}
        case Kind.JSON:
            value = draw(JSONS)
            limits |= {"keeps_nul": draw(st.booleans())}
        case Kind.BINARY:
            value = draw(st.binary())
            limits |= {"length_max": draw(SMALL)}
        case Kind.INTEGER | Kind.DURATION:
            value = draw(st.integers())
            least = draw(st.none() | st.integers(-100, 0))
            limits |= {"least": least, "greatest": draw(st.none() | st.integers(0))}
        case Kind.DATETIME:
            value = spell_datetime(draw(st.datetimes(MOMENTS_FROM, MOMENTS_TO)))
            limits |= {"zone": draw(st.sampled_from(["UTC", "America/New_York"]))}
        case Kind.FLOAT:
            value = draw(st.floats())
            limits |= {"keeps_nan": draw(st.booleans()), "null": True}
            limits |= {"keeps_infinity": draw(st.booleans())}
        case _:
            value = draw(DECIMALS)
            places, whole = draw(st.integers(0, 10)), draw(st.integers(0, 10))
            limits |= {"places": places, "whole_max": whole}
            limits |= {"digits_max": draw(st.sampled_from([15, 65, 1000]))}
    return Limits(kind=kind, **limits), value


@CLIPPED_KINDS
@given(st.data())
def test_clipped_value_always_fits(kind, data):
    limits, value = data.draw(clippable(kind))

    assert limits.misfit(limits.clipped(value)) == ""


@CLIPPED_KINDS
@given(st.data())
def test_value_that_fits_means_the_same_when_clipped(kind, data):
    limits, value = data.draw(clippable(kind))
    if limits.misfit(value):
        return
    clipped = limits.clipped(value)

    if limits.kind is Kind.DECIMAL:
        assert Decimal(clipped) == Decimal(value)
    else:
        assert repr(clipped) == repr(value)


@given(JSONS)
def test_clipped_json_is_still_json(text):
    clipped = Limits(kind=Kind.JSON, keeps_nul=False).clipped(text)

    assert "\0" not in json.dumps(json.loads(clipped), ensure_ascii=False)
    assert r"\u0000" in text or json.loads(clipped) == json.loads(text)


@pytest.mark.parametrize(
    ("limits", "value", "clipped"),
    [
        (Limits(kind=Kind.TEXT, length_max=3), "abcd", "abc"),
        (Limits(kind=Kind.TEXT, bytes_max=5), "a🦒b", "a🦒"),
        (Limits(kind=Kind.TEXT, bytes_max=4), "a🦒b", "a"),
        (Limits(kind=Kind.TEXT, keeps_nul=False, length_max=2), "\0ab", "ab"),
        (Limits(kind=Kind.BINARY, length_max=2), b"abc", b"ab"),
        (Limits(kind=Kind.INTEGER, least=0), -7, 0),
        (Limits(kind=Kind.INTEGER, greatest=7), 8, 7),
        (Limits(kind=Kind.FLOAT, keeps_infinity=False), math.inf, BIG),
        (Limits(kind=Kind.FLOAT, keeps_infinity=False), -math.inf, -BIG),
        (Limits(kind=Kind.FLOAT, keeps_nan=False), math.nan, None),
        (Limits(kind=Kind.DECIMAL, places=2, whole_max=2), "123.456", "99.99"),
        (Limits(kind=Kind.DECIMAL, places=2, whole_max=2), "-123.456", "-99.99"),
        (Limits(kind=Kind.DECIMAL, places=2, whole_max=2), "99.995", "99.99"),
        (Limits(kind=Kind.DECIMAL, places=2, whole_max=0), "1.5", "0.99"),
        (Limits(kind=Kind.DECIMAL, places=2, whole_max=2), "1.005", "1.00"),
        (Limits(kind=Kind.TEXT), None, None),
    ],
)
def test_clipped_value_is_the_nearest_that_fits(limits, value, clipped):
    assert limits.clipped(value) == clipped


def test_decimal_is_clipped_to_the_digits_that_a_target_keeps():
    limits = Limits(kind=Kind.DECIMAL, places=10, whole_max=20, digits_max=15)
    clipped = limits.clipped("12345.6789012345")

    assert limits.misfit(clipped) == limits.misfit(limits.clipped("1" * 20)) == ""
    assert abs(Decimal(clipped) - Decimal("12345.6789012345")) < Decimal("1e-9")


def statistics_of(kind, values):
    """What one pass over a column tells."""
    present = [value for value in values if value is not None]
    finite = [v for v in present if not isinstance(v, float) or math.isfinite(v)]
    sized = kind in {Kind.TEXT, Kind.JSON, Kind.BINARY}
    numbers = sorted(finite, key=Decimal if kind is Kind.DECIMAL else None)
    return Statistics(
        nulls=len(values) - len(present),
        longest=max(map(len, present), default=None) if sized else None,
        least=None if sized or not numbers else numbers[0],
        greatest=None if sized or not numbers else numbers[-1],
        nuls=sum("\0" in v or r"\u0000" in v for v in present)
        if kind in {Kind.TEXT, Kind.JSON}
        else 0,
        odd=len(present) - len(finite),
    )


@CLIPPED_KINDS
@given(st.data())
def test_statistics_never_hide_a_value_that_does_not_fit(kind, data):
    cases = data.draw(st.lists(clippable(kind), min_size=1, max_size=4))
    limits, values = cases[0][0], [value for _, value in cases]

    if any(map(limits.misfit, values)):
        assert limits.suspects(statistics_of(limits.kind, values))


@pytest.mark.parametrize("kind", Kind)
def test_null_that_is_not_allowed_is_suspected(kind):
    limits = Limits(kind=kind, null=False)

    assert limits.suspects(Statistics(nulls=1))
    assert not limits.suspects(Statistics())


@pytest.mark.parametrize("end", ["[]", '{"a": 1}', '"x"', "true", "1.5", "7"])
def test_statistics_of_a_hostile_file_are_refused_or_a_suspicion(end):
    spelled = f'{{"least": {end}, "greatest": {end}}}'
    try:
        statistics = msgspec.json.decode(spelled, type=Statistics)
    except msgspec.ValidationError:
        return
    for kind in CHECKS:
        limits = Limits(kind=kind, length_max=3, least=0, greatest=9, keeps_nan=False)
        assert isinstance(limits.suspects(statistics), bool)
        if kind in {Kind.INTEGER, Kind.DURATION} and not isinstance(
            statistics.least, int
        ):
            assert limits.suspects(statistics), "no end of whole numbers"
