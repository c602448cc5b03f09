"""Uids that lead to other records: how values are spelled with those of today."""

from syncline.changes.dots import Dot
from syncline.changes.messages import Extra, decode, encode
from syncline.conflict.versions import Record, Version, Versioned
from syncline.identity.aliases import (
    family,
    spelled,
    spelled_extra,
    spelled_values,
    uids_in,
)
from syncline.identity.stored import record_of, renumbered, split
from syncline.identity.uids import uid_of_key

OLD, NEW, OTHER = (letter * 16 for letter in (b"o", b"n", b"x"))
WINNERS = {OLD: NEW}


def test_a_reference_is_spelled_with_the_uid_of_today():
    assert spelled(OLD, WINNERS) == NEW
    assert spelled(OTHER, WINNERS) == OTHER
    assert spelled(None, WINNERS) is None
    assert spelled((("app", "model"), OLD), WINNERS) == (("app", "model"), NEW)


def test_bytes_that_are_no_reference_stay():
    values = {"target": OLD, "picture": OLD}
    assert spelled_values(values, {"target"}, WINNERS) == {
        "target": NEW,
        "picture": OLD,
    }


def test_values_beside_the_row_are_spelled_so_too():
    extra = Extra(values={"target": ((), (OLD,)), "picture": ((OLD,),)})
    found = spelled_extra(extra, {"target"}, WINNERS)
    assert found == Extra(values={"target": ((), (NEW,)), "picture": ((OLD,),)})


def test_uids_are_found_in_groups_too():
    found = uids_in([OLD, 3, None, (("a", "b"), NEW), "text", b"short", [[OTHER]]])
    assert sorted(found) == sorted([OLD, NEW, OTHER])


def test_a_link_s_uid_may_be_made_of_any_spelling_of_its_ends():
    found = family("app.Link", [NEW, OTHER], {NEW: [OLD]})
    assert found == {
        uid_of_key("app.Link", [NEW, OTHER]),
        uid_of_key("app.Link", [OLD, OTHER]),
    }


def test_a_tombstone_keeps_what_it_says_on_every_way():
    version = Version(5, Dot("node", 7))
    record = Record(
        life=(Versioned(2, version),), fields={}, merged=frozenset({OLD, NEW})
    )
    made = split(record, ["a"], lambda _: 1)
    assert made.extra is not None
    sent = decode(encode(made.extra), Extra)
    assert sent == made.extra
    mark, extra = renumbered(made.mark, sent, lambda number: number + 1)
    assert record_of(2, mark, extra, {}, {2: "node"}) == record
