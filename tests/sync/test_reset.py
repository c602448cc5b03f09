"""A checkpoint that is set back or set: nothing is lost, and nothing doubled."""

import pytest

from syncline.apply.quarantine import refuse
from syncline.apply.undoing import Undoing
from syncline.capture.sequencer import Sequencer
from syncline.errors import BadCheckpoint, UnknownPeer
from syncline.models import Peer, Quarantined, Run
from syncline.transfer.tracked import audit, pull, reset, sync, untracked
from tests.stations.models import Label, Observation, Region, Remark, Station
from tests.sync.nodes import Node
from tests.sync.test_agreement import unseen
from tests.sync.test_models_apart import clear
from tests.sync.test_sync import fill


@pytest.fixture
def synced(nodes):
    """Two nodes in step, whose rows have different pks; the second has unkeyed ones."""
    here, there = nodes
    sync(there.alias, database=here.alias).run()
    Region.objects.using(here.alias).create(code="S", name="South")
    fill(there.alias)
    Label.objects.using(there.alias).create(text="red")
    sync(there.alias, database=here.alias).run()
    return here, there


def again(node, peer, **said):
    return reset(peer.alias, database=node.alias, **said).run()


def written(node, peer):
    return sync(peer.alias, database=node.alias).run().written


def checkpoint(node):
    return Peer.objects.using(node.alias).get().seq_in


def asked(node, peer):
    """The models that a node asks a peer for anew."""
    end = node.endpoint()
    there = peer.endpoint().hello()
    end.hello()
    end.has_met(there.node)
    return set(end.want(there, peer.alias).anew)


def test_after_a_reset_everything_is_read_and_nothing_written(synced):
    here, there = synced
    before = checkpoint(here)
    report = again(here, there)

    assert (report.before, report.after, report.lost) == (before, 0, {})
    assert checkpoint(here) == 0
    assert asked(here, there) == set(here.database.rows)
    assert written(here, there) == 0
    assert checkpoint(here) == there.database.state().seq
    assert asked(here, there) == set()


def test_a_row_that_went_unseen_comes_back(synced):
    here, there = synced
    with unseen(here):
        Observation.objects.using(here.alias).all().delete()
        Remark.objects.using(here.alias).all().delete()
    assert written(here, there) == 0
    report = again(here, there)

    assert report.lost == {"stations.Observation": 1, "stations.Remark": 1}
    assert written(here, there) == 2
    station = Observation.objects.using(here.alias).get().station
    assert station.code == "N2"
    assert Remark.objects.using(here.alias).get().subject == Station.objects.using(
        here.alias
    ).get(code="N1")
    assert written(here, there) == 0
    assert not audit(database=here.alias).run().found


def test_a_row_whose_going_an_audit_has_found_is_deleted_everywhere(synced):
    here, there = synced
    with unseen(here):
        Observation.objects.using(here.alias).all().delete()
    audit(database=here.alias).run()
    report = again(here, there)
    sync(there.alias, database=here.alias).run()

    assert report.lost == {}
    for node in synced:
        assert not Observation.objects.using(node.alias).exists()


def test_a_deletion_that_is_not_numbered_yet_is_no_loss(synced):
    here, there = synced
    Observation.objects.using(here.alias).all().delete()

    assert again(here, there).lost == {}
    written(here, there)
    for node in synced:
        assert not Observation.objects.using(node.alias).exists()


def test_what_was_taken_back_or_refused_does_not_come_again(synced):
    here, there = synced
    Region.objects.using(there.alias).create(code="U", name="undone")
    pull(there.alias, database=here.alias).run()
    number = Run.objects.using(here.alias).latest("pk").pk
    database = here.open()
    undoing = Undoing(database=database, sequencer=Sequencer(database=database))
    undoing.take_back(number)
    again(here, there)
    assert pull(there.alias, database=here.alias).run().written == 0

    [waiting] = Quarantined.objects.using(here.alias).all()
    refuse(here.open(), waiting.pk)
    again(here, there)
    assert pull(there.alias, database=here.alias).run().written == 0
    assert not Region.objects.using(here.alias).filter(code="U").exists()


def test_rows_that_were_written_untracked_do_not_travel(synced):
    here, there = synced
    with untracked(there.alias):
        Region.objects.using(there.alias).create(code="P", name="private")
    again(here, there)
    written(here, there)

    assert not Region.objects.using(here.alias).filter(code="P").exists()


def test_narrowed_transfers_bring_a_reset_to_its_end_model_by_model(synced):
    here, there = synced
    again(here, there)
    regions = ("stations.Region",)
    pull(there.alias, database=here.alias, models=regions).run()

    assert asked(here, there) == set(here.database.rows) - set(regions)


def test_a_model_that_is_tracked_late_is_asked_for_once_by_narrowed_transfers(nodes):
    here, there = nodes
    there.untrack()
    fresh = Node(there.alias, labels=("stations.Instrument",))
    Region.objects.using(here.alias).create(code="R", name="R")
    Station.objects.using(here.alias).create(
        code="S", name="S", region=Region.objects.using(here.alias).get()
    )
    clear(there)
    fresh.track()
    fresh.pull(here)
    there.database.forget()
    there.track()
    there.pull(here, models=("stations.Region",))

    assert Region.objects.using(there.alias).exists()
    assert not Station.objects.using(there.alias).exists()
    assert "stations.Region" not in asked(there, here)
    there.pull(here)
    assert Station.objects.using(there.alias).exists()
    assert asked(there, here) == set()


def test_a_position_that_skips_nothing_is_set(synced):
    here, there = synced
    end = checkpoint(here)
    again(here, there)
    report = again(here, there, to=end)
    assert (report.before, report.after, checkpoint(here)) == (0, end, end)

    assert again(here, there, to=1).after == 1
    assert written(here, there) == 0
    assert checkpoint(here) == there.database.state().seq


def test_a_position_that_would_skip_changes_is_refused(synced):
    here, there = synced
    before = checkpoint(here)
    Region.objects.using(there.alias).create(code="W", name="West")
    end = Sequencer(database=there.open())
    end.run()
    seq = there.database.state().seq
    with pytest.raises(BadCheckpoint, match="1 record before it has not arrived"):
        again(here, there, to=seq)
    with pytest.raises(BadCheckpoint, match=f"its order ends at {seq}"):
        again(here, there, to=seq + 1)

    assert checkpoint(here) == before
    assert written(here, there) == 1


def test_a_peer_that_was_never_met_is_told(nodes):
    here, there = nodes
    with pytest.raises(UnknownPeer):
        again(here, there)
    with pytest.raises(UnknownPeer):
        reset(database=here.alias).run()


def test_a_reset_is_a_run_and_the_only_peer_need_not_be_named(synced):
    here, there = synced
    before = checkpoint(here)
    reset(database=here.alias).run()

    run = Run.objects.using(here.alias).latest("pk")
    assert (run.verb, run.state, run.arguments["peer"]) == (
        "reset",
        "done",
        there.alias,
    )
    assert run.report["told"] == f"from {before:,} to 0"
