"""Values with the versions that they were written under."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from syncline.changes.dots import Dot
from syncline.changes.kinds import Value


class Version(NamedTuple):
    """When a value was written, and by whom.

    The dot identifies, the clock only breaks ties: microseconds since 1970, never
    behind the clock of the version that it replaced.
    """

    clock: int
    dot: Dot


class Versioned(NamedTuple):
    """A value, or the values of a group, and their version."""

    value: Value
    version: Version


Siblings = tuple[Versioned, ...]
"""What one field holds: one value, or several that a person has to choose from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record at one node, living or deleted.

    Its life is a causal length: odd while it lives, even after a deletion, one more
    with each change from the one to the other.
    """

    life: Siblings
    """Usually one length. Of deletions that knew nothing of each other all are kept,
    because each stands for other edits that it had seen."""

    fields: Mapping[str, Siblings]
    """By the name of the field or group; empty once the record is deleted."""

    merged: frozenset[bytes] = frozenset()
    """The uids of what the record was found to be; it is deleted, and stays so."""

    @property
    def length(self) -> int:
        """How often the record began or ended."""
        return max(int(one.value) for one in self.life)

    @property
    def alive(self) -> bool:
        """Is there such a row?"""
        return bool(self.length % 2)

    def versions(self) -> list[Version]:
        """Give every version in the record."""
        found = [one.version for one in self.life]
        for siblings in self.fields.values():
            found += [one.version for one in siblings]
        return found


def shown(siblings: Siblings) -> Versioned:
    """Give the value that a row shows: of several, the same one at every node."""
    if len(siblings) == 1:
        return siblings[0]
    return max(siblings, key=lambda one: one.version)
