"""Tracking on one node, on every engine: what is seen, and what takes it away."""

import asyncio

import pytest
from django.core.management import call_command
from django.db import connections, transaction

from syncline.capture.audit import audit
from syncline.capture.guarding import drifted, guard
from syncline.capture.sequencer import Sequencer
from syncline.capture.untracking import untracked
from syncline.errors import NotTracked, UsageError
from syncline.models import Journal, RecordRow, TrackedTable
from syncline.progress import Task
from syncline.transfer.tracked import sync
from tests.stations.models import Label, Region, Station
from tests.sync.nodes import Node


@pytest.fixture
def node(engine):
    """One tracked node; `other` is the second database of its engine."""
    made = Node(f"{engine}_a")
    made.track()
    yield made
    made.untrack()


def numbered(node):
    """Number what is pending; give how many records changed."""
    return Sequencer(database=node.database).run()


def counters(node):
    return dict(RecordRow.objects.using(node.alias).values_list("pk_text", "counter"))


def test_a_row_that_comes_and_goes_between_two_transfers_leaves_nothing(node):
    Region.objects.using(node.alias).create(code="A", name="A").delete()
    assert numbered(node) == 0
    assert not RecordRow.objects.using(node.alias).exists()
    assert not Journal.objects.using(node.alias).exists()


def test_a_write_that_changes_nothing_gets_no_version(node):
    regions = Region.objects.using(node.alias)
    made = regions.create(code="A", name="A")
    numbered(node)
    before = counters(node)
    regions.filter(pk=made.pk).update(name="B")
    regions.filter(pk=made.pk).update(name="A")
    assert numbered(node) == 0
    assert counters(node) == before


def test_a_deleted_key_that_comes_back_is_the_same_record(node):
    regions = Region.objects.using(node.alias)
    regions.create(code="A", name="A")
    numbered(node)
    uid = RecordRow.objects.using(node.alias).get().uid
    regions.all().delete()
    numbered(node)
    assert RecordRow.objects.using(node.alias).get().life == 2
    regions.create(code="A", name="again")
    numbered(node)
    record = RecordRow.objects.using(node.alias).get()
    assert (bytes(record.uid), record.life) == (bytes(uid), 3)


def test_a_key_that_is_edited_and_used_again_makes_two_records(node):
    regions = Region.objects.using(node.alias)
    first = regions.create(code="A", name="first")
    numbered(node)
    regions.filter(pk=first.pk).update(code="B")
    numbered(node)
    regions.create(code="A", name="second")
    numbered(node)
    assert RecordRow.objects.using(node.alias).count() == 2


def test_rows_that_a_manager_hides_are_tracked(node):
    Label.objects.using(node.alias).create(text="gone", hidden=True)
    assert numbered(node) == 1


def test_untracked_writes_get_no_version(node):
    regions = Region.objects.using(node.alias)
    kept = regions.create(code="A", name="A")
    numbered(node)
    before = counters(node)
    with untracked(node.alias):
        regions.filter(pk=kept.pk).update(name="quiet")
        with untracked(node.alias):
            regions.create(code="Q", name="quiet")
    numbered(node)
    assert {pk: n for pk, n in counters(node).items() if n} == before
    report = Task(audit(node.database, Sequencer(database=node.database))).run()
    assert sum(report.found.values()) == 0
    regions.filter(code="Q").update(name="loud")
    assert numbered(node) == 1
    assert len([n for n in counters(node).values() if n]) == 2


def test_untracked_is_a_decorator_and_ends_with_its_block(node):
    @untracked(node.alias)
    def quietly():
        Region.objects.using(node.alias).create(code="A", name="A")

    quietly()
    Region.objects.using(node.alias).create(code="B", name="B")
    numbered(node)
    assert sorted(counters(node).values()) == [0, 1]


def test_untracked_is_refused_in_an_async_task(node):
    async def task():
        with untracked(node.alias):
            pass

    with pytest.raises(UsageError):
        asyncio.run(task())


