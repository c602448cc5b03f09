"""The merge rule, case by case; tests/simulation plays it in random histories."""

import itertools

import pytest

from syncline.changes.dots import Dot, DotSet
from syncline.conflict import resolvers
from syncline.conflict.merge import Contract, Contradiction, Seen, merge
from syncline.conflict.versions import Record, Version, Versioned, shown

A, B, C = (Version(10 * number, Dot(node, 1)) for number, node in enumerate("abc", 1))
BIRTH = Versioned(1, Version(0, Dot("birth", 1)))
GONE = Versioned(2, Version(50, Dot("gone", 1)))


def alive(*siblings, life=BIRTH):
    return Record(life=(life,), fields={"price": siblings})


def dead(life=GONE):
    return Record(life=(life,), fields={})


def met(mine, theirs, *, i_know=(), they_know=(), **contract):
    """Merge two records; each side knows the birth, its own values, and some more."""
    counter = itertools.count(1)
    dots = [
        DotSet.of(
            BIRTH.version.dot,
            *(v.dot for v in record.versions()),
            *(v.dot for v in more),
        )
        for record, more in ((mine, i_know), (theirs, they_know))
    ]
    return merge(
        mine,
        theirs,
        seen=Seen(mine=dots[0], theirs=dots[1]),
        contract=Contract(**contract),
        mint=lambda after: Version(after + 1, Dot("me", next(counter))),
    )


def test_a_record_that_is_new_here_is_taken():
    theirs = alive(Versioned(1, A))
    merged = merge(
        None,
        theirs,
        seen=Seen(mine=DotSet(), theirs=DotSet()),
        contract=Contract(),
        mint=lambda _: pytest.fail("nothing is to be decided"),
    )
    assert merged.record == theirs


def test_one_version_on_both_sides_is_kept():
    both = alive(Versioned(1, A))
    assert met(both, both).record == both


def test_what_the_sender_has_seen_is_replaced_by_what_it_has():
    merged = met(alive(Versioned(1, A)), alive(Versioned(2, B)), they_know=[A])

    assert merged.record == alive(Versioned(2, B))
    assert merged.lost == {}


def test_what_i_have_seen_does_not_come_back():
    merged = met(alive(Versioned(2, B)), alive(Versioned(1, A)), i_know=[A])

    assert merged.record == alive(Versioned(2, B))
    assert merged.lost == {}


def test_equal_values_are_one_without_a_conflict():
    merged = met(alive(Versioned(1, A)), alive(Versioned(1, B)))

    assert merged.record == alive(Versioned(1, B))
    assert merged.lost == {}


@pytest.mark.parametrize("value", [1.0, True, "1"])
def test_values_of_other_types_are_not_equal(value):
    merged = met(alive(Versioned(1, A)), alive(Versioned(value, B)))
    assert merged.lost == {"price": (Versioned(1, A),)}


def test_newest_keeps_its_version_and_the_loser_is_told():
    merged = met(alive(Versioned(1, A)), alive(Versioned(2, B)))

    assert merged.record == alive(Versioned(2, B))
    assert merged.lost == {"price": (Versioned(1, A),)}


@pytest.mark.parametrize(
    ("resolver", "value"),
    [
        (resolvers.largest, 2),
        (resolvers.smallest, 1),
        (resolvers.node_priority(["a"]), 1),
        (resolvers.by_function(lambda a, b: a + b), 3),
    ],
)
def test_any_other_winner_gets_a_new_version(resolver, value):
    mine, theirs = alive(Versioned(1, A)), alive(Versioned(2, B))
    merged = met(mine, theirs, resolvers={"price": resolver})

    [one] = merged.record.fields["price"]
    assert one == Versioned(value, Version(B.clock + 1, Dot("me", 1)))


def test_null_is_never_the_largest_nor_the_smallest():
    for resolver in (resolvers.largest, resolvers.smallest):
        merged = met(
            alive(Versioned(None, A)),
            alive(Versioned(5, B)),
            resolvers={"price": resolver},
        )
        assert shown(merged.record.fields["price"]).value == 5


def test_held_values_stay_until_a_choice_covers_both():
    held = met(
        alive(Versioned(1, A)),
        alive(Versioned(2, B)),
        resolvers={"price": resolvers.hold},
    ).record
    assert held == alive(Versioned(1, A), Versioned(2, B))
    assert shown(held.fields["price"]).value == 2

    chosen = alive(Versioned(1, C))
    merged = met(held, chosen, they_know=[A, B], resolvers={"price": resolvers.hold})
    assert merged.record == chosen


