"""The whole two-way core on real databases, in random histories."""

import pytest
from django.db import connections

from syncline.capture.tracking import track
from syncline.identity.database import NodeDatabase
from syncline.progress import Task
from tests.conftest import available
from tests.simulation.histories import PLANS, play
from tests.sync.nodes import Node

HISTORIES = {
    "plain": 60,
    "network": 70,
    "crashes": 60,
    "clashes": 50,
    "rules": 50,
    "undo": 50,
    "adopted": 50,
    "triggers": 40,
    "yields": 40,
    "all": 40,
}
"""By plan, on SQLite; `python -m tests.simulation soak` plays others."""

MIXED = (
    ("postgresql_a", "simulated_1"),
    ("simulated_1", "mariadb_a"),
    ("mariadb_a", "simulated_1", "postgresql_a"),
    ("postgresql_a", "mariadb_a", "postgresql_b"),
)
MIXED_HISTORIES = 1
"""By plan and mixture."""

ON_SQLITE = {"adopted", "triggers"}
"""Plans of which little happens on servers."""

FAILURES_MAX = 5


def check_all(plan, seeds, aliases=()):
    """Play histories, and say how to play those again that have failed."""
    found = []
    for seed in seeds:
        try:
            play(seed, plan, aliases=aliases)
        except Exception as error:  # noqa: BLE001 - whatever it is, the seed matters
            nodes = " ".join(["", "--nodes", *aliases] if aliases else [])
            again = f"python -m tests.simulation --plan {plan} --seed {seed}{nodes}"
            found.append(f"{again}\n    {type(error).__name__}: {error}")
        if len(found) == FAILURES_MAX:
            break
    if found:
        pytest.fail("\n".join(found), pytrace=False)


@pytest.fixture
def allowed(django_db_blocker):
    """May databases in memory be used?"""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def servers(databases, django_db_blocker):
    """Two tracked databases on each server."""
    aliases = [alias for alias in SERVERS if available(alias.rpartition("_")[0])]
    with django_db_blocker.unblock():
        used = databases.require(*aliases)
        for alias in aliases:
            Task(track(NodeDatabase.open(alias))).run()
        yield set(aliases)
        for alias in aliases:
            if f"{alias}_user" in connections.settings:
                connections[f"{alias}_user"].close()
        for alias in aliases:
            Node(alias).untrack()
        for database in used:
            database.restore()


SERVERS = ("postgresql_a", "postgresql_b", "mariadb_a")


@pytest.mark.parametrize("plan", HISTORIES)
def test_every_history_ends_in_agreement_and_nothing_is_lost(plan, allowed):
    check_all(plan, range(HISTORIES[plan]))


@pytest.mark.parametrize("aliases", MIXED, ids="-".join)
@pytest.mark.parametrize("plan", sorted(PLANS.keys() - ON_SQLITE))
def test_so_does_every_history_on_several_engines(plan, aliases, servers, allowed):
    if not servers.issuperset(set(aliases) & set(SERVERS)):
        pytest.skip("an engine is not here")
    check_all(plan, range(MIXED_HISTORIES), aliases)
