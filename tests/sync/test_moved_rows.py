"""Rows whose primary keys are written, on one node and on every engine."""

import pytest
from django.db import connections, transaction

from syncline.capture.sequencer import Sequencer
from syncline.models import RecordRow
from tests.stations.models import Label
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
