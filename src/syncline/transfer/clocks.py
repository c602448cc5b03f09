"""What time it is: here, in the database, at a peer, and in the versions of records."""

from collections.abc import Callable, Generator

from django.db.models import Max

from syncline.changes.clock import Clock, wall_clock
from syncline.changes.messages import Extra, Mark, decode, marks_in
from syncline.identity.database import NodeDatabase
from syncline.models import Peer, RecordRow
from syncline.progress import Progress
from syncline.transfer.blaming import blamed_among
from syncline.transfer.nodes import open_node
from syncline.transfer.reports import ClockReading, ClockReport, LargestClock
from syncline.transport.direct import DatabaseEndpoint

PAGE = 2_000
"""Records that are looked at together."""

OWN = "this node"


def clocks(
    alias: str, named: str = "", *, clock: Clock = wall_clock
) -> Generator[Progress, None, ClockReport]:
    """Read all clocks that decide which of two edits is the newer one.

    Args:
        alias: this node.
        named: a peer whose clocks are read, too; empty reads none.
        clock: this node's clock.

    Raises:
        NotTracked: one of the two is no node.
    """
    here = open_node(alias)
    here.clock = clock
    there = open_node(named) if named else None
    with blamed_among(here.connection, *([there.connection] if there else [])):
        node = here.state().node
        readings = [_reading(here, f"the database {alias!r}", lambda: _server(here))]
        yield Progress(stage="look", subject=alias)
        if there is not None:
            end = DatabaseEndpoint(database=there)
            readings += [
                _reading(here, f"the node {named!r}", lambda: end.hello().clock),
                _reading(here, f"the database {named!r}", lambda: _server(there)),
            ]
            yield Progress(stage="look", subject=named)
        return ClockReport(
            database=alias,
            node=node,
            now=here.now(),
            clocks=tuple(readings),
            largest=_largest(here, node),
        )


def _reading(here: NodeDatabase, whose: str, read: Callable[[], int]) -> ClockReading:
    """Read a clock, and compare it with this node's in the middle of the reading."""
    before = here.now()
    at = read()
    return ClockReading(whose=whose, at=at, ahead=at - (before + here.now()) // 2)


def _server(database: NodeDatabase) -> int:
    sql = f"SELECT {database.engine.capture.now}"
    [(at,)] = database.engine.execute(database.connection, sql)
    return int(at)


def _largest(here: NodeDatabase, own: str) -> LargestClock | None:
    """Find the version that is, or says to be, the newest; None if there is none."""
    rows = RecordRow.objects.using(here.alias)
    top = rows.aggregate(top=Max("clock"))["top"]
    if top is None:
        return None
    number = rows.filter(clock=top).values_list("node_id", flat=True)[0]
    clock, number = max([(top, number), *(one[:2] for one in _others(here))])
    node = here.nodes.names[number]
    name = Peer.objects.using(here.alias).filter(node=node).values_list("name").first()
    made_by = OWN if node == own else f"{name[0] if name else 'node'} ({node})"
    now = here.now()
    return LargestClock(at=clock, ahead=clock - now, node=node, made_by=made_by)


def _others(here: NodeDatabase) -> Generator[Mark, None, None]:
    """Give the largest of the versions beside the records' own, page by page."""
    rows = RecordRow.objects.using(here.alias).exclude(extra=None).order_by("uid")
    last = b""
    while page := list(rows.filter(uid__gt=last).values_list("uid", "extra")[:PAGE]):
        yield max(
            mark
            for _, data in page
            for mark in marks_in((0, 0, 0), decode(bytes(data or b""), Extra))
        )
        last = bytes(page[-1][0])
