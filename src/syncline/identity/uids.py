"""How a record gets its uid: once, at first sight. Pure."""

from collections.abc import Sequence
from hashlib import blake2b
from unicodedata import normalize

import msgspec

from syncline.changes.dots import Dot
from syncline.changes.kinds import Value

UID_BYTES = 16

pack = msgspec.msgpack.encode


def uid_of_key(label: str, key: Sequence[Value]) -> bytes:
    """Give the uid of a record with a key: equal keys make equal uids anywhere.

    Args:
        label: the model's.
        key: canonical values; for a foreign key, the uid of what it points at.
    """
    plain = [normalize("NFC", v) if isinstance(v, str) else v for v in key]
    return _uid("key", label, plain)


def uid_of_newcomer(label: str, dot: Dot) -> bytes:
    """Give the uid of a record without a key, or whose key's uid is another's."""
    return _uid("dot", label, list(dot))


def uid_of_row(genesis: str, label: str, pk: str) -> bytes:
    """Give the uid of a record without a key that was there before it was tracked."""
    return _uid("row", label, [genesis, pk])


def _uid(sort: str, label: str, parts: Sequence[Value]) -> bytes:
    data = pack([sort, label.lower(), parts])
    return blake2b(data, digest_size=UID_BYTES, person=b"syncline").digest()


def digest_of(values: Sequence[Value]) -> int:
    """Digest a row as it was read: 64 bits, signed as databases want them."""
    data = blake2b(pack(values), digest_size=8).digest()
    return int.from_bytes(data, "big", signed=True)
