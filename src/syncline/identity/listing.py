"""Which records a node has, for another one that asks what it lacks itself."""

from collections.abc import Iterator, Sequence

from syncline.changes.messages import Listed, Presence
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Nodes
from syncline.identity.store import TABLE
from syncline.identity.stored import Stored

PAGE = 10_000
"""Records that are listed together."""

ADOPTED = 0
"""The clock of rows that were there before anybody looked."""


def listed_records(
    database: NodeDatabase, label: str, asking: str
) -> Iterator[Sequence[Listed]]:
    """Give all records of a model in batches, deleted ones too.

    Args:
        database: whose records.
        label: of the model.
        asking: the node that wants to know; its own versions are told apart.
    """
    number = database.rows[label].number
    sql = (
        "SELECT uid, pk, clock, node_id, CASE WHEN extra IS NULL THEN 0 ELSE 1 END "
        f"FROM {TABLE} WHERE table_id = %s AND uid > %s ORDER BY uid LIMIT {PAGE}"
    )
    with database.engine.reading_view(database.connection):
        numbers = Nodes.read(database.alias).numbers
        own, theirs = numbers.get(database.state().node), numbers.get(asking)
        last = b""
        while rows := database.engine.execute(database.connection, sql, [number, last]):
            found: list[Listed] = []
            for uid, pk, clock, node, several in rows:
                presence = Presence.THERE
                if pk is None:
                    presence = Presence.GONE
                elif node == theirs:
                    presence = Presence.RECEIVED
                elif node == own and clock == ADOPTED and not several:
                    presence = Presence.ADOPTED
                found.append(Listed(uid=bytes(uid), presence=presence))
            yield found
            last = found[-1].uid


def is_as_adopted(record: Stored, own: int) -> bool:
    """Is a record as its node, of this number, found it when it first looked?"""
    clock, node, _ = record.mark
    return (
        record.pk is not None
        and record.extra is None
        and (clock, node) == (ADOPTED, own)
    )
