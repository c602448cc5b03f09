"""Fixtures: `engine` and `pair` run a test on every engine and pair that is there.

pytest-django would make and migrate every database before the first test. Here the
databases of an engine are made when a test first asks for it, and unit tests stay
locked out of all of them.
"""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pytest
from django.db import connections
from pytest_django import DjangoDbBlocker

from tests import settings
from tests.address import TITLES, UNAVAILABLE, variable
from tests.databases import Databases
from tests.spatial import places

ENGINES = tuple(TITLES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A source and a target, as aliases and as engines."""

    source: str
    target: str
    source_engine: str
    target_engine: str


ROUND = (
    ("sqlite", "postgresql"),
    ("postgresql", "mariadb"),
    ("mariadb", "sqlite"),
)
"""Every engine on each side, and every two of them together. What nodes do depends on
the engine of each side by itself, so `tests/sync` goes once around; `--all-pairs` lets
it go everywhere."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-pairs",
        action="store_true",
        help="run the tests of nodes on all nine pairs of engines",
    )
    parser.addoption(
        "--pair",
        metavar="SOURCE-TARGET",
        help="run on one pair of engines only, such as sqlite-postgresql",
    )


def wanted_pairs(config: pytest.Config) -> list[tuple[str, str]]:
    """Pairs that are to be tested, whether their engines are there or not."""
    pairs = list(product(ENGINES, ENGINES))
    only = config.getoption("--pair")
    if only is None:
        return pairs
    chosen = [pair for pair in pairs if "-".join(pair) == only]
    if not chosen:
        names = ", ".join("-".join(pair) for pair in pairs)
        message = f"--pair takes one of: {names}"
        raise pytest.UsageError(message)
    return chosen


def pairs_of(metafunc: pytest.Metafunc) -> list[tuple[str, str]]:
    """Pairs that a test is to run on."""
    config = metafunc.config
    everywhere = config.getoption("--all-pairs") or config.getoption("--pair")
    if everywhere or not metafunc.module.__name__.startswith("tests.sync."):
        return wanted_pairs(config)
    return list(ROUND)


def wanted_engines(config: pytest.Config) -> list[str]:
    """Engines that are to be tested, whether they are there or not."""
    named = {engine for pair in wanted_pairs(config) for engine in pair}
    return [engine for engine in ENGINES if engine in named]


def available(engine: str) -> bool:
    """Have the settings a database on this engine?"""
    return f"{engine}_a" in settings.DATABASES


def unavailable(config: pytest.Config) -> list[str]:
    """One sentence for each engine that is wanted and not there."""
    told = os.environ.get(UNAVAILABLE, "").splitlines()
    sentences = {sentence.partition(":")[0]: sentence for sentence in told}
    return [
        sentences.get(
            TITLES[engine],
            f"{TITLES[engine]}: missing, {variable(engine)} names no server; "
            "run: make test",
        )
        for engine in wanted_engines(config)
        if not available(engine)
    ]


def pytest_sessionstart(session: pytest.Session) -> None:
    missing = unavailable(session.config)
    if missing and os.environ.get("CI") == "true":
        pytest.exit("\n".join(missing), returncode=1)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> Iterator[None]:
    """Name missing engines below everything but the closing line."""
    yield
    for sentence in [*unavailable(config), *filter(None, [places.missing()])]:
        terminalreporter.write_line(sentence, yellow=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        engines = [name for name in wanted_engines(metafunc.config) if available(name)]
        metafunc.parametrize("engine", engines, indirect=True)
    if "pair" in metafunc.fixturenames:
        pairs = [
            pair
            for pair in pairs_of(metafunc)
            if available(pair[0]) and available(pair[1])
        ]
        metafunc.parametrize("pair", pairs, ids="-".join, indirect=True)


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """Instead of pytest-django's: databases are made when an engine is asked for."""


@pytest.fixture(scope="session")
def databases(django_db_blocker: DjangoDbBlocker) -> Iterator[Databases]:
    """The run's databases; dropped at its end."""
    made = Databases()
    yield made
    with django_db_blocker.unblock():
        made.drop()
        connections.close_all()


@pytest.fixture
def engine(
    request: pytest.FixtureRequest,
    databases: Databases,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[str]:
    """An engine's name; its `<engine>_a` and `<engine>_b` are migrated and empty."""
    name: str = request.param
    with restored(databases, django_db_blocker, f"{name}_a", f"{name}_b"):
        yield name


@pytest.fixture
def pair(
    request: pytest.FixtureRequest,
    databases: Databases,
    django_db_blocker: DjangoDbBlocker,
) -> Iterator[Pair]:
    """A source and a target, both migrated and empty."""
    source_engine, target_engine = request.param
    chosen = Pair(
        source=f"{source_engine}_a",
        target=f"{target_engine}_b",
        source_engine=source_engine,
        target_engine=target_engine,
    )
    with restored(databases, django_db_blocker, chosen.source, chosen.target):
        yield chosen


@pytest.fixture
def spatial_pair(request: pytest.FixtureRequest) -> tuple[str, str]:
    """Two engines that both keep shapes; skipped where --pair wants others."""
    source, target = request.param
    if (source, target) not in wanted_pairs(request.config):
        pytest.skip("not the pair that was asked for")
    if places.missing():
        pytest.skip(places.missing())
    if not (available(source) and available(target)):
        pytest.skip("an engine is not here")
    return source, target


@contextlib.contextmanager
def restored(
    databases: Databases, blocker: DjangoDbBlocker, *aliases: str
) -> Iterator[None]:
    """Allow the databases within, and leave them as they were."""
    with blocker.unblock():
        used = databases.require(*aliases)
        try:
            yield
        finally:
            for database in used:
                database.restore()
