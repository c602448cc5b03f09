"""Rows as the lines that LOAD DATA reads."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.changes.kinds import Cell, Form, Kind

pytest.importorskip("MySQLdb")
writing = pytest.importorskip("syncline.engines.mariadb.writing")

TEXT = st.text(st.characters(codec="utf-8"), max_size=8) | st.text(
    st.sampled_from("\\\t\n\0N\r'\"a"), max_size=8
)
ESCAPES = {"0": "\0", "n": "\n", "t": "\t", "\\": "\\", "Z": "\x1a", "b": "\b"}


def cell(kind):
    return Cell(kind=kind, form=Form.WIRE)


def spelled(rows, *kinds):
    return writing.spell_rows(rows, [cell(kind) for kind in kinds])


def load(text):
    """Read lines as MariaDB does ("LOAD DATA INFILE", Fields and Lines)."""
    rows: list[list[Any]] = []
    row: list[Any] = []
    field: list[str] = []
    characters = iter(text)
    for character in characters:
        match character:
            case "\t":
                row.append(field)
                field = []
            case "\n":
                rows.append([*row, field])
                row, field = [], []
            case "\\":
                escaped = next(characters)
                field.append(f"\\{escaped}" if escaped == "N" else escaped)
                field[-1] = ESCAPES.get(field[-1], field[-1])
            case _:
                field.append(character)
    assert not row
    assert not field, "the last line has an end"
    return [[value(field) for field in row] for row in rows]


def value(field):
    return None if field == ["\\N"] else "".join(field)


@given(st.lists(st.tuples(st.none() | TEXT, st.none() | TEXT), min_size=1))
def test_text_comes_back_whatever_it_holds(rows):
    assert load(spelled(rows, Kind.TEXT, Kind.JSON)) == [list(row) for row in rows]


@pytest.mark.parametrize("text", ["\\N", "N", "NULL", "", "\\", "\\\\N", "\\\\"])
def test_text_that_looks_like_null_is_not(text):
    assert load(spelled([(text,), (None,)], Kind.TEXT)) == [[text], [None]]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\tb", "a\\tb\n"),
        ("a\nb", "a\\nb\n"),
        ("a\\b", "a\\\\b\n"),
        ("a\0b", "a\\0b\n"),
        ("a\rb", "a\rb\n"),
        ("\\\t\n\0", "\\\\\\t\\n\\0\n"),
        ("🦒", "🦒\n"),
        ("'\"`;", "'\"`;\n"),
    ],
)
def test_only_what_ends_a_field_or_a_line_is_escaped(text, line):
    assert spelled([(text,)], Kind.TEXT) == line


def test_one_value_to_escape_does_not_change_its_neighbours():
    rows = [("plain", "a\tb"), (None, "c"), ("x", None)]

    assert load(spelled(rows, Kind.TEXT, Kind.TEXT)) == [list(row) for row in rows]


@given(st.lists(st.tuples(st.none() | st.binary(max_size=8)), min_size=1))
def test_bytes_are_hexadecimal_digits(rows):
    found = load(spelled(rows, Kind.BINARY))

    assert [None if v is None else bytes.fromhex(v) for (v,) in found] == [
        v for (v,) in rows
    ]


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_float_keeps_all_its_digits(number):
    [[found]] = load(spelled([(number,)], Kind.FLOAT))

    assert repr(float(found)) == repr(number)


@pytest.mark.parametrize(
    ("kind", "stored", "line"),
    [
        (Kind.INTEGER, -(2**63), "-9223372036854775808\n"),
        (Kind.BOOLEAN, 1, "1\n"),
        (Kind.DECIMAL, "-0.10", "-0.10\n"),
        (Kind.DATE, "0001-01-01", "0001-01-01\n"),
        (Kind.UUID, "0" * 32, "0" * 32 + "\n"),
    ],
)
def test_other_kinds_are_their_text(kind, stored, line):
    assert spelled([(stored,)], kind) == line
    assert spelled([(None,)], kind) == "\\N\n"


@pytest.mark.parametrize("kind", [Kind.NATIVE, Kind.ADDRESS])
def test_text_of_any_textual_kind_is_escaped(kind):
    """An address is checked by forms only; what is stored may be any text."""
    assert load(spelled([("a\tb\\",)], kind)) == [["a\tb\\"]]


def test_statement_names_columns_and_unpacks_bytes():
    columns = [("`id`", cell(Kind.INTEGER)), ("`100% raw`", cell(Kind.BINARY))]
    sql = writing.load_sql("`shop%item`", columns)

    assert sql % ("'/tmp/rows'",) == (
        "LOAD DATA LOCAL INFILE '/tmp/rows' INTO TABLE `shop%item` CHARACTER SET "
        "utf8mb4 FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\' LINES TERMINATED BY "
        "'\\n' (`id`, @b1) SET `100% raw` = UNHEX(@b1)"
    )


def test_statement_without_bytes_sets_nothing():
    assert " SET `" not in writing.load_sql("`t`", [("`id`", cell(Kind.INTEGER))])
