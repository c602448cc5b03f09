"""What a node has seen, has stored, and does not want."""

from hypothesis import given
from hypothesis import strategies as st

from syncline.changes.dots import Dot, DotSet
from syncline.changes.knowledge import Knowledge

ONE, TWO, THREE = (Dot("a", number) for number in (1, 2, 3))
dot_sets = st.frozensets(
    st.builds(Dot, st.sampled_from(["a", "b"]), st.integers(1, 6))
).map(lambda dots: DotSet.of(*dots))


@st.composite
def knowledges(draw):
    """What a node may come to know, in whatever way."""
    return (
        Knowledge()
        .merged(draw(dot_sets))
        .learned(Knowledge(), held=draw(dot_sets), refused=draw(dot_sets))
    )


@given(knowledges(), knowledges(), dot_sets, dot_sets)
def test_no_dot_is_in_two_sets(mine, end, held, refused):
    for one in (
        mine,
        mine.learned(end, held=held, refused=refused),
        mine.unmerged(held),
    ):
        assert not one.known & one.held
        assert not one.known & one.refused
        assert not one.held & one.refused


@given(knowledges(), knowledges(), dot_sets, dot_sets)
def test_nothing_that_was_had_is_forgotten(mine, end, held, refused):
    assert mine.learned(end, held=held, refused=refused).covers(mine)
    assert mine.unmerged(held).covers(mine)
    assert mine.merged(held).covers(mine)


@given(knowledges(), knowledges())
def test_a_whole_transfer_brings_what_the_sender_had_merged(mine, end):
    assert mine.learned(end).known >= end.known


@given(knowledges(), knowledges(), dot_sets)
def test_what_could_not_be_applied_is_not_known(mine, end, held):
    learned = mine.learned(end, held=held)

    assert not learned.known & (held - mine.known)
    assert learned.had >= held


def test_what_the_sender_only_holds_is_not_learned_from_its_end():
    """It was served as a change of its own, and may have been quarantined here too."""
    end = Knowledge(known=DotSet.of(ONE), held=DotSet.of(TWO), refused=DotSet.of(THREE))

    learned = Knowledge().learned(end)

    assert learned.knows(ONE)
    assert not learned.has(TWO)
    assert not learned.has(THREE)


def test_held_changes_are_not_sent_again_and_not_known():
    held = Knowledge().learned(Knowledge(known=DotSet.of(ONE)), held=DotSet.of(ONE))

    assert held.has(ONE)
    assert not held.knows(ONE)
    assert held.merged(DotSet.of(ONE)).knows(ONE)


def test_undone_changes_are_held():
    undone = Knowledge(known=DotSet.of(ONE, TWO)).unmerged(DotSet.of(TWO, THREE))

    assert undone == Knowledge(known=DotSet.of(ONE), held=DotSet.of(TWO))


def test_own_numbers_are_known_at_once():
    assert Knowledge().numbered(ONE).knows(ONE)
