"""Models that move in one direction only, and the rules that name a side."""

from dataclasses import replace

import pytest

from syncline import source, target
from syncline.registry import registry
from syncline.transfer.tracked import pull, push, sync
from tests.stations.models import Label, Region
from tests.sync.test_statements import counted


@pytest.fixture
def one_way(nodes, monkeypatch):
    """A function that declares regions to move in one direction, by one rule."""
    usual = registry.declared()

    def declare(direction, rule):
        tracked = usual.tracked["stations.Region"]
        parts = tuple(
            replace(part, resolver=rule, rule=rule.__name__) for part in tracked.parts
        )
        changed = replace(tracked, direction=direction, parts=parts)
        declared = replace(usual, tracked={**usual.tracked, "stations.Region": changed})
        monkeypatch.setattr(registry, "declared", lambda: declared)
        return [node.alias for node in nodes]

    return declare


def names(alias):
    return list(Region.objects.using(alias).values_list("name", flat=True))


def make(alias, name):
    Region.objects.using(alias).create(code="R", name=name)


def test_a_model_that_is_only_pulled_is_not_pushed(one_way):
    here, there = one_way("pull", source)
    make(here, "here")
    Label.objects.using(here).create(text="moves")
    push(there, database=here).run()
    assert names(there) == []
    assert Label.objects.using(there).exists()

    Region.objects.using(here).all().delete()
    make(there, "there")
    sync(there, database=here).run()
    assert names(here) == ["there"]


def test_a_model_that_is_only_pushed_is_not_pulled(one_way):
    here, there = one_way("push", source)
    make(there, "there")
    pull(there, database=here).run()
    assert names(here) == []


@pytest.mark.parametrize(("rule", "kept"), [(source, "theirs"), (target, "mine")])
def test_a_rule_that_names_a_side_decides_for_it(rule, kept, one_way):
    here, there = one_way("pull", rule)
    make(there, "first")
    pull(there, database=here).run()
    Region.objects.using(there).update(name="theirs")
    Region.objects.using(here).update(name="mine")
    report = pull(there, database=here).run()

    assert names(here) == [kept]
    assert [one.conflicts.total() for one in report.transfers] == [1]


def test_a_model_of_one_direction_does_not_have_all_records_looked_at(one_way):
    """Each sync goes on where the last one has ended, of these models, too."""
    here, there = one_way("pull", source)
    make(there, "there")
    Label.objects.using(here).create(text="moves")
    for _ in range(2):
        sync(there, database=here).run()

    with counted(here, there) as seen:
        report = sync(there, database=here).run()

    assert [one.changesets for one in report.transfers] == [0, 0]
    texts = [sql for statements in seen.values() for sql in statements]
    assert not [sql for sql in texts if "syncline_record" in sql]

    Region.objects.using(there).update(name="again")
    Label.objects.using(here).update(text="again")
    sync(there, database=here).run()
    assert names(here) == ["again"]
    assert Label.objects.using(there).get().text == "again"


def test_what_a_narrow_transfer_has_not_named_comes_with_a_wider_one(nodes):
    here, there = (node.alias for node in nodes)
    make(there, "there")
    Label.objects.using(there).create(text="later")
    pull(there, database=here, models=["stations.Region"]).run()
    assert not Label.objects.using(here).exists()

    pull(there, database=here, models=["stations.Label", "stations.Region"]).run()
    assert Label.objects.using(here).get().text == "later"
    Label.objects.using(there).update(text="latest")
    pull(there, database=here).run()
    assert Label.objects.using(here).get().text == "latest"
