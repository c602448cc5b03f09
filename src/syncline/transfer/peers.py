"""Pull, push and sync with a peer whose database is at hand."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Literal

from django.db import transaction

from syncline.apply.contact import Choice, Contact
from syncline.capture.guarding import guard
from syncline.capture.sequencer import Sequencer
from syncline.errors import NothingDeclared, SameDatabase, UnknownModel
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Standing
from syncline.progress import Progress
from syncline.runs.ledger import Ledger
from syncline.transfer.blaming import blamed_among
from syncline.transfer.choosing import choose_peer, labels_moving
from syncline.transfer.nodes import example_model, node_id, open_node
from syncline.transfer.recording import (
    RecordedEndpoint,
    Recorder,
    prune_if_due,
    recorded,
)
from syncline.transfer.reports import Mended, SyncReport
from syncline.transfer.syncing import TransferReport, transfer

Verb = Literal["pull", "push", "sync"]
PULL, PUSH = "pull", "push"
Steps = Generator[Progress, None, SyncReport]


@dataclass(frozen=True, kw_only=True)
class Call:
    """What a user has asked for."""

    verb: Verb
    peer: str = ""
    database: str = "default"
    models: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    contact: Contact = field(default_factory=Contact)
    dry_run: bool = False
    lazily: bool = False
    """Is only a run that moves something worth an entry in the ledger?"""

    @property
    def halves(self) -> tuple[str, ...]:
        """The transfers that it is made of, in order."""
        return (PULL, PUSH) if self.verb == "sync" else (self.verb,)

    def arguments(self, peer: str) -> dict[str, Any]:
        """Spell what it takes to call this again, as plain data."""
        return {
            "peer": peer,
            "models": list(self.models),
            "exclude": list(self.exclude),
            "contact": asdict(self.contact),
            "dry_run": self.dry_run,
        }


def call_of(  # noqa: PLR0913 - a keyword for each question
    verb: Verb,
    peer: str,
    *,
    database: str = "default",
    models: Sequence[str] = (),
    exclude: Sequence[str] = (),
    contact: Contact | None = None,
    dry_run: bool = False,
) -> Call:
    """Put together what a user has asked for."""
    return Call(
        verb=verb,
        peer=peer,
        database=database,
        models=tuple(models),
        exclude=tuple(exclude),
        contact=contact or Contact(),
        dry_run=dry_run,
    )


def exchange(call: Call) -> Steps:
    """Bring two nodes in step, in one direction or in both.

    Raises:
        NothingDeclared: no model is declared.
        UnknownAlias: there is no such peer.
        UnknownPeer: none is named, and there is not just one.
        SameDatabase: the peer is this very database.
        NotTracked: one of the two is not tracked.
        PeersDiffer: they do not agree on how records are merged.
        FirstContactOpen: they meet for the first time, and somebody has to say more.
        AbsentRefused: what the source lacks is not to be deleted so.
    """
    here = open_node(call.database)
    if not here.declared.tracked:
        raise NothingDeclared(example=example_model())
    moving = {
        half: labels_moving(here, half, models=call.models, exclude=call.exclude)
        for half in call.halves
    }
    there = open_node(choose_peer(call.peer, here))
    check_first(call.contact, here)
    with blamed_among(here.connection, there.connection):
        standing = refuse_same(here, there)
        report = yield from Exchange(
            call=call,
            here=here,
            there=there,
            moving=moving,
            node=standing.node,
            standing=standing,
        ).run()
        prune_if_due(here.alias)
    return report


@dataclass(kw_only=True)
class Exchange:
    """One exchange of two nodes."""

    call: Call
    here: NodeDatabase
    there: NodeDatabase
    moving: dict[str, tuple[str, ...] | None]
    """By transfer: the labels that it moves, empty for all; None if it moves none."""

    node: str
    """This node's id."""

    standing: Standing | None = None
    """What this node was a moment ago; None if it may have changed."""

    mended: tuple[Mended, ...] = field(default=(), init=False)

    def __post_init__(self) -> None:
        call, arguments = self.call, self.call.arguments(self.there.alias)
        self.own = Recorder(
            ledger=Ledger(alias=self.here.alias), verb=call.verb, arguments=arguments
        )
        self.guest = Recorder(
            ledger=Ledger(alias=self.there.alias),
            verb=call.verb,
            arguments={},
            begun_by=self.node,
        )

    def run(self) -> Steps:
        """Do it, and write it down."""
        done: dict[str, TransferReport] = {}
        if not self.call.lazily:
            self.own.begin()
        connections = self.here.connection, self.there.connection
        with recorded(self.guest, self.own), blamed_among(*connections):
            self._guard()
            with rehearsed(self.call, self.here, self.there):
                for half, labels in self.moving.items():
                    if labels is not None:
                        done[half] = yield from self._transfer(half, labels)
            if any(one.changesets for one in done.values()):
                self.own.begin()
            self.own.report = {half: one.document() for half, one in done.items()}
            self.guest.report = {
                half: one.document() for half, one in done.items() if half == PUSH
            }
        return SyncReport(
            database=self.here.alias,
            peer=self.there.alias,
            dry_run=self.call.dry_run,
            run=self.own.number,
            mended=self.mended,
            pulled=done.get(PULL),
            pushed=done.get(PUSH),
        )

    def _guard(self) -> None:
        if not self.call.dry_run:
            self.mended = guarded(self.here, self.there)
        if self.mended:
            self.standing = None

    def _transfer(
        self, half: str, labels: tuple[str, ...]
    ) -> Generator[Progress, None, TransferReport]:
        contact = self.call.contact
        if self.call.verb == "sync" and half == PUSH:
            contact = mirrored(contact)
        here = self._endpoint(self.here, self.own, labels, contact)
        here.standing, self.standing = self.standing, None
        there = self._endpoint(self.there, self.guest, labels, contact)
        source, target = (there, here) if half == PULL else (here, there)
        mutual = half == PULL and self.moving.get(PUSH) is not None
        return (yield from transfer(source, target, contact, mutual=mutual))

    def _endpoint(
        self,
        database: NodeDatabase,
        recorder: Recorder,
        labels: tuple[str, ...],
        contact: Contact,
    ) -> RecordedEndpoint:
        return RecordedEndpoint(
            database=database,
            models=labels,
            first=contact.first,
            detailed=self.call.dry_run,
            begin=recorder.begin,
        )


