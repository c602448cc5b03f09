"""Databases as nodes: tracked, written to, and brought in step."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from syncline.apply.contact import Contact
from syncline.capture.tracking import install, track
from syncline.identity.database import NodeDatabase
from syncline.models import Journal
from syncline.progress import Task
from syncline.registry import Declared, registry
from syncline.transfer.syncing import TransferReport, transfer
from syncline.transport.direct import DatabaseEndpoint


@dataclass
class Node:
    """One tracked database of a test."""

    alias: str
    labels: tuple[str, ...] = ()
    """The models that it tracks; none means all that are declared."""

    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """By label, what its declaration says otherwise here."""

    database: NodeDatabase = field(init=False)

    def __post_init__(self) -> None:
        self.database = self.open()

    def open(self) -> NodeDatabase:
        return NodeDatabase.open(self.alias, declared=self.declared())

    def declared(self) -> Declared:
        tracked = registry.declared().tracked
        wanted = self.labels or tuple(tracked)
        return Declared(
            tracked={
                name: replace(tracked[name], **self.rules.get(name, {}))
                for name in wanted
            }
        )

    def track(self) -> None:
        Task(track(self.database)).run()

    def untrack(self) -> None:
        tables = [bound.table.description.table for bound in self.database.all_bound()]
        self.database.engine.capture.remove(self.database.connection, tables)

    def reinstall(self) -> None:
        install(self.database)

    def stamp(self, at: int) -> None:
        """Let what was written since the last transfer have happened at a time."""
        Journal.objects.using(self.alias).update(at=at)

    def endpoint(self, **options) -> DatabaseEndpoint:
        return DatabaseEndpoint(database=self.open(), **options)

    def pull(
        self, source: "Node", contact: Contact | None = None, **options
    ) -> TransferReport:
        ends = source.endpoint(), self.endpoint(**options)
        return Task(transfer(*ends, contact)).run()

    def sync(self, other: "Node", **options) -> tuple[TransferReport, TransferReport]:
        return self.pull(other, **options), other.pull(self, **options)
