"""Sums by bucket of uids: equal where the records are, and leading to the others."""

from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from syncline.changes.digests import (
    BUCKETS,
    COARSE,
    FINE,
    LAST_UID,
    UID_BYTES,
    Digest,
    Sums,
    after,
    bucket_of,
    differing,
    leaf_of,
    suspect,
    uids_in,
    unlike,
)

UIDS = st.binary(min_size=UID_BYTES, max_size=UID_BYTES)
LEAVES = st.integers(0, 2**64 - 1)
RECORDS = st.dictionaries(UIDS, LEAVES, max_size=20)
MULTISETS = st.lists(st.tuples(UIDS, LEAVES), max_size=20)
BUCKET = st.integers(0, BUCKETS - 1)


def sums(leaves):
    found = Sums()
    found.add(leaves)
    return found


def digest(leaves, coarse=()):
    found = sums(leaves)
    return Digest(rows=found.rows, coarse=found.coarse(), fine=found.finer(coarse))


def suspects(ours, theirs):
    """Compare two sides as two nodes do: the second has the sums of the first."""
    left = digest(ours)
    right = digest(theirs, left.coarse)
    found = suspect(left, right)
    return {n for first, last in found for n in range(first, last + 1)}, right


@given(MULTISETS, st.randoms(use_true_random=False))
def test_order_does_not_matter(leaves, random):
    shuffled = list(leaves)
    random.shuffle(shuffled)

    assert digest(leaves) == digest(shuffled)


@given(MULTISETS, st.integers(0, 20))
def test_parts_add_up_to_the_whole(leaves, cut):
    found = sums(leaves[:cut])
    found.add(leaves[cut:])

    assert found.coarse() == sums(leaves).coarse()
    assert found.rows == len(leaves)


@given(RECORDS, RECORDS)
def test_sides_are_equal_if_and_only_if_their_records_are(ours, theirs):
    changed = {
        uid for uid in ours.keys() | theirs.keys() if ours.get(uid) != theirs.get(uid)
    }
    ours = [(uid, leaf_of(uid, [leaf])) for uid, leaf in ours.items()]
    theirs = [(uid, leaf_of(uid, [leaf])) for uid, leaf in theirs.items()]

    found, _ = suspects(ours, theirs)

    assert found == {bucket_of(uid) for uid in changed}


@given(RECORDS, st.data())
def test_one_change_leads_to_its_bucket_alone(records, data):
    uid = data.draw(UIDS)
    leaf, other = data.draw(st.lists(LEAVES, min_size=2, max_size=2, unique=True))
    ours, theirs = {**records, uid: leaf}, {**records, uid: other}

    found, digest_sent = suspects(ours.items(), theirs.items())

    assert found == {bucket_of(uid)}
    assert list(digest_sent.fine) == [bucket_of(uid) // FINE]


def test_equal_changes_do_not_cancel_out():
    """An exclusive or of the leaves would find two equal changes to be none."""
    one, other = uids_in((7, 7))
    ours, theirs = [(one, 5), (other, 5)], [(one, 9), (other, 9)]

    assert suspects(ours, theirs)[0] == {7}


@given(UIDS, st.integers(1, 2**63 - 1), st.integers(2, 9))
def test_a_record_that_comes_again_does_not_cancel_out(uid, leaf, times):
    odd = leaf | 1

    assert suspects([(uid, odd)], [(uid, odd)] * times)[0] == {bucket_of(uid)}
    assert suspects([], [(uid, odd)] * times)[0] == {bucket_of(uid)}


@given(UIDS, UIDS, st.integers(), st.integers())
def test_values_swapped_between_two_records_are_found(one, other, value, changed):
    ours = [(one, leaf_of(one, [str(value)])), (other, leaf_of(other, [str(changed)]))]
    theirs = [
        (one, leaf_of(one, [str(changed)])),
        (other, leaf_of(other, [str(value)])),
    ]

    found, _ = suspects(ours, theirs)

    assert bool(found) is (one != other and value != changed)


def test_leaves_tell_types_and_places_apart():
    values: list[list[object]] = [
        [1],
        [True],
        [1.0],
        ["1"],
        [b"1"],
        [None],
        [""],
        [None, 1],
        [1, None],
    ]

    assert len({leaf_of(b"u", row) for row in values}) == len(values)
    assert leaf_of(b"u", [1]) != leaf_of(b"v", [1])


@given(BUCKET, st.integers(0, BUCKETS - 1), UIDS)
def test_a_bucket_is_a_range_of_uids(one, other, uid):
    span = min(one, other), max(one, other)
    first, last = uids_in(span)

    assert (first <= uid <= last) is (span[0] <= bucket_of(uid) <= span[1])
    assert (bucket_of(first), bucket_of(last)) == span
    assert len(first) == len(last) == UID_BYTES


@given(UIDS)
def test_the_next_uid_leaves_none_out(uid):
    number = int.from_bytes(uid, "big")

    assert int.from_bytes(after(uid), "big") == min(number + 1, LAST_UID)


@given(RECORDS, RECORDS, RECORDS)
def test_records_that_differ_are_told_in_order(both, ours, theirs):
    ours, theirs = {**both, **ours}, {**both, **theirs}

    found = list(unlike(sorted(ours.items()), sorted(theirs.items())))

    uids = ours.keys() | theirs.keys()
    assert found == sorted(uid for uid in uids if ours.get(uid) != theirs.get(uid))


@given(
    st.lists(LEAVES, min_size=3, max_size=3), st.lists(LEAVES, min_size=3, max_size=3)
)
def test_levels_are_compared_place_by_place(one, other):
    assert differing(one, other) == [n for n in range(3) if one[n] != other[n]]


def test_neighbouring_buckets_are_one_range():
    uids = [uids_in((n, n))[0] for n in (7, 8, 9, 300)]
    ours, theirs = digest([]), digest([(uid, 1) for uid in uids])

    assert suspect(ours, theirs) == ((7, 9), (300, 300))


def test_uids_are_spread_over_the_buckets():
    counts = [0] * BUCKETS
    for number in range(10 * BUCKETS):
        uid = blake2b(number.to_bytes(8, "big"), digest_size=UID_BYTES).digest()
        counts[bucket_of(uid)] += 1

    assert max(counts) < 60
    assert BUCKETS == COARSE * FINE
