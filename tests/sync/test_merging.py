"""Two records found to be one, on every pair of engines."""

import json
from contextlib import contextmanager
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from msgspec.msgpack import decode as unpack

from syncline.capture.sequencer import Sequencer
from syncline.errors import CannotMerge
from syncline.models import Alias, Conflict, Quarantined, RecordRow, Run
from syncline.progress import Task
from syncline.transfer.agreeing import agree
from syncline.transfer.tracked import merge
from tests.stations.models import (
    Harbour,
    Instrument,
    Observation,
    Place,
    Region,
    Remark,
    Station,
)
from tests.sync.test_sync import run

DAWN = datetime(2026, 5, 1, 6, tzinfo=UTC)
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def station(node, code, **values):
    """One station, in the region of all of them."""
    region, _ = Region.objects.using(node.alias).get_or_create(code="R")
    return Station.objects.using(node.alias).create(
        code=code, region=region, **{"name": code, **values}
    )


def get(node, code):
    return Station.objects.using(node.alias).get(code=code)


def codes(node):
    stations = Station.objects.using(node.alias).order_by("code")
    return list(stations.values_list("code", flat=True))


def join(node, kept, other, **options):
    """Merge two stations by their codes, as the verb does."""
    pks = str(get(node, kept).pk), str(get(node, other).pk)
    return merge("stations.Station", *pks, database=node.alias, **options).run()


def in_step(*nodes):
    """Sync until nothing moves any more, and see that all hold the same."""
    quiet = 0
    for _ in range(8):
        moved = sum(
            one.pull(other).written
            for one in nodes
            for other in nodes
            if one is not other
        )
        # A round may move versions alone, which another node has to hear of, too.
        quiet = 0 if moved else quiet + 1
        if quiet > 1:
            break
    assert quiet > 1
    first, *others = nodes
    for other in others:
        report = Task(
            agree(first.endpoint(), other.endpoint(), deep=True, pause=lambda: None)
        ).run()
        assert report.equal, str(report)
    for node in nodes:
        assert not Quarantined.objects.using(node.alias).exists()


def lost(node):
    """By part, the values that are kept in open conflicts."""
    found: dict[str, list[object]] = {}
    for row in Conflict.objects.using(node.alias).filter(resolved_at=None):
        values = [value for value, *_ in unpack(bytes(row.lost))]
        found.setdefault(row.part, []).extend(values)
    return found


@pytest.fixture
def doubled(nodes):
    """One station under two codes, on two nodes that are in step."""
    here, there = nodes
    station(here, "A", height="1.00")
    station(here, "B", height="2.00")
    here.sync(there)
    return here, there


@pytest.mark.parametrize(("kept", "other"), [("A", "B"), ("B", "A")])
def test_the_values_of_the_row_that_is_named_first_stay(doubled, kept, other):
    here, there = doubled
    join(here, kept, other)
    in_step(here, there)
    assert codes(here) == codes(there) == [kept]
    height = {"A": 1, "B": 2}
    assert {get(node, kept).height for node in doubled} == {height[kept]}
    assert lost(here)["code"] == [other]
    assert not Conflict.objects.using(there.alias).exists()


def test_the_record_with_the_smaller_uid_stays(doubled):
    here, _ = doubled
    uids = RecordRow.objects.using(here.alias).filter(
        table_id=here.database.rows["stations.Station"].number
    )
    smaller, larger = sorted(bytes(uid) for uid in uids.values_list("uid", flat=True))
    join(here, "A", "B")
    alias = Alias.objects.using(here.alias).get()
    assert (bytes(alias.uid), bytes(alias.winner)) == (larger, smaller)


def test_a_value_that_lost_can_be_had_back(doubled):
    here, there = doubled
    join(here, "A", "B")
    row = Conflict.objects.using(here.alias).get(part="height")
    words = "conflicts", "resolve", str(row.pk), "--keep", "1"
    call_command("syncline", *words, "--database", here.alias, stdout=StringIO())
    in_step(here, there)
    assert {get(node, "A").height for node in doubled} == {2}


