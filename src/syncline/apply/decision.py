"""What becomes of one record: a word for each outcome, and all that goes with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from syncline.changes.kinds import Value
from syncline.changes.messages import Change
from syncline.conflict.versions import Siblings
from syncline.identity.bound import Bound
from syncline.identity.stored import Split, Stored


class Outcome(StrEnum):
    """What is done to a row."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    NOTE = "note"
    """Only the record's versions change, or it is deleted and had no row here."""
    KEEP = "keep"
    LEAVE = "leave"
    """A transform wants nothing of the record here."""


WRITTEN = frozenset({Outcome.CREATE, Outcome.UPDATE})


@dataclass(slots=True, kw_only=True)
class Decision:
    """What becomes of one record."""

    outcome: Outcome
    bound: Bound
    change: Change
    mine: Stored | None
    split: Split
    """What the record is then, with this database's numbers of nodes."""

    lost: Mapping[str, Siblings] = field(default_factory=dict)
    brought: bool = True
    """Does the changeset bring the record? Else what its source knew says nothing of
    this one: only a reference is filled in."""

    refused: str = ""
    """Why the two versions cannot be merged; empty if they are."""

    shown: Mapping[str, Value] = field(default_factory=dict)
    """By part, what the row shows in the place of what the record holds."""

    former: Mapping[str, Value] = field(default_factory=dict)
    """By part, what the row held before; empty of one that is new."""
