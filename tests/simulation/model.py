"""Nodes without databases: the merge rule and the knowledge alone, in random histories.

Every node's clock is wrong in its own way. Changesets are cut off, doubled, delayed and
put into another order; records are deleted and made again; changes cannot be applied
and wait in quarantine. The model sees all, and so can say what the nodes cannot: which
write had seen which.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - here it is passed in, and seeded

from syncline.changes.dots import Dot, DotSet
from syncline.changes.knowledge import Knowledge
from syncline.conflict.merge import Contract, Seen, merge
from syncline.conflict.versions import Record, Siblings, Version, Versioned

FIELDS = ("title", "price")
RECORDS, RECORDS_CROWDED = 3, 1
VALUES = 9
"""So few values that equal ones are written at the same time, too."""

SKEW_MAX = 300

Part = tuple[str, Record, DotSet]
"""A record, and what was known of it where it was read."""

Place = tuple[str, str]
"""A record and one of its fields."""


@dataclass(kw_only=True)
class Truth:
    """What an observer of all nodes knows about every write."""

    values: dict[tuple[Place, Dot], object] = field(default_factory=dict)
    past: dict[tuple[Place, Dot], frozenset[Dot]] = field(default_factory=dict)
    """By place and dot: the dots that the write had seen there."""

    lost: set[tuple[Place, object]] = field(default_factory=set)
    """Values that are in a conflict record."""

    equal: dict[tuple[Place, Dot], set[Dot]] = field(default_factory=dict)
    """By place and dot: other dots that came to stand for the same value."""

    minted: set[Dot] = field(default_factory=set)
    """Versions that merges made; nobody typed them."""

    def wrote(self, place: Place, one: Versioned, replaced: Siblings) -> None:
        """Remember a write, and all that it had seen in its place."""
        self.saw(place, one)
        seen: set[Dot] = set()
        for old in replaced:
            seen |= {old.version.dot} | self.past.get((place, old.version.dot), set())
        key = place, one.version.dot
        self.past[key] = self.past.get(key, frozenset()) | frozenset(seen)

    def saw(self, place: Place, one: Versioned) -> None:
        """One dot, one value, wherever it is met (invariant 4)."""
        known = self.values.setdefault((place, one.version.dot), one.value)
        assert known == one.value, f"{place} {one.version.dot}: {known} and {one.value}"

    def conflicted(self, place: Place, losers: Siblings, kept: Siblings) -> None:
        """A conflict is one only if nobody had seen what loses."""
        for loser in losers:
            self.lost.add((place, loser.value))
            for one in kept:
                past = self.past.get((place, one.version.dot), frozenset())
                assert (
                    one.version.dot in self.minted or loser.version.dot not in past
                ), f"{place}: {loser} was replaced by {one}, and made a conflict"


@dataclass(frozen=True, kw_only=True)
class Chunk:
    """One message of a transfer: one record, or none where there is nothing to send."""

    part: Part | None
    """The record, and what was known of it where it was read."""

    base: Knowledge
    end: Knowledge
    number: int
    count: int
    name: str
    """Which transfer it is of."""


@dataclass(kw_only=True)
class Node:
    """One node: its records, and what it knows."""

    name: str
    truth: Truth
    contract: Contract
    now: Callable[[], int]
    skew: int
    counter: int = 0
    knowledge: Knowledge = field(default_factory=Knowledge)
    records: dict[str, Record] = field(default_factory=dict)
    contexts: dict[str, DotSet] = field(default_factory=dict)
    """By record: what its sender knew, of transfers that have not come to their end."""

    frozen: dict[str, DotSet] = field(default_factory=dict)
    """By record in quarantine: what was known before. A transfer's end says that what
    is in quarantine, and all that it replaced, is known; of this record it is not."""

    quarantine: list[tuple[str, Record, DotSet]] = field(default_factory=list)
    arrived: dict[str, set[int]] = field(default_factory=dict)

    def mint(self, after: int) -> Version:
        """Make a version: the counter identifies it, the clock may be wrong."""
        self.counter += 1
        dot = Dot(self.name, self.counter)
        self.knowledge = self.knowledge.numbered(dot)
        return Version(max(self.now() + self.skew, after + 1), dot)

    def known_of(self, uid: str) -> DotSet:
        """Give what is known of one record."""
        known = self.frozen.get(uid, self.knowledge.known)
        own = DotSet.until({self.name: self.counter})
        return known | self.contexts.get(uid, DotSet()) | own

    def write(self, uid: str, name: str, value: object) -> None:
        """Set a field as a user does, who sees what the row shows."""
        record = self.records.get(uid)
        if record is None or not record.alive:
            self.create(uid, dict.fromkeys(FIELDS, value))
            return
        old = record.fields[name]
        new = Versioned(value, self.mint(max(one.version.clock for one in old)))
        self.truth.wrote((uid, name), new, old)
        self.records[uid] = Record(
            life=record.life, fields={**record.fields, name: (new,)}
        )

    def create(self, uid: str, values: dict[str, object]) -> None:
        """Make a record, or make it again after it was deleted."""
        record = self.records.get(uid)
        length = 1 if record is None else record.length + 1
        old = [] if record is None else record.versions()
        version = self.mint(max((one.clock for one in old), default=0))
        fields = {name: (Versioned(value, version),) for name, value in values.items()}
        for name, (one,) in fields.items():
            self.truth.wrote((uid, name), one, ())
        self.records[uid] = Record(life=(Versioned(length, version),), fields=fields)

    def delete(self, uid: str) -> None:
        """Delete a record, having seen all that is in it."""
        record = self.records.get(uid)
        if record is None or not record.alive:
            return
        clock = max(version.clock for version in record.versions())
        life = (Versioned(record.length + 1, self.mint(clock)),)
        for name, siblings in record.fields.items():
            for one in siblings:
                self.truth.lost.add(((uid, name), one.value))  # Seen, and wanted gone.
        self.records[uid] = Record(life=life, fields={})

    def chunks(self, base: Knowledge, name: str) -> list[Chunk]:
        """Give what a peer lacks that has told us what it knows."""
        lacking = [
            (uid, record, self.known_of(uid))
            for uid, record in self.records.items()
            if any(not base.has(version.dot) for version in record.versions())
        ]
        # What is only stored here is served on, with what its sender knew.
        parts: list[Part | None] = [*lacking, *self.quarantine]
        return [
            Chunk(
                part=part,
                base=base,
                end=self.knowledge,
                number=number,
                count=len(parts) or 1,
                name=name,
            )
            for number, part in enumerate(parts or [None])
        ]

    def take(self, chunk: Chunk, *, fails: bool = False) -> None:
        """Apply a chunk; the last one to arrive brings the sender's knowledge along."""
        if chunk.part is not None and fails:
            self.set_aside(*chunk.part)
        elif chunk.part is not None:
            self.merge(*chunk.part)
        arrived = self.arrived.setdefault(chunk.name, set())
        arrived.add(chunk.number)
        whole = arrived == set(range(chunk.count))
        if whole and self.knowledge.covers(chunk.base):
            self.knowledge = self.knowledge.learned(chunk.end, held=self.knowledge.held)

    def set_aside(self, uid: str, record: Record, knows: DotSet) -> None:
        """Store a change that cannot be applied."""
        dots = DotSet.of(*(version.dot for version in record.versions()))
        held = dots - self.known_of(uid)
        if held:
            self.frozen.setdefault(uid, self.knowledge.known)
            self.quarantine.append((uid, record, knows))
            self.knowledge = self.knowledge.learned(Knowledge(), held=held)

    def merge(self, uid: str, theirs: Record, knows: DotSet) -> None:
        """Merge one record, and tell the observer."""
        mine = self.records.get(uid)
        before = self.counter
        merged = merge(
            mine,
            theirs,
            seen=Seen(mine=self.known_of(uid), theirs=knows),
            contract=self.contract,
            mint=self.mint,
        )
        self.contexts[uid] = self.contexts.get(uid, DotSet()) | knows
        minted = DotSet({self.name: [(before + 1, self.counter)]})
        for name, siblings in merged.record.fields.items():
            place = uid, name
            was = mine.fields.get(name, ()) if mine else ()
            for one in siblings:
                self.truth.saw(place, one)
                if one.version.dot in minted:
                    self.truth.minted.add(one.version.dot)
                    self.truth.wrote(place, one, (*was, *theirs.fields.get(name, ())))
            for gone in (*was, *theirs.fields.get(name, ())):
                for one in siblings:
                    if one.value == gone.value and one.version != gone.version:
                        same = self.truth.equal.setdefault(
                            (place, gone.version.dot), set()
                        )
                        same.add(one.version.dot)
        for name, losers in merged.lost.items():
            kept = merged.record.fields.get(name, ())
            self.truth.conflicted((uid, name), losers, kept)
        self.records[uid] = merged.record

    def retry(self) -> None:
        """Try again what is in quarantine."""
        waiting, self.quarantine = self.quarantine, []
        for uid, record, knows in waiting:
            self.merge(uid, record, knows)
            dots = DotSet.of(*(version.dot for version in record.versions()))
            self.knowledge = self.knowledge.merged(dots)
        self.frozen.clear()