def test_an_audit_finds_what_triggers_have_missed(node):
    regions = Region.objects.using(node.alias)
    regions.bulk_create([Region(code=f"R{n}", name="R") for n in range(6)])
    numbered(node)
    node.untrack()
    regions.filter(code="R1").update(name="changed")
    regions.filter(code="R2").delete()
    regions.create(code="R9", name="new")
    assert set(drifted(node.database)) == set(node.database.rows)
    report = guard(node.database, Sequencer(database=node.database))
    assert report.found == {"stations.Region": 3}
    assert not drifted(node.database)
    regions.filter(code="R3").update(name="seen")
    assert numbered(node) == 1


def test_an_audit_of_much_that_was_missed_takes_several_rounds(node, monkeypatch):
    """So that what is missed of a large table need not fit into memory."""
    monkeypatch.setattr("syncline.capture.audit.MISSED_MAX", 4)
    regions = Region.objects.using(node.alias)
    regions.bulk_create([Region(code=f"R{n}", name="R") for n in range(6)])
    numbered(node)
    node.untrack()
    regions.bulk_create([Region(code=f"N{n}", name="N") for n in range(6)])
    regions.filter(code="R1").delete()

    report = guard(node.database, Sequencer(database=node.database))

    assert report.found == {"stations.Region": 7}
    assert not guard(node.database, Sequencer(database=node.database)).found


def test_a_sync_mends_triggers_first_and_says_so(nodes):
    """Whatever took them, no write that they have missed stays behind."""
    here, there = nodes
    for node in nodes:
        node.untrack()
        Region.objects.using(node.alias).create(code=node.alias, name="R")

    report = sync(there.alias, database=here.alias).run()

    missed = [(one.database, one.found) for one in report.mended]
    assert missed == [(node.alias, {"stations.Region": 1}) for node in nodes]
    assert report.written == 2
    assert sync(there.alias, database=here.alias).run().mended == ()


def test_a_dry_run_leaves_triggers_as_they_are(nodes):
    here, there = nodes
    here.untrack()

    report = sync(there.alias, database=here.alias, dry_run=True).run()

    assert report.mended == ()
    assert drifted(here.database)


def test_track_twice_adopts_nothing_twice(node):
    Region.objects.using(node.alias).create(code="A", name="A")
    numbered(node)
    before = counters(node)
    node.track()
    assert counters(node) == before


def test_a_migration_that_rebuilds_a_table_leaves_tracking_working(node):
    """Django's schema editor drops SQLite's triggers with the table."""
    Region.objects.using(node.alias).create(code="A", name="A")
    connection = connections[node.alias]
    field = Region._meta.get_field("name")
    with connection.schema_editor() as editor:
        changed = field.clone()
        changed.max_length = 120
        changed.set_attributes_from_name("name")
        changed.model = Region
        editor.alter_field(Region, field, changed)
    Region.objects.using(node.alias).update(name="by a migration")
    call_command("migrate", "syncline", database=node.alias, verbosity=0)
    assert not drifted(node.database)
    Region.objects.using(node.alias).create(code="B", name="B")
    numbered(node)
    assert RecordRow.objects.using(node.alias).count() == 2


def test_a_rolled_back_write_gets_no_version(node):
    with pytest.raises(ZeroDivisionError), transaction.atomic(using=node.alias):  # noqa: PT012 - it is the end of the block that raises
        Region.objects.using(node.alias).create(code="A", name="A")
        raise ZeroDivisionError
    assert numbered(node) == 0


def test_a_database_that_is_not_tracked_says_so(engine):
    with pytest.raises(NotTracked):
        Node(f"{engine}_a").endpoint().hello()


def test_every_column_has_a_bit_of_its_own(node):
    row = TrackedTable.objects.using(node.alias).get(label=Station._meta.label)
    assert len(set(row.bits.values())) == len(row.bits)
