"""Random histories of nodes on real databases; `model.py` has the same without any."""

from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - here it is passed in, and seeded

from django.db import IntegrityError, OperationalError, transaction

from syncline.apply.contact import Contact
from syncline.changes.messages import Changeset, Receipt
from syncline.errors import ChangesetRefused
from syncline.progress import Task
from syncline.transfer.syncing import transfer
from syncline.transport.direct import DatabaseEndpoint
from tests.simulation.contents import Contents
from tests.simulation.edits import CLASHING, EDITS, Edits
from tests.simulation.hooks import Hooks
from tests.simulation.key_edits import FORCING, LOCAL, MOVING, REPLACING
from tests.simulation.node import TEMPLATE, Node
from tests.simulation.observer import Observer, writes
from tests.simulation.rules import Rules

SKEW_MAX = 300_000
"""Microseconds."""

STEP_MAX = 100_000
PAGES = (1, 2, 3, 5, 2_000)
ROUNDS_MAX = 8

ALONE = 0.7
"""How often nobody writes between two steps."""

EDITS_MAX = 4
"""How often a user looks for something to do."""

KEPT_MAX = 40
"""Changesets that may come late, or once more."""

NARROWED = ("stations.Station", "stations.Remark", "stations.Place", "stations.Harbour")
"""Models that some transfers are narrowed to."""


class NetworkFailed(Exception):
    """A changeset has not arrived."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What may happen in a history."""

    steps: int = 16
    clashes: bool = False
    """May two records want one unique value?"""

    network: bool = False
    """May changesets be cut off, late, doubled and in another order?"""

    crashes: bool = False
    others: bool = False
    """Do users write between any two steps, on engines where they can?"""

    small_pages: bool = False
    rules: bool = False
    """Do models have other rules than usual, and do people choose?"""

    yields: bool = False
    """Does one of two records give way where both want one unique value?"""

    undo: bool = False
    adopts: bool = False
    """Are there rows on all nodes before they are tracked?"""

    keys: bool = False
    """May primary keys be written, and rows be pushed out?"""

    triggers: bool = False
    """Do users' own triggers write?"""

    apart: bool = False
    """May a node lack a column?"""

    restores: bool = False
    """May a database be put back to what it was?"""


