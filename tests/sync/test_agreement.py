"""Two nodes agree if, and only if, a comparison of every row says so."""

from contextlib import contextmanager
from decimal import Decimal
from random import Random  # noqa: TID251 - seeded
from typing import Any

import pytest
from django.db import connections, transaction
from django.db.models import Model

from syncline.capture import digesting
from syncline.changes.operations import Origin
from syncline.engines.capture import run
from syncline.models import Conflict, Journal, Quarantined, RecordRow
from syncline.progress import Task
from syncline.transfer import agreeing
from syncline.transfer.agreeing import agree, repair
from syncline.verify import agreement
from syncline.verify.agreement import ROW, VERSIONS, State
from tests.stations.models import (
    Harbour,
    Instrument,
    Label,
    Observation,
    Region,
    Remark,
    Station,
)
from tests.sync.test_sync import NOON, fill

DIVERGED, PENDING, HELD = State.DIVERGED, State.PENDING, State.HELD


@pytest.fixture
def synced(nodes):
    """Two nodes in step, whose rows have different pks."""
    here, there = nodes
    here.sync(there)
    Remark.objects.using(there.alias).create(text="other")
    fill(here.alias)
    regions = Region.objects.using(there.alias)
    last = regions.create(code="S", name="South")
    if last.pk + 1 == Region.objects.using(here.alias).get(code="N").pk:
        regions.create(code="gap", name="a pk that is then gone").delete()
    Label.objects.using(here.alias).create(text="red")
    here.sync(there)
    return nodes


def verify(here, there, **options):
    """Compare two nodes, and wait for nothing."""
    options.setdefault("pause", lambda: None)
    return Task(agree(there.endpoint(), here.endpoint(), **options)).run()


@contextmanager
def unseen(node):
    """Write behind the triggers' backs."""
    with transaction.atomic(using=node.alias):
        assert not Journal.objects.using(node.alias).exists()
        yield
        Journal.objects.using(node.alias).all().delete()


def told(report):
    """What was found: per record its model, its fields and why."""
    return [
        (one.label, [field.name for field in one.fields], one.state)
        for one in report.differences
    ]


def test_nodes_in_step_are_equal_whatever_their_pks(synced):
    here, there = synced
    pks = [Region.objects.using(node.alias).get(code="N").pk for node in synced]
    assert pks[0] != pks[1]

    for deep in (False, True):
        report = verify(here, there, deep=deep)

        assert report.equal, str(report)
        assert report.differences == []
        assert report.rows == 12
        assert str(report) == f"Equal: 12 rows of {len(report.models)} models."


PLANTED: list[tuple[type[Model], str, Any, dict[str, Any]]] = [
    (Station, "code", "N1", {"name": "cape"}),
    (Station, "code", "N1", {"name": "Cape "}),
    (Station, "code", "N1", {"height": Decimal("12.51")}),
    (Station, "code", "N1", {"height": None}),
    (Station, "code", "N1", {"slot": 0}),
    (Region, "code", "N", {"name": ""}),
    (Region, "code", "N", {"capital": None}),
    (Label, "text", "red", {"hidden": True}),
    (Harbour, "depth", 7, {"depth": 8}),
    (Remark, "text", "windy", {"stars": 1}),
    (Remark, "text", "windy", {"object_id": None}),
    (Instrument, "model_name", "unknown", {"model_name": "Unknown"}),
    (Observation, "reading", 1.5, {"reading": 1.5000000000000002}),
    (Observation, "reading", 1.5, {"reading": None}),
    (Observation, "reading", 1.5, {"details": {"b": 1}}),
    (Observation, "reading", 1.5, {"details": {"b": 1, "a": ""}}),
    (Observation, "reading", 1.5, {"changed_at": NOON}),
]


