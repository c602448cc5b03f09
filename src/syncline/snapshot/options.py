"""What a load is told, and what it reports."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from syncline.snapshot.orphans import OrphanRule
from syncline.snapshot.transforms import Transforms


class Mode(StrEnum):
    """What happens to the rows that the target has already."""

    EMPTY = "into-empty"
    REPLACE = "replace"
    MERGE = "merge"


class Match(StrEnum):
    """What makes a row of the source and one of the target the same when merging."""

    PK = "pk"
    KEY = "key"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """What a load is told."""

    mode: Mode = Mode.EMPTY
    orphans: OrphanRule = "refuse"
    unfit: Sequence[str] = ()
    transforms: Transforms = field(default_factory=Transforms)
    ignore_migrations: bool = False
    match: Match = Match.PK
    """What makes two rows one when merging."""

    dry_run: bool = False
    migrate: bool = False
    """Run the project's migrations on the target first?"""

    verify: bool = False
    """Compare both sides afterwards?"""

    backup: bool = False
    """Save the target with its engine's own tool before anything is written?"""

    replaceable: frozenset[str] = frozenset()
    """Labels whose rows were made by a migrate of ours, and may go."""


@dataclass(kw_only=True)
class LoadReport:
    """What a load did, or would do."""

    rows: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    set_aside: dict[str, int] = field(default_factory=dict)
    """Rows that were not loaded, by label and reason."""

    files: int = 0
    """How many uses of files were looked after."""

    backup: str = ""
    """Where the target was saved."""

    mended: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    dry_run: bool = False
    verified: Any = None
    """The comparison's report, where one was asked for."""

    @property
    def total(self) -> int:
        """All rows together."""
        return sum(self.rows.values())
