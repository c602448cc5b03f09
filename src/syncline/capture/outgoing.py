"""Reads what a peer lacks: numbered first, then seen at one moment, chunk by chunk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from syncline.capture.sequencer import Sequencer
from syncline.changes.dots import Dot
from syncline.changes.knowledge import Knowledge
from syncline.changes.messages import (
    CHANGES_MAX,
    Change,
    Changeset,
    Mark,
    TableHead,
    Want,
    decode,
    knowledge_of,
    marks_in,
    ranges_of,
)
from syncline.identity.bound import Bound, Image, values_of
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Standing
from syncline.identity.references import References
from syncline.identity.stored import Stored, renumbered
from syncline.models import Journal, Quarantined

PAGE = 2_000
"""Records that are looked at for one changeset."""

TRIES_MAX = 5
"""How often a record that is written to all the time is tried again."""


@dataclass(kw_only=True)
class Outgoing:
    """One transfer's changesets, read from their source."""

    database: NodeDatabase
    want: Want
    transfer: str
    sequencer: Sequencer
    left: set[bytes] = field(default_factory=set)
    """Records with writes that had no number yet when they were read."""

    def changesets(self) -> Iterator[Changeset]:
        """Yield changesets; the last one says so, if nothing was left out."""
        seq, number, tries = self.want.since, 0, 0
        for held in self._held():
            number += 1
            yield replace(held, number=number)
        while True:
            self.sequencer.run()
            number += 1
            with self.database.engine.reading_view(self.database.connection):
                standing = self.database.state()
                page = self.database.store.since(seq, PAGE)
                again = self.database.store.by_uid(self.left).values()
                self.left = set()
                reading = Reading(outgoing=self, standing=standing)
                records = {one.uid: one for one in (*again, *page)}
                changes = reading.changes(list(records.values()))
                done = len(page) < PAGE
                tries += done
                seq = page[-1].seq if page else seq
                ended = done and (not self.left or tries >= TRIES_MAX)
                changeset = reading.changeset(
                    changes, number=number, seq=seq, last=ended and not self.left
                )
            yield changeset
            if ended:
                return

    def _held(self) -> Iterator[Changeset]:
        """Give what this node could only store, with what its senders knew."""
        had = self.base.had
        rows = Quarantined.objects.using(self.database.alias).order_by("id")
        for row in rows.iterator(chunk_size=PAGE):
            held = decode(bytes(row.change), Changeset)
            [change] = held.changes
            marks = marks_in(change.mark, change.extra)
            if any(Dot(held.nodes[n], counter) not in had for _, n, counter in marks):
                yield replace(held, transfer=self.transfer, base=self.want.knows)

    @property
    def base(self) -> Knowledge:
        """What the target has."""
        return knowledge_of(self.want.knows)


@dataclass(kw_only=True)
class Reading:
    """One moment of the source, from which a changeset is read."""

    outgoing: Outgoing
    standing: Standing

    def __post_init__(self) -> None:
        self.database = self.outgoing.database
        self.had = self.outgoing.base.had
        self.names = self.database.nodes.names
        self.heads: dict[int, int] = {}
        self.tables: list[TableHead] = []
        self.nodes: dict[int, int] = {}
        self.references = References(
            database=self.database, genesis=self.standing.genesis
        )
        rows = Journal.objects.using(self.database.alias)
        entries = rows.values_list("table_id", "pk_text", "old_pk")[:CHANGES_MAX]
        self.unnumbered = {(table, pk) for table, pk, _ in entries}
        self.unnumbered |= {(table, old) for table, _, old in entries if old}

    def changes(self, records: Sequence[Stored]) -> list[Change]:
        """Read the records that the target lacks."""
        found: list[Change] = []
        by_table: dict[int, list[Stored]] = {}
        for one in records:
            if one.table in self.database.labels and self._lacking(one):
                by_table.setdefault(one.table, []).append(one)
        for number, some in by_table.items():
            label = self.database.labels[number]
            if not self.outgoing.want.models or label in self.outgoing.want.models:
                found += self._of_table(self.database.bound(label), some)
        return found

    def _lacking(self, one: Stored) -> bool:
        return any(not self._had(mark) for mark in one.marks())

    def _had(self, mark: Mark) -> bool:
        _, node, counter = mark
        return Dot(self.names[node], counter) in self.had

    def _of_table(self, bound: Bound, records: Sequence[Stored]) -> Iterator[Change]:
        living = [one for one in records if one.pk is not None]
        images = bound.images_of([one.pk for one in living if one.pk is not None])
        ready: list[tuple[Stored, Image]] = []
        for one in living:
            image = images.get(one.pk or "")
            if image is None or self._moves(bound, one, image):
                self.outgoing.left.add(one.uid)
            else:
                ready.append((one, image))
        rows = self.references.outward(bound, [image for _, image in ready])
        for (one, _), row in zip(ready, rows, strict=True):
            yield self._change(bound, one, values_of(bound, row))
        for one in records:
            if one.pk is None:
                yield self._change(bound, one, None)

    def _moves(self, bound: Bound, one: Stored, image: Image) -> bool:
        """Was the row, or what it points at, written to and not numbered yet?"""
        if not self.unnumbered:
            return False
        if (bound.number, one.pk) in self.unnumbered:
            return True
        return any(
            (self.database.rows[label].number, image[place]) in self.unnumbered
            for place, label in bound.pointers.items()
        )

    def _change(
        self, bound: Bound, one: Stored, values: tuple[object, ...] | None
    ) -> Change:
        mark, extra = renumbered(one.mark, one.extra, self._node)
        return Change(
            table=self._head(bound),
            uid=one.uid,
            life=one.life,
            mark=mark,
            values=values,
            extra=extra,
        )

    def _head(self, bound: Bound) -> int:
        if bound.number not in self.heads:
            self.heads[bound.number] = len(self.tables)
            names = tuple(part.name for part in bound.parts)
            self.tables.append(TableHead(label=bound.label, parts=names))
        return self.heads[bound.number]

    def _node(self, number: int) -> int:
        return self.nodes.setdefault(number, len(self.nodes))

    def changeset(
        self, changes: Sequence[Change], *, number: int, seq: int, last: bool
    ) -> Changeset:
        """Put a changeset together."""
        want = self.outgoing.want
        return Changeset(
            transfer=self.outgoing.transfer,
            number=number,
            source=self.standing.node,
            nodes=tuple(self.names[number] for number in self.nodes),
            tables=tuple(self.tables),
            changes=tuple(changes),
            base=want.knows,
            knows=ranges_of(self.standing.knows),
            last=last,
            whole=not want.models,
            seq=seq,
        )
