"""What a sync costs where there is nothing to do: a few statements, and no scan."""

import time
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from django.db import connections

from syncline.transfer.tracked import sync
from tests.sync.plans import scanned
from tests.sync.test_sync import fill

STATEMENTS_MAX = 12
SECONDS_MAX = 0.3

OURS_LARGE = ("syncline_record", "syncline_receipt", "syncline_chunk")
"""Tables that grow with the user's; an idle sync has no business with them."""

OURS_SMALL = frozenset(
    {"syncline_peer", "syncline_pruning", "syncline_state", "syncline_table"}
)
"""Tables with a row for each peer or model, or one at all."""

CATALOG = frozenset({"sqlite_master", "triggers"}) | {
    f"pg_{name}" for name in ("class", "namespace", "proc", "trigger")
}
"""What an engine itself knows of tables; it does not grow with their rows."""


@contextmanager
def counted(*aliases):
    """The statements that run on each alias within, and their parameters."""
    seen: dict[str, list[tuple[str, Any]]] = {alias: [] for alias in aliases}

    def watch(execute, sql, params, many, context):
        seen[context["connection"].alias].append((sql, params))
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        for alias in aliases:
            stack.enter_context(connections[alias].execute_wrapper(watch))
        yield seen


@pytest.fixture
def in_step(nodes):
    """Two nodes with some rows, of which the last sync had nothing to do."""
    here, there = nodes
    fill(here.alias)
    for _ in range(3):
        sync(there.alias, database=here.alias).run()
    return here.alias, there.alias


def test_an_idle_sync_takes_few_statements_on_each_side(in_step):
    here, there = in_step
    with counted(here, there) as seen:
        report = sync(there, database=here).run()

    assert report.written == 0
    assert [t.changesets for t in report.transfers] == [0, 0]
    for statements in seen.values():
        texts = [sql for sql, _ in statements]
        assert len(texts) <= STATEMENTS_MAX, "\n".join(texts)


def test_an_idle_sync_looks_at_no_table_that_grows(in_step):
    here, there = in_step
    with counted(here, there) as seen:
        sync(there, database=here).run()

    texts = [sql for statements in seen.values() for sql, _ in statements]
    named = (*OURS_LARGE, "stations_")
    assert [sql for sql in texts if any(name in sql for name in named)] == []


def test_an_idle_sync_scans_nothing_that_grows(in_step):
    """By the engines' own plans: of a table that grows it may ask for any one row."""
    here, there = in_step
    with counted(here, there) as seen:
        sync(there, database=here).run()

    found = {
        (table, sql)
        for alias, statements in seen.items()
        for sql, params in statements
        if not takes_any_row(sql)
        for table in scanned(alias, sql, params) - OURS_SMALL - CATALOG
    }
    assert found == set()


def test_a_plan_tells_a_scan_from_a_look_up(in_step):
    rows = "SELECT uid FROM syncline_record WHERE"
    for alias in in_step:
        assert scanned(alias, f"{rows} gone_pk = %s", ["1"]) == {"syncline_record"}
        assert scanned(alias, f"{rows} uid = %s", [b"1"]) == set()
        assert scanned(alias, f"{rows} seq > 5 ORDER BY seq LIMIT 9", None) == set()


def takes_any_row(sql):
    """A scan that ends with the first row, whichever it is."""
    return "LIMIT 1" in sql and "WHERE" not in sql and "ORDER BY" not in sql


def test_an_idle_sync_takes_no_time(in_step):
    here, there = in_step
    best = min(measured(here, there) for _ in range(3))

    assert best < SECONDS_MAX


def measured(here, there):
    started = time.perf_counter()
    sync(there, database=here).run()
    return time.perf_counter() - started
