"""Fixtures of the conformance suite: filled sources, and more than two databases."""

import pytest

from tests.conftest import (
    ENGINES,
    Pair,
    available,
    restored,
    wanted_engines,
    wanted_pairs,
)
from tests.engines.state import fill


@pytest.fixture(autouse=True)
def _own_state_home(tmp_path, monkeypatch):
    """Keep the runs' private folders away from the user's own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def filled(pair):
    """A pair whose source holds all zoos, with what both engines can hold."""
    fill(pair.source, engines={pair.source_engine, pair.target_engine})
    return pair


@pytest.fixture
def ring(request, databases, django_db_blocker):
    """Aliases SQLite, PostgreSQL, MariaDB, SQLite: four databases, all empty."""
    wanted = wanted_engines(request.config)
    missing = [name for name in ENGINES if name not in wanted or not available(name)]
    if missing:
        pytest.skip(f"needs three engines; not here: {', '.join(missing)}")
    aliases = ["sqlite_a", "postgresql_b", "mariadb_b", "sqlite_b"]
    with restored(databases, django_db_blocker, *aliases):
        yield aliases


@pytest.fixture
def route(request, databases, django_db_blocker):
    """One pair that a test names by `@routes`; skipped where --pair wants another."""
    source, target = request.param.split("-")
    if (source, target) not in wanted_pairs(request.config):
        pytest.skip(f"{request.param} is not the pair that was asked for")
    missing = [name for name in (source, target) if not available(name)]
    if missing:
        pytest.skip(f"not here: {', '.join(missing)}")
    chosen = Pair(
        source=f"{source}_a",
        target=f"{target}_b",
        source_engine=source,
        target_engine=target,
    )
    with restored(databases, django_db_blocker, chosen.source, chosen.target):
        yield chosen