@contextmanager
def rehearsed(call: Call, *databases: NodeDatabase) -> Iterator[None]:
    """Take everything back at the end, if it is only to be told what would happen.

    A transaction for each of them is open all the time: the changesets of a transfer
    build on each other, and a push on the pull before it.
    """
    with ExitStack() as stack:
        if call.dry_run:
            for database in databases:
                stack.enter_context(transaction.atomic(using=database.alias))
        yield
        if call.dry_run:
            for database in databases:
                transaction.set_rollback(True, using=database.alias)
                database.forget()


def mirrored(contact: Contact) -> Contact:
    """Give what a person has said of a pull for the push that follows it."""
    sides = {Choice.SOURCE: Choice.TARGET, Choice.TARGET: Choice.SOURCE}
    choice = sides.get(contact.first.choice, contact.first.choice)
    first = replace(contact.first, choice=choice)
    # The peer is the one that has everything; it loses nothing.
    return replace(contact, first=first, absent_means_deleted=False)


def guarded(*databases: NodeDatabase) -> tuple[Mended, ...]:
    """Make triggers anew that are gone, and find what they have missed."""
    found = [(one.alias, guard(one, Sequencer(database=one))) for one in databases]
    return tuple(
        Mended(database=alias, models=tuple(one.reinstalled), found=one.found)
        for alias, one in found
        if one.reinstalled
    )


def refuse_same(here: NodeDatabase, there: NodeDatabase) -> Standing:
    """Check that two aliases are two databases, and give what this node is.

    Two nodes have two ids, so databases are asked only where these are one: of a
    database that has two aliases, or was copied.

    Raises:
        NotTracked: this one is no node.
        SameDatabase: they are one.
    """
    standing = here.state()
    if here.alias != there.alias and standing.node != node_id(there):
        return standing
    ours, theirs = (
        (one.engine.name, one.engine.identity(one.connection)) for one in (here, there)
    )
    if ours == theirs:
        raise SameDatabase(source=here.alias, target=there.alias)
    return standing


def check_first(contact: Contact, here: NodeDatabase) -> None:
    """Check that some model has the field that decides at first contact.

    Raises:
        UnknownModel: none has.
    """
    name = contact.first.part
    if contact.first.choice is not Choice.NEWEST:
        return
    parts = [part.name for one in here.declared.tracked.values() for part in one.parts]
    if name not in parts:
        raise UnknownModel(name=name, near=get_close_matches(name, set(parts)))
