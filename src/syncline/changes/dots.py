"""Dots name changes, and sets of dots say which changes a node has seen.

The n-th change that a node numbers is the dot (node, n). Most of what a node knows of
another is a prefix, 1 to n, so a set is kept as ranges: a version vector with its
exceptions and its extra dots in one form, on which sets' own arithmetic is exact.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

Range = tuple[int, int]
"""The first and the last counter, both within."""


class Dot(NamedTuple):
    """One change: the node that numbered it, and its number there, from 1 on."""

    node: str
    counter: int


class DotSet:
    """A set of dots that never changes.

    Attributes:
        ranges: by node, in order, neither touching nor overlapping; no node without.
    """

    __slots__ = ("ranges",)

    def __init__(self, ranges: Mapping[str, Iterable[Range]] | None = None) -> None:
        given = ranges or {}
        joined = {node: _joined(sorted(found)) for node, found in given.items()}
        self.ranges: dict[str, tuple[Range, ...]] = {
            node: found for node, found in joined.items() if found
        }

    @classmethod
    def of(cls, *dots: Dot) -> "DotSet":
        """Give the set of some dots."""
        found: dict[str, list[Range]] = {}
        for node, counter in dots:
            found.setdefault(node, []).append((counter, counter))
        return cls(found)

    @classmethod
    def until(cls, vector: Mapping[str, int]) -> "DotSet":
        """Give what a version vector stands for: each node's changes from the first."""
        return cls({node: [(1, last)] for node, last in vector.items() if last})

    def __contains__(self, dot: Dot) -> bool:
        ranges = self.ranges.get(dot.node, ())
        index = bisect_right(ranges, dot.counter, key=_first) - 1
        return index >= 0 and dot.counter <= ranges[index][1]

    def __iter__(self) -> Iterator[Dot]:
        for node, ranges in self.ranges.items():
            for first, last in ranges:
                for counter in range(first, last + 1):
                    yield Dot(node, counter)

    def __len__(self) -> int:
        return sum(
            last - first + 1 for found in self.ranges.values() for first, last in found
        )

    def __bool__(self) -> bool:
        return bool(self.ranges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DotSet) and self.ranges == other.ranges

    def __hash__(self) -> int:
        return hash(frozenset(self.ranges.items()))

    def __repr__(self) -> str:
        return f"DotSet({self.ranges})"

    def __or__(self, other: "DotSet") -> "DotSet":
        nodes = self.ranges.keys() | other.ranges.keys()
        return DotSet(
            {
                node: self.ranges.get(node, ()) + other.ranges.get(node, ())
                for node in nodes
            }
        )

    def __sub__(self, other: "DotSet") -> "DotSet":
        return DotSet(
            {
                node: _without(ranges, other.ranges.get(node, ()))
                for node, ranges in self.ranges.items()
            }
        )

    def __and__(self, other: "DotSet") -> "DotSet":
        return self - (self - other)

    def __ge__(self, other: "DotSet") -> bool:
        """Does this set hold all of the other's dots?"""
        return not other - self

    def vector(self) -> dict[str, int]:
        """Give, by node, up to where the changes are in here without a gap."""
        return {
            node: ranges[0][1]
            for node, ranges in self.ranges.items()
            if ranges[0][0] == 1
        }


def _first(found: Range) -> int:
    return found[0]


def _joined(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Join ranges that touch or overlap; they come in order."""
    found: list[Range] = []
    for first, last in ranges:
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return tuple(found)


def _without(ranges: Iterable[Range], taken: tuple[Range, ...]) -> Iterator[Range]:
    """Cut ranges out of others; both come in order."""
    for first, last in ranges:
        start = first
        for gone_first, gone_last in taken:
            if gone_last < start or gone_first > last:
                continue
            if gone_first > start:
                yield start, gone_first - 1
            start = gone_last + 1
        if start <= last:
            yield start, last