def test_each_planted_value_is_found_on_either_side(synced):
    here, there = synced
    for side, (model, by, key, values) in enumerate(PLANTED):
        node = synced[side % 2]
        rows = model._base_manager.using(node.alias)
        pk = rows.get(**{by: key}).pk
        before = rows.filter(pk=pk).values(*values).get()
        [name] = values
        with unseen(node):
            rows.filter(pk=pk).update(**values)

        report = verify(here, there)

        assert told(report) == [(model._meta.label, [name], DIVERGED)], values
        [found] = report.differences
        pks = found.target_pk, found.source_pk
        assert pks[side % 2] == str(pk)
        assert not report.equal
        with unseen(node):
            rows.filter(pk=pk).update(**before)
        assert verify(here, there).equal


def test_values_of_both_sides_are_told(synced):
    here, there = synced
    stations = Station.objects.using(here.alias).filter(code="N1")
    with unseen(here):
        stations.update(name="cape", height=None)

    report = verify(here, there)

    [found] = report.differences
    assert [(f.name, f.source, f.target) for f in found.fields] == [
        ("name", "Cape", "cape"),
        ("height", "12.50", None),
    ]
    assert report.models["stations.Station"].fields == {"name": 1, "height": 1}
    lines = str(report).splitlines()
    assert lines[0] == "stations.Station: 1 record diverged"
    assert lines[1].endswith(
        "), diverged: name: 'Cape' and 'cape'; height: '12.50' and None"
    )


def test_references_that_are_swapped_are_found(synced):
    here, there = synced
    stations = Station.objects.using(there.alias)
    one, other = stations.get(code="N1"), stations.get(code="N2")
    with unseen(there):
        stations.filter(pk=other.pk).update(neighbour=None)
        stations.filter(pk=one.pk).update(neighbour=other)

    report = verify(here, there)

    label = "stations.Station"
    assert sorted(told(report)) == [(label, ["neighbour"], DIVERGED)] * 2


def test_values_that_two_rows_swap_do_not_cancel_out(synced):
    here, there = synced
    stations = Station.objects.using(there.alias)
    with unseen(there):
        stations.filter(code="N1").update(name="Bay")
        stations.filter(code="N2").update(name="Cape")

    assert len(verify(here, there).differences) == 2


def test_a_row_that_is_gone_unseen_is_found_from_both_sides(synced):
    here, there = synced
    with unseen(there):
        Observation.objects.using(there.alias).all().delete()

    for pair in ((here, there), (there, here)):
        report = verify(*pair, deep=True)

        assert told(report) == [("stations.Observation", [ROW], DIVERGED)]
        found = report.models["stations.Observation"]
        assert sorted([found.source.lost, found.target.lost]) == [0, 1]
        assert "without a row" in str(report)


def test_a_row_that_came_unseen_is_found_from_both_sides(synced):
    here, there = synced
    with unseen(there):
        added = Label._base_manager.using(there.alias).create(text="blue")

    for pair in ((here, there), (there, here)):
        report = verify(*pair)

        found = report.models["stations.Label"]
        assert not report.equal
        assert sorted([found.source.strays, found.target.strays]) == [0, 1]
        assert f"1 row without a record (pk {added.pk})" in str(report)


def test_edits_that_were_not_synced_yet_are_pending(synced):
    here, there = synced
    Station.objects.using(here.alias).filter(code="N1").update(name="Cape Town")
    Station.objects.using(there.alias).filter(code="N2").update(name="Harbour")
    Label._base_manager.using(there.alias).create(text="blue")
    Remark.objects.using(here.alias).all().delete()

    report = verify(here, there)

    assert sorted(told(report)) == [
        ("stations.Label", [ROW], PENDING),
        ("stations.Remark", [ROW], PENDING),
        ("stations.Remark", [ROW], PENDING),
        ("stations.Station", ["name"], PENDING),
        ("stations.Station", ["name"], PENDING),
    ]
    assert report.states == {PENDING: 5}
    here.sync(there)
    assert verify(here, there, deep=True).equal


def test_a_planted_field_is_told_from_one_that_waits_for_a_sync(synced):
    here, there = synced
    with unseen(there):
        Station.objects.using(there.alias).filter(code="N1").update(height=None)
    Station.objects.using(here.alias).filter(code="N1").update(name="Cape Town")

    [found] = verify(here, there).differences

    states = {field.name: field.state for field in found.fields}
    assert states == {"name": PENDING, "height": DIVERGED}
    assert found.state is DIVERGED


