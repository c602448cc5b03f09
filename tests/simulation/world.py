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
from tests.simulation.edits import Edits
from tests.simulation.hooks import Crash, Hooks
from tests.simulation.node import Node
from tests.simulation.observer import Observer, writes

SKEW_MAX = 300_000
"""Microseconds."""

STEP_MAX = 100_000
PAGES = (1, 2, 3, 5, 2_000)
ROUNDS_MAX = 8
BEGUN = 0.7
"""How often nodes begin with something on all."""

ALONE = 0.7
"""How often nobody writes between two steps."""

EDITS_MAX = 4
"""How often a user looks for something to do."""

KEPT_MAX = 40
"""Changesets that may come late, or once more."""


INDEPENDENT = Contact(independent=True)


class NetworkFailed(Exception):
    """A changeset has not arrived."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What may happen in a history."""

    steps: int = 20
    clashes: bool = False
    """May two records want one unique value?"""

    network: bool = False
    """May changesets be cut off, late, doubled and in another order?"""

    crashes: bool = False
    others: bool = False
    """Do users write between any two steps, on engines where they can?"""

    small_pages: bool = False


@dataclass(kw_only=True)
class World:
    """Some nodes, changesets under way, and one random source."""

    random: Random
    plan: Plan
    aliases: tuple[str, ...]
    hooks: Hooks
    time: int = 10_000_000
    transfers: int = 0
    observer: Observer = field(default_factory=Observer)
    nodes: list[Node] = field(init=False)
    edits: Edits = field(init=False)
    target: Node | None = None
    """Where a changeset is being applied."""

    sent: list[tuple[Node, Changeset]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.edits = Edits(random=self.random)
        self.hooks.between = self.between
        self.nodes = [
            Node(
                alias=alias,
                number=number,
                time=lambda: self.time,
                skew=self.random.randint(-SKEW_MAX, SKEW_MAX),
            )
            for number, alias in enumerate(self.aliases, start=1)
        ]

    def step(self) -> None:
        """Let one thing happen."""
        self.time += self.random.randint(1, STEP_MAX)
        node = self.random.choice(self.nodes)
        kinds = {self.edit: 8, self.sync: 3}
        if self.plan.network:
            kinds |= {self.cut: 2, self.late: 2, self.hold_back: 1}
        if self.plan.crashes:
            kinds |= {self.crash: 2}
        self.random.choices(list(kinds), list(kinds.values()))[0](node)

    def edit(self, node: Node) -> None:
        """Let a user write."""
        for _ in range(EDITS_MAX):
            name, edit = self.edits.draw(clashes=self.plan.clashes)
            before = node.contents.rows
            node.write(edit)
            if node.contents.rows != before:
                self.observer.saw(before, node.contents.rows)
                self.log.append(f"{node.alias}: {name}")
                return

    def begin(self) -> None:
        """Let there be something on all nodes, mostly."""
        first, *others = self.nodes
        if self.random.random() < BEGUN:
            for _ in range(self.random.choice((4, 12))):
                self.edit(first)
            for other in others:
                self.transfer(first, other)

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

    def transfer(self, source: Node, target: Node, cut: int | None = None) -> int:
        """Make a transfer; give how much it has moved.

        Args:
            source: who sends.
            target: who takes.
            cut: after how many changesets the network fails; None for never.
        """
        name = f"{source.alias} → {target.alias}"
        self.target = target if self.plan.others else None
        end = Wire(database=target.database, world=self, node=target, left=cut)
        try:
            here = DatabaseEndpoint(database=source.database)
            report = Task(transfer(here, end, INDEPENDENT)).run()
        except NetworkFailed:
            self.log.append(f"{name}: cut off after {cut}")
            return 0
        finally:
            self.target = None
            target.contents.forget()
        self.observer.saw_versions(target.contents)
        self.log.append(f"{name}: {end.changes} changes, {report.written} rows")
        return end.changes + report.written

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
        self.log.append(f"{node.alias}: somebody writes at {point}")

    def cut(self, node: Node) -> None:
        """Let a transfer end too early."""
        self.transfer(self.other(node), node, cut=self.random.randrange(3))

    def hold_back(self, node: Node) -> None:
        """Let a whole transfer be under way, to arrive later and in any order."""
        source = self.other(node)
        here = DatabaseEndpoint(database=source.database)
        end = DatabaseEndpoint(database=node.database)
        self.transfers += 1
        want = end.want(here.hello(), source.alias)
        some = [*here.changesets(want, f"late{self.transfers}")]
        self.sent += [(node, changeset) for changeset in some]
        self.log.append(f"{source.alias} → {node.alias}: {len(some)} are late")

    def late(self, node: Node) -> None:
        """Let something arrive late, or once more."""
        if not self.sent:
            return
        for _ in range(self.random.choice((1, 3))):
            self.arrive(*self.random.choice(self.sent))

    def arrive(self, target: Node, changeset: Changeset) -> None:
        """Let a changeset arrive that may be old."""
        name = f"{changeset.transfer}/{changeset.number}"
        self.log.append(f"→ {target.alias}: {name} late or again")
        try:
            DatabaseEndpoint(database=target.database).apply(changeset)
            target.contents.forget()
        except ChangesetRefused:
            self.log[-1] += ", refused"

    def crash(self, node: Node) -> None:
        """Let a transfer crash at some point."""
        source = self.other(node)
        self.hooks.crash_after = self.random.randrange(6)
        try:
            self.transfer(source, node)
        except Crash as error:
            self.log.append(f"{source.alias} → {node.alias}: crash at {error}")
            source.reopen()
            node.reopen()
        finally:
            self.hooks.crash_after = None

    def heal(self) -> None:
        """Bring all nodes in step, now that everything works."""
        self.log.append("heal")
        self.hooks.between = None
        self.time += SKEW_MAX
        chain = list(zip(self.nodes, self.nodes[1:], strict=False))
        for source, target in [*chain, *((b, a) for a, b in reversed(chain))]:
            self.transfer(source, target)
        ring = list(zip(self.nodes, [*self.nodes[1:], self.nodes[0]], strict=True))
        ways = [*ring, *((b, a) for a, b in ring)]
        for _ in range(ROUNDS_MAX):
            if not sum(self.transfer(source, target) for source, target in ways):
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
