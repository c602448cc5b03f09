"""What a run has done is taken back, here or everywhere."""

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from syncline.apply.undoing import Undoing
from syncline.capture.sequencer import Sequencer
from syncline.errors import CannotUndo
from syncline.models import Quarantined, RecordRow, Run
from syncline.progress import Task
from syncline.transfer.keeping import retry
from tests.stations.models import Region, Remark, Station


def undoing(node):
    return Undoing(database=node.database, sequencer=Sequencer(database=node.database))


def run(node):
    """Record a run on a node, and give its number."""
    made = Run.objects.using(node.alias).create(
        verb="pull", state="running", started_at=timezone.now()
    )
    return made.pk


def last(node):
    return Run.objects.using(node.alias).latest("pk").pk


def state(node):
    """All rows and versions of one node."""
    rows = list(Region.objects.using(node.alias).order_by("code").values())
    records = RecordRow.objects.using(node.alias).order_by("uid")
    versions = [
        (bytes(r.uid), r.life, r.clock, r.counter, bytes(r.extra or b""))
        for r in records
    ]
    return rows, versions


def test_undoing_a_pull_of_inserts_removes_them_here_and_nowhere_else(nodes):
    here, there = nodes
    regions = Region.objects.using(here.alias)
    regions.bulk_create([Region(code=f"R{n}", name=str(n)) for n in range(500)])
    there.pull(here, run_id=run(there))
    report = undoing(there).take_back(last(there))
    assert report.removed == {"stations.Region": 500}
    assert not Region.objects.using(there.alias).exists()
    assert not there.pull(here).written
    here.pull(there)
    assert regions.count() == 500


def test_undoing_puts_rows_and_versions_back(nodes):
    here, there = nodes
    for code in ("edited", "deleted", "left"):
        Region.objects.using(here.alias).create(code=code, name="before")
    here.sync(there)
    before = state(there)
    Region.objects.using(here.alias).filter(code="edited").update(name="after")
    Region.objects.using(here.alias).get(code="deleted").delete()
    Region.objects.using(here.alias).create(code="new", name="new")
    there.pull(here, run_id=run(there))
    undoing(there).take_back(last(there))
    assert state(there) == before
    assert Quarantined.objects.using(there.alias).filter(undone=True).count() == 3


@pytest.mark.parametrize("how", ["take_back", "revert"])
def test_a_deleted_row_gets_back_what_no_peer_has(nodes, how):
    here, there = nodes
    user = User.objects.using(there.alias).create(username="ada")
    region = Region.objects.using(here.alias).create(code="N", name="North")
    Station.objects.using(here.alias).create(code="s", name="s", region=region)
    here.sync(there)
    stations = Station.objects.using(there.alias)
    stations.update(secret="theirs", created_by=user)
    Station.objects.using(here.alias).all().delete()
    there.pull(here, run_id=run(there))
    assert not stations.exists()

    getattr(undoing(there), how)(last(there))

    station = stations.get()
    assert (station.secret, station.created_by_id) == ("theirs", user.pk)


def test_an_edit_after_an_undo_meets_what_was_undone_as_a_conflict(nodes):
    here, there = nodes
    Region.objects.using(here.alias).create(code="R", name="before")
    here.sync(there)
    Region.objects.using(here.alias).update(name="after")
    there.pull(here, run_id=run(there))
    undoing(there).take_back(last(there))
    Region.objects.using(there.alias).update(name="mine")
    report = here.pull(there)
    assert report.conflicts.total() == 1


def test_a_record_that_was_written_since_is_not_taken_back(nodes):
    here, there = nodes
    Region.objects.using(here.alias).create(code="R", name="before")
    there.pull(here, run_id=run(there))
    Region.objects.using(there.alias).update(name="mine")
    with pytest.raises(CannotUndo):
        undoing(there).take_back(last(there))
    assert Region.objects.using(there.alias).get().name == "mine"


def test_what_another_node_has_had_from_here_is_not_taken_back(nodes, third):
    here, there = nodes
    Region.objects.using(here.alias).create(code="R", name="before")
    there.pull(here, run_id=run(there))
    third.pull(there)
    with pytest.raises(CannotUndo):
        undoing(there).take_back(last(there))


def test_a_revert_travels(nodes):
    here, there = nodes
    Region.objects.using(here.alias).create(code="edited", name="before")
    Region.objects.using(here.alias).create(code="deleted", name="before")
    Remark.objects.using(here.alias).create(text="kept")
    here.sync(there)
    Region.objects.using(here.alias).filter(code="edited").update(name="after")
    Region.objects.using(here.alias).get(code="deleted").delete()
    new = Region.objects.using(here.alias).create(code="new", name="new")
    assert new.pk
    there.pull(here, run_id=run(there))
    report = undoing(there).revert(last(there))
    assert report.removed == {"stations.Region": 1}
    here.sync(there)
    for node in nodes:
        found = Region.objects.using(node.alias).values_list("code", "name")
        assert sorted(found) == [("deleted", "before"), ("edited", "before")]
    assert not Station.objects.using(here.alias).exists()


@pytest.mark.parametrize("verb", ["take_back", "revert"])
def test_what_a_later_row_points_at_is_not_taken_away(nodes, verb):
    """SQLite checks foreign keys as late as at the commit."""
    here, there = nodes
    Region.objects.using(here.alias).create(code="R", name="R")
    there.pull(here, run_id=run(there))
    region = Region.objects.using(there.alias).get()
    Station.objects.using(there.alias).create(code="S", name="S", region=region)

    with pytest.raises(CannotUndo):
        getattr(undoing(there), verb)(last(there))

    assert Region.objects.using(there.alias).exists()
    assert not there.pull(here).written


def test_what_several_undos_took_back_is_done_again(nodes):
    """What they keep was read at two moments, with other numbers for tables."""
    here, there = nodes
    Region.objects.using(here.alias).create(code="R", name="R")
    there.pull(here, run_id=run(there))
    Remark.objects.using(here.alias).create(text="of another table")
    there.pull(here, run_id=run(there))
    second = last(there)
    undoing(there).take_back(second)
    undoing(there).take_back(second - 1)

    Task(retry(there.alias)).run()

    assert Region.objects.using(there.alias).get().name == "R"
    assert Remark.objects.using(there.alias).get().text == "of another table"
    assert not Quarantined.objects.using(there.alias).exists()


def test_what_a_transfer_of_one_model_brought_is_done_again(nodes):
    """What is known of such a record is written down beside it."""
    here, there = nodes
    Region.objects.using(here.alias).create(code="R", name="before")
    there.pull(here)
    Region.objects.using(here.alias).update(name="after")
    there.pull(here, run_id=run(there), models=("stations.Region",))
    undoing(there).take_back(last(there))

    Task(retry(there.alias)).run()

    assert Region.objects.using(there.alias).get().name == "after"


def test_what_a_merge_made_here_is_done_again(nodes):
    """It is a version of this node's own, which is not known while it is undone."""
    here, there = nodes
    Remark.objects.using(here.alias).create(text="R")
    here.sync(there)
    for node, stars in ((here, 9), (there, 3)):
        Remark.objects.using(node.alias).update(stars=stars)
    there.pull(here, run_id=run(there))
    undoing(there).take_back(last(there))
    assert Remark.objects.using(there.alias).get().stars == 3

    Task(retry(there.alias)).run()

    assert Remark.objects.using(there.alias).get().stars == 9
