"""From each form of a column to each other, and from one kind to another."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.changes.conversion import (
    READERS,
    WIDENING,
    WRITERS,
    can_convert,
    conversion,
    convert_rows,
    microseconds,
)
from syncline.changes.kinds import TEXTUAL, Cell, Form, Kind

ZONES = ["UTC", "Europe/Athens", "America/St_Johns", "Pacific/Apia"]
FIRST, LAST = dt.datetime(1, 1, 2), dt.datetime(9999, 12, 30)  # noqa: DTZ001


def spelled(moment, suffix=""):
    return moment.isoformat("T", "microseconds") + suffix


WIRE = {
    Kind.INTEGER: st.integers(-(2**63), 2**64 - 1),
    Kind.BOOLEAN: st.booleans(),
    Kind.FLOAT: st.floats(allow_nan=False),
    Kind.DECIMAL: st.decimals(-(10**9), 10**9, places=4).map(lambda d: format(d, "f")),
    Kind.TEXT: st.text(),
    Kind.BINARY: st.binary(),
    Kind.DATE: st.dates().map(str),
    Kind.TIME: st.times().map(lambda clock: clock.isoformat("microseconds")),
    Kind.DATETIME: st.datetimes(FIRST, LAST).map(lambda moment: spelled(moment, "Z")),
    Kind.NAIVE: st.datetimes().map(spelled),
    Kind.DURATION: st.integers(-(2**63), 2**63 - 1),
    Kind.UUID: st.uuids().map(str),
    Kind.JSON: st.just('{"a": [1, null]}'),
    Kind.ADDRESS: st.ip_addresses().map(str),
    Kind.GEOMETRY: st.just("4326;0101000000000000000000F03F0000000000000040"),
    Kind.NATIVE: st.text(),
}
"""By kind: values as files spell them."""

FORMS = sorted(READERS)


def cell(kind, form=Form.WIRE, zone="UTC", places=None):
    return Cell(kind=kind, form=form, zone=zone, places=places)


def convert(value, source, target):
    step = conversion(source, target)
    return value if step is None else step(value)


def test_every_kind_and_every_form_is_tried_here():
    assert WIRE.keys() == set(Kind)
    assert READERS.keys() == WRITERS.keys()


@pytest.mark.parametrize(("kind", "form"), FORMS, ids="-".join)
@given(st.data())
def test_value_comes_back_from_a_form(kind, form, data):
    value = data.draw(WIRE[kind])
    local, wire = cell(kind, form, places=4), cell(kind, places=4)

    assert convert(convert(value, wire, local), local, wire) == value


@pytest.mark.parametrize("zone", ZONES)
@given(WIRE[Kind.DATETIME])
def test_instant_survives_the_clock_of_a_zone_but_for_the_hour_that_comes_twice(
    zone, value
):
    local, wire = cell(Kind.DATETIME, Form.LOCAL, zone), cell(Kind.DATETIME)
    stored = convert(value, wire, local)
    back = convert(stored, local, wire)

    assert back == value or convert(back, wire, local) == stored
    assert len(back) == 27
    assert back.endswith("Z")


@pytest.mark.parametrize("zone", ZONES)
@given(WIRE[Kind.DATETIME])
def test_instant_goes_from_local_to_local_as_through_the_wire(zone, value):
    wire, ours = cell(Kind.DATETIME), cell(Kind.DATETIME, Form.LOCAL)
    theirs = cell(Kind.DATETIME, Form.LOCAL, zone)
    stored = convert(value, wire, ours)

    assert convert(stored, ours, theirs) == convert(value, wire, theirs)


@pytest.mark.parametrize("one", ZONES)
@pytest.mark.parametrize("other", ZONES)
def test_moment_without_a_zone_keeps_its_instant_in_another_one(one, other):
    instant = "2024-07-01T12:00:00.000000Z"
    ours = convert(instant, cell(Kind.DATETIME), cell(Kind.NAIVE, zone=one))
    theirs = convert(ours, cell(Kind.NAIVE, zone=one), cell(Kind.NAIVE, zone=other))

    assert theirs == convert(instant, cell(Kind.DATETIME), cell(Kind.NAIVE, zone=other))
    assert convert(theirs, cell(Kind.NAIVE, zone=other), cell(Kind.DATETIME)) == instant


@pytest.mark.parametrize(
    ("kind", "form", "stored", "wire"),
    [
        (Kind.BOOLEAN, Form.FLAG, 1, True),
        (Kind.BOOLEAN, Form.FLAG, 0, False),
        (Kind.UUID, Form.HEX, "0" * 31 + "a", "00000000-0000-0000-0000-00000000000a"),
        (
            Kind.UUID,
            Form.HEX,
            "{12345678-1234-5678-1234-567812345678}",
            "12345678-1234-5678-1234-567812345678",
        ),
        (Kind.DATE, Form.LOCAL, "2024-2-9", "2024-02-09"),
        (Kind.DATE, Form.LOCAL, "2024-02-09 00:00:00", "2024-02-09"),
        (Kind.TIME, Form.LOCAL, "9:5", "09:05:00.000000"),
        (
            Kind.DATETIME,
            Form.LOCAL,
            "2024-2-9 9:5:3.25",
            "2024-02-09T09:05:03.250000Z",
        ),
        (
            Kind.DATETIME,
            Form.LOCAL,
            "2024-02-09 09:05:03+02:00",
            "2024-02-09T07:05:03.000000Z",
        ),
        (Kind.NAIVE, Form.LOCAL, "2024-02-09 09:05", "2024-02-09T09:05:00.000000"),
        (Kind.DECIMAL, Form.REAL, 0.1, "0.1000"),
        (Kind.DECIMAL, Form.REAL, 3, "3.0000"),
        (Kind.DECIMAL, Form.REAL, "1e2", "100.0000"),
    ],
)
def test_loose_spelling_of_an_engine_becomes_canonical(kind, form, stored, wire):
    assert convert(stored, cell(kind, form, places=4), cell(kind, places=4)) == wire


def test_whole_seconds_are_stored_without_a_fraction_as_django_does():
    wire, local = cell(Kind.DATETIME), cell(Kind.DATETIME, Form.LOCAL)

    assert convert("2024-02-09T07:05:03.000000Z", wire, local) == "2024-02-09 07:05:03"
    assert convert("2024-02-09T07:05:03.000001Z", wire, local) == (
        "2024-02-09 07:05:03.000001"
    )


@pytest.mark.parametrize("value", [2, -1, "yes", "1"])
def test_flag_that_is_neither_0_nor_1_is_refused(value):
    with pytest.raises(ValueError, match="neither 0 nor 1"):
        convert(value, cell(Kind.BOOLEAN, Form.FLAG), cell(Kind.BOOLEAN))


WIDER = {
    (Kind.BOOLEAN, Kind.INTEGER): (True, 1),
    (Kind.INTEGER, Kind.BOOLEAN): (0, False),
    (Kind.INTEGER, Kind.DECIMAL): (-7, "-7"),
    (Kind.INTEGER, Kind.FLOAT): (2**53, 2.0**53),
    (Kind.INTEGER, Kind.DURATION): (5, 5),
    (Kind.DURATION, Kind.INTEGER): (-5, -5),
    (Kind.INTEGER, Kind.TEXT): (-7, "-7"),
    (Kind.UUID, Kind.TEXT): (str(uuid.UUID(int=1)), uuid.UUID(int=1).hex),
    (Kind.TEXT, Kind.UUID): (uuid.UUID(int=1).hex, str(uuid.UUID(int=1))),
}


def test_every_widening_is_tried_here():
    assert WIDER.keys() == WIDENING.keys()


@pytest.mark.parametrize("kinds", sorted(WIDER), ids="-".join)
def test_kind_may_stand_for_another_without_loss(kinds):
    source, target = kinds
    value, wanted = WIDER[kinds]
    found = convert(value, cell(source), cell(target))

    assert (type(found), found) == (type(wanted), wanted)


@pytest.mark.parametrize("number", [2**53 + 1, -(2**63) + 1])
def test_integer_that_a_float_cannot_hold_is_refused(number):
    with pytest.raises(ValueError, match=str(number)):
        convert(number, cell(Kind.INTEGER), cell(Kind.FLOAT))


@pytest.mark.parametrize("source", Kind)
@pytest.mark.parametrize("target", Kind)
def test_way_that_can_be_had_can_be_compiled_and_no_other(source, target):
    if can_convert(source, target):
        conversion(cell(source), cell(target))
    else:
        with pytest.raises(ValueError, match="cannot become"):
            conversion(cell(source), cell(target))


def test_text_of_one_engine_alone_becomes_nothing_else():
    others = TEXTUAL - {Kind.NATIVE}

    assert not any(can_convert(Kind.NATIVE, kind) for kind in others)
    assert not any(can_convert(kind, Kind.NATIVE) for kind in others)
    assert can_convert(Kind.NATIVE, Kind.NATIVE)


@given(st.integers(-(10**12), 10**12), st.integers(0, 6), st.integers(0, 9))
def test_decimal_changes_its_places_only_without_loss(number, places, others):
    value = format(Decimal(f"{number}e-{places}"), "f")
    step = conversion(
        cell(Kind.DECIMAL, places=places), cell(Kind.DECIMAL, places=others)
    )
    exact = Decimal(value) == Decimal(value).quantize(Decimal(1).scaleb(-others))
    if exact:
        found = value if step is None else step(value)
        assert Decimal(found) == Decimal(value)
    else:
        assert step
        with pytest.raises(ValueError, match="decimal places"):
            step(value)


def test_form_that_a_target_takes_is_not_read():
    target = Cell(
        kind=Kind.DATE, form=Form.PACKED, accepts={Form.LOCAL: str.upper}, encode=repr
    )

    assert conversion(cell(Kind.DATE, Form.LOCAL), target) == str.upper
    assert convert("2024-02-29", cell(Kind.DATE), target) == "'2024-02-29'"


def test_packed_bytes_are_not_taken_for_a_time_of_another_zone():
    target = Cell(
        kind=Kind.NAIVE,
        form=Form.PACKED,
        zone="Europe/Athens",
        accepts={Form.LOCAL: None},
        encode=str,
    )
    source = cell(Kind.NAIVE, Form.LOCAL)

    assert convert("2024-07-01 09:00:00", source, target) == (
        "2024-07-01T12:00:00.000000"
    )


def test_columns_are_converted_and_nulls_stay():
    rows = [(1, None, "a"), (2, "b", None)]

    assert list(convert_rows(rows, [None, str.upper, str.upper])) == [
        (1, None, "A"),
        (2, "B", None),
    ]


def test_rows_that_need_nothing_are_not_touched():
    rows = [(1, 2)]

    assert convert_rows(rows, [None, None]) is rows
    assert convert_rows([], [str, str]) == []


@given(st.timedeltas())
def test_duration_is_counted_in_microseconds(value):
    assert dt.timedelta(microseconds=microseconds(value)) == value
