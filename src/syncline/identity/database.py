"""One database as a node: its tracked tables, its records, its numbers of nodes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from syncline.changes.clock import Clock, wall_clock
from syncline.engines.base import Connection, Engine
from syncline.engines.lookup import connection_of, engine_of
from syncline.errors import NotTracked
from syncline.identity.bound import Bound
from syncline.identity.node import Nodes, Standing, standing
from syncline.identity.store import Store
from syncline.models import Receipt, TrackedTable
from syncline.registry import Declared, registry
from syncline.tables.binding import bind_table

MICROSECONDS = 1_000_000


@dataclass(kw_only=True)
class NodeDatabase:
    """A database that is tracked, seen through what the project declares."""

    connection: Connection
    engine: Engine
    declared: Declared
    clock: Clock = wall_clock
    _bound: dict[str, Bound] = field(default_factory=dict)

    @classmethod
    def open(
        cls, alias: str, *, declared: Declared | None = None, clock: Clock = wall_clock
    ) -> "NodeDatabase":
        """Look at the database of an alias."""
        connection = connection_of(alias)
        return cls(
            connection=connection,
            engine=engine_of(connection),
            declared=declared or registry.declared(),
            clock=clock,
        )

    @property
    def alias(self) -> str:
        """The database's name in settings."""
        return self.connection.alias

    @cached_property
    def store(self) -> Store:
        """The table of records."""
        return Store(connection=self.connection, engine=self.engine)

    @cached_property
    def rows(self) -> Mapping[str, TrackedTable]:
        """What was written down of each tracked table, by label; declared ones only."""
        found = {row.label: row for row in TrackedTable.objects.using(self.alias).all()}
        return {
            label: found[label] for label in self.declared.tracked if label in found
        }

    @cached_property
    def labels(self) -> Mapping[int, str]:
        """By number, the labels of the tables that are tracked here."""
        return {row.number: label for label, row in self.rows.items()}

    @cached_property
    def labels_lowered(self) -> Mapping[str, str]:
        """The tracked labels by how a content type spells them."""
        return {label.lower(): label for label in self.rows}

    def bound(self, label: str) -> Bound:
        """Give a tracked table, described when it is first asked for."""
        if label not in self._bound:
            row = self.rows[label]
            tracked = self.declared.tracked[label]
            self._bound[label] = Bound(
                tracked=tracked,
                table=bind_table(self.connection, self.engine, tracked.model),
                number=row.number,
                bits=row.bits,
                connection=self.connection,
                engine=self.engine,
            )
        return self._bound[label]

    def all_bound(self) -> Iterable[Bound]:
        """Give every tracked table, those first that others' keys lean on."""
        return [self.bound(label) for label in self.rows]

    def forget(self) -> None:
        """Look again at everything: tables or declarations have changed."""
        self._bound.clear()
        for name in ("rows", "labels", "labels_lowered", "nodes", "store"):
            self.__dict__.pop(name, None)

    @cached_property
    def nodes(self) -> Nodes:
        """The numbers that stand for nodes here."""
        return Nodes.read(self.alias)

    def standing(self) -> Standing | None:
        """Read this node's state; None if nothing is tracked here."""
        return standing(self.alias)

    def state(self) -> Standing:
        """Read this node's state.

        Raises:
            NotTracked: nothing is tracked here.
        """
        found = self.standing()
        if found is None:
            raise NotTracked(alias=self.alias)
        return found

    def receipts(self, transfer: str) -> int:
        """Count the changesets of a transfer that were applied here."""
        return Receipt.objects.using(self.alias).filter(transfer=transfer).count()

    def now(self) -> int:
        """Give the time in microseconds since 1970."""
        return int(self.clock().timestamp() * MICROSECONDS)
