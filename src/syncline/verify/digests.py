"""Digests of rows in buckets: two equal sides are recognised by one scan each.

A bucket holds the sum of its rows' hashes, so the order of rows does not matter; a
sum, unlike an exclusive or, does not let equal changes cancel in pairs.
"""

from array import array
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any
from zlib import crc32

import msgspec

BUCKETS = 16_384
"""Measured: a single difference among a million rows leads to some 60 rows."""

SUM_MASK = 2**64 - 1
pack = msgspec.msgpack.Encoder().encode
unpack = msgspec.msgpack.Decoder().decode


class Buckets:
    """The digest of one side of a table."""

    def __init__(self) -> None:
        self.sums = array("Q", bytes(8 * BUCKETS))
        self.rows = 0

    def add(self, key: Sequence[Any], row: Sequence[Any]) -> None:
        """Count a row in."""
        number = bucket_of(pack(key))
        hashed = int.from_bytes(blake2b(pack(row), digest_size=8).digest(), "big")
        self.sums[number] = (self.sums[number] + hashed) & SUM_MASK
        self.rows += 1

    def differing(self, other: "Buckets") -> frozenset[int]:
        """Give the numbers of the buckets that are not equal."""
        return frozenset(
            number
            for number, (a, b) in enumerate(zip(self.sums, other.sums, strict=True))
            if a != b
        )


def bucket_of(key: bytes) -> int:
    """Say which bucket a packed key belongs to."""
    return crc32(key) % BUCKETS
