"""How a node is: what is tracked, what waits, whom it knows."""

from collections.abc import Generator

from django.db import connections

from syncline.capture.doubles import doubles
from syncline.errors import NothingDeclared, SynclineError
from syncline.identity.database import NodeDatabase
from syncline.models import Conflict, Journal, Peer, Quarantined, Run, TrackedTable
from syncline.progress import Progress
from syncline.registry import Tracked
from syncline.runs.ledger import Ledger, State
from syncline.snapshot.blame import blamed
from syncline.transfer.history import RESUMABLE
from syncline.transfer.nodes import example_model, node_id, open_node
from syncline.transfer.reports import (
    DoubleStatus,
    PeerStatus,
    StatusReport,
    TableStatus,
)

TRACKED, NOT_YET, NO_LONGER = "tracked", "not tracked yet", "no longer declared"


def status(alias: str) -> Generator[Progress, None, StatusReport]:
    """Look at a node, or at a database that is to be one.

    Raises:
        NothingDeclared: it is none, and there is nothing to track.
    """
    database = open_node(alias)
    with blamed(alias):
        yield Progress(stage="look", subject=alias)
        node = node_id(database)
        if node:
            return Looking(database=database).report(node)
    if not database.declared.tracked:
        raise NothingDeclared(example=example_model())
    tables = [_untracked(one) for one in database.declared.tracked.values()]
    return StatusReport(database=alias, node="", tables=tables)


class Looking:
    """Looks at one node."""

    def __init__(self, *, database: NodeDatabase) -> None:
        self.database, self.alias = database, database.alias
        rows = TrackedTable.objects.using(self.alias).order_by("number")
        self.rows = {row.label: row for row in rows}
        connection, engine = database.connection, database.engine
        self.triggers = engine.capture.installed(connection)
        sql = "SELECT table_id, COUNT(*) FROM syncline_record WHERE pk IS NOT NULL "
        counted = engine.execute(connection, f"{sql}GROUP BY table_id")
        self.counts = dict(counted)

    def report(self, node: str) -> StatusReport:
        """Give it all."""
        ledger = Ledger(alias=self.alias)
        ledger.sweep()
        conflicts = Conflict.objects.using(self.alias).filter(resolved_at__isnull=True)
        return StatusReport(
            database=self.alias,
            node=node,
            tables=self._tables(),
            pending=Journal.objects.using(self.alias).count(),
            peers=self._peers(node),
            conflicts_open=conflicts.filter(held=False).count(),
            conflicts_held=conflicts.filter(held=True).count(),
            quarantine=Quarantined.objects.using(self.alias).count(),
            interrupted=_interrupted(ledger),
            doubles=self._doubles(),
        )

    def _doubles(self) -> list[DoubleStatus]:
        return [
            DoubleStatus(label=one.label, key=one.key, pks=one.pks, rows=one.rows)
            for one in doubles(self.database)
        ]

    def _tables(self) -> list[TableStatus]:
        declared = self.database.declared.tracked
        found = [
            self._tracked(tracked, self.rows[label])
            if label in self.rows
            else _untracked(tracked)
            for label, tracked in declared.items()
        ]
        gone = [row for label, row in self.rows.items() if label not in declared]
        return found + [self._orphaned(row) for row in gone]

    def _tracked(self, tracked: Tracked, row: TrackedTable) -> TableStatus:
        return TableStatus(
            label=tracked.label,
            key=", ".join(tracked.key.fields),
            why=tracked.key.why,
            direction=tracked.direction,
            rows=self.counts.get(row.number, 0),
            state=TRACKED,
            drift="; ".join(self._drift(tracked, row)),
        )

    def _drift(self, tracked: Tracked, row: TrackedTable) -> list[str]:
        found = []
        now = self.triggers.get(row.number, "")
        if not now:
            found.append("its triggers are missing")
        elif now != row.triggers:
            found.append("its triggers were changed")
        if list(row.key.get("fields", [])) != list(tracked.key.fields):
            was = ", ".join(row.key.get("fields", [])) or "none"
            found.append(f"its key was {was} when it was tracked")
        return found

    def _orphaned(self, row: TrackedTable) -> TableStatus:
        return TableStatus(
            label=row.label,
            key=", ".join(row.key.get("fields", [])),
            why="",
            direction="",
            rows=self.counts.get(row.number, 0),
            state=NO_LONGER,
        )

    def _peers(self, node: str) -> list[PeerStatus]:
        """Give the nodes that it has met, and other aliases that are nodes."""
        aliases = _nodes_elsewhere(self.alias)
        met = list(Peer.objects.using(self.alias).order_by("name"))
        known = {peer.node for peer in met} | {node}
        return [
            PeerStatus(
                name=aliases.get(peer.node, peer.name),
                node=peer.node,
                last_sync=peer.last_at,
                met=peer.met,
            )
            for peer in met
        ] + [
            PeerStatus(name=alias, node=other)
            for other, alias in aliases.items()
            if other not in known
        ]


def _nodes_elsewhere(alias: str) -> dict[str, str]:
    """Give the other aliases that are tracked, by node."""
    found: dict[str, str] = {}
    for other in connections.settings:
        if other == alias:
            continue
        try:
            with blamed(other):
                node = node_id(open_node(other))
        except SynclineError:
            continue  # One that cannot be reached does not keep us from telling.
        if node:
            found[node] = other
    return found


def _interrupted(ledger: Ledger) -> list[int]:
    """Give the runs that were interrupted, and not followed by one like them."""
    last: dict[str, Run] = {}
    for run in ledger.listed():
        if run.verb in RESUMABLE:
            last.setdefault(run.verb, run)
    return sorted(run.pk for run in last.values() if run.state == State.INTERRUPTED)


def _untracked(tracked: Tracked) -> TableStatus:
    return TableStatus(
        label=tracked.label,
        key=", ".join(tracked.key.fields),
        why=tracked.key.why,
        direction=tracked.direction,
        rows=0,
        state=NOT_YET,
    )
