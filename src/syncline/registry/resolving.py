"""What a merge rule means, and the name that stands for it in the contract."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

from syncline.conflict.resolvers import (
    Resolver,
    by_function,
    hold,
    largest,
    newest,
    smallest,
)
from syncline.conflict.resolvers import node_priority as by_node
from syncline.registry.declaration import NodePriority
from syncline.registry.sides import source, target

NAMES: dict[Any, str] = {
    newest: "newest",
    largest: "largest",
    smallest: "smallest",
    hold: "hold",
    source: "source",
    target: "target",
}
"""The rules that are known by name."""

SIDED = (source, target)
ORDERING = (largest, smallest)

VALUES = 2
"""How many values a user's function takes."""


class Rule(NamedTuple):
    """A merge rule that is understood."""

    resolver: Resolver
    name: str


NEWEST = Rule(newest, "newest")
LARGEST = Rule(largest, "largest")


def understood(said: object) -> Rule | str:
    """Give a merge rule, or the reason why it is none."""
    if isinstance(said, NodePriority):
        name = f"node_priority({', '.join(said.nodes)})"
        return Rule(by_node(said.nodes), name)
    if not callable(said):
        return f"{said!r} is no function"
    if name := NAMES.get(said, ""):
        return Rule(said, name)
    reason = _unfit(said)
    return reason or Rule(by_function(said), name_of(said))


def name_of(function: Callable[..., Any]) -> str:
    """Give the name by which nodes tell a function: its module and its name there."""
    module = getattr(function, "__module__", "")
    return f"{module}.{getattr(function, '__qualname__', '')}"


def unnamed(function: Callable[..., Any]) -> str:
    """Say why a function has no name that other nodes could know; empty if it has."""
    name = str(getattr(function, "__qualname__", "<object>"))
    if "<" not in name:
        return ""
    return f"{name} has no name that other nodes could know; define it in a module"


def _unfit(function: Callable[..., Any]) -> str:
    if reason := unnamed(function):
        return reason
    try:
        inspect.signature(function).bind(*range(VALUES))
    except (TypeError, ValueError):
        return f"{name_of(function)} does not take two values"
    return ""
