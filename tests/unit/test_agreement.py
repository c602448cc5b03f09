"""What two nodes' views of a record mean, given what each of them knew."""

import pytest

from syncline.changes.digests import Compared, RowSeen, RowsSeen
from syncline.changes.messages import Ranges
from syncline.verify.agreement import (
    ROW,
    VERSIONS,
    AgreementReport,
    ModelAgreement,
    State,
    judge,
    shortened,
)

UID = b"u" * 16
WHAT = Compared(label="shop.Item", fields=("name", "size"))
DEEP = Compared(label="shop.Item", fields=("name", "size"), deep=True)

FIRST = ("a", 1)
"""The change that made the record, which both nodes know."""


def row(name="x", size=1, dots=(FIRST, FIRST), **options):
    options.setdefault("life", 1)
    options.setdefault("pk", "7")
    return RowSeen(
        uid=UID,
        values=(name, size),
        life_dots=(FIRST,),
        dots=tuple((dot,) for dot in dots),
        **options,
    )


def gone(dot=None, **options):
    """A tombstone, or a record without its row."""
    options.setdefault("pk", None)
    options.setdefault("life", 2)
    return RowSeen(uid=UID, values=None, life_dots=(dot or FIRST,), dots=(), **options)


def seen(*rows, known=None, held=None):
    """A node's view; by default it knows three changes of either node."""
    known = {"a": ((1, 3),), "b": ((1, 3),)} if known is None else known
    return RowsSeen(knows=Ranges(known=known, held=held or {}), rows=rows)


def states(source, target, what=WHAT):
    found = judge(what, [UID], source, target)
    return {field.name: field.state for one in found for field in one.fields}


def test_equal_values_are_no_difference():
    assert states(seen(row()), seen(row(pk="8"))) == {}
    assert states(seen(row((1, b"u"))), seen(row([1, b"u"]))) == {}


@pytest.mark.parametrize("other", ["X", "x ", None, "", 1, True, 1.0, b"x"])
def test_any_other_value_is_one(other):
    assert states(seen(row()), seen(row(other))) == {"name": State.DIVERGED}


def test_types_are_told_apart():
    for one, other in [(1, True), (0, False), (1, 1.0), ("1", 1), (None, "")]:
        assert "name" in states(seen(row(one)), seen(row(other)))


def test_a_change_that_one_side_has_not_seen_is_pending():
    edited = row("y", dots=[("a", 4), FIRST])

    assert states(seen(edited), seen(row())) == {"name": State.PENDING}
    assert states(seen(row()), seen(edited)) == {"name": State.PENDING}


def test_a_change_is_pending_for_its_own_field_only():
    edited = row("y", 2, dots=[("a", 4), FIRST])

    assert states(seen(edited), seen(row())) == {
        "name": State.PENDING,
        "size": State.DIVERGED,
    }


def test_a_change_in_the_record_is_known_though_the_transfer_has_not_ended():
    one, other = (row(name, dots=[("a", 4), FIRST]) for name in "yz")

    assert states(seen(one), seen(other)) == {"name": State.DIVERGED}


def test_a_change_in_quarantine_is_held():
    edited = row("y", dots=[("a", 4), FIRST])
    waiting = seen(row(), held={"a": ((4, 4),)})

    assert states(seen(edited), waiting) == {"name": State.HELD}


def test_a_row_being_written_is_pending():
    assert states(seen(row("y", moving=True)), seen(row())) == {"name": State.PENDING}
    assert states(seen(row()), seen(gone(pk="7", moving=True))) == {ROW: State.PENDING}


@pytest.mark.parametrize(
    ("other", "known", "state"),
    [
        ([], {}, State.PENDING),
        ([], None, State.DIVERGED),
        ([gone(("b", 4))], None, State.PENDING),
        ([gone(("b", 3))], None, State.DIVERGED),
        ([gone(pk="8", life=1)], None, State.DIVERGED),
    ],
    ids=["new", "forgotten", "deleted", "undead", "lost"],
)
def test_a_row_that_one_side_lacks(other, known, state):
    assert states(seen(row()), seen(*other, known=known)) == {ROW: state}
    assert states(seen(*other, known=known), seen(row())) == {ROW: state}


def test_what_neither_side_has_is_equal():
    assert states(seen(gone()), seen()) == {}
    assert states(seen(gone()), seen(gone(("b", 2)))) == {}


def test_versions_count_if_asked_for():
    one, other = row(), row(dots=[("b", 2), FIRST])

    assert states(seen(one), seen(other)) == {}
    assert states(seen(one), seen(other), DEEP) == {VERSIONS: State.DIVERGED}
    assert states(seen(row(dots=[("a", 4), FIRST])), seen(one), DEEP) == {
        VERSIONS: State.PENDING
    }


def test_a_record_is_as_bad_as_its_worst_field():
    [found] = judge(
        WHAT, [UID], seen(row("y", 2, dots=[("a", 4), FIRST])), seen(row(pk="8"))
    )

    assert found.state is State.DIVERGED
    assert str(found) == (
        f"shop.Item {UID.hex()} (pk 7 in the source and pk 8 in the target), "
        "diverged: name: 'y' and 'x'; size: 2 and 1"
    )


def test_a_second_look_replaces_the_first():
    report = AgreementReport(source="a", target="b")
    report.models["shop.Item"] = model = ModelAgreement(label="shop.Item")
    [found] = judge(WHAT, [UID], seen(row("y")), seen(row()))
    report.keep(found)
    before = report.equal

    report.amend("shop.Item", [])

    assert (before, report.equal) == (False, True)
    assert report.differences == []
    assert model.fields == {"name": 0}


def test_long_values_are_shortened():
    assert shortened("x" * 99) == "'" + "x" * 39 + "…"
    assert shortened(b"\xff") == "ff"
