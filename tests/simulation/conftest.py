"""The simulator's databases are there for its own tests only."""

import pytest
from django.db import connections


@pytest.fixture(scope="module", autouse=True)
def _own_aliases():
    """Leave the settings as they were: others ask which databases there are."""
    before = set(connections.settings)
    yield
    for alias in set(connections.settings) - before:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]
