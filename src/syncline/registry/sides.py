"""The merge rules `source` and `target`, for models that move in one direction only.

They name a side of a transfer, which values with their versions do not show. So the
transfer says which versions are the source's, and `by_side` makes a resolver of that.
"""

from collections.abc import Container

from syncline.changes.dots import Dot
from syncline.conflict.resolvers import Resolution, Resolver
from syncline.conflict.versions import Siblings


class SideUnknown(Exception):
    """`source` or `target` was asked to decide without knowing the sides."""


def source(siblings: Siblings) -> Resolution:
    """Keep the value of the node that sends; only with `direction="pull"` or "push"."""
    raise SideUnknown(siblings)


def target(siblings: Siblings) -> Resolution:
    """Keep the value of the node that takes; only with `direction="pull"` or "push"."""
    raise SideUnknown(siblings)


def by_side(resolver: Resolver, theirs: Container[Dot]) -> Resolver:
    """Tell a resolver the sides; give every other resolver than these two as it is.

    The winner keeps its version: it never travels back, so no node will decide again.

    Args:
        resolver: of a part of a tracked model.
        theirs: the versions that the source's record holds.
    """
    if resolver not in (source, target):
        return resolver

    def resolve(siblings: Siblings) -> Resolution:
        wanted = [
            one
            for one in siblings
            if (one.version.dot in theirs) is (resolver is source)
        ]
        last = max(wanted or siblings, key=lambda one: one.version)
        return Resolution(kept=(last,), renewed=False)

    return resolve
