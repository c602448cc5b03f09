"""Who wrote what, and what each write had seen: more than any node can know."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from syncline.changes.dots import Dot
from tests.simulation.contents import Contents, Row, Rows

UNIQUE = {
    "stations.Region": ("name",),
    "stations.Instrument": ("model_name",),
    "stations.Station": ("name", "height"),
    "stations.Observation": ("reading", "details"),
    "stations.Remark": ("text",),
    "stations.Place": ("title",),
    "stations.Harbour": ("depth",),
}
"""Fields whose values name the write: nobody writes one of them twice."""

NOTHING = (None, "{}")
"""Values that many write."""

Write = tuple[str, str, Any]
"""A label, a field and a value."""


@dataclass(kw_only=True)
class Observer:
    """What an observer of all nodes knows about every write."""

    past: dict[Write, set[Write]] = field(default_factory=dict)
    """By write: what the row showed before."""

    returned: set[Write] = field(default_factory=set)
    """Values that somebody has brought back: they are older than their versions."""

    deleted: set[Write] = field(default_factory=set)
    """Values that somebody has seen, and wanted gone with their record."""

    def saw(self, before: Rows, after: Rows, *, again: bool = False) -> None:
        """Compare the rows of a node before and after a user has written.

        Args:
            before: the rows.
            after: the rows.
            again: may it be what somebody had written earlier?
        """
        if again:
            self.returned |= set(changed(before, after))
            self.deleted |= set(changed(after, before))
        for label, names in UNIQUE.items():
            was, is_now = before[label], after[label]
            for pk, row in is_now.items():
                for name in names:
                    self._wrote(label, name, was.get(pk), row)
            for pk in was.keys() - is_now.keys():
                self.deleted |= set(writes(label, was[pk]))

    def saw_gone(self, contents: Contents, before: Rows) -> None:
        """Note what was deleted with rows by somebody who could not see all of them.

        Args:
            contents: of a node that lacks columns.
            before: its rows before.
        """
        uids = contents.uids()
        for label, names in UNIQUE.items():
            for pk in before[label].keys() - contents.rows[label].keys():
                self.deleted |= {
                    (label, name, value)
                    for (uid, name, _), value in self.values.items()
                    if uid == uids.get((label, pk)) and name in names
                }

    values: dict[tuple[str, str, Dot], Any] = field(default_factory=dict)
    """By uid, part and dot: the value that was seen under it."""

    def saw_versions(self, contents: Contents) -> None:
        """One dot, one value, wherever it is met (invariant 4)."""
        if contents.pending():
            return  # Rows are ahead of their versions.
        for label, uid, row, marks in contents.versions():
            for name in row.keys() & UNIQUE.get(label, ()):
                dot = marks(name)
                if dot is None:
                    continue
                known = self.values.setdefault((uid, name, dot), row[name])
                assert known == row[name], (
                    f"{contents.alias} {label} {uid}.{name} {dot}: "
                    f"{known} and {row[name]}"
                )

    def _wrote(self, label: str, name: str, before: Row | None, row: Row) -> None:
        write = label, name, row.get(name)
        if row.get(name) in NOTHING or (before and before[name] == row[name]):
            return
        past = self.past.setdefault(write, set())
        if before and before[name] not in NOTHING:
            past.add((label, name, before[name]))

    def replaced(self) -> set[Write]:
        """Give all writes that somebody has seen and overwritten."""
        return set().union(*self.past.values())

    def before(self, write: Write) -> set[Write]:
        """Give all that a write had seen, at any remove."""
        found: set[Write] = set()
        ahead = [write]
        while ahead:
            following = self.past.get(ahead.pop(), set()) - found
            found |= following
            ahead += following
        return found


def changed(before: Rows, after: Rows) -> Iterator[Write]:
    """Give the values that were not there before."""
    for label in UNIQUE:
        for pk, row in after[label].items():
            former = before[label].get(pk, {})
            yield from set(writes(label, row)) - set(writes(label, former))


def writes(label: str, row: Row) -> Iterator[Write]:
    """Give the values in a row that name their writes."""
    for name in UNIQUE.get(label, ()):
        if row.get(name) not in NOTHING:
            yield label, name, row[name]
