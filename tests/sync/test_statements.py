"""What a sync costs where there is nothing to do: a few statements, and no scan."""

import time
from contextlib import ExitStack, contextmanager

import pytest
from django.db import connections

from syncline.transfer.tracked import sync
from tests.sync.test_sync import fill

STATEMENTS_MAX = 12
SECONDS_MAX = 0.3

OURS_LARGE = ("syncline_record", "syncline_receipt", "syncline_chunk")
"""Tables that grow with the user's; an idle sync has no business with them."""


@contextmanager
def counted(*aliases):
    """The statements that run on each alias within."""
    seen: dict[str, list[str]] = {alias: [] for alias in aliases}

    def watch(execute, sql, params, many, context):
        seen[context["connection"].alias].append(sql)
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
        assert len(statements) <= STATEMENTS_MAX, "\n".join(statements)


def test_an_idle_sync_looks_at_no_table_that_grows(in_step):
    here, there = in_step
    with counted(here, there) as seen:
        sync(there, database=here).run()

    texts = [sql for statements in seen.values() for sql in statements]
    named = (*OURS_LARGE, "stations_")
    assert [sql for sql in texts if any(name in sql for name in named)] == []


def test_an_idle_sync_takes_no_time(in_step):
    here, there = in_step
    best = min(measured(here, there) for _ in range(3))

    assert best < SECONDS_MAX


def measured(here, there):
    started = time.perf_counter()
    sync(there, database=here).run()
    return time.perf_counter() - started
