"""Copying a database into another: every row arrives, or nothing changes."""

import contextlib
import itertools
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.sites.models import Site
from django.db import IntegrityError, connections, transaction

from syncline import LoadOptions, Mode, copy, verify
from syncline.errors import SameDatabase, TargetNotEmpty
from tests.awkward import models as awkward
from tests.awkward.receivers import breaking_receivers
from tests.awkward.samples import fill_awkward
from tests.databases import engine_of
from tests.engines.state import contents, fill, schema
from tests.zoo import models as zoo
from tests.zoo.compare import differences, stored_values
from tests.zoo.samples import fill_zoo
from tests.zoo.writing import objects

REPLACE = LoadOptions(mode=Mode.REPLACE)


def test_every_field_of_every_row_arrives(filled):
    before = schema(filled.target)
    report = copy(filled.source, filled.target, options=REPLACE).run()

    assert differences(filled.source, filled.target) == []
    verified = verify(filled.source, filled.target).run()
    assert [str(difference) for difference in verified.differences] == []
    assert verified.equal
    assert (
        report.rows["zoo.Everything"] == objects(zoo.Everything, filled.source).count()
    )
    assert report.rows["awkward.NoRows"] == 0
    assert report.total == sum(report.rows.values())
    # What was taken away for speed is back.
    assert schema(filled.target) == before


def test_encrypted_text_arrives_as_it_is_stored(pair):
    fill_zoo(pair.source, rows=1)
    copy(pair.source, pair.target, models=["zoo.Custom"], options=REPLACE).run()

    for name in ("encrypted", "encrypted_or_null"):
        stored = stored_values(pair.source, zoo.Custom, name)
        assert any(stored.values())
        assert stored_values(pair.target, zoo.Custom, name) == stored


def test_verify_names_what_differs(pair):
    taken = ["zoo.TextPk", "zoo.BigPk", "awkward.Echo", "awkward.Node"]
    fill_zoo(pair.source, rows=1)
    fill_awkward(pair.source)
    copy(pair.source, pair.target, models=taken, options=REPLACE).run()
    assert verify(pair.source, pair.target, models=taken).run().equal
    objects(zoo.TextPk, pair.target).filter(code="a").update(name="changed")
    objects(zoo.BigPk, pair.source).create(number=99, name="not on the target")
    objects(awkward.Echo, pair.target).create(id=77, name="not at the source")
    objects(awkward.Node, pair.target).filter(pk=12).update(parent=None, name="12")

    report = verify(pair.source, pair.target, models=taken).run()

    assert not report.equal
    assert {found.label: found.fields for found in report.differences} == {
        "zoo.TextPk": {"name": 1},
        "zoo.BigPk": {},
        "awkward.Echo": {},
        "awkward.Node": {"parent": 1, "name": 1},
    }
    assert {found.label: found.samples for found in report.differences} == {
        "zoo.TextPk": {"name": ["a"]},
        "zoo.BigPk": {"only source": [99]},
        "awkward.Echo": {"only target": [77]},
        "awkward.Node": {"parent": [12], "name": [12]},
    }


def test_a_ring_of_engines_ends_where_it_began(ring):
    fill(ring[0], engines={"sqlite", "postgresql", "mariadb"})
    for source, target in itertools.pairwise(ring):
        copy(source, target, options=REPLACE).run()
        assert differences(source, target) == []

    assert differences(ring[0], ring[-1]) == []
    stored = stored_values(ring[0], zoo.Custom, "encrypted")
    assert stored_values(ring[-1], zoo.Custom, "encrypted") == stored


def test_models_that_are_left_out_are_listed_with_their_reason(pair):
    report = copy(pair.source, pair.target, options=REPLACE).run()

    awkward_ones = {
        "awkward.Gadget": "swapped for awkward.CustomGadget",
        "awkward.ProxyPlace": "a proxy of awkward.Place",
        "awkward.Unmanaged": "unmanaged",
        "awkward.UnmanagedView": "unmanaged",
        "awkward.UnmanagedWithoutTable": "unmanaged",
    }
    assert report.left_out.items() >= awkward_ones.items()
    others = {
        label: reason
        for label, reason in report.left_out.items()
        if label not in awkward_ones
    }
    # These have fields that only one engine has, and the routers know it.
    routed = {
        f"the routers keep it off {alias!r}"
        for alias in (pair.source, pair.target)
        if engine_of(alias) != "postgresql"
    }
    assert {label.partition(".")[0] for label in others} <= {"zoo_postgresql"}
    assert set(others.values()) <= routed
    assert bool(others) == bool(routed)


