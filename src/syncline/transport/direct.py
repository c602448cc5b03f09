"""The direct transport: the other node is a database of this project's settings."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from msgspec.structs import replace

from syncline.apply.applying import Applying
from syncline.apply.contact import First
from syncline.apply.quarantine import waiting_changesets
from syncline.capture.digesting import Digesting
from syncline.capture.outgoing import Outgoing
from syncline.capture.sequencer import Sequencer
from syncline.changes.digests import (
    Digest,
    Leaves,
    LeavesWanted,
    RowsSeen,
    RowsWanted,
    Scan,
)
from syncline.changes.messages import (
    PROTOCOL,
    Changeset,
    FieldHead,
    Hello,
    Known,
    ModelHead,
    Receipt,
    Want,
    ranges_of,
)
from syncline.identity.bound import Bound
from syncline.identity.database import NodeDatabase
from syncline.identity.meeting import known_records
from syncline.models import Peer, Quarantined
from syncline.registry.terms import KeyKind
from syncline.transport.base import Comparable


@dataclass(kw_only=True)
class DatabaseEndpoint(Comparable):
    """A node whose database is at hand."""

    database: NodeDatabase
    models: tuple[str, ...] = ()
    """Labels to which transfers are narrowed; empty means all."""

    first: First = field(default_factory=First)
    run_id: int | None = None
    dry_run: bool = False

    def __post_init__(self) -> None:
        self.name = self.database.alias
        self.sequencer = Sequencer(database=self.database)

    def hello(self) -> Hello:
        """Say who this is.

        Raises:
            NotTracked: nothing is tracked here.
        """
        state = self.database.state()
        return Hello(
            protocol=PROTOCOL,
            node=state.node,
            genesis=state.genesis,
            clock=self.database.now(),
            models={
                bound.label: model_head(bound) for bound in self.database.all_bound()
            },
        )

    def has_met(self, node: str) -> bool:
        """Has a transfer from a node come to its end here?"""
        peers = Peer.objects.using(self.database.alias)
        return peers.filter(node=node, met=True).exists()

    def want(self, source: Hello, name: str) -> Want:
        """Say what this node has, and from where on it asks."""
        state = self.database.state()
        peer, _ = Peer.objects.using(self.database.alias).update_or_create(
            node=source.node, defaults={"name": name, "last_at": timezone.now()}
        )
        return Want(
            node=state.node,
            knows=ranges_of(state.knows),
            since=peer.seq_in,
            models=self.models,
        )

    def changesets(self, want: Want, transfer: str) -> Iterator[Changeset]:
        """Give what a target lacks, read at one moment a changeset."""
        outgoing = Outgoing(
            database=self.database,
            want=want,
            transfer=transfer,
            sequencer=self.sequencer,
        )
        return outgoing.changesets()

    def apply(self, changeset: Changeset) -> Receipt:
        """Take a changeset in."""
        return self._applying().apply(changeset)

    def settle(self, transfer: str) -> Receipt:
        """Try again what waits, until it gets no further; say what then waits."""
        done = Receipt(transfer=transfer, number=0)
        moved = not self.dry_run
        while moved:
            moved = False
            for changeset, waiting in waiting_changesets(self.database.alias):
                receipt = self._applying().retry(changeset, waiting)
                moved |= sum(receipt.set_aside.values()) < len(waiting)
                done = added(done, receipt)
        rows = Quarantined.objects.using(self.database.alias)
        left = rows.filter(transfer=transfer).values_list("table_id", flat=True)
        labels = Counter(self.database.labels.get(number, "?") for number in left)
        return replace(done, set_aside=dict(labels))

    def filled(self, labels: Sequence[str]) -> set[str]:
        """Say which models have records here."""
        self.sequencer.run()
        store = self.database.store
        return {
            label
            for label in labels
            if label in self.database.rows
            and store.holds(self.database.rows[label].number)
        }

    def known(self, label: str) -> Iterator[Sequence[Known]]:
        """Give the records of a model in batches, with what their rows look like."""
        return known_records(self.database, label)

    def has_met_others(self, node: str) -> bool:
        """Has any other node than this one had records from here?"""
        peers = Peer.objects.using(self.database.alias).exclude(node=node)
        return peers.filter(met=True).exists()

    def rename(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        """Give records other uids: those by which a peer knows them."""
        with self.database.engine.capture.sequencing(self.database.connection):
            self.database.store.rename(pairs)

    def digest(self, scan: Scan) -> Iterator[Digest]:
        """Sum up a model in one scan; the last answer has the sums."""
        return self._digesting().digest(scan)

    def leaves(self, want: LeavesWanted) -> Leaves:
        """Give the records of some buckets, each hashed."""
        return self._digesting().leaves(want)

    def rows(self, want: RowsWanted) -> RowsSeen:
        """Show some records as they are, with what this node knows."""
        return self._digesting().rows(want)

    def _digesting(self) -> Digesting:
        return Digesting(database=self.database, sequencer=self.sequencer)

    def _applying(self) -> Applying:
        return Applying(
            database=self.database,
            sequencer=self.sequencer,
            first=self.first,
            run_id=self.run_id,
            dry_run=self.dry_run,
        )


def added(one: Receipt, other: Receipt) -> Receipt:
    """Add the counts of two receipts."""

    def total(name: str) -> dict[str, int]:
        return dict(Counter(getattr(one, name)) + Counter(getattr(other, name)))

    return replace(
        one,
        created=total("created"),
        updated=total("updated"),
        deleted=total("deleted"),
        conflicts=total("conflicts"),
    )


def model_head(bound: Bound) -> ModelHead:
    """Say of a model what a peer needs to know."""
    tracked = bound.tracked
    return ModelHead(
        contract=tracked.contract,
        terms=dict(tracked.contract_text),
        fields={
            described.name: FieldHead(
                kind=described.kind,
                null=described.null,
                fills=described.null or bound.table.field(described.name).has_default(),
            )
            for described in bound.described
        },
        keyed=tracked.key.kind is not KeyKind.NONE,
        direction=tracked.direction,
    )
