"""Records as two nodes compare them that have never met."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b

from syncline.changes.canonical import LAST
from syncline.changes.kinds import Value
from syncline.changes.messages import Known, pack
from syncline.identity.bound import Bound, Image
from syncline.identity.database import NodeDatabase

DIGEST_BYTES = 16


def known_records(database: NodeDatabase, label: str) -> Iterator[Sequence[Known]]:
    """Give the records of a model in batches, with digests of their rows."""
    bound = database.bound(label)
    with database.engine.reading_view(database.connection):
        for batch in bound.images(beside=True):
            uids = database.store.uids(bound.number, [pk for pk, _ in batch])
            yield [
                Known(pk=pk, uid=uids[pk], digest=_digest(bound, image))
                for pk, image in batch
                if pk in uids
            ]


def _digest(bound: Bound, image: Image) -> bytes:
    return blake2b(pack(canonical(bound, image)), digest_size=DIGEST_BYTES).digest()


def canonical(bound: Bound, image: Sequence[Value]) -> list[Value]:
    """Spell an image so that values of one meaning are equal."""
    steps = [
        None if place in bound.pointers else LAST.get(described.kind)
        for place, described in enumerate(bound.described)
    ]
    return [
        value if value is None or step is None else step(value)
        for value, step in zip(image, steps, strict=True)
    ]
