"""Fixtures: two tracked databases, on every pair of engines."""

import pytest

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
