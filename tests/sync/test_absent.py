"""What the source lacks is deleted where a person says so, and only then."""

from dataclasses import replace

import pytest

from syncline.apply.contact import Contact
from syncline.apply.undoing import Undoing
from syncline.capture import outgoing
from syncline.capture.sequencer import Sequencer
from syncline.errors import AbsentRefused
from syncline.models import Peer, Run
from syncline.transfer import absence
from syncline.transfer.tracked import pull, push, sync
from tests.stations.models import (
    Harbour,
    Label,
    Observation,
    Place,
    Region,
    Remark,
    Station,
)
from tests.sync.nodes import Node
from tests.sync.test_sync import fill

ABSENT = Contact(absent_means_deleted=True)
ANY = Contact(absent_means_deleted=True, absent_max_percent=100)


@pytest.fixture
def apart(pair):
    """Two databases with rows that nobody tracks yet, and a function that begins to."""
    nodes = here, there = Node(pair.source), Node(pair.target)
    fill(there.alias)
    for node in nodes:
        for number in range(20):
            Label.objects.using(node.alias).create(text=f"label {number}")
    Label.objects.using(here.alias).create(text="old")

    def track():
        for node in nodes:
            node.track()
        return nodes

    yield here, there, track
    for node in nodes:
        node.untrack()


def taken(target, source, contact=ABSENT, **said):
    """What a pull by the target has come to."""
    report = pull(source.alias, database=target.alias, contact=contact, **said).run()
    assert report.pulled is not None
    return report.pulled


def labels(node):
    return set(Label.objects.using(node.alias).values_list("text", flat=True))


def counts(node):
    models = (Label, Region, Station, Observation, Remark, Place)
    return [model._base_manager.using(node.alias).count() for model in models]


def test_what_the_source_lacks_goes_and_the_rest_stays(apart):
    here, there, track = apart
    track()
    report = taken(here, there)

    assert report.deleted == {"stations.Label": 1}
    assert counts(here) == counts(there)
    assert sync(there.alias, database=here.alias).run().written == 0
    assert labels(here) == labels(there)
    assert "old" not in labels(here)


def test_without_a_word_nothing_is_deleted(apart):
    here, there, track = apart
    track()
    sync(there.alias, database=here.alias).run()

    assert "old" in labels(here)
    assert "old" in labels(there)


def test_a_dry_run_tells_exactly_what_goes(apart):
    here, there, track = apart
    track()
    report = taken(here, there, dry_run=True)

    told = [(one.label, one.key) for one in report.details if one.outcome == "delete"]
    assert told == [("stations.Label", "old")]
    assert "old" in labels(here)
    assert not Peer.objects.using(here.alias).filter(met=True).exists()
    assert taken(here, there).deleted == {"stations.Label": 1}


def test_a_push_deletes_at_the_peer(apart):
    here, there, track = apart
    track()
    push(here.alias, database=there.alias, contact=ABSENT).run()

    assert "old" not in labels(here)
    assert counts(here) == counts(there)


def test_in_a_sync_the_peer_loses_nothing(apart):
    here, there, track = apart
    Label.objects.using(there.alias).create(text="new")
    track()
    sync(there.alias, database=here.alias, contact=ABSENT).run()

    assert labels(here) == labels(there)
    assert "new" in labels(here)
    assert "old" not in labels(here)


def test_deletions_travel_on(apart, third):
    here, there, track = apart
    track()
    third.pull(here)
    assert "old" in labels(third)
    pull(there.alias, database=here.alias, contact=ABSENT).run()
    third.pull(here)

    assert "old" not in labels(third)


def test_a_row_that_was_written_since_stays(apart):
    here, there, track = apart
    track()
    Label.objects.using(here.alias).filter(text="old").update(hidden=True)
    Label.objects.using(here.alias).create(text="young")
    report = taken(here, there, replace(ABSENT, absent_max=0))

    assert not report.deleted
    assert Label._base_manager.using(here.alias).filter(text="old").exists()
    assert "young" in labels(here)


def test_a_source_without_records_of_a_model_deletes_nothing(apart):
    here, there, track = apart
    Label.objects.using(there.alias).all().delete()
    track()
    with pytest.raises(AbsentRefused, match="it has no record of"):
        pull(there.alias, database=here.alias, contact=ANY).run()

    assert len(labels(here)) == 21
    assert not Region.objects.using(here.alias).exists()


