"""PostgreSQL's binary format, held against psycopg's own."""

import datetime as dt
import json
from decimal import Decimal
from ipaddress import ip_interface
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from syncline.changes.kinds import Form
from syncline.engines.postgresql.packing import (
    PACKERS,
    pack_address,
    pack_date,
    pack_decimal,
    pack_duration,
    pack_instant,
    pack_json,
    pack_jsonb,
    pack_naive,
    pack_time,
    pack_uuid,
)

psycopg = pytest.importorskip("psycopg")
json_types = pytest.importorskip("psycopg.types.json")
adapt = pytest.importorskip("psycopg.adapt")
TRANSFORMER = adapt.Transformer()
BINARY = psycopg.adapt.PyFormat.BINARY
MICROSECOND = dt.timedelta(microseconds=1)
WIDEST_DAYS = 2**31 - 1


def by_psycopg(value):
    dumper = TRANSFORMER.get_dumper(value, BINARY)
    return bytes(dumper.dump(value))


@given(st.datetimes(timezones=st.just(dt.UTC)))
@example(dt.datetime.min.replace(tzinfo=dt.UTC))
@example(dt.datetime.max.replace(tzinfo=dt.UTC))
@example(dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
def test_instant_is_packed_as_psycopg_does(moment):
    naive = moment.replace(tzinfo=None)
    wanted = by_psycopg(moment)

    assert pack_instant(naive.isoformat("T", "microseconds") + "Z") == wanted
    assert pack_instant(str(naive)) == wanted


@given(st.datetimes())
@example(dt.datetime.min)  # noqa: DTZ901
@example(dt.datetime.max)  # noqa: DTZ901
def test_moment_without_a_zone_is_packed_as_psycopg_does(moment):
    assert pack_naive(moment.isoformat("T", "microseconds")) == by_psycopg(moment)
    assert pack_naive(str(moment)) == by_psycopg(moment)


@given(st.dates())
@example(dt.date.min)
@example(dt.date.max)
def test_date_is_packed_as_psycopg_does(day):
    assert pack_date(str(day)) == by_psycopg(day)


@given(st.times())
@example(dt.time.max)
def test_time_is_packed_as_psycopg_does(clock):
    assert pack_time(clock.isoformat("microseconds")) == by_psycopg(clock)
    assert pack_time(str(clock)) == by_psycopg(clock)


@given(st.timedeltas())
@example(dt.timedelta(microseconds=-1))
def test_duration_is_packed_as_psycopg_does(value):
    assert pack_duration(value // MICROSECOND) == by_psycopg(value)


@pytest.mark.parametrize("count", [-(2**63), 2**63 - 1])
def test_widest_duration_of_other_engines_can_be_packed(count):
    assert len(pack_duration(count)) == 16


NUMBERS = [
    "0",
    "-0",
    "0.00",
    "-0.00",
    "1",
    "-1",
    "9999",
    "10000",
    "-10000",
    "100000000",
    "0.0001",
    "0.00001",
    "-0.00000001",
    "12345678.00000000",
    "1.10",
    "1E+5",
    "1E+4",
    "1.5E+10",
    "NaN",
    "9" * 65,
    "-" + "9" * 65,
    f"0.{'0' * 29}1",
    f"{'9' * 35}.{'9' * 30}",
    "1" + "0" * 64,
]


@pytest.mark.parametrize("text", NUMBERS)
def test_number_is_packed_as_psycopg_does(text):
    assert pack_decimal(text) == by_psycopg(Decimal(text))


@given(st.integers(-(10**70), 10**70), st.integers(-10, 70))
def test_any_decimal_is_packed_as_psycopg_does(number, places):
    value = Decimal(f"{number}e{-places}")

    assert pack_decimal(str(value)) == by_psycopg(value)
    assert pack_decimal(format(value, "f")) == by_psycopg(Decimal(format(value, "f")))


@pytest.mark.parametrize("text", ["Infinity", "-Infinity"])
def test_infinite_number_is_never_packed_as_something_else(text):
    """PostgreSQL has infinite numerics since 14; NaN is another value."""
    assert pack_decimal(text) == by_psycopg(Decimal(text))


@given(st.ip_addresses())
def test_address_is_packed_as_psycopg_does(address):
    assert pack_address(str(address)) == by_psycopg(address)


@pytest.mark.parametrize("text", ["10.0.0.0/8", "192.168.1.7/24", "2001:db8::1/64"])
def test_network_keeps_its_prefix(text):
    assert pack_address(text) == by_psycopg(ip_interface(text))


@given(st.uuids())
def test_uuid_is_packed_from_any_spelling(value):
    assert pack_uuid(str(value)) == by_psycopg(value)
    assert pack_uuid(value.hex) == by_psycopg(value)
    assert pack_uuid(str(value).upper()) == by_psycopg(value)


@pytest.mark.parametrize("value", [None, {"a": [1, "é", "🦒"]}, "text", 1.5, []])
def test_json_is_packed_as_psycopg_does(value):
    text = json.dumps(value)

    assert pack_jsonb(text) == by_psycopg(json_types.Jsonb(value))
    assert pack_json(text) == by_psycopg(json_types.Json(value))


@pytest.mark.parametrize(
    ("packer", "text"),
    [
        (pack_instant, "yesterday"),
        (pack_date, "0000-00-00"),
        (pack_time, "25:00:00"),
        (pack_address, "10.0.0.256"),
        (pack_uuid, "no uuid"),
    ],
)
def test_text_that_is_none_of_the_type_is_refused(packer, text):
    with pytest.raises(ValueError, match=r".+"):
        packer(text)


def test_number_that_is_none_is_refused():
    with pytest.raises(ArithmeticError):
        pack_decimal("1,5")


POSTGIS = {"geography", "geometry"}
"""Types of an extension, which have no fixed numbers; tests/spatial tries them."""


@pytest.mark.parametrize("native", sorted(PACKERS.keys() - POSTGIS))
def test_every_packed_type_is_one_that_psycopg_knows(native):
    _, sender, packer, accepts = PACKERS[native]
    names = {
        "time without time zone": "time",
        "timestamp with time zone": "timestamptz",
        "timestamp without time zone": "timestamp",
    }
    name = names.get(native, native)

    assert psycopg.adapters.types[name].name == name
    assert sender == f"{name}_send"
    assert callable(packer)
    assert Form.WIRE not in accepts
    assert UUID(bytes=pack_uuid("0" * 32)).int == 0
