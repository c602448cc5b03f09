"""Reads what a peer lacks: numbered first, then seen at one moment, chunk by chunk."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar

from django.db.models import Model, QuerySet
from msgspec.structs import replace

from syncline.capture.sequencer import UNVERSIONED, Sequencer
from syncline.changes.dots import Dot, DotSet
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
from syncline.identity.knowing import RecordKnowledge
from syncline.identity.node import Nodes, Standing
from syncline.identity.references import References
from syncline.identity.stored import Stored, renumbered
from syncline.models import Journal, Peer, Quarantined

Row = TypeVar("Row", bound=Model)

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

    behind: DotSet = field(default_factory=DotSet)
    """Versions that records have which stay here by the rule of a reference."""

    def changesets(self) -> Iterator[Changeset]:
        """Yield changesets; the last one says so, if nothing was left out."""
        seq, number, tries = self.want.since, 0, 0
        for earlier in chain(self._held(), self._anew()):
            number += 1
            yield replace(earlier, number=number)
        while True:
            self.sequencer.run()
            moment = self._moment(seq)
            tries += moment.done
            ended = moment.done and (not self.left or tries >= TRIES_MAX)
            for changeset in moment.changesets:
                number += 1
                last = ended and not self.left and changeset is moment.changesets[-1]
                self._note(changeset)
                yield replace(changeset, number=number, last=last)
            seq = moment.changesets[-1].seq
            if ended:
                return

    def _moment(self, seq: int) -> "Moment":
        """Read the next records, all at one moment."""
        with self.database.engine.reading_view(self.database.connection):
            reading = Reading(outgoing=self, standing=self.database.state())
            page = self.database.store.since(seq, PAGE)
            again = self.database.store.by_uid(self.left).values()
            self.left = set()
            records = {one.uid: one for one in (*again, *page)}
            return Moment(
                changesets=reading.changesets(
                    list(records.values()), page[-1].seq if page else seq
                ),
                done=len(page) < PAGE,
            )

    def _note(self, changeset: Changeset) -> None:
        """Remember up to where the peer may have this node's records."""
        if changeset.changes:
            peers = Peer.objects.using(self.database.alias)
            peers.update_or_create(
                node=self.want.node,
                defaults={"seq_out": changeset.seq},
                create_defaults={"seq_out": changeset.seq, "name": self.want.node},
            )

    def _held(self) -> Iterator[Changeset]:
        """Give what this node could only store, with what its senders knew."""
        had = self.base.had
        rows = Quarantined.objects.using(self.database.alias).order_by("id")
        for row in in_pages(rows, PAGE):
            held = decode(bytes(row.change), Changeset)
            [change] = held.changes
            marks = marks_in(change.mark, change.extra)
            if any(Dot(held.nodes[n], counter) not in had for _, n, counter in marks):
                yield replace(held, transfer=self.transfer, base=self.want.knows)

    def _anew(self) -> Iterator[Changeset]:
        """Give all records of models that the target asks for anew."""
        if self.want.anew:
            self.sequencer.run()
        for label in self.want.anew:
            row = self.database.rows.get(label)
            for pks in (
                [] if row is None else self.database.store.all_of(row.number, PAGE)
            ):
                with self.database.engine.reading_view(self.database.connection):
                    reading = Reading(outgoing=self, standing=self.database.state())
                    records = self.database.store.by_uid(pks)
                    found = reading.changesets(
                        list(records.values()), self.want.since, anew=True
                    )
                yield from found

    @property
    def base(self) -> Knowledge:
        """What the target has."""
        return knowledge_of(self.want.knows)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """What was read at one moment."""

    changesets: list[Changeset]
    """One at least; the last one holds all records but a few special ones."""

    done: bool
    """Was it the end of this node's order?"""


