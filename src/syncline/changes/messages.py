"""What nodes say to each other, whatever carries it: a wire, a file or a call.

All are msgspec structs, written as MessagePack: it tells bytes from text, and it keeps
infinities, which JSON does not.
"""

from collections.abc import Iterable, Iterator
from enum import IntEnum
from hashlib import blake2b
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from syncline.changes.dots import DotSet, Range
from syncline.changes.kinds import Kind, Value
from syncline.changes.knowledge import Knowledge

PROTOCOL = 1
"""The version of these messages."""

CHANGES_MAX = 10_000
"""Changes in one changeset."""

PLACE_BYTES = 16

CHANGESET_BYTES_MAX = 64 * 1024 * 1024

Mark = tuple[int, int, int]
"""A version as numbers: clock, number of the node, counter."""

Life = tuple[int, int, int, int]
"""A causal length and its version."""


class Extra(Struct, frozen=True, array_like=True, kw_only=True):
    """What one version and one value per part do not say of a record."""

    life: tuple[Life, ...] = ()
    """Where the record's life has other versions than its parts."""

    parts: dict[str, tuple[Mark, ...]] = {}
    """By part, its versions where they are not the record's own; several where a
    person has to choose, none where nobody has ever given a value and the row shows
    what its node fills in."""

    values: dict[str, tuple[tuple[Value, ...], ...]] = {}
    """By part, one entry a version: empty for what the row shows, else the value."""

    merged: tuple[bytes, ...] = ()
    """Of a deleted record that was found to be another: the uids of that one."""


class Change(Struct, frozen=True, array_like=True, kw_only=True):
    """What one record looks like at one version."""

    table: int
    """Which of the changeset's tables."""

    uid: bytes
    life: int
    mark: Mark
    """The version of all that `extra` does not name."""

    values: tuple[Value, ...] | None
    """By part, in the table's order; None of a record that is deleted."""

    extra: Extra | None = None


class TableHead(Struct, frozen=True, array_like=True, kw_only=True):
    """A table of a changeset."""

    label: str
    parts: tuple[str, ...]


class Ranges(Struct, frozen=True, array_like=True, kw_only=True):
    """A node's knowledge, spelled for a message or a column."""

    known: dict[str, tuple[Range, ...]] = {}
    held: dict[str, tuple[Range, ...]] = {}
    refused: dict[str, tuple[Range, ...]] = {}


class Changeset(Struct, frozen=True, kw_only=True):
    """A bounded number of changes, to be applied in one transaction."""

    transfer: str
    number: int
    """From 1 on; the last one of a transfer brings `end` into force."""

    source: str
    nodes: tuple[str, ...]
    """What the numbers of nodes in here stand for."""

    tables: tuple[TableHead, ...]
    changes: tuple[Change, ...]
    base: Ranges
    """What the source took the target to know."""

    knows: Ranges
    """What the source knew when it read these records."""

    last: bool
    whole: bool
    """Were all models sent that the target tracks? Else what the source knows is
    learned only of the records that came."""

    models: tuple[str, ...]
    """Labels that the target asked for; empty for all. Of others it has not all up to
    `seq`."""

    seq: int
    """Up to where, in the source's order, this changeset goes."""


class FieldHead(Struct, frozen=True, array_like=True, kw_only=True):
    """A field as far as a peer needs to know it."""

    kind: Kind
    null: bool
    fills: bool
    """Can a record do without: is the field nullable, or has it a default?"""


class ModelHead(Struct, frozen=True, kw_only=True):
    """A tracked model as far as a peer needs to know it."""

    contract: str
    terms: dict[str, Any]
    """What the contract says, to tell a difference in words."""

    fields: dict[str, FieldHead]
    keyed: bool
    direction: str


class Hello(Struct, frozen=True, kw_only=True):
    """Who a node is."""

    protocol: int
    node: str
    genesis: str
    clock: int
    """Microseconds since 1970, by the node's own clock."""

    models: dict[str, ModelHead]


