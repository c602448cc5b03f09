"""What two nodes make of each other's writes, on every pair of engines."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import connections, transaction
from msgspec.msgpack import decode as unpack

from syncline.apply.contact import Choice, Contact, First
from syncline.capture import outgoing
from syncline.capture.audit import audit
from syncline.capture.sequencer import Sequencer
from syncline.errors import FirstContactOpen
from syncline.models import Conflict, Quarantined, Unresolved
from syncline.progress import Task
from tests.stations.models import (
    Basin,
    Captain,
    Harbour,
    Instrument,
    Observation,
    Place,
    Region,
    Remark,
    Ship,
    Station,
    Tide,
)
from tests.sync.nodes import Node

DAWN = datetime(2026, 5, 1, 6, tzinfo=UTC)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def fill(alias):
    """Rows of every model, on one node."""
    north = Region.objects.using(alias).create(code="N", name="North")
    station = Station.objects.using(alias).create(
        code="N1", name="Cape", region=north, height=Decimal("12.50"), secret="theirs"
    )
    near = Station.objects.using(alias).create(
        code="N2", name="Bay", region=north, neighbour=station
    )
    north.capital = station
    north.save(using=alias)
    tool = Instrument.objects.using(alias).create(serial="x" * 200)
    station.instruments.add(tool)
    Observation.objects.using(alias).create(
        station=near, taken_at=NOON, reading=1.5, details={"b": 1, "a": None}
    )
    Remark.objects.using(alias).create(text="windy", subject=station)
    Harbour.objects.using(alias).create(title="Old harbour", depth=7)
    return station


def test_rows_of_every_model_arrive_with_what_they_point_at(nodes):
    here, there = nodes
    Region.objects.using(there.alias).create(code="S", name="South")
    Remark.objects.using(there.alias).create(text="other")
    fill(here.alias)
    report = there.pull(here, Contact(independent=True))
    assert not report.set_aside, report
    station = Station.objects.using(there.alias).get(code="N1")
    assert station.region.name == "North"
    assert station.region.capital == station
    assert station.height == Decimal("12.50")
    assert station.secret == "ours"
    near = Station.objects.using(there.alias).get(code="N2")
    assert near.neighbour == station
    assert [one.serial for one in station.instruments.all()] == ["x" * 200]
    observation = Observation.objects.using(there.alias).get()
    assert observation.station == near
    assert observation.taken_at == NOON
    assert observation.details == {"b": 1, "a": None}
    remark = Remark.objects.using(there.alias).get(text="windy")
    assert remark.subject == station
    harbour = Harbour.objects.using(there.alias).get()
    assert (harbour.title, harbour.depth) == ("Old harbour", 7)
    assert Remark.objects.using(there.alias).count() == 2


def test_a_second_sync_moves_nothing(nodes):
    here, there = nodes
    fill(here.alias)
    here.sync(there)
    for report in here.sync(there):
        assert report.written == 0
        assert not report.conflicts


def test_edits_of_different_fields_both_survive(nodes):
    here, there = nodes
    fill(here.alias)
    here.sync(there)
    Station.objects.using(here.alias).filter(code="N1").update(name="Cape Town")
    Station.objects.using(there.alias).filter(code="N1").update(height="13.00")
    here.sync(there)
    for node in nodes:
        station = Station.objects.using(node.alias).get(code="N1")
        assert (station.name, station.height) == ("Cape Town", Decimal("13.00"))


def test_a_deletion_arrives(nodes):
    here, there = nodes
    fill(here.alias)
    here.sync(there)
    Station.objects.using(here.alias).get(code="N2").delete()
    here.sync(there)
    codes = Station.objects.using(there.alias).values_list("code", flat=True)
    assert list(codes) == ["N1"]
    assert not Observation.objects.using(there.alias).exists()


def test_of_two_edits_of_one_field_the_later_stays_and_the_other_is_kept(nodes):
    here, there = nodes
    fill(here.alias)
    here.sync(there)
    Station.objects.using(here.alias).filter(code="N1").update(name="First")
    Station.objects.using(there.alias).filter(code="N1").update(name="Second")
    now = here.database.now()
    here.stamp(now - 2000)
    there.stamp(now - 1000)
    reports = here.sync(there)
    names = {Station.objects.using(node.alias).get(code="N1").name for node in nodes}
    assert names == {"Second"}
    assert sum(report.conflicts.total() for report in reports) == 1


def test_unique_values_that_two_rows_swap_arrive(nodes):
    here, there = nodes
    fill(here.alias)
    stations = Station.objects.using(here.alias)
    stations.filter(code="N1").update(slot=1)
    stations.filter(code="N2").update(slot=2)
    here.sync(there)
    stations.filter(code="N1").update(slot=None)
    stations.filter(code="N2").update(slot=1)
    stations.filter(code="N1").update(slot=2)
    here.sync(there)
    found = dict(Station.objects.using(there.alias).values_list("code", "slot"))
    assert found == {"N1": 2, "N2": 1}


def test_a_chain_and_a_circle_of_references_arrive(nodes):
    """Over several changesets: no order has every target first."""
    here, there = nodes
    count = 5_000
    region = Region.objects.using(here.alias).create(code="R", name="Round")
    connection = connections[here.alias]
    with transaction.atomic(using=here.alias), connection.constraint_checks_disabled():
        Station.objects.using(here.alias).bulk_create(
            Station(
                pk=n + 1,
                code=f"S{n}",
                name=str(n),
                region=region,
                neighbour_id=(n + 1) % count + 1,
            )
            for n in range(count)
        )
    report = there.pull(here)
    assert not report.set_aside
    stations = Station.objects.using(there.alias)
    pairs = stations.values_list("code", "neighbour__code")
    assert dict(pairs) == {f"S{n}": f"S{(n + 1) % count}" for n in range(count)}


def test_a_row_whose_parent_comes_in_a_later_changeset_waits_for_it(nodes, monkeypatch):
    monkeypatch.setattr(outgoing, "PAGE", 3)
    here, there = nodes
    stations = Station.objects.using(here.alias)
    region = Region.objects.using(here.alias).create(code="R", name="Round")
    late = Region.objects.using(here.alias).create(code="L", name="Late")
    made = [stations.create(code=f"S{n}", name=str(n), region=region) for n in range(8)]
    there.pull(here)
    stations.filter(code="S7").update(neighbour=made[0])
    early = stations.create(code="E", name="Early", region=late)
    for n in range(6):
        stations.filter(code=f"S{n}").update(name=f"again {n}")
    Region.objects.using(here.alias).filter(code="L").update(code="LL")
    report = there.pull(here)
    assert not report.set_aside, report
    assert Station.objects.using(there.alias).get(code="E").region.code == "LL"
    assert early.pk
    assert not there.pull(here).written


def test_one_bad_row_waits_and_all_others_arrive(nodes):
    here, there = nodes
    regions = Region.objects.using(here.alias)
    regions.bulk_create([Region(code=f"R{n}", name=str(n)) for n in range(300)])
    refuse(there)
    report = there.pull(here)
    assert report.set_aside == {"stations.Region": 1}
    assert Region.objects.using(there.alias).count() == 299
    [waiting] = Quarantined.objects.using(there.alias).all()
    assert waiting.reason
    allow(there)
    report = there.pull(here)
    assert not report.set_aside
    assert Region.objects.using(there.alias).filter(code="R77").exists()
    assert not Quarantined.objects.using(there.alias).exists()
    assert not here.pull(there).written


def test_rows_without_a_key_on_both_sides_are_not_guessed_about(nodes):
    here, there = nodes
    for node in nodes:
        for text in ("same", "same too", f"only on {node.alias}"):
            Remark.objects.using(node.alias).create(text=text)
    with pytest.raises(FirstContactOpen) as caught:
        there.pull(here)
    assert "stations.Remark" in str(caught.value)
    assert Remark.objects.using(there.alias).count() == 3


def test_a_copied_database_is_not_doubled(nodes):
    """Rows without a key are the same where their pks are, because a person says so."""
    here, there = nodes
    for node in nodes:
        for pk in (1, 2):
            Remark.objects.using(node.alias).create(pk=pk, text=f"remark {pk}")
            Place.objects.using(node.alias).create(pk=pk, title=f"place {pk}")
    Place.objects.using(here.alias).create(pk=30, title="new")
    here.sync(there, contact=Contact(same_pks=True))
    for node in nodes:
        assert Remark.objects.using(node.alias).count() == 2
        assert Place.objects.using(node.alias).count() == 3
    Remark.objects.using(here.alias).filter(pk=1).update(text="edited")
    here.sync(there)
    assert Remark.objects.using(there.alias).get(pk=1).text == "edited"


def test_nodes_that_met_a_third_one_need_no_answer(nodes, third):
    """They share records by then, so nothing has to be guessed."""
    hub, one = nodes
    for node in (hub, one, third):
        Remark.objects.using(node.alias).create(pk=1, text="same")
    for node in (one, third):
        node.sync(hub, contact=Contact(same_pks=True))

    reports = one.sync(third)

    assert [report.written for report in reports] == [0, 0]
    assert Remark.objects.using(third.alias).count() == 1


@pytest.mark.parametrize(
    ("choice", "name"),
    [(Choice.SOURCE, "there"), (Choice.TARGET, "here"), (Choice.HOLD, None)],
)
def test_first_contact_decides_as_it_was_told(pair, choice, name):
    """Rows that both had before they were tracked have no common past."""
    nodes = here, there = Node(pair.source), Node(pair.target)
    for node, text in ((here, "here"), (there, "there")):
        Region.objects.using(node.alias).create(code="R", name=text)
        Region.objects.using(node.alias).create(code="E", name="equal")
        node.track()
    reports = here.sync(there, first=First(choice=choice))
    names = [Region.objects.using(node.alias).get(code="R").name for node in nodes]
    assert names[0] == names[1]
    if name is not None:
        assert names[0] == name
    held = Conflict.objects.using(here.alias).filter(held=True).count()
    assert held == (1 if choice is Choice.HOLD else 0), reports
    assert [report.written for report in here.sync(there)] == [0, 0]
    for node in nodes:
        node.untrack()


REFUSING = {
    "sqlite": """CREATE TRIGGER refuse BEFORE INSERT ON stations_region
        WHEN NEW.code = 'R77' BEGIN SELECT RAISE(ABORT, 'not this one'); END""",
    "postgresql": """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN IF NEW.code = 'R77' THEN RAISE 'not this one'; END IF;
        RETURN NEW; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON stations_region
        FOR EACH ROW EXECUTE FUNCTION refuse()""",
    "mariadb": """CREATE TRIGGER refuse BEFORE INSERT ON stations_region FOR EACH ROW
        IF NEW.code = 'R77' THEN SIGNAL SQLSTATE '45000'
        SET MESSAGE_TEXT = 'not this one'; END IF""",
}
"""A trigger of the user's own that refuses a row."""


