"""Gives what was written its versions: one at a time, and only what is committed.

Journal ids are no order to follow: they commit out of order. Whatever is committed and
has no number yet gets one here, under a lock, so that nothing is skipped.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from syncline.capture.pending import ALL, Entry, Pending, coalesce
from syncline.changes.messages import Mark
from syncline.changes.operations import Operation, Origin
from syncline.identity.births import keys_of
from syncline.identity.bound import Bound, Image
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Standing
from syncline.identity.references import References
from syncline.identity.stored import Stored, edited
from syncline.identity.uids import digest_of, uid_of_key, uid_of_newcomer, uid_of_row

ENTRIES_MAX = 20_000
"""Rows of the journal that one pass takes."""

JOURNAL = "SELECT id, table_id, operation, pk, old_pk, mask, at, origin FROM "
JOURNAL += "syncline_journal"


@dataclass(kw_only=True)
class Sequencer:
    """Numbers the pending writes of one database."""

    database: NodeDatabase
    clamped: int = 0
    """Writes whose time was ahead of this node's clock."""

    as_origin: Origin | None = None
    """Who is taken to have written what is numbered, if not who the journal says."""

    def run(self, as_origin: Origin | None = None) -> int:
        """Number all that is pending; give how many records changed.

        Args:
            as_origin: who is taken to have written it all: a migration, say.
        """
        self.as_origin = as_origin
        capture = self.database.engine.capture
        numbered, more = 0, True
        while more and self.pending():
            with capture.sequencing(self.database.connection):
                standing = self.database.state()
                done, more = self.number(standing)
                standing.save()
            numbered += done
        return numbered

    def pending(self) -> bool:
        """Is anything to be numbered?"""
        sql = f"{JOURNAL} LIMIT 1"
        return bool(self.database.engine.execute(self.database.connection, sql))

    def number(self, standing: Standing) -> tuple[int, bool]:
        """Number one pass, in a transaction that holds the lock.

        Returns:
            How many records have changed, and whether more may be pending.
        """
        entries = [
            Entry(*row)
            for row in self.database.engine.execute(
                self.database.connection, f"{JOURNAL} ORDER BY id LIMIT {ENTRIES_MAX}"
            )
        ]
        if not entries:
            return 0, False
        if self.as_origin is not None:
            entries = [entry._replace(origin=self.as_origin) for entry in entries]
        changed = self.absorb(entries, standing)
        self.discard([entry.id for entry in entries])
        return changed, len(entries) == ENTRIES_MAX

    def absorb(self, entries: Sequence[Entry], standing: Standing) -> int:
        """Give versions to what some rows of the journal name."""
        by_table: dict[int, list[Entry]] = {}
        for entry in entries:
            by_table.setdefault(entry.table, []).append(entry)
        references = References(database=self.database, genesis=standing.genesis)
        changed = 0
        moves: dict[int, dict[str, str]] = {}
        for number, label in self.database.labels.items():
            if number in by_table:
                numbering = Numbering(
                    bound=self.database.bound(label),
                    database=self.database,
                    standing=standing,
                    references=references,
                    moves=moves,
                )
                changed += numbering.run(by_table[number])
                self.clamped += numbering.clamped
        return changed

    def applied(self) -> list[Entry]:
        """Take what was written under our mark out of the journal, and give it."""
        sql = f"{JOURNAL} WHERE origin = %s ORDER BY id"
        rows = self.database.engine.execute(
            self.database.connection, sql, [int(Origin.APPLY)]
        )
        entries = [Entry(*row) for row in rows]
        self.discard([entry.id for entry in entries])
        return entries

    def discard(self, ids: Sequence[int]) -> None:
        """Remove rows of the journal: these, and no others that committed since."""
        engine, connection = self.database.engine, self.database.connection
        for start in range(0, len(ids), DISCARDED_MAX):
            among = engine.among("id", ids[start : start + DISCARDED_MAX])
            sql = f"DELETE FROM syncline_journal WHERE {among.sql}"
            engine.execute(connection, sql, among.params)


DISCARDED_MAX = 5_000