def test_all_that_points_at_either_points_at_the_one_that_stays(doubled):
    here, there = doubled
    a, b = get(here, "A"), get(here, "B")
    tool = Instrument.objects.using(here.alias).create(serial="tool")
    for one, at in ((a, DAWN), (b, NOON)):
        Observation.objects.using(here.alias).create(station=one, taken_at=at)
        Remark.objects.using(here.alias).create(text=one.code, subject=one)
    b.instruments.add(tool)
    station(here, "C", neighbour=b)
    Region.objects.using(here.alias).update(capital=b)
    here.sync(there)
    report = join(here, "A", "B")
    for node in doubled:
        in_step(here, there)
        whole = get(node, "A")
        assert whole.observation_set.count() == 2
        assert [one.serial for one in whole.instruments.all()] == ["tool"]
        assert get(node, "C").neighbour == whole
        assert Region.objects.using(node.alias).get().capital == whole
        remarks = Remark.objects.using(node.alias).all()
        assert {remark.subject for remark in remarks} == {whole}
    assert report.moved


def test_nothing_gets_a_version_by_being_re_pointed(doubled):
    """What the references say is the same: an edit of one at another node stays."""
    here, there = doubled
    station(here, "C", neighbour=get(here, "A"))
    station(here, "D", neighbour=get(here, "B"))
    here.sync(there)
    for code in "CD":
        Station.objects.using(there.alias).filter(code=code).update(neighbour=None)
    join(here, "A", "B")
    in_step(here, there)
    for node in doubled:
        assert get(node, "C").neighbour is get(node, "D").neighbour is None
    assert "neighbour" not in lost(here) | lost(there)


def test_a_reference_that_the_merging_node_never_saw_follows(doubled):
    here, there = doubled
    for code in "AB":
        Observation.objects.using(there.alias).create(
            station=get(there, code), taken_at=NOON if code == "A" else DAWN
        )
        Remark.objects.using(there.alias).create(subject=get(there, code))
    join(here, "A", "B")
    in_step(here, there)
    for node in doubled:
        assert get(node, "A").observation_set.count() == 2
        subjects = {one.subject for one in Remark.objects.using(node.alias).all()}
        assert subjects == {get(node, "A")}


def test_an_edit_of_the_one_that_goes_does_not_bring_it_back(doubled):
    here, there = doubled
    for code in "AB":
        Station.objects.using(there.alias).filter(code=code).update(name=f"new {code}")
    join(here, "A", "B")
    in_step(here, there)
    uid = bytes(Alias.objects.using(here.alias).get().uid)
    for node in doubled:
        assert codes(node) == ["A"]
        # It is the other record's now, and so a person finds it there.
        assert not Conflict.objects.using(node.alias).filter(uid=uid).exists()
    assert {"new A", "new B"} <= {
        *(get(node, "A").name for node in doubled),
        *lost(here).get("name", []),
        *lost(there).get("name", []),
    }


def test_a_deletion_of_the_one_that_stays_does_not_take_the_other_along(doubled):
    """The merge counts as an edit, which the deletion knew nothing of."""
    here, there = doubled
    for code in "AB":
        Remark.objects.using(here.alias).create(subject=get(here, code), text=code)
    Station.objects.using(there.alias).all().delete()
    join(here, "A", "B")
    in_step(here, there)
    for node in doubled:
        assert codes(node) == ["A"]


def test_links_that_would_be_doubled_become_one(doubled):
    here, there = doubled
    tool = Instrument.objects.using(here.alias).create(serial="tool")
    own = Instrument.objects.using(here.alias).create(serial="own")
    get(here, "A").instruments.add(tool)
    get(here, "B").instruments.add(tool, own)
    here.sync(there)
    other = Instrument.objects.using(there.alias).create(serial="other")
    for code in "AB":
        get(there, code).instruments.add(other)
    report = join(here, "A", "B")
    assert [one.label for one in report.followed] == ["stations.Station_instruments"]
    in_step(here, there)
    for node in doubled:
        tools = get(node, "A").instruments.order_by("serial")
        assert [one.serial for one in tools] == ["other", "own", "tool"]