@dataclass(kw_only=True)
class World:
    """Some nodes, their messages under way, and one random source."""

    random: Random
    contract: Contract
    size: int
    records: int
    time: int = 1_000_000
    transfers: int = 0
    truth: Truth = field(default_factory=Truth)
    nodes: list[Node] = field(init=False)
    under_way: list[tuple[Node, Chunk]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.nodes = [
            Node(
                name=f"n{number}",
                truth=self.truth,
                contract=self.contract,
                now=lambda: self.time,
                skew=self.random.randint(-SKEW_MAX, SKEW_MAX),
            )
            for number in range(self.size)
        ]

    def step(self) -> None:
        """Let one thing happen."""
        self.time += self.random.randint(0, 50)
        node = self.random.choice(self.nodes)
        uid = f"r{self.random.randrange(self.records)}"
        match self.random.choices(
            ("write", "delete", "send", "arrive", "retry"), (5, 1, 3, 5, 1)
        )[0]:
            case "write":
                name = self.random.choice(FIELDS)
                node.write(uid, name, self.random.randrange(VALUES))
            case "delete":
                node.delete(uid)
            case "send":
                self.send(node, self.random.choice(self.nodes))
            case "arrive" if self.under_way:
                self.arrive()
            case _:
                node.retry()

    def send(self, source: Node, target: Node) -> None:
        """Send what the target lacks; the network may lose, double and reorder it."""
        if source is target:
            return
        for chunk in source.chunks(target.knowledge, self.name()):
            for _ in range(self.random.choice((0, 1, 1, 1, 2))):
                self.under_way.append((target, chunk))

    def arrive(self) -> None:
        """Let one message arrive, whichever."""
        target, chunk = self.under_way.pop(self.random.randrange(len(self.under_way)))
        target.take(chunk, fails=self.random.random() < 0.15)

    def name(self) -> str:
        self.transfers += 1
        return f"t{self.transfers}"

    def heal(self) -> None:
        """Bring all nodes in step, now that everything works."""
        while self.under_way:
            self.arrive()
        for _ in range(2 * self.size):
            for node in self.nodes:
                node.retry()
            for source, target in self.ways():
                for chunk in source.chunks(target.knowledge, self.name()):
                    target.take(chunk)

    def ways(self) -> Iterator[tuple[Node, Node]]:
        """Every node to every other."""
        for source in self.nodes:
            for target in self.nodes:
                if source is not target:
                    yield source, target


def history(
    seed: int,
    *,
    contract: Contract | None = None,
    steps: int = 60,
    size: int = 4,
    crowded: bool = False,
) -> World:
    """Play a history to its end.

    Args:
        seed: tells one history from all others.
        contract: how conflicts are decided.
        steps: how many things happen before all is brought in step.
        size: how many nodes there are.
        crowded: does everybody write the same record?
    """
    world = World(
        random=Random(seed),
        contract=contract or Contract(),
        size=size,
        records=RECORDS_CROWDED if crowded else RECORDS,
    )
    for _ in range(steps):
        world.step()
    world.heal()
    return world


def check(world: World) -> None:
    """Check what must hold after every history (design: invariants 1, 2, 4, 7)."""
    first, *others = world.nodes
    for other in others:
        assert other.records == first.records, f"{first.name} and {other.name} differ"
    for source, target in world.ways():
        chunks = source.chunks(target.knowledge, world.name())
        assert [chunk.part for chunk in chunks] == [None], "nothing is sent twice"
    for (place, dot), value in world.truth.values.items():
        assert accounted(world, place, dot, value), f"{place} {dot} = {value} is lost"


def accounted(world: World, place: Place, dot: Dot, value: object) -> bool:
    """Is a write in the final state, replaced by who had seen it, or in a conflict?"""
    uid, name = place
    final = world.nodes[0].records[uid].fields.get(name, ())
    replaced = {
        old
        for (where, _), past in world.truth.past.items()
        if where == place
        for old in past
    }
    if (place, value) in world.truth.lost:
        return True
    safe = replaced | {one.version.dot for one in final}
    reached, ahead = {dot}, [dot]
    while ahead:
        following = world.truth.equal.get((place, ahead.pop()), set()) - reached
        reached |= following
        ahead += following
    return bool(reached & safe)