class Want(Struct, frozen=True, kw_only=True):
    """What a target has and asks for."""

    node: str
    knows: Ranges
    since: int
    """Up to where in the source's order it has everything."""

    models: tuple[str, ...] = ()
    """Labels; empty means all."""

    tracked: tuple[str, ...] = ()
    """All labels that the target tracks."""

    anew: tuple[str, ...] = ()
    """Labels that the target has tracked only since it last asked this source: it
    wants all of their records, whatever it says to know."""


class Known(Struct, frozen=True, array_like=True, kw_only=True):
    """A record that was there before anybody looked, as its own node knows it."""

    pk: str
    uid: bytes
    digest: bytes
    """Of the row's canonical values, references as pks."""


class Presence(IntEnum):
    """How a node has a record, as far as another one asks."""

    GONE = 0
    """It is deleted."""

    THERE = 1
    RECEIVED = 2
    """It is there, in a version of the node that asks."""

    ADOPTED = 3
    """It is there as this node found it when it first looked."""


class Listed(Struct, frozen=True, array_like=True, kw_only=True):
    """A record that a node has, living or deleted."""

    uid: bytes
    presence: Presence


class Detail(Struct, frozen=True, array_like=True, kw_only=True):
    """What becomes of one record, to be told before it is done."""

    label: str
    outcome: str
    """`create`, `update`, `delete`, `conflict`, `hold`, `keep` or `set aside`."""

    uid: bytes
    key: str
    """What identifies it for people: the values of its key, else its pk."""

    parts: tuple[str, ...] = ()
    """Which of its fields, where not all of them."""

    reason: str = ""


class Receipt(Struct, frozen=True, kw_only=True):
    """What became of a changeset."""

    transfer: str
    number: int
    created: dict[str, int] = {}
    """By label."""

    updated: dict[str, int] = {}
    deleted: dict[str, int] = {}
    conflicts: dict[str, int] = {}
    set_aside: dict[str, int] = {}
    held: dict[str, int] = {}
    """Values of which several stay until a person decides."""

    details: tuple[Detail, ...] = ()
    """Record by record, where that was asked for."""

    repeated: bool = False
    """Had it been applied before?"""


class Removed(Struct, frozen=True, kw_only=True):
    """What became of records that were to be deleted because a source lacks them."""

    receipt: Receipt
    kept: tuple[Detail, ...] = ()
    """Those that stay, because others point at them."""


def place_of(models: Iterable[str]) -> str:
    """Give what the position goes by of transfers that some models were asked for."""
    spelled = "\n".join(sorted(models))
    return blake2b(spelled.encode(), digest_size=PLACE_BYTES).hexdigest()


def marks_in(mark: Mark, extra: Extra | None) -> Iterator[Mark]:
    """Give all versions of a record."""
    yield mark
    if extra is not None:
        for life in extra.life:
            yield life[1:]
        for marks in extra.parts.values():
            yield from marks


def ranges_of(knowledge: Knowledge) -> Ranges:
    """Spell knowledge."""
    return Ranges(
        known=knowledge.known.ranges,
        held=knowledge.held.ranges,
        refused=knowledge.refused.ranges,
    )


def knowledge_of(ranges: Ranges) -> Knowledge:
    """Read knowledge."""
    return Knowledge(
        known=DotSet(ranges.known),
        held=DotSet(ranges.held),
        refused=DotSet(ranges.refused),
    )


Message = TypeVar("Message", bound=Struct)
_encoder = msgspec.msgpack.Encoder()
pack = _encoder.encode


def encode(message: Struct) -> bytes:
    """Write a message."""
    return _encoder.encode(message)


def decode(data: bytes, kind: type[Message]) -> Message:
    """Read a message.

    Raises:
        msgspec.ValidationError: it is of another form.
    """
    return msgspec.msgpack.decode(data, type=kind)
