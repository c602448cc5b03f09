"""A database that was put back to an earlier state is noticed before it does harm."""

import pytest
from django.db.models import F

from syncline.errors import DatabasePutBack
from syncline.models import State
from syncline.transfer.tracked import sync, track, untrack
from tests.stations.models import Region


@pytest.fixture
def put_back(nodes):
    """Two nodes, of which the first has forgotten its last change."""
    here, there = nodes
    for code in ("A", "B"):
        Region.objects.using(here.alias).create(code=code, name=code)
        here.sync(there)
    State.objects.using(here.alias).update(counter=F("counter") - 1)
    return here, there


@pytest.mark.parametrize("direction", ["pull", "push"])
def test_a_node_that_has_forgotten_changes_moves_nothing(put_back, direction):
    here, there = put_back
    Region.objects.using(there.alias).update(name="changed")
    source, target = (there, here) if direction == "pull" else (here, there)

    with pytest.raises(DatabasePutBack) as caught:
        target.pull(source)

    assert (caught.value.known, caught.value.counter) == (2, 1)
    names = Region.objects.using(here.alias).values_list("name", flat=True)
    assert sorted(names) == ["A", "B"]


def test_it_joins_again_as_a_new_node(put_back):
    here, there = put_back
    Region.objects.using(there.alias).filter(code="A").update(name="theirs")
    Region.objects.using(here.alias).create(code="C", name="mine")

    untrack(database=here.alias).run()
    track(database=here.alias).run()
    sync(there.alias, database=here.alias).run()

    for node in put_back:
        names = dict(Region.objects.using(node.alias).values_list("code", "name"))
        assert names == {"A": "theirs", "B": "B", "C": "mine"}
