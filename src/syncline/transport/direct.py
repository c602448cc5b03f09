"""The direct transport: the other node is a database of this project's settings."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from msgspec.structs import replace

from syncline.apply.applying import Applying
from syncline.apply.contact import First
from syncline.apply.quarantine import waiting_changesets
from syncline.apply.removing import Removing
from syncline.capture.digesting import Digesting
from syncline.capture.outgoing import Outgoing
from syncline.capture.sequencer import Sequencer
from syncline.capture.touching import Touching
from syncline.changes.digests import (
    Digest,
    Leaves,
    LeavesWanted,
    RowsSeen,
    RowsWanted,
    Scan,
    Touch,
)
from syncline.changes.messages import (
    PROTOCOL,
    Changeset,
    FieldHead,
    Hello,
    Known,
    Listed,
    ModelHead,
    Receipt,
    Removed,
    Want,
    knowledge_of,
    place_of,
    ranges_of,
)
from syncline.errors import DatabasePutBack
from syncline.identity.database import NodeDatabase
from syncline.identity.describing import described
from syncline.identity.listing import listed_records
from syncline.identity.meeting import known_records
from syncline.identity.node import Standing
from syncline.identity.renaming import Renaming
from syncline.models import Peer, Quarantined
from syncline.registry.terms import KeyKind
from syncline.tables.defaults import has_plain_default
from syncline.transport.base import Comparable

ANEW = "*"
"""Among the labels of a peer: all records of the models besides are asked for anew."""


@dataclass(kw_only=True)
class DatabaseEndpoint(Comparable):
    """A node whose database is at hand."""

    database: NodeDatabase
    models: tuple[str, ...] = ()
    """Labels to which transfers are narrowed; empty means all."""

    first: First = field(default_factory=First)
    run_id: int | None = None
    dry_run: bool = False
    detailed: bool = False
    """Are receipts to tell of each record?"""

    standing: Standing | None = field(default=None, init=False)
    """What the node was when it said hello, or a moment before."""

    peer: Peer | None = field(default=None, init=False)
    """What is known of the other node, once it was asked for."""

    def __post_init__(self) -> None:
        self.name = self.database.alias
        self.sequencer = Sequencer(database=self.database)

    def hello(self) -> Hello:
        """Say who this is.

        Raises:
            NotTracked: nothing is tracked here.
        """
        state = self.standing = self.standing or self.database.state()
        return Hello(
            protocol=PROTOCOL,
            node=state.node,
            genesis=state.genesis,
            clock=self.database.now(),
            models={
                label: model_head(self.database, label) for label in self.database.rows
            },
        )

    def has_met(self, node: str) -> bool:
        """Has a transfer from a node come to its end here?"""
        peers = Peer.objects.using(self.database.alias)
        self.peer = peers.filter(node=node).first()
        return self.peer is not None and self.peer.met

    def want(self, source: Hello, name: str) -> Want:
        """Say what this node has, and from where on it asks."""
        state = self.standing or self.database.state()
        peers = Peer.objects.using(self.database.alias)
        contact = {"name": name, "last_at": timezone.now()}
        if self.peer is None or self.peer.node != source.node:
            self.peer, _ = peers.update_or_create(node=source.node, defaults=contact)
        else:
            peers.filter(node=source.node).update(**contact)
        narrowed = self.peer.narrowed
        return Want(
            node=state.node,
            knows=ranges_of(state.knows),
            since=max(self.peer.seq_in, narrowed.get(place_of(self.models), 0)),
            models=self.models,
            tracked=tuple(self.database.rows),
            anew=self._anew(self.peer),
        )

    def _anew(self, peer: Peer) -> tuple[str, ...]:
        """Give the models of which a peer's records are all wanted, known or not."""
        return tuple(
            label
            for label, row in self.database.rows.items()
            if (row.late or ANEW in peer.labels)
            and label not in peer.labels
            and (not self.models or label in self.models)
        )

    def changesets(self, want: Want, transfer: str) -> Iterator[Changeset]:
        """Give what a target lacks, read at one moment a changeset.

        Raises:
            DatabasePutBack: the target knows more of this node than it does itself.
        """
        self._check_counted(want)
        if self._nothing_new(want):
            return
        outgoing = Outgoing(
            database=self.database,
            want=want,
            transfer=transfer,
            sequencer=self.sequencer,
        )
        yield from outgoing.changesets()

    def _check_counted(self, want: Want) -> None:
        knows = knowledge_of(want.knows)
        try:
            (self.standing or self.database.state()).check_counted(knows, want.node)
        except DatabasePutBack:
            # Another process may have numbered since this one said hello.
            self.database.state().check_counted(knows, want.node)

    def _nothing_new(self, want: Want) -> bool:
        """Has the target all that there is? Seen without a look at any record."""
        if not want.since or want.anew or self.sequencer.run():
            return False
        # What it was at hello is enough: since then it can only have grown.
        state = self.standing or self.database.state()
        had = knowledge_of(want.knows)
        return (
            state.seq == want.since
            # Of a few models nobody learns more than their records.
            and (bool(want.models) or had.covers(state.knows))
            and not Quarantined.objects.using(self.database.alias).exists()
        )

    def apply(self, changeset: Changeset) -> Receipt:
        """Take a changeset in."""
        return self._applying().apply(changeset)

    def settle(self, transfer: str) -> Receipt:
        """Try again what waits, until it gets no further; say what then waits."""
        done = Receipt(transfer=transfer, number=0)
        rows = Quarantined.objects.using(self.database.alias)
        if not rows.exists():
            return done
        moved = not self.dry_run
        while moved:
            moved = False
            for changeset, waiting in waiting_changesets(self.database.alias):
                receipt = self._applying().retry(changeset, waiting)
                moved |= sum(receipt.set_aside.values()) < len(waiting)
                done = added(done, receipt)
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

    def listed(self, label: str, asking: str) -> Iterator[Sequence[Listed]]:
        """Give all records of a model in batches, as far as a node asks."""
        self.sequencer.run()
        return listed_records(self.database, label, asking)

    def remove(self, uids: Sequence[bytes], transfer: str, number: int) -> Removed:
        """Delete records that are as they were adopted, and nothing points at."""
        removing = Removing(
            database=self.database,
            sequencer=self.sequencer,
            run_id=self.run_id,
            dry_run=self.dry_run,
            detailed=self.detailed,
        )
        return removing.remove(uids, transfer, number)

    def has_met_others(self, node: str) -> bool:
        """Has any other node than this one had records from here?"""
        peers = Peer.objects.using(self.database.alias).exclude(node=node)
        return peers.filter(met=True).exists()

    def rename(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        """Give records other uids: those by which a peer knows them."""
        with self.database.engine.capture.sequencing(self.database.connection):
            genesis = self.database.state().genesis
            Renaming(database=self.database, genesis=genesis).rename(pairs)

    def digest(self, scan: Scan) -> Iterator[Digest]:
        """Sum up a model in one scan; the last answer has the sums."""
        return self._digesting().digest(scan)

    def leaves(self, want: LeavesWanted) -> Leaves:
        """Give the records of some buckets, each hashed."""
        return self._digesting().leaves(want)

    def rows(self, want: RowsWanted) -> RowsSeen:
        """Show some records as they are, with what this node knows."""
        return self._digesting().rows(want)

    def touch(self, touch: Touch) -> set[bytes]:
        """Give values new versions, so that they travel; give the records touched."""
        touching = Touching(database=self.database, sequencer=self.sequencer)
        return touching.touch(touch)

    def _digesting(self) -> Digesting:
        return Digesting(database=self.database, sequencer=self.sequencer)

    def _applying(self) -> Applying:
        return Applying(
            database=self.database,
            sequencer=self.sequencer,
            first=self.first,
            run_id=self.run_id,
            dry_run=self.dry_run,
            detailed=self.detailed,
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
        held=total("held"),
        details=one.details + other.details,
    )


def model_head(database: NodeDatabase, label: str) -> ModelHead:
    """Say of a model what a peer needs to know."""
    tracked = database.declared.tracked[label]
    with_default = {
        field.name
        for field in tracked.model._meta.local_concrete_fields
        if has_plain_default(field) and field.name not in tracked.references
    }
    return ModelHead(
        contract=tracked.contract,
        terms=dict(tracked.contract_text),
        fields={
            name: FieldHead(
                kind=one.kind,
                null=one.null,
                fills=one.null or name in with_default,
            )
            for name, one in described(database, label).items()
        },
        keyed=tracked.key.kind is not KeyKind.NONE,
        direction=tracked.direction,
    )
