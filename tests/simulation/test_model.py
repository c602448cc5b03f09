"""The merge rule, let loose before any table exists."""

import pytest

from syncline.conflict import resolvers
from syncline.conflict.merge import Contract
from tests.simulation.model import check, history

CONTRACTS = {
    "newest": Contract(),
    "largest": Contract(resolvers={"price": resolvers.largest}),
    "smallest": Contract(resolvers={"price": resolvers.smallest}),
    "hold": Contract(resolvers={"price": resolvers.hold}),
    "first node": Contract(resolvers={"price": resolvers.node_priority(["n2", "n0"])}),
    "function": Contract(resolvers={"price": resolvers.by_function(max)}),
    "delete wins": Contract(edit_wins=False),
}
HISTORIES = 150
"""By contract; `make soak` plays others."""


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_history_ends_in_agreement_and_nothing_is_lost(name):
    for seed in range(HISTORIES):
        try:
            check(history(seed, contract=CONTRACTS[name], crowded=bool(seed % 2)))
        except AssertionError as error:
            pytest.fail(f"{name}, seed {seed}: {error}")
