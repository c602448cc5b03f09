"""Rows as lines of JSON, and back."""

import json
import math

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.changes.kinds import Kind
from syncline.snapshot.spelling import TYPES, WrongType, row_decoder, row_encoder

TEXT = st.text(st.characters(codec="utf-8"))
VALUES = {
    Kind.BINARY: st.binary(),
    Kind.BOOLEAN: st.booleans(),
    Kind.DURATION: st.integers(-(2**63), 2**63 - 1),
    Kind.FLOAT: st.floats(),
    Kind.INTEGER: st.integers(-(2**63), 2**64 - 1),
}
SPECIAL = [math.inf, -math.inf, math.nan]
WRONG = {
    Kind.BINARY: ["text", 1],
    Kind.BOOLEAN: [0, 1, "true"],
    Kind.DURATION: [1.0, True, "1"],
    Kind.FLOAT: ["1.5", b"1", "NaN", True],
    Kind.INTEGER: [1.0, True, "1", math.nan],
}


def values_of(kind):
    return st.none() | VALUES.get(kind, TEXT)


def tables():
    """Kinds of columns, and some rows that hold them."""
    kinds = st.lists(st.sampled_from(Kind), min_size=1, max_size=6)
    return kinds.flatmap(
        lambda kinds: st.tuples(
            st.just(kinds),
            st.lists(st.tuples(*map(values_of, kinds)), min_size=1, max_size=6),
        )
    )


def alike(one, other):
    """Are two values equal, NaN included, and of one type?"""
    if isinstance(one, float) and isinstance(other, float):
        return repr(one) == repr(other)
    return type(one) is type(other) and one == other


@given(tables())
def test_rows_come_back(table):
    kinds, rows = table
    data = row_encoder(kinds)(rows)
    found = row_decoder(kinds)(data)

    assert len(found) == len(rows)
    for row, back in zip(rows, found, strict=True):
        assert all(map(alike, row, back)), (row, back)


@given(tables())
def test_every_line_is_a_json_array_of_one_row(table):
    kinds, rows = table
    lines = row_encoder(kinds)(rows).splitlines()
    decoded = [json.loads(line, parse_constant=pytest.fail) for line in lines]

    assert [len(line) for line in decoded] == [len(kinds)] * len(rows)
    for line, row in zip(decoded, rows, strict=True):
        assert [v is None for v in line] == [v is None for v in row]


@pytest.mark.parametrize("value", SPECIAL)
def test_float_that_json_cannot_spell_never_becomes_null(value):
    encode, decode = row_encoder([Kind.FLOAT]), row_decoder([Kind.FLOAT])
    rows = [(0.0,), (value,), (None,), (1.5,), (-0.0,)]
    found = decode(encode(rows))

    assert b'["' in encode(rows)
    assert [repr(row[0]) for row in found] == [repr(row[0]) for row in rows]


def test_one_infinity_does_not_touch_other_columns():
    kinds = [Kind.TEXT, Kind.FLOAT, Kind.FLOAT, Kind.BINARY]
    rows = [("NaN", 1.0, math.inf, b"NaN"), (None, None, None, None)]

    assert row_decoder(kinds)(row_encoder(kinds)(rows)) == rows


@pytest.mark.parametrize("kinds", [[Kind.FLOAT], [Kind.TEXT], [Kind.TEXT, Kind.FLOAT]])
def test_no_rows_are_no_lines(kinds):
    assert row_encoder(kinds)([]) == b""
    assert list(row_decoder(kinds)(b"")) == []


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind in WRONG for value in WRONG[kind]]
)
def test_wrong_type_is_refused_when_it_is_written(kind, value):
    encode = row_encoder([Kind.TEXT, kind])

    with pytest.raises(WrongType, match=f"where {kind} is declared") as caught:
        encode([("a", None), ("b", value)])
    assert caught.value.column == 1
    assert caught.value.types == {type(value)}


@pytest.mark.parametrize("kind", sorted(set(Kind) - TYPES.keys()))
@pytest.mark.parametrize("value", [b"a", 1, 1.5, False])
def test_text_is_text_when_it_is_written(kind, value):
    with pytest.raises(WrongType, match=type(value).__name__):
        row_encoder([kind])([(value,)])


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        (Kind.INTEGER, "[1.0]"),
        (Kind.INTEGER, "[true]"),
        (Kind.INTEGER, '["1"]'),
        (Kind.BOOLEAN, "[1]"),
        (Kind.BINARY, '["a"]'),
        (Kind.BINARY, "[1]"),
        (Kind.FLOAT, "[[]]"),
        (Kind.FLOAT, "[1e999]"),
        (Kind.FLOAT, '["inf"]'),
        (Kind.FLOAT, '["nan"]'),
        (Kind.TEXT, "[1]"),
        (Kind.TEXT, "[{}]"),
        (Kind.TEXT, '["a", "b"]'),
        (Kind.TEXT, "[]"),
        (Kind.TEXT, '{"0": "a"}'),
        (Kind.TEXT, "null"),
        (Kind.TEXT, '["a"'),
        (Kind.TEXT, '["a"]]'),
        (Kind.FLOAT, "[NaN]"),
    ],
)
def test_wrong_type_is_refused_when_it_is_read(kind, line):
    with pytest.raises((msgspec.DecodeError, KeyError)):
        row_decoder([kind])(line.encode())


def test_text_that_is_no_utf8_is_refused_as_other_damage_is():
    """The reader of a file turns these errors, and no others, into DamagedFile."""
    with pytest.raises((msgspec.DecodeError, KeyError)):
        row_decoder([Kind.TEXT])(b'["\xff"]')


def test_integers_of_a_float_column_are_floats_when_read():
    [(found,)] = row_decoder([Kind.FLOAT])(row_encoder([Kind.FLOAT])([(7,)]))

    assert repr(found) == "7.0"
