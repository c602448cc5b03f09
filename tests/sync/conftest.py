"""Fixtures: two tracked databases, on every pair of engines."""

import pytest

from tests.conftest import restored
from tests.sync.nodes import Node


@pytest.fixture
def nodes(pair):
    """Two nodes, tracked and empty."""
    both = Node(pair.source), Node(pair.target)
    for node in both:
        node.track()
    yield both
    for node in both:
        node.untrack()


@pytest.fixture
def third(pair, nodes, databases, django_db_blocker):
    """One more node, on the engine of the second; skipped where that is the first."""
    alias = f"{pair.target_engine}_a"
    if alias == pair.source:
        pytest.skip("needs a third database")
    with restored(databases, django_db_blocker, alias):
        node = Node(alias)
        node.track()
        yield node
        node.untrack()
