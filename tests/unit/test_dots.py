"""Sets of dots, held against Python's own sets."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncline.changes.dots import Dot, DotSet

dots = st.builds(Dot, st.sampled_from(["a", "b"]), st.integers(1, 12))
sets = st.frozensets(dots)


def of(plain):
    return DotSet.of(*plain)


@given(sets, sets)
def test_arithmetic_is_that_of_sets(a, b):
    assert set(of(a) | of(b)) == a | b
    assert set(of(a) & of(b)) == a & b
    assert set(of(a) - of(b)) == a - b
    assert (of(a) >= of(b)) == (a >= b)
    assert (of(a) == of(b)) == (a == b)
    assert len(of(a)) == len(a)
    assert bool(of(a)) == bool(a)


@given(sets, dots)
def test_a_dot_is_in_a_set_or_not(plain, dot):
    assert (dot in of(plain)) == (dot in plain)


@given(sets)
def test_equal_sets_have_one_form_and_one_hash(plain):
    again = DotSet()
    for dot in sorted(plain, reverse=True):
        again |= DotSet.of(dot)

    assert again == of(plain)
    assert hash(again) == hash(of(plain))
    assert again.ranges == of(plain).ranges


@given(sets)
def test_ranges_neither_touch_nor_overlap(plain):
    for ranges in of(plain).ranges.values():
        for (_, last), (first, _) in pairwise(ranges):
            assert last + 1 < first


def test_what_a_vector_stands_for():
    seen = DotSet.until({"a": 1_000_000_000, "b": 0})

    assert len(seen) == 1_000_000_000
    assert Dot("a", 999_999_999) in seen
    assert Dot("a", 1_000_000_001) not in seen
    assert Dot("b", 1) not in seen
    assert seen.vector() == {"a": 1_000_000_000}


def test_a_vector_ends_at_the_first_gap():
    assert DotSet({"a": [(1, 3), (5, 9)], "b": [(2, 4)]}).vector() == {"a": 3}


@pytest.mark.parametrize("ranges", [{}, {"a": []}])
def test_no_dots_are_no_nodes(ranges):
    assert DotSet(ranges) == DotSet()
    assert not DotSet(ranges)