@pytest.mark.parametrize("second", [("A", "B"), ("B", "A")])
def test_two_nodes_that_merge_the_same_agree(doubled, second):
    here, there = doubled
    join(here, "A", "B")
    join(there, *second)
    in_step(here, there)
    assert codes(here) == codes(there)
    assert len(codes(here)) == 1


def test_chains_of_merges_come_to_one_record(doubled):
    here, there = doubled
    station(here, "C")
    for code in "ABC":
        Remark.objects.using(here.alias).create(subject=get(here, code), text=code)
    here.sync(there)
    join(here, "A", "B")
    join(there, "B", "C")
    in_step(here, there)
    assert len(codes(here)) == 1
    for node in doubled:
        whole = Station.objects.using(node.alias).get()
        subjects = {one.subject for one in Remark.objects.using(node.alias).all()}
        assert subjects == {whole}


def test_a_record_that_two_nodes_join_to_different_ones_makes_all_one(doubled):
    here, there = doubled
    station(here, "C")
    here.sync(there)
    by_uid = [code for code, _ in sorted(uids(here).items(), key=lambda pair: pair[1])]
    small, middle, large = by_uid
    join(here, small, large)
    join(there, middle, large)
    in_step(here, there)
    assert len(codes(here)) == 1
    assert codes(here) == codes(there)


def uids(node):
    """The uids of the stations, by code."""
    Sequencer(database=node.database).run()
    number = node.database.rows["stations.Station"].number
    records = RecordRow.objects.using(node.alias).filter(table_id=number)
    by_pk = {row.pk_text: bytes(row.uid) for row in records}
    stations = Station.objects.using(node.alias)
    return {one.code: by_pk[str(one.pk)] for one in stations}


@pytest.mark.parametrize(("kept", "other"), [("A", "B"), ("B", "A")])
def test_a_key_that_went_with_a_merge_can_be_used_again(doubled, kept, other):
    here, there = doubled
    Remark.objects.using(there.alias).create(subject=get(there, other))
    join(here, kept, other)
    station(here, other, name="another one")
    in_step(here, there)
    for node in doubled:
        assert codes(node) == ["A", "B"]
        assert get(node, other).name == "another one"
        assert Remark.objects.using(node.alias).get().subject == get(node, kept)


def test_a_node_that_lacks_the_one_that_stays_takes_the_row_over(nodes):
    """It has no row for the record: the other's becomes that, with all its own."""
    here, there = nodes
    for number, code in enumerate("AB"):
        station(here, code, slot=number)
    small, large = sorted(uids(here), key=uids(here).get)
    get(here, small).delete()
    here.sync(there)
    Remark.objects.using(there.alias).create(subject=get(there, large))
    station(here, small)
    join(here, large, small)
    there.pull(here)
    assert not Quarantined.objects.using(there.alias).exists()
    in_step(here, there)
    for node in nodes:
        assert codes(node) == [large]
        assert get(node, large).slot is not None
        assert Remark.objects.using(node.alias).get().subject == get(node, large)


def test_references_at_both_of_them_are_no_conflict(doubled):
    """Two nodes have each chosen one of them: that is the same by now."""
    here, there = doubled
    station(here, "C")
    here.sync(there)
    for node, code in ((here, "A"), (there, "B")):
        stations = Station.objects.using(node.alias)
        stations.filter(code="C").update(neighbour=get(node, code))
    join(here, "A", "B")
    in_step(here, there)
    for node in doubled:
        assert get(node, "C").neighbour == get(node, "A")
        assert "neighbour" not in lost(node)


def test_a_reference_that_waited_for_the_one_that_goes_finds_the_other(doubled, third):
    here, _ = doubled
    for code in "AB":
        Remark.objects.using(here.alias).create(text=code, subject=get(here, code))
    third.pull(here, models=("stations.Remark",))
    join(here, "A", "B")
    in_step(here, third)
    for node in (here, third):
        subjects = [one.subject for one in Remark.objects.using(node.alias).all()]
        assert subjects == [get(node, "A")] * 2