@dataclass(kw_only=True)
class Reading:
    """One moment of the source, from which changesets are read."""

    outgoing: Outgoing
    standing: Standing

    def __post_init__(self) -> None:
        self.database = self.outgoing.database
        base = self.outgoing.base
        self.had, self.put_off = base.had, base.held | base.refused
        # Others may have met a node since this one's numbers were read.
        self.names = Nodes.read(self.database.alias).names
        self.knowing = RecordKnowledge(database=self.database, standing=self.standing)
        self.references = References(
            database=self.database, genesis=self.standing.genesis
        )
        rows = Journal.objects.using(self.database.alias)
        entries = rows.values_list("table_id", "pk_text", "old_pk")[:CHANGES_MAX]
        self.unnumbered = {(table, pk) for table, pk, _ in entries}
        self.unnumbered |= {(table, old) for table, _, old in entries if old}
        self._start()

    def _start(self) -> None:
        """Begin a changeset, whose numbers stand for nothing yet."""
        self.heads: dict[int, int] = {}
        self.tables: list[TableHead] = []
        self.nodes: dict[int, int] = {}

    def changesets(
        self, records: Sequence[Stored], seq: int, *, anew: bool = False
    ) -> list[Changeset]:
        """Read what the target lacks, or all of it anew.

        A record that is known otherwise than the rest goes with what is known of it.
        """
        is_sent = self._is_sent_anew if anew else self._is_wanted
        lacking = [one for one in records if is_sent(one)]
        special = [one for one in lacking if self.knowing.is_special(one)]
        found = []
        for some in _by_knowledge(special, self.knowing).values():
            knows = Knowledge(known=self.knowing.of(some[0].uid, some[0]))
            changes = self.changes(some)
            found.append(self.changeset(changes, seq=self.outgoing.want.since))
            found[-1] = replace(found[-1], knows=ranges_of(knows))
        usual = [one for one in lacking if not self.knowing.is_special(one)]
        found.append(self.changeset(self.changes(usual), seq=seq))
        return found

    def _is_wanted(self, one: Stored) -> bool:
        if one.table not in self.database.labels or not self._lacking(one):
            return False
        wanted = self.outgoing.want.models
        return not wanted or self.database.labels[one.table] in wanted

    def _is_sent_anew(self, one: Stored) -> bool:
        """Is it a record that travels, and none that the target keeps or turns away?"""
        put_off = self.put_off
        return all(
            counter != UNVERSIONED and Dot(self.names[node], counter) not in put_off
            for _, node, counter in one.marks()
        )

    def changes(self, records: Sequence[Stored]) -> list[Change]:
        """Read records of one or more tables."""
        self._start()
        by_table: dict[int, list[Stored]] = {}
        for one in records:
            by_table.setdefault(one.table, []).append(one)
        found: list[Change] = []
        for number, some in by_table.items():
            found += self._of_table(
                self.database.bound(self.database.labels[number]), some
            )
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
            elif bound.stays_behind(image):
                self.outgoing.behind |= self._dots(one)
            else:
                ready.append((one, image))
        rows = self.references.outward(bound, [image for _, image in ready])
        for (one, _), row in zip(ready, rows, strict=True):
            yield self._change(bound, one, values_of(bound, row))
        for one in records:
            if one.pk is None:
                yield self._change(bound, one, None)

    def _dots(self, one: Stored) -> DotSet:
        return DotSet.of(
            *(Dot(self.names[n], counter) for _, n, counter in one.marks())
        )

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

    def _knows(self) -> Knowledge:
        """Give what the target learns, without what stays behind."""
        knows, behind = self.standing.knows, self.outgoing.behind
        return Knowledge(known=knows.known - behind, held=knows.held, refused=behind)

    def changeset(self, changes: Sequence[Change], *, seq: int) -> Changeset:
        """Put a changeset together of changes that were just read."""
        want = self.outgoing.want
        return Changeset(
            transfer=self.outgoing.transfer,
            number=0,
            source=self.standing.node,
            nodes=tuple(self.names[number] for number in self.nodes),
            tables=tuple(self.tables),
            changes=tuple(changes),
            base=want.knows,
            knows=ranges_of(self._knows()),
            last=False,
            whole=not want.models and set(want.tracked) <= set(self.database.rows),
            models=want.models,
            seq=seq,
        )


def in_pages(rows: QuerySet[Row], size: int) -> Iterator[Row]:
    """Give the rows of one of our tables, in either order of their ids.

    No cursor is open between two of them: a pooler such as PgBouncer may give each
    transaction another session, in which it would not be found.
    """
    further = "pk__lt" if rows.query.order_by == ("-id",) else "pk__gt"
    page = list(rows[:size])
    while page:
        yield from page
        page = list(rows.filter(**{further: page[-1].pk})[:size])


def _by_knowledge(
    records: Sequence[Stored], knowing: RecordKnowledge
) -> dict[object, list[Stored]]:
    found: dict[object, list[Stored]] = {}
    for one in records:
        key = one.uid if one.uid in knowing.frozen else one.context
        found.setdefault(key, []).append(one)
    return found
