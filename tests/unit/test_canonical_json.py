"""JSON so spelled that equal documents are equal text."""

import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from syncline.changes.spelling import canonical_json

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner)
    ),
    max_leaves=12,
)
SPELLINGS: tuple[dict[str, Any], ...] = (
    {},
    {"sort_keys": True},
    {"indent": 3},
    {"ensure_ascii": False},
    {"separators": (",", ":")},
)


def meaning(value):
    """The document as a value that equals what JSON holds equal, and nothing else."""
    match value:
        case dict():
            return "object", frozenset((k, meaning(v)) for k, v in value.items())
        case list():
            return "array", tuple(map(meaning, value))
        case bool() | None | str():
            return type(value).__name__, value
        case _:
            return "number", Fraction(repr(value))


@given(DOCUMENTS, st.sampled_from(SPELLINGS), st.sampled_from(SPELLINGS))
def test_one_document_has_one_spelling(document, one, other):
    assert canonical_json(json.dumps(document, **one)) == canonical_json(
        json.dumps(document, **other)
    )


@given(DOCUMENTS, DOCUMENTS)
def test_two_documents_are_equal_text_when_they_are_equal(one, other):
    same = meaning(one) == meaning(other)

    assert same == (
        canonical_json(json.dumps(one)) == canonical_json(json.dumps(other))
    )


@given(DOCUMENTS, st.data())
def test_a_changed_leaf_changes_the_spelling(document, data):
    changed = json.loads(json.dumps(document))
    holder = changed = [changed]
    place = 0
    while isinstance(holder[place], dict | list) and holder[place]:
        inner = holder[place]
        holder = inner
        keys = list(inner) if isinstance(inner, dict) else range(len(inner))
        place = data.draw(st.sampled_from(list(keys)))
    replacement = data.draw(LEAVES)
    assume(meaning(holder[place]) != meaning(replacement))
    holder[place] = replacement

    assert canonical_json(json.dumps(document)) != canonical_json(
        json.dumps(changed[0])
    )


@given(DOCUMENTS)
def test_spelling_again_changes_nothing(document):
    once = canonical_json(json.dumps(document))

    assert canonical_json(once) == once


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1e2", "100"),
        ("1.0", "1"),
        ("-0.0", "0"),
        ("100000000000000000000000", "1e23"),
        ("0.1", "1e-1"),
        ('{"b":1,"a":2}', '{ "a" : 2, "b" : 1 }'),
        ('"\\u00e9"', '"é"'),
        ('"\\ud83e\\udd92"', '"🦒"'),
        ('{"a":1,"a":2}', '{"a":2}'),
    ],
)
def test_what_an_engine_may_rewrite_is_equal(one, other):
    assert canonical_json(one) == canonical_json(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1", "true"),
        ("0", "false"),
        ("null", '"null"'),
        ("null", "0"),
        ("1", '"1"'),
        ("[]", "{}"),
        ("[1,2]", "[2,1]"),
        ("0.1", "0.10000000000000001"),
        ("9007199254740992", "9007199254740993"),
        (str(10**100), str(10**100 + 1)),
        ('"é"', '"e\\u0301"'),
        ('{"a":null}', "{}"),
        ('"a"', '"a "'),
        ('"a"', '"A"'),
    ],
)
def test_what_means_something_else_is_not_equal(one, other):
    assert canonical_json(one) != canonical_json(other)


@pytest.mark.parametrize(
    "text", ["", "gAAAAABencrypted==", "{", "[1,]", "{'a': 1}", "\x00", "1 2"]
)
def test_text_that_is_no_json_stays_as_it_is(text):
    assert canonical_json(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "1e9999999",
        "[1e99999999999999999999]",
        "-1e-9999999",
        "[" * 100_000,
        "9" * 9_000,
    ],
)
def test_extreme_json_is_no_error(text):
    assert canonical_json(text)


def test_numbers_that_differ_in_a_far_exponent_are_not_equal():
    assert canonical_json("1e9999999") != canonical_json("2e9999999")
    assert canonical_json("1e-9999999") != canonical_json("2e-9999999")
