"""The direct transport: the other node is a database of this project's settings."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.utils import timezone

from syncline.apply.applying import Applying
from syncline.apply.contact import First
from syncline.capture.outgoing import Outgoing
from syncline.capture.sequencer import Sequencer
from syncline.changes.messages import (
    PROTOCOL,
    Changeset,
    FieldHead,
    Hello,
    ModelHead,
    Receipt,
    Want,
    ranges_of,
)
from syncline.identity.bound import Bound
from syncline.identity.database import NodeDatabase
from syncline.models import Peer
from syncline.registry.terms import KeyKind
from syncline.transport.base import Endpoint


@dataclass(kw_only=True)
class DatabaseEndpoint(Endpoint):
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

    def hello(self, node: str) -> Hello:
        """Say who this is; the peer's id tells whether the two have met.

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
            met=Peer.objects.using(self.database.alias)
            .filter(node=node, seq_in__gt=0)
            .exists(),
        )

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
        applying = Applying(
            database=self.database,
            sequencer=self.sequencer,
            first=self.first,
            run_id=self.run_id,
            dry_run=self.dry_run,
        )
        return applying.apply(changeset)


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
