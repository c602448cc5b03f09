"""Nodes that do not track the same models."""

from tests.stations.models import Instrument, Region
from tests.sync.nodes import Node

REGION, INSTRUMENT = "stations.Region", "stations.Instrument"


def test_a_model_that_is_tracked_later_gets_what_was_sent_before(nodes):
    here, there = nodes
    there.untrack()
    fresh = Node(there.alias, labels=("stations.Instrument",))
    Region.objects.using(here.alias).create(code="R", name="R")
    Instrument.objects.using(here.alias).create(serial="I")
    clear(there)
    fresh.track()
    fresh.pull(here)
    assert Instrument.objects.using(there.alias).exists()
    assert not Region.objects.using(there.alias).exists()
    there.database.forget()
    there.track()
    there.pull(here)
    assert Region.objects.using(there.alias).get().name == "R"
    assert [report.written for report in here.sync(there)] == [0, 0]


def test_what_a_relay_does_not_track_is_not_taken_for_known(nodes, third):
    """The relay knows the versions of records that it does not hold."""
    here, there = nodes
    third.untrack()
    clear(third)
    relay = Node(third.alias, labels=("stations.Instrument",))
    relay.track()
    Region.objects.using(here.alias).create(code="R", name="R")
    Instrument.objects.using(here.alias).create(serial="I")
    relay.pull(here)
    there.pull(relay)
    assert Instrument.objects.using(there.alias).exists()
    there.pull(here)
    assert Region.objects.using(there.alias).get().name == "R"
    assert not there.pull(relay).written


def clear(node):
    """Let a database forget that it was ever tracked."""
    node.database.forget()
    for table in ("state", "table", "record", "journal", "peer", "node"):
        node.database.engine.execute(
            node.database.connection, f"DELETE FROM syncline_{table}"
        )
