"""Sums up what a node holds, and shows the records that another node holds otherwise.

A row is compared by what it means everywhere: its record's uid, its values in their
canonical spelling, references as uids, and a value that the row cannot show as it is
kept beside it. All of one answer is read at one moment, after numbering.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from syncline.capture.looking import Look
from syncline.capture.sequencer import Sequencer
from syncline.changes.digests import (
    BUCKETS,
    LEAVES_MAX,
    Compared,
    Digest,
    Leaves,
    LeavesWanted,
    RowsSeen,
    RowsWanted,
    Scan,
    Sums,
    after,
    uids_in,
)
from syncline.changes.dots import Range
from syncline.changes.messages import ranges_of
from syncline.errors import SAMPLES_MAX
from syncline.identity.bound import Image
from syncline.identity.database import NodeDatabase
from syncline.identity.stored import Stored
from syncline.models import Conflict, Quarantined

EVERYWHERE: Range = (0, BUCKETS - 1)


@dataclass(kw_only=True)
class Digesting:
    """Answers, for one database, what a comparison of two nodes asks."""

    database: NodeDatabase
    sequencer: Sequencer

    def digest(self, scan: Scan) -> Iterator[Digest]:
        """Sum up a model in one scan; the last answer has the sums."""
        self.sequencer.run()
        with self.database.engine.reading_view(self.database.connection):
            scanning = Scanning(look=self._look(scan.what))
            for batch in scanning.look.bound.images(beside=True):
                scanning.add(batch)
                yield Digest(rows=scanning.sums.rows)
            yield scanning.digest(scan)

    def leaves(self, want: LeavesWanted) -> Leaves:
        """Give the records of some buckets, each hashed; found by their uids."""
        self.sequencer.run()
        with self.database.engine.reading_view(self.database.connection):
            look = self._look(want.what)
            records = next(pages(look, want.buckets, want.after), [])
            images = look.bound.images_of([str(one.pk) for one in records])
            full = len(records) == LEAVES_MAX
            return Leaves(
                leaves=tuple(look.leaves_of(records, images)),
                until=records[-1].uid if full else None,
            )

    def rows(self, want: RowsWanted) -> RowsSeen:
        """Show some records as they are, with what this node knows."""
        self.sequencer.run()
        with self.database.engine.reading_view(self.database.connection):
            look = self._look(want.what)
            knows = ranges_of(look.standing.knows)
            return RowsSeen(knows=knows, rows=look.rows(want.uids))

    def _look(self, what: Compared) -> Look:
        return Look(database=self.database, what=what, standing=self.database.state())


def pages(
    look: Look, buckets: Sequence[Range], seen: bytes = b""
) -> Iterator[list[Stored]]:
    """Give the living records of some buckets by uid, all pages but the last full.

    Args:
        look: at which model and moment.
        buckets: ranges of them, in order.
        seen: the uid after which to begin.
    """
    page: list[Stored] = []
    for span in buckets:
        first, last = uids_in(span)
        while seen < last:
            first = max(first, after(seen)) if seen else first
            room = LEAVES_MAX - len(page)
            found = look.store.between(look.bound.number, first, last, room)
            page += found
            if len(found) < room:
                break
            yield page
            seen, page = page[-1].uid, []
    if page:
        yield page


@dataclass(kw_only=True)
class Scanning:
    """One scan of a model."""

    look: Look
    sums: Sums = field(default_factory=Sums)
    strays: int = 0
    stray_pks: list[str] = field(default_factory=list)

    def add(self, batch: Sequence[tuple[str, Image]]) -> None:
        """Count some rows in."""
        leaves, unknown = self.look.leaves(dict(batch))
        self.sums.add(leaves)
        if unknown:
            journaled = self.look.journaled(self.look.bound.number, unknown)
            strays = [pk for pk in unknown if pk not in journaled]
            self.strays += len(strays)
            self.stray_pks += strays[: SAMPLES_MAX - len(self.stray_pks)]

    def digest(self, scan: Scan) -> Digest:
        """Give what the scan has come to."""
        coarse = self.sums.coarse()
        lost, samples = self._lost() if scan.what.deep else (0, ())
        waiting, undecided = self._open() if scan.what.deep else (0, 0)
        return Digest(
            rows=self.sums.rows,
            coarse=coarse,
            fine=self.sums.finer(scan.coarse),
            strays=self.strays,
            stray_pks=tuple(self.stray_pks),
            lost=lost,
            lost_uids=samples,
            waiting=waiting,
            undecided=undecided,
        )

    def _lost(self) -> tuple[int, tuple[bytes, ...]]:
        """Count the records without a row; look for them only if there are any."""
        look = self.look
        if look.store.living(look.bound.number) == self.sums.rows:
            return 0, ()
        uids = look.lost(pages(look, [EVERYWHERE]))
        samples = tuple(islice(uids, SAMPLES_MAX))
        return len(samples) + sum(1 for _ in uids), samples

    def _open(self) -> tuple[int, int]:
        """Count what waits in quarantine, and what waits for a person."""
        alias, number = self.look.database.alias, self.look.bound.number
        waiting = Quarantined.objects.using(alias).filter(table_id=number)
        held = Conflict.objects.using(alias).filter(table_id=number, held=True)
        return waiting.count(), held.filter(resolved_at__isnull=True).count()
