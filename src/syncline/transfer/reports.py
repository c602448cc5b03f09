"""What the verbs of nodes have to say; plain values, without a database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from syncline.transfer.syncing import TransferReport


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackReport:
    """What is tracked now."""

    database: str
    node: str
    adopted: Mapping[str, int]
    """By label, rows that became records."""

    total: int
    """All of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UntrackReport:
    """What was removed."""

    database: str
    tables: tuple[str, ...]
    """Labels of what was tracked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mended:
    """Triggers that were gone or altered, as a migration may leave them."""

    database: str
    models: tuple[str, ...]
    found: Mapping[str, int]
    """Writes that they had missed and that are numbered now, by label."""


@dataclass(frozen=True, kw_only=True)
class SyncReport:
    """What a pull, a push or both have come to."""

    database: str
    peer: str
    dry_run: bool = False
    run: int | None = None
    """The number of the run in the ledger; None where nothing happened to be kept."""

    mended: tuple[Mended, ...] = ()
    """Databases whose triggers had to be made anew before anything moved."""

    pulled: TransferReport | None = None
    pushed: TransferReport | None = None

    @property
    def transfers(self) -> list[TransferReport]:
        """Those that took place, in order."""
        return [one for one in (self.pulled, self.pushed) if one is not None]

    @property
    def written(self) -> int:
        """How many rows were written, on both sides."""
        return sum(one.written for one in self.transfers)

    @property
    def is_news(self) -> bool:
        """Is there anything to tell?"""
        return bool(self.written or self.set_aside or self.held or self.mended)

    @property
    def set_aside(self) -> int:
        """How many records could not be applied."""
        return sum(one.set_aside.total() for one in self.transfers)

    @property
    def held(self) -> int:
        """How many values wait for a person to decide."""
        return sum(one.held.total() for one in self.transfers)

    @property
    def kept(self) -> int:
        """How many records stay that the source lacks: others point at them."""
        return sum(one.kept.total() for one in self.transfers)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetReport:
    """Where the checkpoint with a peer was, and where it is now."""

    database: str
    peer: str
    node: str
    """The peer's id."""

    before: int
    after: int
    lost: Mapping[str, int] = field(default_factory=dict)
    """By label, records without their row, which are asked for again."""

    run: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReading:
    """A clock beside this node's own; microseconds."""

    whose: str
    at: int
    """Since 1970."""

    ahead: int
    """Of this node's clock; less than 0 if it is behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LargestClock:
    """The version of all that says to be the newest; microseconds."""

    at: int
    """Since 1970; 0 if no row was written since they were adopted."""

    ahead: int
    """Of this node's clock; less than 0 as a rule."""

    node: str
    """The id of the node that has made it."""

    made_by: str
    """The same for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockReport:
    """What time it is, and what time it says to be in versions."""

    database: str
    node: str
    now: int
    """By this node's clock, in microseconds since 1970."""

    clocks: tuple[ClockReading, ...]
    largest: LargestClock | None
    """None of a node without records."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStatus:
    """One model, as declared and as tracked."""

    label: str
    key: str
    """The fields of the key, or how it goes without."""

    why: str
    direction: str
    rows: int
    state: str
    """One of `tracked`, `not tracked yet` and `no longer declared`."""

    drift: str = ""
    """How the database differs from what was installed; empty if it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerStatus:
    """Another node."""

    name: str
    """An alias, or what the node was called at the last contact."""

    node: str
    last_sync: datetime | None = None
    met: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubleStatus:
    """Records that share a key: they may be one."""

    label: str
    key: str
    pks: tuple[str, str]
    """Two of their rows."""

    rows: int
    """How many there are."""


@dataclass(frozen=True, kw_only=True)
class StatusReport:
    """How a node is."""

    database: str
    node: str
    """Empty of a database that is not tracked."""

    tables: list[TableStatus]
    pending: int = 0
    """Rows of the journal that have no number yet."""

    peers: list[PeerStatus] = field(default_factory=list)
    conflicts_open: int = 0
    """Values that lost, kept to be looked at."""

    conflicts_held: int = 0
    """Records of which both values stay until a person decides."""

    quarantine: int = 0
    """Changes that could not be applied yet."""

    interrupted: list[int] = field(default_factory=list)
    """Runs that were interrupted since the last one that ended well."""

    doubles: list[DoubleStatus] = field(default_factory=list)
    """Some keys that several records have."""

    @property
    def tracked(self) -> bool:
        """Is the database a node?"""
        return bool(self.node)

    @property
    def in_order(self) -> bool:
        """Is every declared model tracked, and every trigger as it was installed?"""
        return self.tracked and all(
            one.state == "tracked" and not one.drift for one in self.tables
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChunkSummary:
    """One changeset of a run."""

    transfer: str
    number: int
    at: datetime
    counts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSummary:
    """One run of the ledger."""

    id: int
    verb: str
    arguments: Mapping[str, Any]
    state: str
    started_at: datetime
    ended_at: datetime | None
    begun_by: str
    report: Mapping[str, Any]
    error: str
    chunks: tuple[ChunkSummary, ...] = ()

    @property
    def seconds(self) -> float | None:
        """How long it took; None if nobody knows."""
        if self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictSummary:
    """Values of one field that were written without knowing of each other."""

    id: int
    label: str
    uid: str
    pk: str
    """Where the row is; empty if it is deleted."""

    part: str
    """The field, or the fields of a group."""

    held: bool
    """Do all of them stay until somebody chooses?"""

    values: tuple[Any, ...]
    """What the row shows, and then what lost."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingSummary:
    """A change that could not be applied."""

    id: int
    label: str
    uid: str
    reason: str
    at: datetime
    attempts: int
    undone: bool
    """Was it taken back by a person?"""
