"""Pull, push and sync: one or two transfers between two nodes."""

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from syncline.apply.contact import Contact
from syncline.changes.messages import Detail, Hello, Receipt
from syncline.errors import PeersDiffer
from syncline.progress import Progress
from syncline.registry import differences
from syncline.transfer.absence import Absence, Kept
from syncline.transfer.meeting import Meeting
from syncline.transport.base import Endpoint

DETAILS_MAX = 1_000
"""Records that a report tells of one by one."""


@dataclass(kw_only=True)
class TransferReport:
    """What one transfer has come to; counts by label."""

    source: str
    target: str
    created: Counter[str] = field(default_factory=Counter)
    updated: Counter[str] = field(default_factory=Counter)
    deleted: Counter[str] = field(default_factory=Counter)
    conflicts: Counter[str] = field(default_factory=Counter)
    set_aside: Counter[str] = field(default_factory=Counter)
    held: Counter[str] = field(default_factory=Counter)
    """Values of which several stay until a person decides."""

    kept: Counter[str] = field(default_factory=Counter)
    """Records that the source lacks, and that stay because others point at them."""

    changesets: int = 0
    details: list[Detail] = field(default_factory=list)
    """Record by record, in a dry run; no more than `DETAILS_MAX`."""

    details_more: int = 0
    """How many there are besides these."""

    def add(self, receipt: Receipt) -> None:
        """Count what became of a changeset."""
        self.changesets += 1
        self.created.update(receipt.created)
        self.updated.update(receipt.updated)
        self.deleted.update(receipt.deleted)
        self.conflicts.update(receipt.conflicts)
        self.set_aside.update(receipt.set_aside)
        self._tell(receipt)

    def settle(self, receipt: Receipt) -> None:
        """Count what was written in the end after all, and what still waits."""
        self.created.update(receipt.created)
        self.updated.update(receipt.updated)
        self.deleted.update(receipt.deleted)
        self.conflicts.update(receipt.conflicts)
        self.set_aside = Counter(receipt.set_aside)
        done = {one.uid for one in receipt.details}
        self.details = [one for one in self.details if one.uid not in done]
        self._tell(receipt)

    def keep(self, kept: Kept) -> None:
        """Count what was not deleted, though the source lacks it."""
        self.kept.update(kept.counts)
        room = DETAILS_MAX - len(self.details)
        self.details += kept.details[:room]
        self.details_more += kept.counts.total() - len(kept.details[:room])

    def _tell(self, receipt: Receipt) -> None:
        self.held.update(receipt.held)
        room = DETAILS_MAX - len(self.details)
        self.details += receipt.details[:room]
        self.details_more += len(receipt.details[room:])

    def counts(self) -> dict[str, Counter[str]]:
        """Give the counts by outcome."""
        return {
            "created": self.created,
            "updated": self.updated,
            "deleted": self.deleted,
            "conflicts": self.conflicts,
            "held": self.held,
            "set_aside": self.set_aside,
            "kept": self.kept,
        }

    def document(self) -> dict[str, Any]:
        """Give it as plain data."""
        counts = {name: dict(counter) for name, counter in self.counts().items()}
        return {"source": self.source, "target": self.target, **counts}

    @property
    def written(self) -> int:
        """How many rows were written."""
        return sum(
            counter.total() for counter in (self.created, self.updated, self.deleted)
        )


def transfer(
    source: Endpoint,
    target: Endpoint,
    contact: Contact | None = None,
    *,
    mutual: bool = False,
) -> Generator[Progress, None, TransferReport]:
    """Bring what a source has to a target, in one database at a time.

    Args:
        source: who sends.
        target: who takes.
        contact: what a person says in case the two have never met.
        mutual: will the target send next? Then what forbids that forbids this, too.

    Raises:
        PeersDiffer: the two do not agree on how records are merged.
        FirstContactOpen: they meet for the first time, and somebody has to say more.
        AbsentRefused: what the source lacks is not to be deleted so.
    """
    contact = contact or Contact()
    report = TransferReport(source=source.name, target=target.name)
    there, here = source.hello(), target.hello()
    check_terms(here, there, source.name)
    check_room(here, there, source.name)
    if mutual:
        check_room(there, here, source.name)
    if not target.has_met(there.node) and not source.has_met(here.node):
        labels = [label for label in here.models if label in there.models]
        Meeting(
            source=source,
            target=target,
            there=there,
            here=here,
            contact=contact,
        ).settle(labels)
    absence = Absence(
        source=source, target=target, there=there, here=here, contact=contact
    )
    if contact.absent_means_deleted:
        absence.check()
    want = target.want(there, source.name)
    name = uuid4().hex
    for changeset in source.changesets(want, name):
        report.add(target.apply(changeset))
        yield Progress(stage="transfer", subject=f"{source.name} → {target.name}")
    if contact.absent_means_deleted:
        report.keep((yield from absence.remove(name, report.changesets, report.add)))
    report.settle(target.settle(name))
    return report


def check_terms(here: Hello, there: Hello, peer: str) -> None:
    """Check that two nodes agree on how records are merged.

    Raises:
        PeersDiffer: they do not, and on what.
    """
    found: list[str] = []
    for label in sorted(here.models.keys() & there.models.keys()):
        mine, theirs = here.models[label], there.models[label]
        if mine.contract != theirs.contract:
            terms = differences(mine.terms, theirs.terms)
            found += [f"{label}: {difference}" for difference in terms]
        found += [
            f"{label}.{name} is {mine.fields[name].kind} here and "
            f"{theirs.fields[name].kind} there"
            for name in sorted(mine.fields.keys() & theirs.fields.keys())
            if mine.fields[name].kind != theirs.fields[name].kind
        ]
    if found:
        raise PeersDiffer(peer=peer, differences=found)


def check_room(target: Hello, source: Hello, peer: str) -> None:
    """Check that a target has a place for whatever a source may send.

    Raises:
        PeersDiffer: it needs values that the source does not have.
    """
    found: list[str] = []
    for label in sorted(target.models.keys() & source.models.keys()):
        theirs = source.models[label].fields
        for name, field_ in sorted(target.models[label].fields.items()):
            if name not in theirs and not field_.fills:
                found.append(
                    f"{label}.{name} is on one side only, and is neither nullable nor "
                    "has it a default"
                )
            elif name in theirs and theirs[name].null and not field_.null:
                found.append(f"{label}.{name} is nullable on one side only")
    if found:
        raise PeersDiffer(peer=peer, differences=found)