def test_more_than_was_allowed_deletes_nothing_and_moves_nothing(apart):
    here, there, track = apart
    Label.objects.using(here.alias).create(text="older")
    Label.objects.using(here.alias).create(text="oldest")
    track()
    for contact in (
        replace(ABSENT, absent_max=2),
        replace(ABSENT, absent_max_percent=5),
    ):
        with pytest.raises(AbsentRefused, match="lose 3 of 23 records, and 2 at most"):
            pull(there.alias, database=here.alias, contact=contact).run()
        assert len(labels(here)) == 23
        assert not Region.objects.using(here.alias).exists()

    report = taken(here, there)
    assert report.deleted == {"stations.Label": 3}


def test_an_interrupted_transfer_deletes_nothing_and_the_next_one_does(
    apart, monkeypatch
):
    monkeypatch.setattr(outgoing, "PAGE", 5)
    here, there, track = apart
    track()
    steps = pull(there.alias, database=here.alias, contact=ABSENT).steps
    next(steps)
    steps.close()
    assert "old" in labels(here)

    report = taken(here, there)
    assert report.deleted == {"stations.Label": 1}


def test_a_crash_before_the_deletion_is_made_up_for(apart):
    here, there, track = apart
    track()
    pull(there.alias, database=here.alias).run()
    report = taken(here, there)

    assert report.deleted == {"stations.Label": 1}


def test_once_the_source_has_had_everything_it_is_too_late(apart):
    here, there, track = apart
    track()
    sync(there.alias, database=here.alias).run()
    with pytest.raises(AbsentRefused, match="has had what"):
        pull(there.alias, database=here.alias, contact=ABSENT).run()


def test_a_list_that_lacks_what_was_just_sent_deletes_nothing(apart, monkeypatch):
    here, there, track = apart
    track()
    whole = absence.AbsentSpool.keep

    def cut(spool, side, label, records):
        few = records[:-1] if side == absence.SOURCE else records
        whole(spool, side, label, few)

    monkeypatch.setattr(absence.AbsentSpool, "keep", cut)
    with pytest.raises(AbsentRefused, match="has not sent all"):
        pull(there.alias, database=here.alias, contact=ANY).run()
    assert len(labels(here)) == 21


def old_rows(node):
    """Rows of one node that point at each other, in a circle, too."""
    region = Region.objects.using(node.alias).create(code="O", name="Old")
    first, second = (
        Station.objects.using(node.alias).create(code=code, name=code, region=region)
        for code in ("O1", "O2")
    )
    Station.objects.using(node.alias).filter(code="O1").update(neighbour=second)
    Station.objects.using(node.alias).filter(code="O2").update(neighbour=first)
    region.capital = first
    region.save(using=node.alias)
    Remark.objects.using(node.alias).create(text="old", subject=first)
    Harbour.objects.using(node.alias).create(title="Old harbour", depth=1)


@pytest.mark.parametrize("batch", [2_000, 1])
def test_rows_that_point_at_each_other_go_together(apart, monkeypatch, batch):
    monkeypatch.setattr(absence, "REMOVED_MAX", batch)
    here, there, track = apart
    old_rows(here)
    track()
    contact = Contact(
        absent_means_deleted=True, absent_max_percent=100, independent=True
    )
    report = taken(here, there, contact)

    assert not report.kept, report.details
    assert counts(here) == counts(there)
    assert sync(there.alias, database=here.alias).run().written == 0


def test_what_rows_outside_of_the_sync_point_at_stays_and_is_told(apart):
    here, there, track = apart
    old_rows(here)
    track()
    models = ("stations.Region", "stations.Label")
    contact = Contact(
        absent_means_deleted=True, absent_max_percent=100, independent=True
    )
    report = taken(here, there, contact, models=models)

    assert report.deleted == {"stations.Label": 1}
    assert report.kept == {"stations.Region": 1}
    [told] = report.details
    assert (told.outcome, told.key) == ("keep", "O")
    assert "stations.Station" in told.reason
    assert Station.objects.using(here.alias).filter(region__code="O").count() == 2


def test_an_undo_brings_what_was_deleted_back(apart):
    here, there, track = apart
    track()
    taken(here, there)
    run = Run.objects.using(here.alias).get(verb="pull")
    assert run.report["pull"]["deleted"] == {"stations.Label": 1}
    database = here.open()
    undoing = Undoing(database=database, sequencer=Sequencer(database=database))
    undoing.take_back(run.pk)

    assert "old" in labels(here)
    assert not Region.objects.using(here.alias).exists()
