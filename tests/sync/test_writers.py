"""Many users write at once while a database is numbered, read from and applied to."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from random import Random  # noqa: TID251 - seeded
from threading import Event

import pytest

from syncline.capture import outgoing
from syncline.capture.sequencer import Sequencer
from syncline.identity.database import NodeDatabase
from syncline.identity.uids import digest_of
from syncline.models import Journal, Quarantined
from tests.stations.models import Region, Station
from tests.sync.nodes import Node
from tests.sync.writers import (
    Row,
    Writer,
    climb,
    connected,
    patient,
    remarks,
    rename,
    stations,
)

WRITERS = 8
ROUNDS = 2
TRANSACTIONS = {"postgresql": 40, "mariadb": 40, "sqlite": 15}
"""How many each writer tries in a round. SQLite has one writer at a time."""

COMMITTED_MIN = {"postgresql": 20_000, "mariadb": 20_000, "sqlite": 4_000}
"""Rows that all of them write, or else this test sees too little."""

CODES = tuple(f"S{number:02}" for number in range(20))
BREATH_S = 0.01


@pytest.fixture
def both(engine):
    """Two tracked databases of one engine, in step, with stations that all share."""
    nodes = here, there = Node(f"{engine}_a"), Node(f"{engine}_b")
    for node in nodes:
        patient(node.alias)
        node.track()
    region = Region.objects.using(here.alias).create(code="R", name="all")
    Station.objects.using(here.alias).bulk_create(
        [Station(code=code, name="", height=0, region=region) for code in CODES]
    )
    Region.objects.using(there.alias).create(code="T", name="there's own")
    here.sync(there)
    yield nodes
    for node in nodes:
        node.untrack()


def test_no_write_of_many_writers_is_lost(both, engine):
    """Slow: what loses one write in a thousand is seen among tens of thousands."""
    here, there = both
    writers = staff(here, there)
    written: dict[str, set[int]] = {writer.name: set() for writer in writers}
    for _ in range(ROUNDS):
        before = {node.alias: versions(node) for node in both}
        known = {writer.name: dict(writer.alive) for writer in writers}
        with beside(here, there):
            work(writers, TRANSACTIONS[engine])
        for writer in writers:
            node = here if writer.alias == here.alias else there
            number(node)
            written[writer.name] |= assert_versions_moved(
                node, writer, known[writer.name], before[node.alias]
            )
    for _ in range(2):
        here.sync(there)

    assert all(written.values()), "everybody has changed something"
    assert sum(one.committed for one in writers) > COMMITTED_MIN[engine]
    assert_nothing_is_lost(both, writers)
    for node in both:
        assert_records_are_rows(node)
        assert not Quarantined.objects.using(node.alias).exists()
    assert [report.written for report in here.sync(there)] == [0, 0]


def test_a_node_that_is_met_while_a_transfer_reads_is_no_stranger(nodes, monkeypatch):
    """Its number is newer than the transfer, which then comes upon its versions."""
    here, there = nodes
    Region.objects.using(here.alias).create(code="H", name="here's")
    want = there.endpoint().want(here.endpoint().hello(), here.alias)
    changesets = here.endpoint().changesets(want, "f" * 32)
    monkeypatch.setattr(outgoing, "PAGE", 1)
    next(changesets)
    Region.objects.using(there.alias).create(code="T", name="there's")
    here.pull(there)
    rest = list(changesets)

    assert sum(len(one.changes) for one in rest) == 1


def staff(here, there):
    """Give the writers: all but one write to one of the databases."""
    busy = [
        Writer(here.alias, f"w{n}", Random(n), CODES, climb) for n in range(WRITERS)
    ]
    return [*busy, Writer(there.alias, "other", Random("other"), CODES, rename)]


def work(writers, transactions):
    """Let all write at once."""
    with ThreadPoolExecutor(len(writers)) as pool:
        done = [pool.submit(writer.run, transactions) for writer in writers]
        for one in done:
            one.result()


@contextmanager
def beside(here, there):
    """Number one database, read from it, and apply to it, all at once and all along."""
    over = Event()

    def again_and_again(step):
        with connected(here.alias), connected(there.alias):
            while not over.is_set():
                step()
                time.sleep(BREATH_S)

    steps = [
        lambda: number(here),
        lambda: here.pull(there),
        lambda: there.pull(here),
    ]
    with ThreadPoolExecutor(len(steps)) as pool:
        running = [pool.submit(again_and_again, step) for step in steps]
        try:
            yield
        finally:
            over.set()
        for one in running:
            one.result()


def number(node):
    Sequencer(database=NodeDatabase.open(node.alias)).run()


def records(node, label):
    """Give the records of a model that live, by pk."""
    database = NodeDatabase.open(node.alias)
    found = database.store.of_table(database.bound(label).number)
    assert len({one.pk for one in found}) == len(found)
    return {one.pk: one for one in found}


def versions(node):
    """Give, by pk of a remark, its versions."""
    return {
        int(pk): set(one.marks())
        for pk, one in records(node, "stations.Remark").items()
    }


def assert_versions_moved(node, writer, known, before):
    """What a writer has changed has another version, a later one, and nothing else has.

    Returns:
        The pks of what it has changed.
    """
    after, alive = versions(node), writer.alive
    changed = {pk for pk, row in alive.items() if known.get(pk) != row}
    for pk in changed:
        former = max((counter for _, _, counter in before.get(pk, ())), default=0)
        assert max(counter for _, _, counter in after[pk]) > former, pk
    for pk in alive.keys() - changed:
        # It may have been written to and back; what it says is then of no matter.
        assert pk in after
    assert not (known.keys() - alive.keys()) & after.keys(), "deleted, but not there"
    return changed


def assert_nothing_is_lost(both, writers):
    """Both databases hold what the ledgers say, and nothing else."""
    for node in both:
        mine: dict[int, Row] = {}
        for writer in writers:
            if writer.alias == node.alias:
                mine |= writer.alive
        found = remarks(node.alias)
        assert {pk: found.get(pk) for pk in mine} == mine
    ledgers = Counter(row for writer in writers for row in writer.alive.values())
    for node in both:
        assert Counter(remarks(node.alias).values()) == ledgers
    heights: Counter[str] = Counter()
    names: dict[str, str] = {}
    for writer in writers:
        heights.update(writer.climbed)
        names |= writer.named
    expected = {code: (names.get(code, ""), Decimal(heights[code])) for code in CODES}
    for node in both:
        assert stations(node.alias) == expected


def assert_records_are_rows(node):
    """Every row has one record, which knows it as it is; and no record is without."""
    database = NodeDatabase.open(node.alias)
    assert not Journal.objects.using(node.alias).exists()
    for bound in database.all_bound():
        with database.engine.reading_view(database.connection):
            images = {pk: image for batch in bound.images() for pk, image in batch}
        kept = {pk: one.digest for pk, one in records(node, bound.label).items()}
        assert kept == {pk: digest_of(image) for pk, image in images.items()}
