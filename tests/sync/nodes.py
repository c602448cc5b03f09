"""Databases as nodes: tracked, written to, and brought in step."""

from dataclasses import dataclass, field

from syncline.apply.contact import Contact
from syncline.capture.tracking import install, track
from syncline.identity.database import NodeDatabase
from syncline.models import Journal
from syncline.progress import Task
from syncline.transfer.syncing import TransferReport, transfer
from syncline.transport.direct import DatabaseEndpoint


@dataclass
class Node:
    """One tracked database of a test."""

    alias: str
    database: NodeDatabase = field(init=False)

    def __post_init__(self) -> None:
        self.database = NodeDatabase.open(self.alias)

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
        return DatabaseEndpoint(database=NodeDatabase.open(self.alias), **options)

    def pull(
        self, source: "Node", contact: Contact | None = None, **options
    ) -> TransferReport:
        ends = source.endpoint(), self.endpoint(**options)
        return Task(transfer(*ends, contact)).run()

    def sync(self, other: "Node", **options) -> tuple[TransferReport, TransferReport]:
        return self.pull(other, **options), other.pull(self, **options)
