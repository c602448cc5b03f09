"""What one node may ask of another, whatever carries the messages."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

from syncline.changes.digests import (
    Digest,
    Leaves,
    LeavesWanted,
    RowsSeen,
    RowsWanted,
    Scan,
    Touch,
)
from syncline.changes.messages import (
    Changeset,
    Hello,
    Known,
    Listed,
    Receipt,
    Removed,
    Want,
)


class Endpoint(ABC):
    """One end of a transfer: a database here, or a node elsewhere."""

    name: str
    """What a message calls it."""

    models: tuple[str, ...]
    """Labels to which transfers are narrowed; empty means all."""

    @abstractmethod
    def hello(self) -> Hello:
        """Say who it is."""

    @abstractmethod
    def has_met(self, node: str) -> bool:
        """Has a transfer from a node come to its end here?"""

    @abstractmethod
    def want(self, source: Hello, name: str) -> Want:
        """Say what it has, and what it asks of a source."""

    @abstractmethod
    def changesets(self, want: Want, transfer: str) -> Iterator[Changeset]:
        """Give what a target lacks."""

    @abstractmethod
    def apply(self, changeset: Changeset) -> Receipt:
        """Take a changeset in."""

    @abstractmethod
    def filled(self, labels: Sequence[str]) -> set[str]:
        """Say which models have records here."""

    @abstractmethod
    def known(self, label: str) -> Iterator[Sequence[Known]]:
        """Give the records of a model in batches, with what their rows look like."""

    @abstractmethod
    def listed(self, label: str, asking: str) -> Iterator[Sequence[Listed]]:
        """Give all records of a model in batches, as far as a node asks."""

    @abstractmethod
    def remove(self, uids: Sequence[bytes], transfer: str, number: int) -> Removed:
        """Delete records that are as they were adopted, and nothing points at."""

    @abstractmethod
    def has_met_others(self, node: str) -> bool:
        """Has any other node than this one had records from here?"""

    @abstractmethod
    def rename(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        """Give records other uids: those by which a peer knows them."""

    @abstractmethod
    def settle(self, transfer: str) -> Receipt:
        """Try again what waits, and say what of a transfer still does."""


class Comparable(Endpoint):
    """An end that can also show what it holds, so that two can be compared."""

    @abstractmethod
    def digest(self, scan: Scan) -> Iterator[Digest]:
        """Sum up a model in one scan; the last answer has the sums."""

    @abstractmethod
    def leaves(self, want: LeavesWanted) -> Leaves:
        """Give the records of some buckets, each hashed."""

    @abstractmethod
    def rows(self, want: RowsWanted) -> RowsSeen:
        """Show some records as they are, with what the node knows."""

    @abstractmethod
    def touch(self, touch: Touch) -> set[bytes]:
        """Give values new versions, so that they travel; give the records touched."""
