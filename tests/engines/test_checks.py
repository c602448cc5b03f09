"""`manage.py check --database` tells what is wrong with a tracked database."""

import pytest
from django.core.checks import run_checks
from django.db import connections

from tests.stations.models import Observation, Region, Station
from tests.sync.nodes import Node


@pytest.fixture
def node(engine):
    made = Node(f"{engine}_a")
    made.track()
    yield made
    made.untrack()


def told(node):
    """The ids of our messages on a database, with their models."""
    found = run_checks(databases=[node.alias])
    return [
        (one.id, one.obj) for one in found if (one.id or "").startswith("syncline.W10")
    ]


def known():
    """What is told without a look at any database."""
    found = run_checks()
    return [
        (one.id, one.obj) for one in found if (one.id or "").startswith("syncline.W10")
    ]


def news(node):
    return [one for one in told(node) if one not in known()]


def execute(node, sql):
    with connections[node.alias].cursor() as cursor:
        cursor.execute(sql)


def test_a_database_in_order_has_nothing_to_tell(node):
    assert news(node) == []


def test_a_database_that_is_not_tracked_has_nothing_to_tell(engine):
    assert news(Node(f"{engine}_a")) == []


def test_no_database_is_asked_unless_it_is_named(node):
    node.untrack()
    assert ("syncline.W104", Region) not in known()


def test_triggers_that_are_gone_are_told_with_the_command(node):
    node.database.engine.capture.remove(
        node.database.connection, [Region._meta.db_table]
    )
    assert news(node) == [("syncline.W104", Region)]
    [message] = [
        one for one in run_checks(databases=[node.alias]) if one.id == "syncline.W104"
    ]
    assert message.hint == f"Run: manage.py syncline audit --database {node.alias}"


NARROWER = {
    "postgresql": "ALTER COLUMN reading TYPE real",
    "mariadb": "MODIFY reading float NULL, MODIFY taken_at datetime NOT NULL",
}
WIDER = {
    "postgresql": "ALTER COLUMN reading TYPE double precision",
    "mariadb": "MODIFY reading double NULL, MODIFY taken_at datetime(6) NOT NULL",
}
LOST = {
    "postgresql": ["reading: real keeps 7 digits of a float"],
    "mariadb": [
        "reading: float keeps 7 digits of a float",
        "taken_at: datetime(0) cuts off fractions of a second",
    ],
}


def test_a_column_that_keeps_less_is_told_with_what_is_lost(engine, request):
    if engine == "sqlite":
        pytest.skip("any column keeps any value")
    node = Node(f"{engine}_a")
    table = Observation._meta.db_table
    execute(node, f"ALTER TABLE {table} {NARROWER[engine]}")
    try:
        node.track()
        found = [
            str(one.msg)
            for one in run_checks(databases=[node.alias])
            if one.id == "syncline.W106"
        ]
        node.untrack()
    finally:
        execute(node, f"ALTER TABLE {table} {WIDER[engine]}")
    said = f"does not come back from the database {node.alias!r} as it was given"
    expected = [one.replace(":", f" {said}:", 1) + "." for one in LOST[engine]]
    assert sorted(found) == expected


def test_a_key_that_was_added_by_hand_and_cascades_is_told(node, engine):
    if engine != "mariadb":
        pytest.skip("triggers fire for what foreign keys do")
    child, parent = Station._meta.db_table, Region._meta.db_table
    execute(
        node,
        f"ALTER TABLE {child} ADD CONSTRAINT by_hand FOREIGN KEY (region_id) "
        f"REFERENCES {parent} (id) ON DELETE CASCADE",
    )
    try:
        assert ("syncline.W105", Station) in news(node)
        node.track()
        assert news(node) == []
    finally:
        execute(node, f"ALTER TABLE {child} DROP FOREIGN KEY by_hand")