def test_a_late_reference_finds_the_record_that_stays(doubled, third):
    """It comes from a node that has never heard of the merge."""
    here, there = doubled
    third.pull(here)
    join(here, "A", "B")
    in_step(here, there)
    for code in "AB":
        Observation.objects.using(third.alias).create(
            station=get(third, code), taken_at=NOON if code == "A" else DAWN
        )
        Remark.objects.using(third.alias).create(subject=get(third, code))
    there.pull(third)
    assert get(there, "A").observation_set.count() == 2
    assert not Quarantined.objects.using(there.alias).exists()
    in_step(here, there, third)
    for node in (here, there, third):
        assert get(node, "A").observation_set.count() == 2


@pytest.mark.parametrize("turned", [False, True])
def test_three_nodes_agree_in_any_order(doubled, third, turned):
    here, there = doubled
    third.pull(here)
    tool = Instrument.objects.using(third.alias).create(serial="tool")
    for code in "AB":
        get(third, code).instruments.add(tool)
    Station.objects.using(third.alias).filter(code="B").update(name="third")
    station(there, "C", neighbour=get(there, "B"))
    join(here, "A", "B")
    nodes = (third, there, here) if turned else (here, there, third)
    in_step(*nodes)
    for node in nodes:
        assert codes(node) == ["A", "C"]
        assert get(node, "C").neighbour == get(node, "A")
        assert get(node, "A").instruments.count() == 1


def test_two_links_that_no_node_had_together_become_one(doubled, third):
    here, there = doubled
    Instrument.objects.using(here.alias).create(serial="tool")
    here.sync(there)
    third.pull(here)
    for node, code in ((there, "A"), (third, "B")):
        tool = Instrument.objects.using(node.alias).get()
        get(node, code).instruments.add(tool)
    join(here, "A", "B")
    there.pull(here)
    third.pull(here)
    in_step(here, there, third)
    for node in (here, there, third):
        assert get(node, "A").instruments.count() == 1


def test_a_child_table_s_row_follows_its_parent(nodes):
    here, there = nodes
    first = Place.objects.using(here.alias).create(title="first")
    second = Harbour.objects.using(here.alias).create(title="second", depth=9)
    here.sync(there)
    pks = str(first.pk), str(second.pk)
    with pytest.raises(CannotMerge, match=r"stations\.Place"):
        merge("stations.Harbour", *pks, database=here.alias).run()
    merge("stations.Place", *pks, database=here.alias).run()
    in_step(here, there)
    for node in nodes:
        [harbour] = Harbour.objects.using(node.alias).all()
        assert (harbour.title, harbour.depth) == ("first", 9)
        assert Place.objects.using(node.alias).count() == 1


def test_two_rows_of_a_child_table_become_one_with_their_parents(nodes):
    here, there = nodes
    first = Harbour.objects.using(here.alias).create(title="first", depth=1)
    second = Harbour.objects.using(here.alias).create(title="second", depth=2)
    here.sync(there)
    pks = str(second.pk), str(first.pk)
    merge("stations.Place", *pks, database=here.alias).run()
    in_step(here, there)
    for node in nodes:
        [harbour] = Harbour.objects.using(node.alias).all()
        assert (harbour.title, harbour.depth) == ("second", 2)


def said(*words, node):
    """What the verb prints as JSON on one node."""
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


def test_a_dry_run_tells_and_writes_nothing(doubled):
    here, _ = doubled
    station(here, "C", neighbour=get(here, "B"))
    pks = [str(get(here, code).pk) for code in "AB"]
    told = said("merge", "stations.station", *pks, "--dry-run", node=here)
    assert told["dry_run"]
    assert sum(told["moved"].values()) == 1 or told["merged"]["former_pk"] == pks[0]
    assert codes(here) == ["A", "B", "C"]
    assert not Alias.objects.using(here.alias).exists()
    assert not Conflict.objects.using(here.alias).exists()


