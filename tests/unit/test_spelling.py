"""The canonical spelling of dates, times and decimals, and how loosely it is read."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.changes.spelling import (
    instant,
    local,
    parse_date,
    parse_datetime,
    parse_time,
    spell_datetime,
    spell_decimal,
)

# ruff: noqa: DTZ001
ATHENS = "Europe/Athens"


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024-02-29", dt.date(2024, 2, 29)),
        ("0001-01-01", dt.date(1, 1, 1)),
        ("9999-12-31", dt.date(9999, 12, 31)),
        ("2024-2-9", dt.date(2024, 2, 9)),
        ("2024-02-09 00:00:00", dt.date(2024, 2, 9)),
        ("2024-02-09T12:13:14.5", dt.date(2024, 2, 9)),
    ],
)
def test_date_is_read_as_django_reads_it(text, date):
    assert parse_date(text) == date


@pytest.mark.parametrize(
    "text", ["", "2023-02-29", "0000-00-00", "2024-13-01", "24-01-01", "x", "-1-1-1"]
)
def test_date_that_is_none_is_refused(text):
    with pytest.raises(ValueError, match=r".+"):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "clock"),
    [
        ("00:00:00", dt.time()),
        ("23:59:59.999999", dt.time(23, 59, 59, 999_999)),
        ("12:30", dt.time(12, 30)),
        ("9:5", dt.time(9, 5)),
        ("9:5:3", dt.time(9, 5, 3)),
        ("9:05:03.5", dt.time(9, 5, 3, 500_000)),
        ("9:05:03.000001999", dt.time(9, 5, 3, 1)),
        ("12:30:00.1234567", dt.time(12, 30, 0, 123_456)),
    ],
)
def test_time_is_read_as_django_reads_it(text, clock):
    assert parse_time(text) == clock


@pytest.mark.parametrize("text", ["", "24:00", "12:60", "12", "12:30:61", "-01:00"])
def test_time_of_no_day_is_refused(text):
    if text == "12":  # Python takes a bare hour, and so it is one.
        assert parse_time(text) == dt.time(12)
        return
    with pytest.raises(ValueError, match=r".+"):
        parse_time(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-02-29 12:30:00", dt.datetime(2024, 2, 29, 12, 30)),
        ("2024-02-29T12:30", dt.datetime(2024, 2, 29, 12, 30)),
        ("2024-2-9 9:5:3.25", dt.datetime(2024, 2, 9, 9, 5, 3, 250_000)),
        ("0001-01-01 00:00:00.000001", dt.datetime(1, 1, 1, 0, 0, 0, 1)),
        ("2024-02-29T12:30:00Z", dt.datetime(2024, 2, 29, 12, 30, tzinfo=dt.UTC)),
        (
            "2024-02-29 12:30:00+02:00",
            dt.datetime(2024, 2, 29, 10, 30, tzinfo=dt.UTC),
        ),
    ],
)
def test_datetime_is_read_as_django_reads_it(text, moment):
    found = parse_datetime(text)

    assert found == moment
    assert (found.tzinfo is None) == (moment.tzinfo is None)


def test_instant_of_a_text_with_an_offset_is_not_shifted_twice():
    assert instant("2024-07-01 12:00:00+05:00", ATHENS) == dt.datetime(
        2024, 7, 1, 7, tzinfo=dt.UTC
    )


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2024-07-01 12:00:00", 9),
        ("2024-01-01 12:00:00", 10),
        # The hour that comes twice on 27 October 2024 means its first time.
        ("2024-10-27 03:30:00", 0),
    ],
)
def test_local_time_is_an_instant_of_its_zone(text, hour):
    moment = instant(text, ATHENS)

    assert (moment.hour, moment.tzinfo) == (hour, dt.UTC)


def test_clock_of_a_zone_has_no_zone():
    moment = dt.datetime(2024, 7, 1, 9, tzinfo=dt.UTC)

    assert local(moment, ATHENS) == dt.datetime(2024, 7, 1, 12)
    assert local(moment, "UTC") == dt.datetime(2024, 7, 1, 9)


def test_instant_is_spelled_with_six_digits_and_four_for_the_year():
    assert spell_datetime(dt.datetime(1, 2, 3, tzinfo=dt.UTC)) == (
        "0001-02-03T00:00:00.000000Z"
    )


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_instant_comes_back_from_its_spelling(moment):
    spelled = spell_datetime(moment)

    assert parse_datetime(spelled) == moment
    assert instant(spelled, ATHENS) == moment
    assert len(spelled) == 27


@given(st.datetimes(), st.datetimes())
def test_spellings_of_instants_sort_as_instants_do(one, other):
    assert (one < other) == (spell_datetime(one) < spell_datetime(other))


DIGITS_65 = "1234567890" * 6 + "12345"


@pytest.mark.parametrize(
    ("value", "places", "spelled"),
    [
        ("1", 2, "1.00"),
        ("-0.1", 1, "-0.1"),
        ("1E+3", 0, "1000"),
        ("1E-3", 3, "0.001"),
        ("1E+3", None, "1000"),
        ("1.50", None, "1.50"),
        (3, 2, "3.00"),
        (0.1, 2, "0.10"),
        (0.1, None, "0.100000000000000"),
        (1e15, 0, "1000000000000000"),
        (123456789.125, 3, "123456789.125"),
        (2.675, 2, "2.68"),  # As Django reads it: 15 digits first.
        (DIGITS_65, 0, DIGITS_65),
        (f"{DIGITS_65[:35]}.{DIGITS_65[35:]}", 30, None),
        (f"-{DIGITS_65[:35]}.{DIGITS_65[35:]}", 30, None),
        (f"-0.{DIGITS_65}", 65, None),
        ("NaN", 2, "NaN"),
        ("Infinity", 2, "Infinity"),
    ],
)
def test_decimal_has_its_field_s_places_and_all_its_digits(value, places, spelled):
    found = spell_decimal(value, places)

    if isinstance(value, float) and places is None:
        assert Decimal(found) == Decimal(spelled)
    else:
        assert found == (spelled or value)


@given(st.integers(-(10**65) + 1, 10**65 - 1), st.integers(0, 65))
def test_decimal_of_65_digits_comes_back(number, places):
    value = Decimal(f"{number}e-{places}")

    assert Decimal(spell_decimal(value, places)) == value
    assert Decimal(spell_decimal(str(value), places)) == value


@given(
    st.integers(-(10**15) + 1, 10**15 - 1), st.integers(0, 15).filter(lambda n: n < 15)
)
def test_decimal_of_15_digits_comes_back_from_a_float(number, places):
    value = Decimal(f"{number}e-{places}")

    assert Decimal(spell_decimal(float(value), places)) == value