def test_rows_of_a_table_that_is_left_out_stay(pair):
    objects(awkward.Unmanaged, pair.source).create(id=1, name="not copied")
    objects(awkward.Unmanaged, pair.target).create(id=9, name="stays")
    taken = ["awkward.Unmanaged", "awkward.Echo"]

    report = copy(pair.source, pair.target, models=taken, options=REPLACE).run()

    assert report.left_out == {"awkward.Unmanaged": "unmanaged"}
    names = objects(awkward.Unmanaged, pair.target).values_list("name", flat=True)
    assert list(names) == ["stays"]


def test_rows_that_managers_hide_arrive_and_no_signal_is_sent(pair):
    fill_awkward(pair.source)
    hidden = [awkward.Soft, awkward.HiddenAlways, awkward.DefaultManaged]
    hidden += [awkward.Beacon, awkward.Echo, awkward.NoRows, awkward.Stamped]
    labels = [model._meta.label for model in hidden]

    with breaking_receivers():
        copy(pair.source, pair.target, models=labels, options=REPLACE).run()

    counts = [objects(model, pair.target).count() for model in hidden]
    assert counts == [4, 4, 4, 2, 2, 0, 1]
    assert differences(pair.source, pair.target, hidden) == []


def test_constraints_are_enforced_afterwards(pair):
    fill_zoo(pair.source, rows=1)
    taken = ["zoo.TextPk", "zoo.CompositePk", "zoo.Collated"]
    copy(pair.source, pair.target, models=taken, options=REPLACE).run()

    with pytest.raises(IntegrityError), transaction.atomic(using=pair.target):
        objects(zoo.CompositePk, pair.target).create(text_pk_id="none", position=1)
    with pytest.raises(IntegrityError), transaction.atomic(using=pair.target):
        objects(zoo.Collated, pair.target).create(exact="twin", plain="")


def test_a_target_that_holds_other_rows_is_refused_and_stays(pair):
    objects(zoo.BigPk, pair.source).create(number=1, name="not the target's")
    objects(Group, pair.target).create(id=2, name="not editors")
    objects(zoo.BigPk, pair.target).create(number=77, name="in no source")
    before = contents(pair.target)

    with pytest.raises(TargetNotEmpty) as caught:
        copy(pair.source, pair.target).run()

    assert caught.value.tables == ("auth.Group (1 rows)", "zoo.BigPk (1 rows)")
    assert contents(pair.target) == before


def test_a_migrated_target_is_empty_enough(pair):
    """Its content types, permissions and site are not in the way."""
    objects(Group, pair.source).create(id=50, name="new at the source")
    copy(pair.source, pair.target).run()
    assert differences(pair.source, pair.target, [Group, Site, Permission]) == []


def test_a_copy_may_be_repeated_while_the_rows_are_the_sources(pair):
    fill_zoo(pair.source, engines={pair.source_engine, pair.target_engine}, rows=50)
    taken = ["zoo.Everything", "zoo.Custom", "zoo.CompositePk", "zoo.TextPk", "sites"]
    copy(pair.source, pair.target, models=taken).run()
    objects(zoo.TextPk, pair.source).create(code="new", name="at the source")
    copy(pair.source, pair.target, models=taken).run()
    assert objects(zoo.TextPk, pair.target).filter(code="new").exists()

    objects(Site, pair.target).update(name="Changed")
    before = contents(pair.target)
    with pytest.raises(TargetNotEmpty) as caught:
        copy(pair.source, pair.target, models=taken).run()
    assert caught.value.tables == ("sites.Site (1 rows)",)
    assert contents(pair.target) == before


def test_replacing_empties_the_tables_that_are_copied_and_no_others(pair):
    for alias in (pair.source, pair.target):
        objects(zoo.BigPk, alias).create(number=1, name=alias)
        objects(zoo.SmallPk, alias).create(id=1, name=alias)
    objects(zoo.BigPk, pair.target).create(number=2, name="goes")

    copy(pair.source, pair.target, models=["zoo.BigPk"], options=REPLACE).run()

    assert list(objects(zoo.BigPk, pair.target).values_list()) == [(1, pair.source)]
    assert list(objects(zoo.SmallPk, pair.target).values_list()) == [(1, pair.target)]