def test_concurrent_fields_both_survive():
    mine = Record(life=(BIRTH,), fields={"x": (Versioned(1, A),), "y": (BIRTH,)})
    theirs = Record(life=(BIRTH,), fields={"x": (BIRTH,), "y": (Versioned(2, B),)})

    merged = met(mine, theirs)

    assert merged.record.fields == {"x": (Versioned(1, A),), "y": (Versioned(2, B),)}
    assert merged.lost == {}


def test_a_field_that_one_side_does_not_know_is_kept():
    mine = Record(life=(BIRTH,), fields={"x": (BIRTH,), "new": (Versioned(7, A),)})
    theirs = Record(life=(BIRTH,), fields={"x": (Versioned(2, B),)})

    assert met(mine, theirs).record.fields["new"] == (Versioned(7, A),)


def test_a_deletion_that_knew_all_is_taken():
    merged = met(alive(Versioned(1, A)), dead(), they_know=[A])
    assert merged.record == dead()


def test_an_edit_that_the_deletion_did_not_know_wins():
    merged = met(alive(Versioned(1, A)), dead())

    assert merged.record.alive
    assert merged.record.length == 3
    assert shown(merged.record.fields["price"]).value == 1
    assert {v.dot.node for v in merged.record.versions()} == {"me"}


def test_an_edit_that_the_deletion_did_not_know_is_told_where_deletions_win():
    merged = met(alive(Versioned(1, A)), dead(), edit_wins=False)

    assert not merged.record.alive
    assert merged.lost == {"price": (Versioned(1, A),)}


def test_a_record_that_was_made_again_stays():
    again = alive(Versioned(1, A), life=Versioned(3, C))
    assert met(dead(), again, they_know=[GONE.version]).record == again


def test_deletions_that_knew_nothing_of_each_other_are_both_kept():
    other = Versioned(2, Version(60, Dot("other", 1)))
    merged = met(dead(), dead(other))

    assert merged.record.life == (GONE, other)
    assert not merged.record.alive


def test_silent_fields_make_no_conflict():
    merged = met(
        alive(Versioned(1, A)), alive(Versioned(2, B)), silent=frozenset({"price"})
    )
    assert merged.lost == {}


def test_two_sides_that_both_claim_to_have_replaced_the_other_are_wrong():
    with pytest.raises(Contradiction):
        met(alive(Versioned(1, A)), alive(Versioned(2, B)), i_know=[B], they_know=[A])


def merged_into(*uids, life=GONE):
    return Record(life=(life,), fields={}, merged=frozenset(uids))


def test_an_edit_does_not_revive_a_record_that_is_another():
    """Nor is a version made: there is but one thing that may come of it."""
    edited = alive(Versioned(1, A))
    for mine, theirs in (
        (edited, merged_into(b"w")),
        (merged_into(b"w"), edited),
    ):
        merged = met(mine, theirs)
        assert merged.record == merged_into(b"w")
        assert merged.lost == {"price": (Versioned(1, A),)}


def test_what_a_merge_has_seen_is_not_lost():
    merged = met(alive(Versioned(1, A)), merged_into(b"w"), they_know=[A])
    assert merged.record == merged_into(b"w")
    assert merged.lost == {}


def test_a_record_that_lived_again_is_buried_with_its_alias():
    again = alive(Versioned(1, A), life=Versioned(3, B))
    merged = met(again, merged_into(b"w"))
    assert not merged.record.alive
    assert merged.record.merged == {b"w"}
    assert merged.record.length == 4


def test_what_two_nodes_found_a_record_to_be_is_both():
    later = Versioned(2, Version(60, Dot("later", 1)))
    merged = met(merged_into(b"v"), merged_into(b"w", life=later))
    assert merged.record == Record(
        life=(GONE, later), fields={}, merged=frozenset({b"v", b"w"})
    )


def test_a_plain_deletion_does_not_forget_what_a_record_was_found_to_be():
    later = Versioned(2, Version(60, Dot("later", 1)))
    for mine, theirs in (
        (merged_into(b"w"), dead(later)),
        (dead(later), merged_into(b"w")),
    ):
        assert met(mine, theirs).record.merged == {b"w"}
