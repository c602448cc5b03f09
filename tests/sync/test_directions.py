"""Models that move in one direction only, and the rules that name a side."""

from dataclasses import replace

import pytest

from syncline import source, target
from syncline.registry import registry
from syncline.transfer.tracked import pull, push, sync
from tests.stations.models import Label, Region


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
