"""Who wins where two nodes wrote one field and neither had seen the other's value."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from syncline.changes.kinds import Value
from syncline.conflict.versions import Siblings, Versioned


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolution:
    """What a resolver has decided."""

    kept: Siblings
    """One value, or all of them where a person has to choose."""

    renewed: bool
    """Is the result a new version of the node that merges? Only a winner by version
    may keep its own: by any other rule, nodes that merge in another order would give
    one version to different values (model-checked)."""


Resolver = Callable[[Siblings], Resolution]
"""Takes two or more values that were written concurrently and differ."""


def newest(siblings: Siblings) -> Resolution:
    """Keep what was written last, by the clocks; the dot decides where they tie."""
    last = max(siblings, key=lambda one: one.version)
    return Resolution(kept=(last,), renewed=False)


def largest(siblings: Siblings) -> Resolution:
    """Keep the largest value; NULL is smaller than all."""
    return _first(sorted(siblings, key=_rank, reverse=True))


def smallest(siblings: Siblings) -> Resolution:
    """Keep the smallest value that is not NULL."""
    present = [one for one in siblings if one.value is not None]
    return _first(sorted(present or siblings, key=_rank))


def hold(siblings: Siblings) -> Resolution:
    """Keep all, until a person's choice covers them."""
    return Resolution(kept=siblings, renewed=False)


def node_priority(nodes: Sequence[str]) -> Resolver:
    """Make the resolver by which the node that is named first wins.

    Args:
        nodes: ids; a node that is not named comes after all that are.
    """
    order = {node: number for number, node in enumerate(nodes)}

    def resolve(siblings: Siblings) -> Resolution:
        def rank(one: Versioned) -> tuple[int, int, object]:
            place = order.get(one.version.dot.node, len(order))
            return -place, one.version.clock, one.version.dot

        return _first(sorted(siblings, key=rank, reverse=True))

    return resolve


def by_function(function: Callable[[Value, Value], Value]) -> Resolver:
    """Make a resolver of a function of two values.

    Args:
        function: commutative, associative and idempotent, or nodes will differ.
    """

    def resolve(siblings: Siblings) -> Resolution:
        ordered = sorted(siblings, key=lambda one: one.version)
        value = reduce(function, [one.value for one in ordered])
        return Resolution(kept=(Versioned(value, ordered[-1].version),), renewed=True)

    return resolve


def reading(
    resolver: Resolver,
    read: Callable[[Value], Value],
    write: Callable[[Value], Value],
) -> Resolver:
    """Let a resolver work on values as a model has them.

    Args:
        resolver: what decides.
        read: from the wire.
        write: back to it.
    """

    def resolve(siblings: Siblings) -> Resolution:
        read_ones = tuple(one._replace(value=read(one.value)) for one in siblings)
        spelled = list(zip(read_ones, siblings, strict=True))
        resolution = resolver(read_ones)

        def back(one: Versioned) -> Versioned:
            for known, sibling in spelled:
                if known is one:
                    return sibling
            return one._replace(value=write(one.value))

        return Resolution(
            kept=tuple(map(back, resolution.kept)), renewed=resolution.renewed
        )

    return resolve


def _rank(one: Versioned) -> tuple[bool, Value, object]:
    return one.value is not None, one.value, one.version


def _first(ordered: Sequence[Versioned]) -> Resolution:
    return Resolution(kept=(ordered[0],), renewed=True)