def test_a_merge_is_a_run_of_the_ledger(doubled):
    here, _ = doubled
    report = join(here, "A", "B")
    done = Run.objects.using(here.alias).get(pk=report.run)
    assert (done.verb, done.state) == ("merge", "done")
    assert done.arguments["model"] == "stations.Station"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["stations.Station", "1", "1"], "E001"),
        (["stations.Station", "98", "99"], "E079"),
        (["stations", "1", "2"], "E001"),
        (["stations.Nothing", "1", "2"], "E003"),
        (["auth.User", "1", "2"], "E092"),
    ],
)
def test_what_cannot_be_merged_is_said(doubled, words, code):
    here, _ = doubled
    with pytest.raises(CommandError, match=code) as caught:
        said("merge", *words, node=here)
    assert caught.value.returncode == 2
    assert codes(here) == ["A", "B"]


def test_content_types_need_no_help(doubled):
    """A generic key of another model with the same number stays."""
    here, _ = doubled
    b = get(here, "B")
    kind = ContentType.objects.db_manager(here.alias).get_for_model(Region)
    remark = Remark.objects.using(here.alias).create(
        content_type=kind, object_id=str(b.pk)
    )
    join(here, "A", "B")
    remark.refresh_from_db()
    assert remark.object_id == str(b.pk)


def test_records_that_share_a_key_are_told(doubled):
    here, _ = doubled
    assert said("status", node=here)["doubles"] == []
    Station.objects.using(here.alias).filter(code="B").update(code="A")
    [double] = said("status", node=here)["doubles"]
    assert (double["label"], double["key"], double["rows"]) == (
        "stations.Station",
        "A",
        2,
    )
    said("merge", double["label"], *double["pks"], node=here)
    assert said("status", node=here)["doubles"] == []
    assert codes(here) == ["A"]


def test_a_run_that_has_brought_a_merge_is_not_taken_back(doubled):
    here, there = doubled
    join(here, "A", "B")
    number = said("pull", here.alias, node=there)["run"]
    with pytest.raises(CommandError, match="merged"):
        said("undo", str(number), node=there)
    assert codes(there) == ["A"]


@pytest.mark.parametrize("known", [True, False])
def test_a_row_that_cannot_follow_stops_the_merge(doubled, monkeypatch, known):
    """Two that would clash, and nothing says that they are one."""
    here, _ = doubled
    field = Region._meta.get_field("capital")
    monkeypatch.setattr(field, "_unique", known)
    with clashing(here):
        with pytest.raises(CannotMerge, match="capital"):
            join(here, "A", "B")
        assert codes(here) == ["A", "B"]
        assert not Alias.objects.using(here.alias).exists()
        failed = Run.objects.using(here.alias).latest("id")
        assert (failed.verb, failed.state) == ("merge", "failed")


def test_a_tombstone_waits_where_rows_cannot_follow(doubled):
    here, there = doubled
    with clashing(there):
        join(here, "A", "B")
        there.pull(here)
        [waiting] = Quarantined.objects.using(there.alias).all()
        assert "capital" in waiting.reason
        assert len(codes(there)) == 2
        Region.objects.using(there.alias).filter(code="R2").delete()
        in_step(here, there)
        assert codes(there) == ["A"]


@contextmanager
def clashing(node):
    """Two regions with a capital each, of which no two may have the same."""
    for number, code in enumerate("AB", 1):
        Region.objects.using(node.alias).create(
            code=f"R{number}", name=code, capital=get(node, code)
        )
    run(node, "CREATE UNIQUE INDEX one_capital ON stations_region (capital_id)")
    try:
        yield
    finally:
        run(node, *UNIQUE_NO_MORE.get(node.database.engine.name, PLAINLY))


PLAINLY = ("DROP INDEX one_capital",)
UNIQUE_NO_MORE = {
    # A foreign key there always has an index, and had none but this one.
    "mariadb": (
        "CREATE INDEX IF NOT EXISTS any_capital ON stations_region (capital_id)",
        "DROP INDEX one_capital ON stations_region",
    )
}
