"""What the journal says happened to each row, many writes made one. Pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from syncline.changes.operations import Operation, Origin

ALL = (1 << 63) - 1
"""The mask of a row of which every column may have changed."""


class Entry(NamedTuple):
    """One row of the journal."""

    id: int
    table: int
    operation: int
    pk: str
    old_pk: str | None
    mask: int
    at: int
    origin: int


@dataclass(slots=True, kw_only=True)
class Pending:
    """One row that was written since it was last numbered."""

    pk: str
    """Where it is now, if it is anywhere."""

    former: str | None
    """Where it was when it was last numbered; None if it is another row than was
    there."""

    mask: int = 0
    at: int = 0
    origins: set[int]
    gone: bool = False
    """Has another row come to where it was?"""

    @property
    def migrated(self) -> bool:
        """Did migrations alone write it?"""
        return self.origins == {Origin.MIGRATION}

    @property
    def untracked(self) -> bool:
        """Did only such writes touch it as want no version?"""
        return self.origins == {Origin.UNTRACKED}


def coalesce(entries: Iterable[Entry], stored: Collection[str]) -> list[Pending]:
    """Make one of all that was done to each row of one table.

    Args:
        entries: the table's, in the order of their ids.
        stored: those of the entries' pks under which a record is stored.
    """
    current: dict[str, Pending] = {}
    left: set[str] = set()
    moved: list[Pending] = []
    for entry in entries:
        if entry.old_pk is None:
            found = current.get(entry.pk)
            if found is None:
                # Where a row has left, what is written is another one.
                former = None if entry.pk in left else entry.pk
                found = Pending(pk=entry.pk, former=former, origins=set())
                current[entry.pk] = found
        else:
            found = _follow(entry, current, left, stored)
            if entry.pk in current:
                # Its row left for elsewhere, or is gone; that stays to be looked at.
                moved.append(current[entry.pk])
            current[entry.pk] = found
        changes = entry.operation == Operation.UPDATE
        found.mask |= entry.mask if changes else ALL
        found.at = max(found.at, entry.at)
        found.origins.add(entry.origin)
    return [*current.values(), *moved]


def _follow(
    entry: Entry, current: dict[str, Pending], left: set[str], stored: Collection[str]
) -> Pending:
    """Find the row that an entry moves from one pk to another."""
    old = str(entry.old_pk)
    found = current.get(old)
    if found is not None and (found.former == old or old not in stored or old in left):
        del current[old]
    else:
        # One statement may swap pks: what was at the old one is another row than
        # that which has just moved there.
        found = Pending(pk=entry.pk, former=old, origins=set())
    if found.former is not None:
        left.add(found.former)
    found.pk = entry.pk
    return found
