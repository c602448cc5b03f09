"""What one node may ask of another, whatever carries the messages."""

from abc import ABC, abstractmethod
from collections.abc import Iterator

from syncline.changes.messages import Changeset, Hello, Receipt, Want


class Endpoint(ABC):
    """One end of a transfer: a database here, or a node elsewhere."""

    name: str
    """What a message calls it."""

    @abstractmethod
    def hello(self, node: str) -> Hello:
        """Say who it is, to the node of this id."""

    @abstractmethod
    def want(self, source: Hello, name: str) -> Want:
        """Say what it has, and what it asks of a source."""

    @abstractmethod
    def changesets(self, want: Want, transfer: str) -> Iterator[Changeset]:
        """Give what a target lacks."""

    @abstractmethod
    def apply(self, changeset: Changeset) -> Receipt:
        """Take a changeset in."""
