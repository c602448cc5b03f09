"""Fixtures of the faces: databases of one engine, and one pair of two."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from pytest_django import DjangoDbBlocker

from tests.conftest import Pair, available, restored
from tests.databases import Databases
from tests.faces.running import DONE, called, fill


@pytest.fixture(autouse=True)
def own_place(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
):
    """Keep what runs remember out of the user's own folder, here and in processes."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
def sqlite(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Pair]:
    """Two SQLite databases, migrated and empty."""
    with restored(databases, django_db_blocker, "sqlite_a", "sqlite_b"):
        yield Pair(
            source="sqlite_a",
            target="sqlite_b",
            source_engine="sqlite",
            target_engine="sqlite",
        )


@pytest.fixture
def mixed(databases: Databases, django_db_blocker: DjangoDbBlocker) -> Iterator[Pair]:
    """A source and a target on two engines, where there are two."""
    for engine in ("postgresql", "mariadb"):
        if available(engine):
            break
    else:
        pytest.skip("only SQLite is here")
    with restored(databases, django_db_blocker, "sqlite_a", f"{engine}_b"):
        yield Pair(
            source="sqlite_a",
            target=f"{engine}_b",
            source_engine="sqlite",
            target_engine=engine,
        )


@pytest.fixture
def filled(sqlite):
    """A source with some rows, and an empty target."""
    fill(sqlite.source)
    return sqlite


@pytest.fixture
def file(filled, tmp_path):
    """A file with these rows."""
    path = tmp_path / "site.syncline"
    assert called("dump", path, database=filled.source).code == DONE
    return path


@pytest.fixture
def restored_both(
    databases: Databases, django_db_blocker: DjangoDbBlocker
) -> Iterator[Callable[[str], None]]:
    """A function that gives both databases of an engine, until the test's end."""
    with ExitStack() as stack:

        def restore(engine: str) -> None:
            aliases = f"{engine}_a", f"{engine}_b"
            stack.enter_context(restored(databases, django_db_blocker, *aliases))

        yield restore
