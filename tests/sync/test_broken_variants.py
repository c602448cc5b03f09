"""Variants that look right and are not: on real databases, each must be caught.

Each check passes with the rule as it is, and fails with the rule broken. The schedules
are fixed. Rules of the merge alone are broken in tests/simulation.
"""

import pytest

from tests.conftest import restored
from tests.databases import engine_of
from tests.stations.models import Region
from tests.sync import variants
from tests.sync.nodes import Node
from tests.sync.writers import patient

SERVERS = ("postgresql", "mariadb")


@pytest.fixture
def both(engine):
    """Two tracked databases of one engine, that have met."""
    yield from met(Node(f"{engine}_a"), Node(f"{engine}_b"))


def met(here, *others):
    nodes = here, *others
    for node in nodes:
        patient(node.alias)
        node.track()
        Region.objects.using(node.alias).create(code=node.alias, name="its own")
    for other in (*others, *others):
        here.sync(other)
    yield nodes
    for node in nodes:
        node.untrack()


@pytest.fixture
def three(engine, databases, django_db_blocker):
    """Two tracked databases of one engine and one of SQLite, that have met."""
    if engine not in SERVERS:
        pytest.skip("the third database is of SQLite, which has two here")
    with restored(databases, django_db_blocker, "sqlite_a"):
        yield from met(Node(f"{engine}_a"), Node(f"{engine}_b"), Node("sqlite_a"))


def caught(check, *nodes):
    """Does a check fail?"""
    try:
        check(*nodes)
    except AssertionError:
        return True
    return False


ALONE = {
    "a part is known as all": (
        variants.a_transfer_cut_short_is_finished,
        variants.know_all_of_a_part,
    ),
    "tombstones go early": (
        variants.what_is_deleted_stays_so,
        variants.forget_tombstones,
    ),
    "merged before numbered": (
        variants.an_edit_without_a_number_is_no_old_value,
        variants.merge_before_numbering,
    ),
    "nothing is parked": (variants.swapped_values_arrive, variants.park_nothing),
    "quarantine is known": (
        variants.what_waits_arrives_in_the_end,
        variants.know_what_waits,
    ),
}
AT_ONCE = {
    "ids are a cursor": (variants.ids_are_no_cursor, variants.follow_ids),
    "rows before knowledge": (
        variants.knowledge_is_not_newer_than_rows,
        variants.read_rows_before_knowledge,
    ),
}
"""With two transactions that are open at a time, which SQLite has not."""


@pytest.mark.parametrize("broken", [False, True], ids=["as it is", "broken"])
@pytest.mark.parametrize("name", ALONE)
def test_a_broken_variant_is_caught(name, broken, both, monkeypatch):
    check, mutate = ALONE[name]
    if broken:
        mutate(monkeypatch)
    assert caught(check, *both) == broken


@pytest.mark.parametrize("broken", [False, True], ids=["as it is", "broken"])
@pytest.mark.parametrize("name", AT_ONCE)
def test_a_broken_variant_is_caught_with_two_writers(name, broken, both, monkeypatch):
    if engine_of(both[0].alias) not in SERVERS:
        pytest.skip("SQLite has one writer at a time, and it waits for readers")
    check, mutate = AT_ONCE[name]
    if broken:
        mutate(monkeypatch)
    assert caught(check, *both) == broken


@pytest.mark.parametrize("broken", [False, True], ids=["as it is", "broken"])
def test_clocks_of_the_wall_are_caught(broken, three, monkeypatch):
    if broken:
        variants.trust_the_wall(monkeypatch)
    assert caught(variants.clocks_follow_what_they_replace, *three) == broken


@pytest.mark.parametrize("broken", [False, True], ids=["as it is", "broken"])
def test_equality_of_sql_is_caught(broken, both, monkeypatch):
    if broken:
        variants.compare_as_sql_does(monkeypatch, *both)
    assert caught(variants.equal_to_sql_is_not_equal, *both) == broken