def test_a_row_being_written_is_pending(synced):
    """A write that commits after the numbering is no divergence."""
    here, there = synced
    endpoint = there.endpoint()
    numbering = endpoint.sequencer.run
    stations = Station.objects.using(there.alias).filter(code="N1")

    def late():
        numbering()
        stations.update(name=stations.get().name + "!")

    endpoint.sequencer.run = late
    report = Task(agree(endpoint, here.endpoint(), pause=lambda: None)).run()

    assert told(report) == [("stations.Station", ["name"], PENDING)]


def test_what_is_mended_by_the_second_look_is_not_told(synced):
    here, there = synced
    stations = Station.objects.using(here.alias).filter(code="N1")
    with unseen(here):
        stations.update(name="cape")

    def mend():
        with unseen(here):
            stations.update(name="Cape")

    assert verify(here, there, pause=mend).equal


def test_deep_sees_versions_that_differ(synced):
    here, there = synced
    records = RecordRow.objects.using(here.alias).filter(pk_text__isnull=False)
    record = records.filter(table_id=here.database.rows["stations.Label"].number)
    record.update(life=3)

    assert verify(here, there).equal
    assert told(verify(here, there, deep=True)) == [
        ("stations.Label", [VERSIONS], DIVERGED)
    ]


def test_deep_sees_edits_of_one_mind(synced):
    """Both sides wrote the same: equal in value, and not yet one version."""
    here, there = synced
    for node in synced:
        Station.objects.using(node.alias).filter(code="N1").update(name="Cape Town")

    assert verify(here, there).equal
    assert told(verify(here, there, deep=True)) == [
        ("stations.Station", [VERSIONS], PENDING)
    ]
    here.sync(there)
    assert verify(here, there, deep=True).equal


def test_more_differences_than_are_named_are_counted(synced, monkeypatch):
    monkeypatch.setattr(agreement, "DIFFERENCES_MAX", 2)
    here, there = synced
    with unseen(there):
        Station.objects.using(there.alias).update(name="same")
        Region.objects.using(there.alias).update(name="same")

    report = verify(here, there)

    assert len(report.differences) == 2
    assert report.states == {DIVERGED: 4}


def test_many_records_are_read_page_by_page(synced, monkeypatch):
    monkeypatch.setattr(digesting, "LEAVES_MAX", 3)
    monkeypatch.setattr(agreeing, "ROWS_MAX", 2)
    here, there = synced
    labels = [Label(text=f"label {number}") for number in range(40)]
    Label._base_manager.using(here.alias).bulk_create(labels)
    here.sync(there)
    assert verify(here, there, deep=True).equal
    with unseen(there):
        rows = Label._base_manager.using(there.alias)
        rows.filter(text__startswith="label 3").delete()
        rows.exclude(text="red").update(hidden=True)

    found = verify(here, there, deep=True)

    assert found.models["stations.Label"].fields == {ROW: 11, "hidden": 29}
    gone = [found.models["stations.Label"].source.lost]
    assert gone == [11]


NAMES = ["a", "A", "a ", "á", "a\u0301", "", "\U0001f30a"]
HEIGHTS = [None, Decimal(0), Decimal("0.01"), Decimal("-0.01")]


def test_it_says_what_a_full_comparison_says(synced):
    """Random writes that nobody saw, against every value read through Django."""
    here, there = synced
    random = Random(7)
    region = Region.objects.using(here.alias).get(code="N")
    Station.objects.using(here.alias).bulk_create(
        Station(code=f"R{number}", name="a", region=region) for number in range(12)
    )
    here.sync(there)
    for _ in range(8):
        node = random.choice(synced)
        rows = Station.objects.using(node.alias)
        with unseen(node):
            for _ in range(random.randint(0, 3)):
                name, height = random.choice(NAMES), random.choice(HEIGHTS)
                some = rows.filter(code=f"R{random.randint(0, 11)}")
                some.update(name=name, height=height)
        wanted = set.symmetric_difference(*(contents(node.alias) for node in synced))

        report = verify(here, there)

        assert report.equal is not bool(wanted)
        pks = {int(str(one.target_pk)) for one in report.differences}
        found = Station.objects.using(here.alias).filter(pk__in=pks)
        assert {one.code for one in found} == {code for code, *_ in wanted}


