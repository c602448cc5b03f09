"""Rows whose primary keys are written, on one node and on every engine."""

import pytest
from django.db import connections, transaction

from syncline.capture.sequencer import Sequencer
from syncline.models import RecordRow
from tests.stations.models import Label, Region, Station
from tests.sync.nodes import Node

FREE = 90_000


@pytest.fixture
def node(engine):
    """One tracked node with two labels, of pk 1 and 2."""
    made = Node(f"{engine}_a")
    made.track()
    for pk, text in ((1, "one"), (2, "two")):
        Label.objects.using(made.alias).create(pk=pk, text=text)
    number(made)
    yield made
    made.untrack()


def number(node):
    """Number what is pending; give how many records changed."""
    return Sequencer(database=node.database).run()


def move(node, *pairs):
    """Let rows have other pks, in one transaction."""
    with (
        transaction.atomic(using=node.alias),
        connections[node.alias].cursor() as cursor,
    ):
        for old, new in pairs:
            sql = "UPDATE stations_label SET id = %s WHERE id = %s"
            cursor.execute(sql, [new, old])


def records(node):
    """Give by pk the uid and the counter of what is there."""
    found = RecordRow.objects.using(node.alias).filter(pk_text__isnull=False)
    return {int(one.pk_text): (bytes(one.uid), one.counter) for one in found}


def test_a_row_that_moves_is_the_same_record_at_the_same_version(node):
    before = records(node)

    move(node, (1, FREE))

    number(node)
    assert records(node) == {FREE: before[1], 2: before[2]}


def test_a_reference_that_follows_a_row_is_no_edit(node):
    """It names the record that it has named; an edit elsewhere must not lose to it."""
    region = Region.objects.using(node.alias).create(pk=FREE, code="N", name="North")
    stations = Station.objects.using(node.alias)
    for code in ("follows", "edited"):
        stations.create(code=code, name="a", region=region)
    number(node)
    before = versions(node)

    with (
        transaction.atomic(using=node.alias),
        connections[node.alias].constraint_checks_disabled(),
        connections[node.alias].cursor() as cursor,
    ):
        cursor.execute("UPDATE stations_region SET id = 1 WHERE id = %s", [FREE])
        cursor.execute("UPDATE stations_station SET region_id = 1")
        cursor.execute("UPDATE stations_station SET name = 'c' WHERE code = 'edited'")

    number(node)
    after = versions(node)
    assert after["follows"] == before["follows"]
    assert after["edited"] != before["edited"]


def versions(node):
    """Give by code the counters in the records of stations."""
    stations = dict(Station.objects.using(node.alias).values_list("pk", "code"))
    table = node.database.rows["stations.Station"].number
    found = node.database.store.of_table(table)
    return {
        stations[int(str(one.pk))]: [counter for _, _, counter in one.marks()]
        for one in found
    }


def test_a_row_where_another_one_has_left_is_a_new_record(node):
    """Both are written before anybody looks."""
    before = records(node)

    move(node, (1, FREE))
    Label.objects.using(node.alias).create(pk=1, text="another")

    number(node)
    after = records(node)
    assert after[FREE] == before[1]
    assert after[1][0] not in {uid for uid, _ in before.values()}


def test_a_row_may_go_where_another_one_was_deleted(node):
    before = records(node)

    move(node, (1, FREE), (2, 1), (FREE, 2))
    Label.objects.using(node.alias).filter(pk=2).delete()

    number(node)
    assert records(node) == {1: before[2]}


def test_a_record_may_come_back_where_another_one_has_been(node):
    labels = Label.objects.using(node.alias)
    before = records(node)
    labels.filter(pk=2).delete()
    number(node)

    move(node, (1, FREE))
    labels.filter(pk=FREE).delete()
    labels.create(pk=1, text="two")

    number(node)
    assert {pk: uid for pk, (uid, _) in records(node).items()} == {1: before[2][0]}


def test_a_row_may_go_where_one_was_that_has_come_back_elsewhere(node):
    labels = Label.objects.using(node.alias)
    before = records(node)

    move(node, (1, FREE), (2, 1), (FREE, 2))
    labels.filter(pk=2).delete()
    labels.create(pk=3, text="one")

    number(node)
    after = {pk: uid for pk, (uid, _) in records(node).items()}
    assert after == {1: before[2][0], 3: before[1][0]}
