"""Digests that prove two nodes equal, and lead to the records that are not. Pure.

A record's leaf is a hash of its uid and its values. Leaves are summed by bucket, so
their order does not matter; a sum, unlike an exclusive or, does not let equal changes
cancel in pairs. Uids are hashes themselves, so a bucket is a range of them: what is in
it is found by an index, and no second scan is needed to look into one.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

import msgspec
from msgspec import Struct

from syncline.changes.dots import Range
from syncline.changes.kinds import Value
from syncline.changes.messages import Ranges

COARSE = 64
"""Sums that are always sent."""

FINE = 256
"""Sums below each of them, sent where it differs. Measured: of 200,000 rows, one that
differs makes a peer send 5 KB in all, and leads to the leaves of 12 rows."""

BUCKETS = COARSE * FINE
SPARE_BITS = 16 - (BUCKETS - 1).bit_length()
"""Of a uid's first two bytes, the bits that do not tell its bucket."""

SUM_MASK = 2**64 - 1
UID_BYTES = 16
LAST_UID = (1 << 8 * UID_BYTES) - 1
LEAF_BYTES = 8

LEAVES_MAX = 2_000
"""Leaves in one message."""

ROWS_MAX = 200
"""Records in one message; their values may be long."""

pack = msgspec.msgpack.Encoder().encode

Leaf = tuple[bytes, int]
"""A uid and the hash of the record."""

DotPair = tuple[str, int]
"""A dot as plain data: a node and its counter."""


class Compared(Struct, frozen=True, kw_only=True):
    """What of a model is compared: what both nodes track."""

    label: str
    fields: tuple[str, ...]
    deep: bool = False
    """Do the versions count, too?"""


class Scan(Struct, frozen=True, kw_only=True):
    """Asks for the sums of all rows of a model."""

    what: Compared
    coarse: tuple[int, ...] = ()
    """The other node's sums: of those that are equal, no finer ones are needed."""


class Digest(Struct, frozen=True, kw_only=True):
    """All rows of a model in sums; or, if there are none yet, how far the scan is."""

    rows: int
    coarse: tuple[int, ...] = ()
    fine: dict[int, tuple[int, ...]] = {}
    """By the place of the sum that they make up."""

    strays: int = 0
    """Rows without a record: nobody saw them come, and only an audit can."""

    stray_pks: tuple[str, ...] = ()
    lost: int = 0
    """Records whose row is not there: nobody saw it go. Counted if `deep`."""

    lost_uids: tuple[bytes, ...] = ()
    waiting: int = 0
    """Changes in quarantine, counted if `deep`."""

    undecided: int = 0
    """Values of which a person has to choose one, counted if `deep`."""


class LeavesWanted(Struct, frozen=True, kw_only=True):
    """Asks for the leaves of some buckets."""

    what: Compared
    buckets: tuple[Range, ...]
    after: bytes = b""
    """Up to which uid they have been seen already."""


class Leaves(Struct, frozen=True, kw_only=True):
    """Leaves of some buckets, by uid."""

    leaves: tuple[Leaf, ...]
    until: bytes | None = None
    """Where to go on after; None if these were all."""


class RowsWanted(Struct, frozen=True, kw_only=True):
    """Asks for some records as they are now."""

    what: Compared
    uids: tuple[bytes, ...]


class RowSeen(Struct, frozen=True, kw_only=True):
    """One record as it is at one node."""

    uid: bytes
    pk: str | None
    """None of one that is deleted."""

    life: int
    values: tuple[Value, ...] | None
    """By field, canonical; None if there is no row."""

    life_dots: tuple[DotPair, ...]
    dots: tuple[tuple[DotPair, ...], ...]
    """By field; usually one each."""

    moving: bool = False
    """Was it written to since it was numbered?"""


class RowsSeen(Struct, frozen=True, kw_only=True):
    """Some records of a node, and what it knew at that moment."""

    knows: Ranges
    rows: tuple[RowSeen, ...]