def test_a_dry_run_counts_and_writes_nothing(pair):
    objects(zoo.BigPk, pair.source).create(number=1, name="stays away")
    objects(zoo.BigPk, pair.target).create(number=77, name="stays")
    before = contents(pair.target), schema(pair.target)

    dry = LoadOptions(mode=Mode.REPLACE, dry_run=True)
    report = copy(pair.source, pair.target, models=["zoo"], options=dry).run()

    assert report.dry_run
    assert report.rows["zoo.BigPk"] == 1
    assert (contents(pair.target), schema(pair.target)) == before


def test_a_trigger_of_the_target_does_not_fire_and_stays(engine):
    source, target = f"{engine}_a", f"{engine}_b"
    if not connections[target].features.can_rollback_ddl:
        pytest.skip("triggers can only be taken away for good where DDL commits")
    objects(awkward.Echo, source).create(name="one")
    with own_trigger(target):
        before = schema(target)
        copy(source, target, models=["awkward.Echo"], options=REPLACE).run()
        assert schema(target) == before
        assert not objects(awkward.NoRows, target).exists()
        objects(awkward.Echo, target).create(name="two")
        assert objects(awkward.NoRows, target).count() == 1


@contextlib.contextmanager
def own_trigger(alias):
    """Have a trigger that answers each new Echo with a row in NoRows."""
    insert = "INSERT INTO awkward_norows (name) VALUES ('by a trigger');"
    make = [f"CREATE TRIGGER echo AFTER INSERT ON awkward_echo BEGIN {insert} END"]
    drop = ["DROP TRIGGER echo"]
    if engine_of(alias) == "postgresql":
        body = f"$$ BEGIN {insert} RETURN NULL; END $$"
        when = "AFTER INSERT ON awkward_echo FOR EACH ROW"
        make = [
            f"CREATE FUNCTION echo() RETURNS trigger LANGUAGE plpgsql AS {body}",
            f"CREATE TRIGGER echo {when} EXECUTE FUNCTION echo()",
        ]
        drop = ["DROP TRIGGER echo ON awkward_echo", "DROP FUNCTION echo()"]
    run(alias, make)
    try:
        yield
    finally:
        run(alias, drop)


def run(alias, statements):
    with connections[alias].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_one_database_under_two_aliases_is_refused(engine, twin):
    objects(zoo.BigPk, f"{engine}_a").create(number=1, name="stays")

    for source, target in ((f"{engine}_a", twin), (twin, f"{engine}_a")):
        with pytest.raises(SameDatabase):
            verify(source, target).run()
        with pytest.raises(SameDatabase):
            copy(source, target, options=REPLACE).run()

    assert objects(zoo.BigPk, f"{engine}_a").count() == 1


@pytest.fixture(params=["same address", "other address"])
def twin(request, engine, tmp_path):
    """Another alias of an engine's database `a`, reached in the same way or not."""
    connection = connections[f"{engine}_a"]
    settings = {**connection.settings_dict}
    if request.param == "other address":
        settings |= other_address(connection, tmp_path)
    connections.settings["twin"] = settings
    try:
        yield "twin"
    finally:
        connections["twin"].close()
        del connections["twin"]
        del connections.settings["twin"]


def other_address(connection, folder):
    """Return settings that lead to the same database by another name."""
    name = connection.settings_dict["NAME"]
    match engine_of(connection.alias):
        case "sqlite":
            (folder / "link.sqlite3").symlink_to(name)
            return {"NAME": str(folder / "link.sqlite3")}
        case "postgresql":
            question = "SHOW unix_socket_directories"
        case _:
            question = "SELECT @@socket"
    with connection.cursor() as cursor:
        cursor.execute(question)
        socket = cursor.fetchone()[0]
    if not Path(socket).exists():
        pytest.skip(f"there is no socket at {socket}")
    return {"HOST": socket}


def test_fields_whose_values_pass_through_python_are_named(filled):
    """Where both sides store the same kind of thing, what is stored moves unread."""
    report = copy(filled.source, filled.target, options=REPLACE).run()

    said = [note for note in report.notes if "pass through" in note]
    differ = {filled.source_engine, filled.target_engine} >= {"postgresql"}
    differ &= filled.source_engine != filled.target_engine
    assert bool(said) == differ
    assert all("zoo." in note and "through AmountField" in note for note in said)
