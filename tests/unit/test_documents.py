"""JSON that some engine refuses is noticed, wherever it is counted."""

import json

import pytest

from syncline.changes.documents import LEVELS_MAX, is_odd
from syncline.changes.kinds import Kind
from syncline.engines.documents import levels, refused_document
from syncline.schema.tally import Tally

ODD = [
    "[" * (LEVELS_MAX + 1) + "]" * (LEVELS_MAX + 1),
    r'{"half": "\ud800"}',
    r'{"half": "\UD800"}'.replace("U", "u"),
    '{"none": NaN}',
    "[-Infinity]",
]


@pytest.mark.parametrize("text", ODD)
def test_what_an_engine_refuses_is_odd(text):
    assert refused_document(LEVELS_MAX)(text)
    assert is_odd(text)


@pytest.mark.parametrize("text", ["{}", '"a"', "[1, {}]", "null", '"\\u00fc"'])
def test_what_all_engines_take_is_not(text):
    assert not refused_document(LEVELS_MAX)(text)
    assert not is_odd(text)


def test_pairs_of_surrogates_are_looked_at_and_taken():
    text = json.dumps("🦒")

    assert is_odd(text)
    assert not refused_document(LEVELS_MAX)(text)


def test_depth_counts_structures():
    spelled = ("1", "[]", '{"a": [1]}', "[[], [[]]]")
    assert [levels(json.loads(text)) for text in spelled] == [0, 1, 2, 3]


def test_rows_that_no_database_has_counted_are_counted_alike():
    tally = Tally(Kind.JSON)
    for text in (*ODD, "{}", None):
        tally.add(text)

    assert tally.statistics().odd == len(ODD)
