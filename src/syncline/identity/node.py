"""This node: its name, what it has counted, and what it knows."""

import uuid
from dataclasses import dataclass, field

from django.db import connections

from syncline.changes.dots import Dot, DotSet
from syncline.changes.knowledge import Knowledge
from syncline.changes.messages import Ranges, decode, encode, knowledge_of, ranges_of
from syncline.conflict.versions import Version
from syncline.errors import DatabasePutBack
from syncline.models import Node, State


@dataclass(kw_only=True)
class Standing:
    """A node's state, as of one transaction."""

    alias: str
    node: str
    genesis: str
    counter: int
    seq: int
    knowledge: Knowledge
    """Of other nodes' changes; its own are all known but those that were undone."""

    def mint(self, clock: int) -> Version:
        """Make a version of this node."""
        self.counter += 1
        return Version(clock, Dot(self.node, self.counter))

    def next_seq(self) -> int:
        """Give the next position in this node's order."""
        self.seq += 1
        return self.seq

    @property
    def knows(self) -> Knowledge:
        """All that it knows, its own changes included."""
        own = DotSet.until({self.node: self.counter}) - self.knowledge.held
        return Knowledge(
            known=self.knowledge.known | own,
            held=self.knowledge.held,
            refused=self.knowledge.refused,
        )

    def check_counted(self, knows: Knowledge, peer: str) -> None:
        """Check that nobody knows more changes of this node than it has counted.

        Args:
            knows: what another node has.
            peer: its id, or name.

        Raises:
            DatabasePutBack: this node has forgotten some of its changes.
        """
        ranges = knows.had.ranges.get(self.node)
        if ranges and ranges[-1][1] > self.counter:
            known = ranges[-1][1]
            raise DatabasePutBack(
                node=self.node, known=known, counter=self.counter, peer=peer
            )

    def save(self) -> None:
        """Write it down; in the transaction that it stands for."""
        State.objects.using(self.alias).filter(pk=1).update(
            node=self.node,
            counter=self.counter,
            seq=self.seq,
            knowledge=encode(ranges_of(self.knowledge)),
        )


def new_name() -> str:
    """Make the id of a node that never was."""
    return uuid.uuid4().hex


def standing(alias: str) -> Standing | None:
    """Read this node's state; None if nothing is tracked here."""
    state = State.objects.using(alias).filter(pk=1).first()
    if state is None:
        return None
    ranges = decode(bytes(state.knowledge), Ranges) if state.knowledge else Ranges()
    return Standing(
        alias=alias,
        node=state.node,
        genesis=state.genesis,
        counter=state.counter,
        seq=state.seq,
        knowledge=knowledge_of(ranges),
    )


def is_tracked(alias: str) -> bool:
    """Is a database a node? Asks it as little as can be."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    return State._meta.db_table in tables and standing(alias) is not None


def found(alias: str) -> None:
    """Make this database a node."""
    State.objects.using(alias).create(pk=1, node=new_name(), genesis=new_name())


@dataclass(kw_only=True)
class Nodes:
    """The numbers that stand for nodes in one database's tables."""

    alias: str
    names: dict[int, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, alias: str) -> "Nodes":
        """Read all numbers that were given."""
        nodes = cls(alias=alias)
        for number, name in Node.objects.using(alias).values_list("number", "name"):
            nodes._add(number, name)
        return nodes

    def number(self, name: str) -> int:
        """Give the number of a node; a new one to a node that is new here."""
        if name not in self.numbers:
            node = Node.objects.using(self.alias).create(name=name)
            self._add(node.number, name)
        return self.numbers[name]

    def _add(self, number: int, name: str) -> None:
        self.names[number] = name
        self.numbers[name] = number
