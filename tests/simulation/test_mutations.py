"""Rules that look right and are not: each must be caught by the model."""

from dataclasses import replace

import pytest

from syncline.changes.dots import DotSet
from syncline.conflict import merge as rule
from syncline.conflict import resolvers
from syncline.conflict.merge import Contract, Contradiction
from syncline.conflict.versions import Version
from tests.simulation import model
from tests.simulation.model import Node, check, history

LARGEST = Contract(resolvers={"price": resolvers.largest})
HOLD = Contract(resolvers={"price": resolvers.hold})
SEEDS_MAX = 1_000


def caught(contract):
    """Play histories until one ends badly."""
    for seed in range(SEEDS_MAX):
        try:
            check(history(seed, contract=contract, crowded=bool(seed % 2)))
        except (AssertionError, Contradiction) as error:
            return str(error) or type(error).__name__
    return ""


def winner_keeps_its_dot(monkeypatch):
    """Under `largest`, as if it were `newest`."""

    def largest(siblings):
        return replace(resolvers.largest(siblings), renewed=False)

    return Contract(resolvers={"price": largest})


def ties_stay_local(monkeypatch):
    """Of equal values, each side keeps its own version."""

    def distinct(siblings, name, contract):
        return tuple({one.value: one for one in reversed(siblings)}.values())

    monkeypatch.setattr(rule, "_distinct", distinct)
    return Contract()


def clocks_are_walls(monkeypatch):
    """A version's clock is the time of day, even behind what it replaced."""

    def mint(self, after):
        return Version(self.now() + self.skew, original(self, after).dot)

    original = Node.mint
    monkeypatch.setattr(Node, "mint", mint)
    monkeypatch.setattr(model, "SKEW_MAX", 3_000)
    return Contract()


def knowledge_after_the_first_chunk(monkeypatch):
    """Any chunk brings the sender's whole knowledge."""

    def take(self, chunk, *, fails=False):
        original(self, replace(chunk, count=1, number=0), fails=fails)

    original = Node.take
    monkeypatch.setattr(Node, "take", take)
    return Contract()


def quarantine_is_known(monkeypatch):
    """What could not be applied counts as merged."""

    def set_aside(self, uid, record, knows):
        dots = DotSet.of(*(version.dot for version in record.versions()))
        self.knowledge = self.knowledge.merged(dots)

    monkeypatch.setattr(Node, "set_aside", set_aside)
    return Contract()


def tombstones_go_early(monkeypatch):
    """A deletion is forgotten at once."""

    def merge(self, uid, theirs, knows):
        original(self, uid, theirs, knows)
        if not self.records[uid].alive:
            del self.records[uid]

    original = Node.merge
    monkeypatch.setattr(Node, "merge", merge)
    return Contract()


def records_bring_no_context(monkeypatch):
    """Until a transfer ends, what its sender knew of a record is not used."""

    def known_of(self, uid):
        return self.frozen.get(uid, self.knowledge.known) | DotSet.until(
            {self.name: self.counter}
        )

    monkeypatch.setattr(Node, "known_of", known_of)
    return LARGEST


def quarantine_is_not_frozen(monkeypatch):
    """The end of a transfer covers what was replaced by what is in quarantine."""
    monkeypatch.setattr(
        model.Node,
        "known_of",
        lambda self, uid: (
            self.knowledge.known
            | self.contexts.get(uid, DotSet())
            | DotSet.until({self.name: self.counter})
        ),
    )
    return LARGEST


def equal_values_are_one_while_held(monkeypatch):
    """Held values that are equal stand for one another."""

    def hold(siblings):
        return resolvers.hold(siblings)

    return Contract(resolvers={"price": hold})


MUTATIONS = (
    winner_keeps_its_dot,
    ties_stay_local,
    clocks_are_walls,
    knowledge_after_the_first_chunk,
    quarantine_is_known,
    tombstones_go_early,
    records_bring_no_context,
    quarantine_is_not_frozen,
    equal_values_are_one_while_held,
)


@pytest.mark.parametrize("mutate", MUTATIONS, ids=lambda one: one.__name__)
def test_a_rule_that_only_looks_right_is_caught(mutate, monkeypatch):
    assert caught(mutate(monkeypatch))
