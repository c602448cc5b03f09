"""Nodes on which different releases of one project run side by side (invariant 12)."""

import uuid
from contextlib import ExitStack

import pytest
from django.apps import apps as global_apps
from django.db import models
from django.db.migrations import Migration, RemoveField

from syncline import largest
from syncline.apply.following import after_migrate, before_migrate
from syncline.errors import PeersDiffer
from syncline.identity.database import NodeDatabase
from syncline.models import Conflict, Quarantined, RecordRow
from syncline.registry import registry
from syncline.registry.declaration import Options
from syncline.transfer.tracked import agree, sync, track
from tests.conftest import restored
from tests.sync.releases import Deployed, Release

PLAIN = Release()

ADDED = {
    "nullable": (models.IntegerField(null=True), None, 7),
    "defaulted": (models.CharField(max_length=9, default="red"), "red", "blue"),
}
"""Fields that only the newer release has; what fills them, and another value."""


@pytest.fixture
def deploy(pair, databases, django_db_blocker):
    """A function that tracks a database in a release of its own."""
    made = []
    stack = ExitStack()

    def deployed(alias, release=PLAIN):
        if alias not in (pair.source, pair.target):
            stack.enter_context(restored(databases, django_db_blocker, alias))
        node = Deployed(alias)
        node.migrate(release)
        node.track()
        made.append(node)
        return node

    yield deployed
    for node in made:
        node.untrack()
        node.migrate(PLAIN)
    stack.close()


@pytest.fixture(params=ADDED)
def added(request):
    return ADDED[request.param]


@pytest.fixture
def newer(deploy, pair, added):
    """A node whose instruments have one more field, `extra`."""
    return deploy(pair.source, Release(fields={"extra": added[0]}))


@pytest.fixture
def older(deploy, pair, newer):
    """A node that lacks the field."""
    return deploy(pair.target)


@pytest.fixture
def third(pair):
    """The alias of one more database, on any engine."""
    aliases = [f"{pair.source_engine}_b", f"{pair.target_engine}_a"]
    others = [one for one in aliases if one not in (pair.source, pair.target)]
    if not others:
        pytest.skip("needs a third database")
    return others[0]


def upgrade(node, release, monkeypatch):
    """Install a newer release on a node, as `migrate` does."""
    monkeypatch.setattr(registry, "declared", lambda: node.release.declared)
    before_migrate(using=node.alias, plan=plan_of(release), apps=global_apps)
    node.migrate(release)
    after_migrate(using=node.alias)
    node.database = node.open()


class Removing(Migration):
    operations = (RemoveField("instrument", "extra"),)


def plan_of(release):
    """The plan of a migration that takes a column away, or of another one."""
    kind = Migration if release.fields else Removing
    return [(kind("release", "stations"), False)]


def in_step(*nodes):
    """Nothing moves any more, nothing waits, and nobody has to decide."""
    one, *others = nodes
    for other in others:
        assert [report.written for report in one.sync(other)] == [0, 0]
    for node in nodes:
        assert not Quarantined.objects.using(node.alias).exists()
        assert not Conflict.objects.using(node.alias).filter(held=True).exists()


def extra_of(node, serial="I"):
    return node.instruments.get(pk=serial).extra


def test_records_of_both_sides_arrive_on_the_other(newer, older, added):
    _, filled, value = added
    newer.instruments.create(serial="new", model_name="m", extra=value)
    older.instruments.create(serial="old", model_name="m")
    newer.sync(older)
    assert older.instruments.get(pk="new").model_name == "m"
    assert extra_of(newer, "old") == filled
    assert extra_of(newer, "new") == value
    in_step(newer, older)


def test_an_edit_where_the_field_is_lacking_leaves_it_as_it_is(newer, older, added):
    newer.instruments.create(serial="I", extra=added[2])
    newer.sync(older)
    older.instruments.update(model_name="edited")
    newer.sync(older)
    kept = newer.instruments.get()
    assert (kept.model_name, kept.extra) == ("edited", added[2])
    in_step(newer, older)


def test_an_edit_of_the_field_alone_moves_nothing_that_shows(newer, older, added):
    older.instruments.create(serial="I", model_name="m")
    newer.sync(older)
    newer.instruments.update(extra=added[2])
    newer.sync(older)
    assert older.instruments.get().model_name == "m"
    in_step(newer, older)


def test_edits_of_both_sides_meet(newer, older, added):
    newer.instruments.create(serial="I")
    newer.sync(older)
    newer.instruments.update(extra=added[2])
    older.instruments.update(model_name="edited")
    newer.sync(older)
    met = newer.instruments.get()
    assert (met.model_name, met.extra) == ("edited", added[2])
    assert not Conflict.objects.using(newer.alias).exists()
    in_step(newer, older)