def refuse(node):
    run(node, REFUSING[node.database.engine.name])


def allow(node):
    if node.database.engine.name == "postgresql":
        run(node, "DROP FUNCTION refuse CASCADE")
    else:
        run(node, "DROP TRIGGER refuse")


def run(node, *statements):
    with connections[node.alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_a_loser_is_kept_where_the_winner_was_already(nodes):
    here, there = nodes
    now = here.database.now()
    for node, at in ((here, now - 2000), (there, now - 1000)):
        Region.objects.using(node.alias).create(code="R", name=node.alias)
        node.stamp(at)
    there.pull(here)
    [conflict] = Conflict.objects.using(there.alias).all()
    assert here.alias in str(unpack(bytes(conflict.lost)))


def test_a_new_reference_keeps_its_target_from_being_deleted(nodes):
    """Of an edit and a deletion that know nothing of each other, the edit wins."""
    here, there = nodes
    fill(here.alias)
    here.sync(there)
    target = Station.objects.using(here.alias).get(code="N2")
    Observation.objects.using(here.alias).create(station=target, taken_at=DAWN)
    Station.objects.using(here.alias).create(
        code="N3", name="N3", region=target.region, neighbour=target
    )
    Station.objects.using(there.alias).get(code="N2").delete()
    there.pull(here)
    here.pull(there)
    there.pull(here)
    for node in nodes:
        stations = Station.objects.using(node.alias)
        assert stations.get(code="N3").neighbour == stations.get(code="N2")
        assert Observation.objects.using(node.alias).filter(taken_at=DAWN).exists()
        assert not Quarantined.objects.using(node.alias).exists()


def test_a_reference_is_filled_in_when_its_target_comes_later(nodes, monkeypatch):
    monkeypatch.setattr(outgoing, "PAGE", 2)
    here, there = nodes
    region = Region.objects.using(here.alias).create(code="R", name="R")
    first = Station.objects.using(here.alias).create(code="A", name="A", region=region)
    Remark.objects.using(here.alias).create(text="about A", subject=first)
    second = Station.objects.using(here.alias).create(code="B", name="B", region=region)
    Station.objects.using(here.alias).filter(code="A").update(neighbour=second)
    Sequencer(database=here.database).run()
    Station.objects.using(here.alias).filter(code="B").update(name="BB")
    report = there.pull(here)
    assert not report.set_aside
    stations = Station.objects.using(there.alias)
    assert stations.get(code="A").neighbour == stations.get(code="B")
    assert Remark.objects.using(there.alias).get().subject == stations.get(code="A")
    assert not Unresolved.objects.using(there.alias).exists()
    assert [report.written for report in here.sync(there)] == [0, 0]


def test_a_reference_by_another_field_than_the_pk_arrives(nodes):
    """In one changeset with its target, after it, and when the target's value moves."""
    here, there = nodes
    tides = Tide.objects.using(here.alias)
    basin = Basin.objects.using(here.alias).create(name="inner")
    tides.create(harbour="one", basin=basin, low=1, high=2)
    here.sync(there)
    tides.create(harbour="two", basin=basin, low=1, high=2)
    here.sync(there)
    assert basins(there) == {"one": "inner", "two": "inner"}

    tides.update(basin=None)
    Basin.objects.using(here.alias).update(name="outer")
    tides.update(basin="outer")
    reports = here.sync(there)

    assert not any(report.set_aside for report in reports)
    assert basins(there) == basins(here) == {"one": "outer", "two": "outer"}
    assert [report.written for report in here.sync(there)] == [0, 0]


def basins(node):
    tides = Tide.objects.using(node.alias)
    return dict(tides.values_list("harbour", "basin__name"))


def renumber(node, old, new):
    """Give an instrument another primary key, as SQL may."""
    instruments = Instrument.objects.using(node.alias)
    link = Station.instruments.through.objects.using(node.alias)
    instruments.create(serial="between")
    link.filter(instrument=old).update(instrument="between")
    instruments.filter(serial=old).update(serial=new)
    link.filter(instrument="between").update(instrument=new)
    instruments.filter(serial="between").delete()


def test_what_points_at_a_row_follows_when_its_key_changes(nodes):
    """The rows of the peer, too, that nobody has sent, and those of generic keys."""
    here, there = nodes
    region = Region.objects.using(here.alias).create(code="N", name="North")
    tool = Instrument.objects.using(here.alias).create(serial="old")
    for code in ("one", "two"):
        station = Station.objects.using(here.alias).create(
            code=code, name=code, region=region
        )
        station.instruments.add(tool)
    here.sync(there)
    Remark.objects.using(there.alias).create(
        text="about it", subject=Instrument.objects.using(there.alias).get()
    )

    renumber(here, "old", "new")
    reports = here.sync(there)

    assert not any(report.set_aside for report in reports)
    for node in nodes:
        stations = Station.objects.using(node.alias)
        assert [str(s.instruments.get().pk) for s in stations.all()] == ["new", "new"]
        assert Remark.objects.using(node.alias).get().object_id == "new"
    assert [report.written for report in here.sync(there)] == [0, 0]
    found = Task(audit(there.database, Sequencer(database=there.database))).run().found
    assert not any(found.values())


def test_an_edit_of_a_row_that_went_unseen_brings_it_back(nodes):
    """Nobody has seen the deletion, so the edit knew nothing of it: the edit wins."""
    here, there = nodes
    Region.objects.using(here.alias).create(code="N", name="North")
    here.sync(there)
    there.untrack()
    Region.objects.using(there.alias).all().delete()
    there.reinstall()
    Region.objects.using(here.alias).update(name="Nord")

    report = there.pull(here)

    assert report.created == {"stations.Region": 1}
    assert Region.objects.using(there.alias).get().name == "Nord"
    here.sync(there)
    assert [report.written for report in here.sync(there)] == [0, 0]


def test_a_circle_in_which_nobody_may_point_at_nothing_arrives_and_goes(nodes):
    here, there = nodes
    ships, captains = Ship.objects.using(here.alias), Captain.objects.using(here.alias)
    connection = connections[here.alias]
    with transaction.atomic(using=here.alias), connection.constraint_checks_disabled():
        captain = captains.create(name="Ada", ship_id=7)
        ships.create(pk=7, name="Argo", captain=captain)

    report = there.pull(here)

    assert not report.set_aside
    ship = Ship.objects.using(there.alias).get()
    assert (ship.captain.name, ship.captain.ship) == ("Ada", ship)

    with transaction.atomic(using=here.alias), connection.constraint_checks_disabled():
        captains.filter(pk=captain.pk)._raw_delete(here.alias)
        ships.filter(pk=7)._raw_delete(here.alias)
    assert not there.pull(here).set_aside
    assert not Ship.objects.using(there.alias).exists()
    assert not Captain.objects.using(there.alias).exists()