def contents(alias):
    """Every station, read through Django, spelled without a database's ideas."""
    rows = Station.objects.using(alias).values_list(
        "code", "name", "height", "slot", "region__code", "neighbour__code"
    )
    return {tuple(row) for row in rows}


@pytest.mark.parametrize("planted", [0, 1])
def test_one_verify_makes_one_scan_a_side(synced, planted):
    """Beside the scan, rows and records are only asked for by key."""
    _, there = synced
    with unseen(there):
        Station.objects.using(there.alias).filter(code="N1").update(
            name="Cape" + "!" * planted
        )
    scans: dict[str, list[str]] = {node.alias: [] for node in synced}
    ends = [node.endpoint() for node in synced]
    for end in ends:
        watch(end, scans[end.name])

    report = Task(agree(*ends, models=["stations.Station"], pause=lambda: None)).run()

    assert report.equal is not bool(planted)
    for alias, statements in scans.items():
        assert len(statements) == 1, (alias, statements)


def watch(end, scans):
    """Note the statements that read the stations without asking for some of them."""
    engine = end.database.engine
    streamed = engine.stream

    def note(sql):
        table = "stations_station"
        if f"FROM {engine.quote(table)}" in sql and "WHERE" not in sql:
            scans.append(sql)

    def stream(connection, query, pace):
        note(query.sql)
        return streamed(connection, query, pace)

    engine = type("Watched", (type(engine),), {"stream": staticmethod(stream)})()
    end.database.engine = engine


def test_quarantine_and_open_choices_are_counted(synced):
    here, there = synced
    table = here.database.rows["stations.Label"].number
    now = NOON
    Quarantined.objects.using(here.alias).create(
        uid=b"u" * 16, table_id=table, change=b"", frozen=b"", reason="", at=now
    )
    Conflict.objects.using(here.alias).create(
        uid=b"u" * 16,
        table_id=table,
        part="text",
        held=True,
        lost=b"",
        kept=b"",
        at=now,
    )

    found = verify(here, there, deep=True).models["stations.Label"]

    assert (found.target.waiting, found.target.undecided) == (1, 1)
    assert (found.source.waiting, found.source.undecided) == (0, 0)


def test_a_mark_of_no_interest_makes_no_version_and_is_found(synced):
    """What `untracked()` writes stays here, and so shows as a divergence."""
    here, there = synced
    connection = connections[here.alias]
    capture = here.database.engine.capture
    with (
        transaction.atomic(using=here.alias),
        capture.mark(connection, Origin.UNTRACKED),
    ):
        run(connection, "UPDATE stations_region SET name = 'north' WHERE code = 'N'")

    assert told(verify(here, there)) == [("stations.Region", ["name"], DIVERGED)]


@pytest.mark.parametrize("wins", [0, 1])
def test_repair_lets_one_side_s_values_win_on_both(synced, wins):
    here, there = synced
    winner = synced[wins]
    with unseen(there):
        Station.objects.using(there.alias).filter(code="N1").update(name="cape")
        Region.objects.using(there.alias).filter(code="N").update(capital=None)
    expected = ("Cape", "N1") if winner is here else ("cape", None)
    report = verify(here, there)

    left = Task(repair(winner.endpoint(), report)).run()

    assert left == []
    assert verify(here, there).states == {PENDING: 2}
    here.sync(there)
    assert verify(here, there, deep=True).equal
    for node in synced:
        name = Station.objects.using(node.alias).get(code="N1").name
        capital = Region.objects.using(node.alias).get(code="N").capital
        assert (name, capital and capital.code) == expected


def test_repair_leaves_rows_that_one_side_lacks_to_an_audit(synced):
    here, there = synced
    with unseen(there):
        Observation.objects.using(there.alias).all().delete()
    report = verify(here, there)

    assert Task(repair(here.endpoint(), report)).run() == report.differences
    assert verify(here, there).states == {DIVERGED: 1}