def test_the_field_survives_a_node_that_lacks_it(newer, older, deploy, third, added):
    far = deploy(third, Release(fields={"extra": added[0]}))
    newer.instruments.create(serial="I", extra=added[2])
    older.pull(newer)
    older.instruments.update(model_name="edited")
    far.pull(older)
    arrived = far.instruments.get()
    assert (arrived.model_name, arrived.extra) == ("edited", added[2])
    far.instruments.update(extra=added[1])
    older.pull(far)
    newer.pull(older)
    assert extra_of(newer) == added[1]
    assert not far.pull(newer).written
    in_step(newer, older)


def test_an_upgrade_shows_what_was_kept(newer, older, added, monkeypatch):
    newer.instruments.create(serial="I", extra=added[2])
    newer.instruments.create(serial="J", extra=added[1])
    newer.sync(older)
    older.instruments.create(serial="own")
    before = list(RecordRow.objects.using(older.alias).values("uid", "seq", "counter"))
    upgrade(older, newer.release, monkeypatch)
    after = list(RecordRow.objects.using(older.alias).values("uid", "seq", "counter"))
    assert after[: len(before)] == before
    assert (extra_of(older), extra_of(older, "J")) == (added[2], added[1])
    assert extra_of(older, "own") == added[1]
    newer.sync(older)
    in_step(newer, older)
    older.instruments.update(extra=added[1])
    newer.sync(older)
    assert extra_of(newer) == added[1]


def test_a_field_that_is_declared_later_shows_what_was_kept(
    newer, deploy, pair, added, monkeypatch
):
    """The other node has the column all along, and keeps the field to itself."""
    silent = Release(fields=newer.release.fields, options=Options(exclude=["extra"]))
    other = deploy(pair.target, silent)
    newer.instruments.create(serial="I", extra=added[2])
    other.pull(newer)
    assert extra_of(other) != added[2]
    other.release = newer.release
    monkeypatch.setattr(registry, "declared", lambda: other.release.declared)
    track(database=other.alias).run()
    other.database = other.open()
    assert extra_of(other) == added[2]
    in_step(newer, other)


def test_what_a_migration_fills_in_is_no_edit(newer, older, added, monkeypatch):
    """A value that somebody has given wins, however late the other side upgrades."""
    older.instruments.create(serial="I")
    newer.sync(older)
    newer.instruments.update(extra=added[2])
    upgrade(older, newer.release, monkeypatch)
    newer.sync(older)
    assert extra_of(newer) == extra_of(older) == added[2]
    assert not Conflict.objects.using(newer.alias).exists()
    in_step(newer, older)


def test_a_record_that_both_made_ends_alike_everywhere(
    newer, older, deploy, third, added, monkeypatch
):
    """A default that filled in must not count as a version: it would win or lose
    against a given value, depending on who met whom first."""
    far = deploy(third, Release(fields={"extra": added[0]}))
    newer.instruments.create(serial="I", extra=added[2])
    older.instruments.create(serial="I", model_name="later")
    far.pull(newer)
    far.pull(older)
    assert extra_of(far) == added[2]
    upgrade(older, far.release, monkeypatch)
    newer.pull(older)
    far.pull(newer)
    older.pull(far)
    newer.sync(far)
    assert {extra_of(node) for node in (newer, older, far)} == {added[2]}


def test_a_default_that_filled_in_is_no_rival_of_a_value(
    newer, older, deploy, third, added
):
    far = deploy(third, Release(fields={"extra": added[0]}))
    newer.instruments.create(serial="I", extra=added[2])
    older.instruments.create(serial="I", model_name="later")
    far.pull(older)
    newer.sync(far)
    assert extra_of(newer) == extra_of(far) == added[2]
    for node in (newer, far):
        assert not Conflict.objects.using(node.alias).filter(part="extra").exists()
    in_step(newer, far)


def test_a_default_that_is_computed_ends_alike_everywhere(deploy, pair, third):
    """Each node computes another value; one of them stays."""
    release = Release(fields={"extra": models.UUIDField(default=uuid.uuid4)})
    one, two = deploy(pair.source, release), deploy(third, release)
    older = deploy(pair.target)
    older.instruments.create(serial="I")
    one.pull(older)
    two.pull(older)
    one.sync(two)
    assert extra_of(one) == extra_of(two)
    older.pull(one)
    in_step(one, two)
    in_step(one, older)


def test_what_a_migration_computes_ends_alike_everywhere(deploy, pair, monkeypatch):
    one, two = deploy(pair.source), deploy(pair.target)
    one.instruments.create(serial="I")
    one.sync(two)
    release = Release(fields={"extra": models.UUIDField(default=uuid.uuid4)})
    for node in (one, two):
        upgrade(node, release, monkeypatch)
    assert extra_of(one) != extra_of(two)
    one.sync(two)
    assert extra_of(one) == extra_of(two)
    in_step(one, two)


@pytest.fixture
def referring(deploy, pair):
    """A node whose instruments point at labels; no constraint keeps the two apart."""
    column = models.ForeignKey("stations.Label", models.SET_NULL, null=True)
    return deploy(pair.source, Release(fields={"label": column}))


