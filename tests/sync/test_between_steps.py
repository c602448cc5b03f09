"""A user commits between any two steps of apply, or it dies there (46, 26, 33).

Once apply has locked a row, a write to it waits until apply has committed; it is then
an edit of what has arrived. Before that it is an edit that the sender did not know.
"""

import pytest
from django.db import connections
from msgspec import msgpack

from syncline.models import Conflict, Quarantined
from tests.faces.running import contents, killed
from tests.stations.models import Region, Station
from tests.sync.meanwhile import FAILPOINTS, STEPS, Somebody, before
from tests.sync.nodes import Node
from tests.sync.writers import patient

SYNCS = 3
"""How often the two are synced afterwards: what is healed in one has to travel."""


@pytest.fixture
def both(engine):
    """Two tracked databases of one engine, that have met."""
    nodes = here, there = Node(f"{engine}_a"), Node(f"{engine}_b")
    for node in nodes:
        patient(node.alias)
        node.track()
        Region.objects.using(node.alias).create(code=node.alias, name="its own")
    here.sync(there)
    yield nodes
    for node in nodes:
        node.untrack()


def regions(node):
    return Region.objects.using(node.alias)


def stations(node):
    return Station.objects.using(node.alias)


def give_each_step_a_station(here, there, suffix=""):
    """Make stations, known to both, that are named like the steps."""
    region = regions(here).first()
    stations(here).bulk_create(
        [Station(code=f"{step}{suffix}", name="old", region=region) for step in STEPS]
    )
    here.sync(there)


def meanwhile(here, there, step, write):
    """Pull, while somebody writes; the user that has done it."""
    with pytest.MonkeyPatch.context() as patch, Somebody(there.alias) as user:
        done = before(step, patch, user.writes(write))
        there.pull(here)
        assert user.committed in {True, False}
    assert done == [step]
    return user


def settle(here, there):
    """Sync until nothing moves any more."""
    for _ in range(SYNCS):
        here.sync(there)
    assert [report.written for report in here.sync(there)] == [0, 0]
    for node in (here, there):
        assert not Quarantined.objects.using(node.alias).exists()


def lost(*nodes):
    """Give the values that lost, of all conflicts."""
    return {
        value
        for node in nodes
        for conflict in Conflict.objects.using(node.alias).all()
        for value, *_ in msgpack.decode(bytes(conflict.lost))
    }


def test_an_edit_of_the_same_field_stays_or_is_kept(both):
    here, there = both
    give_each_step_a_station(here, there)
    users = {}
    for step in STEPS:
        stations(here).filter(code=step).update(name=f"{step}, sent")
        users[step] = meanwhile(here, there, step, naming(step))
    settle(here, there)

    names = dict(stations(here).values_list("code", "name"))
    assert names == dict(stations(there).values_list("code", "name"))
    kept = set(names.values()) | lost(here, there)
    for step, user in users.items():
        assert user.committed
        assert f"{step}, user" in kept
        # What waited for apply's locks is an edit of what has arrived.
        followed = names[step] == f"{step}, user" and not user.at_once
        assert f"{step}, sent" in kept or followed


def naming(step):
    def write(alias):
        Station.objects.using(alias).filter(code=step).update(name=f"{step}, user")

    return write


def test_an_edit_of_another_field_stays_beside_what_arrives(both):
    here, there = both
    give_each_step_a_station(here, there)
    for step in STEPS:
        stations(here).filter(code=step).update(height=7)
        assert meanwhile(here, there, step, naming(step)).committed
    settle(here, there)

    expected = {(step, f"{step}, user", 7) for step in STEPS}
    for node in both:
        assert set(stations(node).values_list("code", "name", "height")) == expected
    assert not lost(here, there)


def test_a_row_with_the_key_of_one_that_arrives_is_the_same_record(both):
    """The key is unique in the database, so one of the two inserts fails."""
    here, there = both
    users = {}
    for step in STEPS:
        regions(here).create(code=step, name=f"{step}, sent")

        def write(alias, step=step):
            Region.objects.using(alias).create(code=step, name=f"{step}, user")

        users[step] = meanwhile(here, there, step, write)
    settle(here, there)

    names = dict(regions(here).values_list("code", "name"))
    assert names == dict(regions(there).values_list("code", "name"))
    assert names.keys() >= set(STEPS)
    kept = set(names.values()) | lost(here, there)
    for step, user in users.items():
        assert f"{step}, sent" in kept
        assert not user.committed or f"{step}, user" in kept


def test_a_row_with_the_key_of_one_that_arrives_is_not_lost(both):
    """Nothing in the database keeps the key unique, so there may be two records."""
    here, there = both
    region = regions(there).get(code=there.alias)
    for step in STEPS:
        stations(here).create(
            code=step, name=f"{step}, sent", region=regions(here).first()
        )

        def write(alias, step=step):
            stations(there).create(code=step, name=f"{step}, user", region=region)

        assert meanwhile(here, there, step, write).committed
    settle(here, there)

    names = set(stations(here).values_list("name", flat=True))
    assert names == set(stations(there).values_list("name", flat=True))
    kept = names | lost(here, there)
    assert kept >= {f"{step}, {who}" for step in STEPS for who in ("sent", "user")}


