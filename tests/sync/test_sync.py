"""What two nodes make of each other's writes, on every pair of engines."""

from datetime import UTC, datetime
from decimal import Decimal

from tests.stations.models import (
    Harbour,
    Instrument,
    Observation,
    Region,
    Remark,
    Station,
)

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
    report = there.pull(here)
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