def test_a_reference_is_kept_and_shown_after_an_upgrade(
    referring, deploy, pair, monkeypatch
):
    older = deploy(pair.target)
    older.release.label.objects.using(older.alias).create(text="takes the first pk")
    label = referring.release.label.objects.using(referring.alias).create(text="L")
    referring.instruments.create(serial="I", label=label)
    referring.sync(older)
    upgrade(older, referring.release, monkeypatch)
    assert older.instruments.get().label.text == "L"
    in_step(referring, older)


def test_a_field_that_is_removed_stays_where_it_is(newer, older, added, monkeypatch):
    upgrade(older, newer.release, monkeypatch)
    newer.instruments.create(serial="I", extra=added[2])
    newer.sync(older)
    upgrade(older, PLAIN, monkeypatch)
    older.instruments.update(model_name="edited")
    older.instruments.create(serial="J")
    newer.sync(older)
    assert newer.instruments.get(pk="I").model_name == "edited"
    assert (extra_of(newer), extra_of(newer, "J")) == (added[2], added[1])
    in_step(newer, older)


def test_a_deleted_record_comes_back_with_its_default(newer, older, added):
    newer.instruments.create(serial="I", extra=added[2])
    newer.sync(older)
    older.instruments.all().delete()
    newer.sync(older)
    older.instruments.create(serial="I")
    newer.sync(older)
    assert extra_of(newer) == added[1]
    in_step(newer, older)


def test_a_rule_of_a_field_is_left_to_those_who_know_it(deploy, pair, third):
    """A node that lacks the field keeps both values and decides nothing."""
    options = Options(merge={"extra": largest})
    column = models.IntegerField(null=True)
    release = Release(fields={"extra": column}, options=options)
    one, two = deploy(pair.source, release), deploy(third, release)
    older = deploy(pair.target)
    one.instruments.create(serial="I", extra=1)
    older.pull(one)
    two.pull(older)
    one.instruments.update(extra=9)
    two.instruments.update(extra=5)
    older.pull(one)
    older.pull(two)
    assert not Conflict.objects.using(older.alias).exists()
    two.pull(older)
    one.pull(two)
    assert (extra_of(one), extra_of(two)) == (9, 9)
    assert not Conflict.objects.using(two.alias).filter(held=True).exists()


NEEDED = models.IntegerField()


def test_a_value_that_the_sender_cannot_give_is_refused(deploy, pair):
    """Nothing is written then, in neither direction."""
    newer = deploy(pair.source, Release(fields={"needed": NEEDED}))
    older = deploy(pair.target)
    newer.instruments.create(serial="new", needed=1)
    older.instruments.create(serial="old")
    with pytest.raises(PeersDiffer, match=r"stations\.Instrument\.needed"):
        newer.pull(older)
    assert newer.instruments.count() == 1
    older.pull(newer)
    assert older.instruments.count() == 2


@pytest.mark.parametrize("swapped", [False, True])
def test_a_sync_is_refused_before_either_side_is_written(
    swapped, deploy, pair, monkeypatch
):
    newer = deploy(pair.source, Release(fields={"needed": NEEDED}))
    older = deploy(pair.target)
    newer.instruments.create(serial="new", needed=1)
    older.instruments.create(serial="old")
    here, there = (older, newer) if swapped else (newer, older)
    with pytest.raises(PeersDiffer, match=r"stations\.Instrument\.needed"):
        each_its_own(here, there, monkeypatch)(sync)
    assert newer.instruments.count() == older.instruments.count() == 1


def test_fields_of_different_kinds_are_refused(deploy, pair):
    one = deploy(pair.source, Release(fields={"extra": models.IntegerField(null=True)}))
    two = deploy(pair.target, Release(fields={"extra": models.TextField(null=True)}))
    one.instruments.create(serial="I")
    with pytest.raises(PeersDiffer, match=r"stations\.Instrument\.extra"):
        two.pull(one)
    assert not two.instruments.exists()


def test_a_null_that_would_not_fit_is_refused(deploy, pair):
    one = deploy(pair.source, Release(fields={"extra": models.IntegerField(null=True)}))
    two = deploy(pair.target, Release(fields={"extra": models.IntegerField(default=1)}))
    one.instruments.create(serial="I")
    with pytest.raises(PeersDiffer, match=r"stations\.Instrument\.extra"):
        two.pull(one)
    two.instruments.create(serial="J")
    one.pull(two)
    assert extra_of(one, "J") == 1


def test_verify_compares_what_both_have(newer, older, added, monkeypatch):
    newer.instruments.create(serial="I", extra=added[2])
    newer.sync(older)
    run = each_its_own(newer, older, monkeypatch)
    assert run(agree)[0].equal
    older.instruments.update(model_name="edited")
    assert not run(agree)[0].equal


def each_its_own(here, there, monkeypatch):
    """Run a use case in which each database is of its own release."""
    by_alias = {node.alias: node for node in (here, there)}
    usual = NodeDatabase.open

    def open_(alias, **_):
        return usual(alias, declared=by_alias[alias].release.declared)

    monkeypatch.setattr(NodeDatabase, "open", open_)
    return lambda verb: verb(there.alias, database=here.alias).run()
