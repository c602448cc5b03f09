"""Conflicts, quarantine, undo and audit, as their users meet them."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from syncline.models import Conflict, Quarantined
from tests.stations.models import Region
from tests.sync.test_sync import allow, refuse


def said(*words, node):
    """What a verb prints as JSON on one node."""
    out = StringIO()
    call_command(
        "syncline",
        *words,
        "--database",
        node.alias,
        "--json",
        stdout=out,
        stderr=StringIO(),
    )
    return json.loads(out.getvalue())


def named(node):
    return Region.objects.using(node.alias).get(code="R").name


@pytest.fixture
def edited(nodes):
    """One record that both nodes have edited; `there` has pulled."""
    here, there = nodes
    Region.objects.using(here.alias).create(code="R", name="before")
    here.sync(there)
    now = here.database.now()
    for node, name, at in ((here, "first", 2000), (there, "second", 1000)):
        Region.objects.using(node.alias).update(name=name)
        node.stamp(now - at)
    there.pull(here)
    return nodes


def test_a_value_that_lost_can_be_had_back_and_travels(edited):
    here, there = edited
    [conflict] = said("conflicts", node=there)["conflicts"]
    assert (conflict["part"], conflict["values"]) == ("name", ["second", "first"])
    said("conflicts", "resolve", str(conflict["id"]), "--keep", "1", node=there)
    assert named(there) == "first"
    here.sync(there)
    assert named(here) == "first"
    assert said("conflicts", node=there)["conflicts"] == []
    assert len(said("conflicts", "--resolved", node=there)["conflicts"]) == 1
    assert [report.written for report in here.sync(there)] == [0, 0]


def test_to_keep_what_is_shown_settles_a_conflict_too(edited):
    here, there = edited
    [conflict] = Conflict.objects.using(there.alias).all()
    said("conflicts", "resolve", str(conflict.pk), "--keep", "0", node=there)
    assert named(there) == "second"
    here.sync(there)
    assert named(here) == "second"


def test_a_choice_that_there_is_not_changes_nothing(edited):
    _, there = edited
    [conflict] = Conflict.objects.using(there.alias).all()
    with pytest.raises(CommandError, match="E095"):
        said("conflicts", "resolve", str(conflict.pk), "--keep", "7", node=there)
    with pytest.raises(CommandError, match="E096"):
        said("conflicts", "resolve", "999999", "--keep", "0", node=there)
    assert named(there) == "second"


def test_a_change_that_waits_is_shown_and_tried_again(nodes):
    here, there = nodes
    Region.objects.using(here.alias).create(code="R77", name="R")
    refuse(there)
    there.pull(here)
    [waiting] = said("quarantine", node=there)["quarantine"]
    assert "not this one" in waiting["reason"]
    allow(there)
    assert said("quarantine", "retry", node=there) == {"tried": 1, "waiting": 0}
    assert Region.objects.using(there.alias).exists()


def test_a_change_that_is_dropped_does_not_come_back(nodes):
    here, there = nodes
    Region.objects.using(here.alias).create(code="R77", name="R")
    refuse(there)
    there.pull(here)
    [waiting] = Quarantined.objects.using(there.alias).all()
    said("quarantine", "drop", str(waiting.pk), node=there)
    allow(there)
    there.pull(here)
    assert not Region.objects.using(there.alias).exists()
    assert not Quarantined.objects.using(there.alias).exists()


def test_a_run_is_taken_back_by_its_number(nodes):
    here, there = nodes
    Region.objects.using(here.alias).create(code="R", name="R")
    run = said("pull", here.alias, node=there)["run"]
    assert said("undo", str(run), node=there)["removed"] == {"stations.Region": 1}
    assert not Region.objects.using(there.alias).exists()


def test_an_audit_says_what_was_missed(nodes):
    here, _ = nodes
    Region.objects.using(here.alias).create(code="R", name="R")
    assert said("audit", node=here)["found"] == {}
    here.untrack()
    Region.objects.using(here.alias).update(name="unseen")
    with pytest.raises(CommandError) as caught:
        said("audit", "stations", node=here)
    assert "stations.Region" in str(caught.value)
    assert said("audit", "stations.region", node=here)["reinstalled"] == []
