"""Digests in buckets: equal sides are recognised, and every difference is found."""

from hypothesis import assume, example, given
from hypothesis import strategies as st

from syncline.verify.digests import BUCKETS, Buckets, bucket_of, pack, unpack
from syncline.verify.spool import Spool

VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(max_size=5)
    | st.binary(max_size=5)
)
ROWS = st.dictionaries(
    st.integers(0, 200), st.tuples(VALUES, VALUES), min_size=1, max_size=12
)


def digest(rows):
    found = Buckets()
    for key, row in rows:
        found.add((key,), (key, *row))
    return found


def bucket(key):
    return bucket_of(pack((key,)))


@given(ROWS, st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(rows, random):
    shuffled = list(rows.items())
    random.shuffle(shuffled)

    assert digest(rows.items()).differing(digest(shuffled)) == frozenset()


@given(ROWS, st.data())
def test_changed_value_is_found_in_its_row_s_bucket(rows, data):
    key = data.draw(st.sampled_from(sorted(rows)))
    value = data.draw(VALUES)
    assume(pack(value) != pack(rows[key][1]))
    changed = {**rows, key: (rows[key][0], value)}

    found = digest(rows.items()).differing(digest(changed.items()))

    assert found == {bucket(key)}


@given(ROWS, st.data())
def test_missing_row_is_found_from_both_sides(rows, data):
    key = data.draw(st.sampled_from(sorted(rows)))
    fewer = {k: row for k, row in rows.items() if k != key}
    ours, theirs = digest(rows.items()), digest(fewer.items())

    assert ours.differing(theirs) == theirs.differing(ours) == {bucket(key)}
    assert ours.rows == theirs.rows + 1


@given(st.integers(), st.tuples(VALUES), st.integers(1, 5))
@example(1, (None,), 2)
def test_row_that_comes_twice_does_not_cancel_out(key, row, times):
    once, more = digest([(key % 9, row)]), digest([(key % 9, row)] * (times + 1))

    assert once.differing(more)
    assert digest([]).differing(more)


def test_equal_changes_do_not_cancel_in_pairs():
    """An exclusive or of the rows would find these two sides equal."""
    ours = Buckets()
    theirs = Buckets()
    for value in ("a", "a"):
        ours.add((1,), (value,))
    for value in ("b", "b"):
        theirs.add((1,), (value,))

    assert ours.differing(theirs)


def test_values_swapped_between_two_columns_are_found():
    assert digest([(1, ("a", "b"))]).differing(digest([(1, ("b", "a"))]))


def test_values_swapped_between_two_rows_are_found():
    ours, theirs = [(1, ("a",)), (2, ("b",))], [(1, ("b",)), (2, ("a",))]

    assert digest(ours).differing(digest(theirs)) == {bucket(1), bucket(2)}


@given(st.lists(VALUES), st.lists(VALUES))
def test_packed_rows_are_equal_only_if_their_values_are(one, other):
    assert (pack(one) == pack(other)) == (repr(one) == repr(other))
    assert repr(unpack(pack(one))) == repr(one)


def test_keys_are_spread_over_the_buckets():
    counts = [0] * BUCKETS
    for key in range(10 * BUCKETS):
        counts[bucket(key)] += 1

    assert max(counts) < 60
    assert sum(count == 0 for count in counts) < BUCKETS // 20


@given(ROWS, ROWS)
def test_spool_tells_what_is_changed_and_what_one_side_alone_has(ours, theirs):
    spool = Spool()
    try:
        for side, rows in enumerate((ours, theirs)):
            spool.add(side, [((key,), row) for key, row in rows.items()])
        both = ours.keys() & theirs.keys()
        changed = {key for key in both if pack(ours[key]) != pack(theirs[key])}

        assert {key for (key,), *_ in spool.pairs()} == changed
        assert {key for (key,) in spool.alone(0)} == ours.keys() - theirs.keys()
        assert {key for (key,) in spool.alone(1)} == theirs.keys() - ours.keys()
    finally:
        spool.close()