def test_of_an_edit_and_a_deletion_that_did_not_know_it_the_edit_stays(both):
    here, there = both
    give_each_step_a_station(here, there)
    users = {}
    for step in STEPS:
        stations(here).filter(code=step).update(name=f"{step}, sent")

        def write(alias, step=step):
            Station.objects.using(alias).filter(code=step).delete()

        users[step] = meanwhile(here, there, step, write)
    settle(here, there)

    kept = {f"{step}, sent" for step, user in users.items() if user.at_once}
    names = set(stations(here).values_list("name", flat=True))
    assert names == set(stations(there).values_list("name", flat=True))
    assert names >= kept


def test_a_child_of_a_row_that_is_being_deleted_keeps_its_parent(both):
    here, there = both
    regions(here).bulk_create([Region(code=step, name="old") for step in STEPS])
    here.sync(there)
    users = {}
    for step in STEPS:
        regions(here).filter(code=step).delete()
        users[step] = meanwhile(here, there, step, founding(there, step))
    settle(here, there)

    kept = {step for step, user in users.items() if user.committed}
    for node in both:
        assert set(stations(node).values_list("code", "region__code")) == {
            (step, step) for step in kept
        }
        assert set(regions(node).values_list("code", flat=True)) & set(STEPS) == kept


def founding(node, step):
    """Make a station in a region that is there now."""
    region = regions(node).get(code=step)

    def write(alias):
        Station.objects.using(alias).create(code=step, name="child", region=region)

    return write


def test_a_row_whose_parent_is_being_deleted_gets_it_back(both):
    here, there = both
    regions(here).bulk_create([Region(code=step, name="old") for step in STEPS])
    here.sync(there)
    users = {}
    for step in STEPS:
        founding(here, step)(here.alias)

        def write(alias, step=step):
            Region.objects.using(alias).filter(code=step).delete()

        users[step] = meanwhile(here, there, step, write)
        assert_no_orphans(there)
    settle(here, there)

    kept = {step for step, user in users.items() if user.at_once or not user.committed}
    for node in both:
        codes = set(stations(node).values_list("code", "region__code"))
        assert codes >= {(step, step) for step in kept}
        assert codes == set(stations(here).values_list("code", "region__code"))
        assert_no_orphans(node)


def assert_no_orphans(node):
    pks = set(regions(node).values_list("pk", flat=True))
    assert set(stations(node).values_list("region_id", flat=True)) <= pks


def test_a_unique_value_that_is_taken_is_waited_for(both):
    here, there = both
    give_each_step_a_station(here, there)
    give_each_step_a_station(here, there, " too")
    for slot, step in enumerate(STEPS):
        stations(here).filter(code=step).update(slot=slot)

        def write(alias, step=step, slot=slot):
            Station.objects.using(alias).filter(code=f"{step} too").update(slot=slot)

        user = meanwhile(here, there, step, write)
        taken = stations(there).get(slot=slot)
        assert taken.code == (f"{step} too" if user.committed else step)
        stations(there).filter(code=f"{step} too").update(slot=None)
    settle(here, there)

    expected = {(step, slot) for slot, step in enumerate(STEPS)}
    for node in both:
        found = stations(node).filter(slot__isnull=False)
        assert set(found.values_list("code", "slot")) == expected


class Crash(Exception):
    """The process comes to its end."""


def change_everything(node, step):
    """Make a row, edit one and delete one."""
    made = regions(node).create(code=f"{step} new", name="new")
    stations(node).filter(code=step).update(name=f"{step}, sent", region=made)
    stations(node).filter(code=f"{step} too").delete()


def everything(node):
    """Every row, but of what is written before a transfer begins."""
    tables = contents(node.alias)
    del tables["syncline_peer"]
    return tables


def test_a_crash_at_any_step_leaves_all_as_it_was_and_is_mended_by_the_next_run(both):
    here, there = both
    give_each_step_a_station(here, there)
    give_each_step_a_station(here, there, " too")
    for step in STEPS:
        change_everything(here, step)
        was = everything(there)
        with pytest.MonkeyPatch.context() as patch:
            before(step, patch, crash)
            with pytest.raises(Crash):
                there.pull(here)
        assert everything(there) == was, step
        report = there.pull(here)
        assert report.written == 3
    assert_changed(here, there, STEPS)


def crash():
    raise Crash


def assert_changed(here, there, steps):
    for node in (here, there):
        for step in steps:
            station = stations(node).get(code=step)
            assert (station.name, station.region.code) == (
                f"{step}, sent",
                f"{step} new",
            )
            assert not stations(node).filter(code=f"{step} too").exists()
    settle(here, there)


def test_a_killed_pull_leaves_all_as_it_was_and_is_mended_by_the_next_run(both):
    here, there = both
    give_each_step_a_station(here, there)
    give_each_step_a_station(here, there, " too")
    for place in FAILPOINTS:
        change_everything(here, place)
        was = data(there)
        for node in both:
            connections[node.alias].close()
        killed("pull", here.alias, "--database", there.alias, at=place)
        assert data(there) == was, place
        report = there.pull(here)
        assert report.written == 3
    assert_changed(here, there, FAILPOINTS)


def data(node):
    """Every row, but of what says that a run began."""
    tables = everything(node)
    return {name: rows for name, rows in tables.items() if "_run" not in name}
