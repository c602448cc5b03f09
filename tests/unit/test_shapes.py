"""Shapes as the wire spells them, and as the engines take them."""

import pytest

from syncline.engines.shapes import (
    pack_extended,
    pack_prefixed,
    parts_of,
    refused_if_deep,
    refused_if_empty,
)

POINT = "4326;0101000000000000000000F03F0000000000000040"
HIGH = "4326;01E9030000000000000000F03F00000000000000400000000000000840"
NOWHERE = "4326;0101000000000000000000F87F000000000000F87F"
NO_SRID = "0;0101000000000000000000F03F0000000000000040"
NO_LINE = "4326;010200000000000000"


def test_wire_value_has_two_parts():
    srid, shape = parts_of(POINT)

    assert srid == 4326
    assert shape.hex().upper() == POINT.partition(";")[2]


@pytest.mark.parametrize(
    ("value", "packed"),
    [
        # As ST_AsEWKB spells them, but for the third dimension, which ISO numbers.
        (POINT, "0101000020E6100000000000000000F03F0000000000000040"),
        (NO_SRID, "0101000000000000000000F03F0000000000000040"),
        (HIGH, "01E9030020E6100000000000000000F03F00000000000000400000000000000840"),
    ],
)
def test_postgis_gets_the_srid_behind_the_type(value, packed):
    assert pack_extended(value).hex().upper() == packed


def test_mariadb_gets_the_srid_first():
    assert pack_prefixed(POINT).hex().upper() == "E6100000" + POINT.partition(";")[2]


@pytest.mark.parametrize("value", [NOWHERE, NO_LINE])
def test_empty_shapes_are_refused_where_there_are_none(value):
    assert refused_if_empty(value) == refused_if_deep(value) == "that are empty"


def test_height_is_refused_where_there_is_none():
    assert refused_if_deep(HIGH) == "with more than two dimensions"
    assert refused_if_empty(HIGH) == refused_if_deep(POINT) == ""