@dataclass(kw_only=True)
class World:
    """Some nodes, changesets under way, and one random source."""

    random: Random
    plan: Plan
    rules: Rules
    aliases: tuple[str, ...]
    hooks: Hooks
    time: int = 10_000_000
    transfers: int = 0
    observer: Observer = field(default_factory=Observer)
    nodes: list[Node] = field(init=False)
    edits: Edits = field(init=False)
    contact: Contact = field(default_factory=lambda: Contact(independent=True))
    """What a person says where two nodes meet."""

    target: Node | None = None
    """Where a changeset is being applied."""

    sent: list[tuple[Node, Changeset]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        weights = EDITS | LOCAL
        if self.plan.clashes:
            weights |= CLASHING
        if self.plan.keys:
            weights |= MOVING | REPLACING
            weights |= FORCING if self.plan.clashes else {}
        self.edits = Edits(random=self.random, weights=weights)
        self.hooks.between = self.between
        apart = self.random.choice(self.aliases) if self.plan.apart else ""
        self.nodes = [
            self.node(alias, number, lacks=alias == apart)
            for number, alias in enumerate(self.aliases, start=1)
        ]

    def node(self, alias: str, number: int, *, lacks: bool) -> Node:
        """Make a node, which may lack a column."""
        in_memory = alias.startswith(TEMPLATE)
        lacks = lacks and in_memory
        if lacks:
            self.edits.lacking.add(alias)
        return Node(
            alias=alias,
            number=number,
            time=lambda: self.time,
            skew=self.random.randint(-SKEW_MAX, SKEW_MAX),
            declared=self.rules.declared,
            tracked=not (self.plan.adopts and in_memory),
            lacks=frozenset({"reading"} if lacks else ()),
        )

    def say(self, text: str) -> None:
        """Write down what has happened."""
        self.log.append(text)

    def edit(self, node: Node) -> None:
        """Let a user write."""
        for _ in range(EDITS_MAX):
            name, edit = self.edits.draw()
            before = node.contents.rows
            node.write(edit)
            if node.contents.rows != before:
                self.observer.saw(before, node.contents.rows)
                if node.lacks:
                    self.observer.saw_gone(node.contents, before)
                self.say(f"{node.alias}: {name}")
                return

    def sync(self, node: Node) -> None:
        """Pull, push or both."""
        other = self.other(node)
        ways = self.random.choice(
            ([(node, other)], [(other, node)], [(node, other), (other, node)])
        )
        for source, target in ways:
            self.transfer(source, target)

    def other(self, node: Node) -> Node:
        return self.random.choice([one for one in self.nodes if one is not node])

    def transfer(
        self,
        source: Node,
        target: Node,
        *,
        cut: int | None = None,
        models: tuple[str, ...] = (),
    ) -> int:
        """Make a transfer; give how much it has moved.

        Args:
            source: who sends.
            target: who takes.
            cut: after how many changesets the network fails; None for never.
            models: what it is narrowed to; empty for all.
        """
        name = f"{source.alias} → {target.alias}"
        self.target = target if self.plan.others else None
        end = Wire(
            database=target.database,
            world=self,
            node=target,
            left=cut,
            models=models,
            first=self.contact.first,
            run_id=target.begin_run() if self.plan.undo else None,
        )
        own = target.contents.local()
        try:
            here = DatabaseEndpoint(database=source.database)
            report = Task(transfer(here, end, self.contact)).run()
        except NetworkFailed:
            self.say(f"{name}: cut off after {cut}")
            return 0
        finally:
            self.target = None
            target.contents.forget()
        if end.changes or report.written:
            self.look(target, own)
        only = f" of {models[0]}" if models else ""
        self.say(f"{name}: {end.changes} changes{only}, {report.written} rows")
        return end.changes + report.written

    def look(self, node: Node, own: dict[str, dict[str, object]]) -> None:
        """See what must hold after every transfer."""
        self.observer.saw_versions(node.contents)
        broken = node.contents.broken()
        assert not broken, f"{node.alias}: these point at nothing: {broken}"
        if self.plan.others:
            return
        for pk, row in node.contents.local().items():
            assert own.get(pk, row) == row or self.plan.keys, (
                f"{node.alias}: a transfer has changed {own[pk]} to {row}"
            )

    def between(self, point: str) -> None:
        """Let a user write while a changeset is applied."""
        node = self.target
        if node is None or node.user is None or self.random.random() < ALONE:
            return
        contents = Contents(alias=node.user)
        before = contents.rows
        try:
            with transaction.atomic(using=node.user):
                self.edits.draw_lonely()(node.user)
        except (IntegrityError, OperationalError):
            return  # The same row is being written, and not yet there to be seen.
        contents.forget()
        self.observer.saw(before, contents.rows)
        self.say(f"{node.alias}: somebody writes at {point}")

    def arrive(self, target: Node, changeset: Changeset) -> None:
        """Let a changeset arrive that may be old."""
        name = f"{changeset.transfer}/{changeset.number}"
        self.say(f"→ {target.alias}: {name} late or again")
        try:
            DatabaseEndpoint(database=target.database).apply(changeset)
            target.contents.forget()
        except ChangesetRefused:
            self.log[-1] += ", refused"

    def heal(self) -> None:
        """Bring all nodes in step, now that everything works."""
        self.say("heal")
        self.hooks.between = None
        self.time += SKEW_MAX
        chain = list(zip(self.nodes, self.nodes[1:], strict=False))
        for source, target in [*chain, *((b, a) for a, b in reversed(chain))]:
            self.transfer(source, target)
        numbers = range(len(self.nodes))
        ring = [(n, (n + 1) % len(self.nodes)) for n in numbers]
        ways = dict.fromkeys([*ring, *((b, a) for a, b in ring)])
        for _ in range(ROUNDS_MAX):
            if not sum(
                self.transfer(self.nodes[one], self.nodes[other]) for one, other in ways
            ):
                return
        message = "the nodes are never quiet"
        raise AssertionError(message)

    def final(self) -> set[tuple[str, str, object]]:
        """Give the writes that are in some row in the end."""
        return {
            write
            for node in self.nodes
            for label, rows in node.contents.rows.items()
            for row in rows.values()
            for write in writes(label, row)
        }


@dataclass(kw_only=True)
class Wire(DatabaseEndpoint):
    """A target whose changesets pass under the observer's eyes."""

    world: World
    node: Node
    left: int | None
    """How many changesets arrive before the network fails."""

    changes: int = 0

    def apply(self, changeset: Changeset) -> Receipt:
        if self.left is not None:
            if self.left == 0:
                raise NetworkFailed
            self.left -= 1
        world = self.world
        if len(world.sent) < KEPT_MAX and world.random.random() < 0.5:
            world.sent.append((self.node, changeset))
        self.changes += len(changeset.changes)
        return super().apply(changeset)