class Touch(Struct, frozen=True, kw_only=True):
    """Asks for new versions of values that are to win over another node's."""

    label: str
    fields: dict[bytes, tuple[str, ...]]
    """By uid, the fields whose values win."""


class Sums:
    """One node's rows of a model, as sums of their leaves.

    Attributes:
        rows: how many have been added.
    """

    __slots__ = ("_sums", "rows")

    def __init__(self) -> None:
        self._sums = array("Q", bytes(8 * BUCKETS))
        self.rows = 0

    def add(self, leaves: Iterable[Leaf]) -> None:
        """Count records in."""
        sums = self._sums
        for uid, leaf in leaves:
            bucket = bucket_of(uid)
            sums[bucket] = (sums[bucket] + leaf) & SUM_MASK
            self.rows += 1

    def coarse(self) -> tuple[int, ...]:
        """Give the sums of the first level."""
        return tuple(sum(self.fine(place)) & SUM_MASK for place in range(COARSE))

    def fine(self, place: int) -> tuple[int, ...]:
        """Give the sums that one of the first level is made up of."""
        return tuple(self._sums[place * FINE : (place + 1) * FINE])

    def finer(self, coarse: Sequence[int]) -> dict[int, tuple[int, ...]]:
        """Give the second level where another node's first level differs.

        Args:
            coarse: the other's sums; empty if they are not known yet.
        """
        places = differing(self.coarse(), coarse) if coarse else range(COARSE)
        return {place: self.fine(place) for place in places}


def leaf_of(uid: bytes, values: Sequence[Value]) -> int:
    """Hash a record: its uid and what is compared of it, canonical."""
    data = blake2b(pack((uid, values)), digest_size=LEAF_BYTES).digest()
    return int.from_bytes(data, "big")


def bucket_of(uid: bytes) -> int:
    """Say which bucket a record belongs to."""
    return (uid[0] << 8 | uid[1]) >> SPARE_BITS


def uids_in(buckets: Range) -> tuple[bytes, bytes]:
    """Give the first and the last uid of some buckets in a row."""
    first, last = buckets
    low = (first << SPARE_BITS).to_bytes(2, "big")
    high = ((last + 1 << SPARE_BITS) - 1).to_bytes(2, "big")
    rest = UID_BYTES - len(low)
    return low + bytes(rest), high + b"\xff" * rest


def after(uid: bytes) -> bytes:
    """Give the next uid that there can be; of the last one itself."""
    number = int.from_bytes(uid, "big") + 1
    return min(number, LAST_UID).to_bytes(UID_BYTES, "big")


def differing(ours: Sequence[int], theirs: Sequence[int]) -> list[int]:
    """Give the places at which two levels are not equal."""
    pairs = enumerate(zip(ours, theirs, strict=True))
    return [place for place, (one, other) in pairs if one != other]


def suspect(ours: Digest, theirs: Digest) -> tuple[Range, ...]:
    """Give the buckets, as ranges, in which two nodes do not have the same.

    Args:
        ours: with the second level where the first ones differ, or everywhere.
        theirs: likewise.
    """
    found: list[Range] = []
    for place in differing(ours.coarse, theirs.coarse):
        for bucket in differing(ours.fine[place], theirs.fine[place]):
            number = place * FINE + bucket
            if found and found[-1][1] == number - 1:
                found[-1] = found[-1][0], number
            else:
                found.append((number, number))
    return tuple(found)


def unlike(ours: Iterable[Leaf], theirs: Iterable[Leaf]) -> Iterator[bytes]:
    """Give the uids of records that differ, or that only one side has.

    Args:
        ours: leaves by uid, each uid once; read as they are needed.
        theirs: likewise.
    """
    left, right = iter(ours), iter(theirs)
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[0] < other[0]):
            assert one is not None  # noqa: S101 - the loop's condition
            yield one[0]
            one = next(left, None)
        elif one is None or other[0] < one[0]:
            yield other[0]
            other = next(right, None)
        else:
            if one[1] != other[1]:
                yield one[0]
            one, other = next(left, None), next(right, None)
