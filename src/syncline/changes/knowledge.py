"""What a node has seen: merged, only stored, or forbidden by its policy."""

from dataclasses import dataclass, field

from syncline.changes.dots import Dot, DotSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Knowledge:
    """Three sets of dots without a dot in common."""

    known: DotSet = field(default_factory=DotSet)
    """Changes that are merged here, or were replaced by what is."""

    held: DotSet = field(default_factory=DotSet)
    """Changes that are stored here and not merged: quarantined, or waiting for a
    person's choice. They are served to others."""

    refused: DotSet = field(default_factory=DotSet)
    """Changes that this node's policy forbids; it has nothing of them but the dot."""

    def knows(self, dot: Dot) -> bool:
        """Is a change merged here? Only this may decide on fast-forwards."""
        return dot in self.known

    def has(self, dot: Dot) -> bool:
        """Need a change not be sent again?"""
        return dot in self.known or dot in self.held or dot in self.refused

    @property
    def had(self) -> DotSet:
        """All dots that need not be sent again."""
        return self.known | self.held | self.refused

    def numbered(self, dot: Dot) -> "Knowledge":
        """Add a change of one's own."""
        return _settled(self.known | DotSet.of(dot), self.held, self.refused)

    def learned(
        self,
        end: "Knowledge",
        *,
        held: DotSet | None = None,
        refused: DotSet | None = None,
    ) -> "Knowledge":
        """Add what a whole transfer has brought.

        Args:
            end: the sender's knowledge. What the sender only holds was served with it,
                and is named by `merged` or `held`; what it refused, it did not bring.
            held: changes of the transfer that could not be merged here.
            refused: changes of the transfer that policy forbids here.
        """
        kept_back = (held or DotSet()) | (refused or DotSet())
        return _settled(
            self.known | (end.known - kept_back),
            self.held | (held or DotSet()),
            self.refused | (refused or DotSet()),
        )

    def merged(self, dots: DotSet) -> "Knowledge":
        """Say that changes are merged now: out of quarantine, say."""
        return _settled(self.known | dots, self.held, self.refused)

    def unmerged(self, dots: DotSet) -> "Knowledge":
        """Say that changes are stored, and merged no longer: an undo."""
        return Knowledge(
            known=self.known - dots,
            held=self.held | (dots & self.known),
            refused=self.refused,
        )

    def forbidden(self, dots: DotSet) -> "Knowledge":
        """Say that changes are not wanted here, those that are not merged."""
        new = dots - self.known
        return Knowledge(
            known=self.known, held=self.held - new, refused=self.refused | new
        )

    def covers(self, base: "Knowledge") -> bool:
        """Does this node have all that a sender took for granted?"""
        return self.had >= base.had


def _settled(known: DotSet, held: DotSet, refused: DotSet) -> Knowledge:
    """Let what is merged be neither held nor refused, nor what is held refused."""
    held = held - known
    return Knowledge(known=known, held=held, refused=refused - known - held)