UNVERSIONED = 0
"""The counter of a record that was written untracked: no change has this number."""


@dataclass(kw_only=True)
class Numbering:
    """One table's pending rows, being numbered."""

    bound: Bound
    database: NodeDatabase
    standing: Standing
    references: References
    moves: dict[int, dict[str, str]]
    """By table, of rows that have moved: by the pk that each has, the one it had."""

    clamped: int = 0
    touched: dict[bytes, Stored] = field(default_factory=dict)
    added: set[bytes] = field(default_factory=set)
    forgotten: list[bytes] = field(default_factory=list)
    """Records whose rows were deleted untracked."""

    released: list[bytes] = field(default_factory=list)
    """Records that no longer have the pk under which they are stored."""

    def run(self, entries: Sequence[Entry]) -> int:
        """Give new versions to the records of some rows; give how many."""
        stored = self._stored(entries)
        pending = coalesce(self._spread(entries), stored)
        self._forget_twice_seen(pending)
        images = self.bound.images_of([one.pk for one in pending if not one.gone])
        births: list[Pending] = []
        for one in pending:
            record = None if one.former is None else stored.get(one.former)
            image = None if one.gone else images.get(one.pk)
            if record is None and image is not None:
                births.append(one)
            elif record is not None and image is None:
                self._bury(record, one)
            elif record is not None and image is not None:
                self._change(record, one, image)
        self._bear(births, images)
        self._write()
        return len(self.touched)

    def _stored(self, entries: Sequence[Entry]) -> dict[str, Stored]:
        if any(entry.operation == Operation.TRUNCATE for entry in entries):
            found = self.database.store.of_table(self.bound.number)
            return {one.pk: one for one in found if one.pk is not None}
        pks = {entry.pk for entry in entries}
        pks |= {entry.old_pk for entry in entries if entry.old_pk is not None}
        return self.database.store.by_pk(self.bound.number, pks)

    def _spread(self, entries: Sequence[Entry]) -> Iterable[Entry]:
        """Let a truncation stand for a deletion of every row."""
        for entry in entries:
            if entry.operation != Operation.TRUNCATE:
                yield entry
                continue
            for one in self.database.store.of_table(self.bound.number):
                if one.pk is not None:
                    yield entry._replace(operation=Operation.DELETE, pk=one.pk)

    def _forget_twice_seen(self, pending: Sequence[Pending]) -> None:
        """Where a row left and another came, its own is gone and not the other."""
        arrived = {one.pk for one in pending if one.pk != one.former}
        for one in pending:
            one.gone = one.pk == one.former and one.pk in arrived

    def _bury(self, record: Stored, one: Pending) -> None:
        if one.untracked or record.mark[2] == UNVERSIONED:
            self.forgotten.append(record.uid)
            return
        record.mark = self._mark(record, one)
        record.life += 1
        record.gone_pk = record.pk
        record.pk = record.digest = record.extra = None
        self._touch(record)

    def _change(self, record: Stored, one: Pending, image: Image) -> None:
        digest = digest_of(image)
        moved = record.pk != one.pk
        same = digest == record.digest
        if same and not moved:
            return  # It was written to, and is as it was.
        same = same or digest_of(self._before_moves(image)) == record.digest
        record.digest = digest
        if moved:
            self.moves.setdefault(self.bound.number, {})[one.pk] = str(record.pk)
            self.released.append(record.uid)
            record.pk = one.pk
        if one.untracked or same:
            # Where a row is, is nobody else's business.
            self._touch(record, numbered=False)
            return
        changed = self._parts_changed(one.mask)
        if record.mark[2] == UNVERSIONED:
            record.mark, record.extra = self._mark(record, one), None
        elif changed:
            mark = self._mark(record, one)
            edited(record, changed, len(self.bound.parts), mark)
        self._touch(record)

    def _before_moves(self, image: Image) -> Image:
        """Give a row as it was before what it points at got other pks.

        A reference that follows is no edit: it names the record that it has named.
        """
        rows = self.database.rows
        places = {
            place: self.moves[rows[label].number]
            for place, label in self.bound.pointers.items()
            if rows[label].number in self.moves
        }
        if not places:
            return image
        return tuple(
            places[place].get(value, value) if place in places else value
            for place, value in enumerate(image)
        )

    def _parts_changed(self, mask: int) -> list[str]:
        names = [part.name for part in self.bound.parts]
        if mask == ALL:
            return names
        fields = self.bound.fields_changed(mask)
        return [
            part.name for part in self.bound.parts if fields & set(part.fields)
        ] or names

    def _bear(self, births: Sequence[Pending], images: dict[str, Image]) -> None:
        """Make records of rows that have none, or let deleted ones live again."""
        rows = [images[one.pk] for one in births]
        keys = keys_of(self.bound, self.references, rows)
        label = self.bound.label
        wanted = [None if key is None else uid_of_key(label, key) for key in keys]
        known = self.database.store.by_uid({uid for uid in wanted if uid})
        known |= {uid: one for uid, one in self.touched.items() if uid in wanted}
        for one, image, of_key in zip(births, rows, wanted, strict=True):
            former = known.get(of_key) if of_key else None
            if one.untracked:
                self._bear_unversioned(one, image, of_key, former)
                continue
            clock = self._clock(0 if former is None else former.mark[0], one)
            version = self.standing.mint(clock)
            uid = of_key
            if uid is None or (former is not None and (former.alive or former.merged)):
                uid, former = uid_of_newcomer(label, version.dot), None
            mark = (clock, self.database.nodes.number(version.dot.node))
            record = self._newborn(uid, (*mark, version.dot.counter), former)
            record.pk, record.digest = one.pk, digest_of(image)
            known[uid] = record
            self.references.born[self.bound.number, one.pk] = uid
            self._touch(record)

    def _bear_unversioned(
        self, one: Pending, image: Image, of_key: bytes | None, former: Stored | None
    ) -> None:
        """Note a row that was written untracked: it is known, and never sent."""
        uid = of_key
        if uid is None or former is not None:
            uid = uid_of_row(self.standing.node, self.bound.label, one.pk)
        node = self.database.nodes.number(self.standing.node)
        self.added.add(uid)
        self.touched[uid] = Stored(
            uid=uid,
            table=self.bound.number,
            pk=one.pk,
            life=1,
            mark=(0, node, UNVERSIONED),
            digest=digest_of(image),
        )

    def _newborn(self, uid: bytes, mark: Mark, former: Stored | None) -> Stored:
        if former is None:
            self.added.add(uid)
            return Stored(uid=uid, table=self.bound.number, pk=None, life=1, mark=mark)
        former.life += 1
        former.mark, former.extra = mark, None
        return former

    def _mark(self, record: Stored, one: Pending) -> Mark:
        clock = self._clock(latest(record), one)
        version = self.standing.mint(clock)
        number = self.database.nodes.number(version.dot.node)
        return clock, number, version.dot.counter

    def _clock(self, replaced: int, one: Pending) -> int:
        """Give the clock of a version that replaces another."""
        if one.migrated:
            return replaced
        now = self.database.now()
        if one.at > now:
            self.clamped += 1
        return max(min(one.at, now), replaced + 1)

    def _touch(self, record: Stored, *, numbered: bool = True) -> None:
        if numbered:
            record.seq = self.standing.next_seq()
        self.touched[record.uid] = record

    def _write(self) -> None:
        store = self.database.store
        store.remove(self.forgotten)
        store.release([*self.released, *self._replaced()])
        changed = [one for uid, one in self.touched.items() if uid not in self.added]
        store.put(changed)
        store.add([self.touched[uid] for uid in self.added])

    def _replaced(self) -> Iterator[bytes]:
        """Give records that were deleted, maybe to come back, where another one is."""
        taken = {one.pk for one in self.touched.values()} - {None}
        for uid, one in self.touched.items():
            if one.gone_pk in taken and uid not in self.added:
                yield uid


def latest(record: Stored) -> int:
    """Give the largest clock in a record."""
    return max(clock for clock, _, _ in record.marks())
