"""Records that a source does not have, where a person says that it has all there are.

They are counted before the first changeset, so that a refusal leaves everything as it
was, and deleted after the last one, when all that the source has is here.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from math import ceil

from syncline.apply.contact import Contact
from syncline.changes.messages import Detail, Hello, Listed, Presence, Receipt
from syncline.errors import AbsentRefused
from syncline.progress import Progress
from syncline.transport.base import Endpoint

REMOVED_MAX = 2_000
"""Records that are deleted in one transaction."""

TOGETHER_MAX = 10_000
"""The same, where rows are left over that may point at each other."""

TOLD_MAX = 1_000
"""Records that stay and are told of one by one."""

PERCENT = 100


@dataclass(kw_only=True)
class Kept:
    """What was not deleted, because others point at it."""

    counts: Counter[str]
    details: list[Detail]
    """No more than `TOLD_MAX`."""


@dataclass(frozen=True, kw_only=True)
class Absence:
    """What a source lacks of what a target has."""

    source: Endpoint
    target: Endpoint
    there: Hello
    here: Hello
    contact: Contact

    @property
    def labels(self) -> list[str]:
        """The models of the transfer."""
        return [
            label
            for label in self.here.models
            if label in self.there.models
            and (not self.target.models or label in self.target.models)
        ]

    def check(self) -> None:
        """Check that what would be deleted is no more than a person has allowed.

        Raises:
            AbsentRefused: it is more, a whole model, or the source has had these
                records already.
        """
        if self.source.has_met(self.here.node):
            raise AbsentRefused(
                source=self.source.name,
                findings=[f"it has had what {self.target.name!r} has before"],
                hint="Leave --absent-means-deleted out. A row that is deleted on one "
                "side from now on is deleted on the other.",
            )
        with closing(self._spooled()) as spool:
            self._check(spool)

    def remove(
        self, transfer: str, number: int, tell: Callable[[Receipt], None]
    ) -> Generator[Progress, None, Kept]:
        """Delete what the source does not have, batch by batch.

        Args:
            transfer: whose last changeset has been applied.
            number: of that changeset.
            tell: takes what each batch has come to.

        Raises:
            AbsentRefused: the source has not sent all that it has, or what would be
                deleted has become too much.
        """
        with closing(self._spooled()) as spool:
            if not self.target.has_met(self.there.node) or spool.unlisted():
                raise AbsentRefused(
                    source=self.source.name,
                    findings=["it has not sent all of its records yet"],
                    hint="Run the command again.",
                )
            self._check(spool)
            spool.choose()
            kept = Kept(counts=Counter(), details=[])
            before, size = -1, REMOVED_MAX
            # A row is deleted after what points at it, which may be in a later batch;
            # and a circle of rows only all together.
            while left := spool.left():
                if left == before and size == TOGETHER_MAX:
                    break
                size = TOGETHER_MAX if left == before else size
                before, kept = left, Kept(counts=Counter(), details=[])
                for uids in spool.batches(size):
                    number += 1
                    removed = self.target.remove(uids, transfer, number)
                    tell(removed.receipt)
                    stay = {one.uid for one in removed.kept}
                    spool.drop([uid for uid in uids if uid not in stay])
                    kept.counts.update(one.label for one in removed.kept)
                    room = TOLD_MAX - len(kept.details)
                    kept.details += removed.kept[:room]
                    yield Progress(stage="remove", subject=self.target.name)
        return kept

    def _check(self, spool: "AbsentSpool") -> None:
        absent = spool.absent()
        here, there = spool.counted(TARGET), spool.counted(SOURCE)
        empty = [label for label in self.labels if absent[label] and not there[label]]
        if empty:
            raise AbsentRefused(
                source=self.source.name,
                findings=[
                    f"it has no record of {label}, and {self.target.name!r} has "
                    f"{here[label]:,}"
                    for label in empty
                ],
                hint="Nothing was deleted. If that is as it should be, leave them out: "
                f"--exclude {' --exclude '.join(empty)}",
            )
        findings = [
            f"{label} would lose {absent[label]:,} of {here[label]:,} records, and "
            f"{self._allowed(here[label]):,} at most may go"
            for label in self.labels
            if absent[label] > self._allowed(here[label])
        ]
        if findings:
            raise AbsentRefused(
                source=self.source.name,
                findings=findings,
                hint="Nothing was deleted. List them with --dry-run --absent-max 100%, "
                "and then say how many may go.",
            )

    def _allowed(self, rows: int) -> int:
        """Give how many of a model's records may go."""
        if self.contact.absent_max is not None:
            return self.contact.absent_max
        percent = self.contact.absent_max_percent
        # Of a small model a share is soon all of it, which has to be said.
        whole = rows if percent == PERCENT else max(rows - 1, 0)
        return min(ceil(rows * percent / PERCENT), whole)

    def _spooled(self) -> "AbsentSpool":
        spool = AbsentSpool(self.labels)
        sides = (self.source, self.here.node), (self.target, self.there.node)
        for label in self.labels:
            for side, (endpoint, asking) in enumerate(sides):
                for batch in endpoint.listed(label, asking):
                    spool.keep(side, label, batch)
        return spool


SOURCE, TARGET = 0, 1

SCHEMA = """
CREATE TABLE listed (side INTEGER, uid BLOB, label INTEGER, presence INTEGER,
PRIMARY KEY (side, uid)) WITHOUT ROWID;
CREATE TABLE absent (id INTEGER PRIMARY KEY, uid BLOB UNIQUE)
"""

LACKING = f"""
FROM listed a WHERE a.side = {TARGET} AND a.presence = ? AND NOT EXISTS
(SELECT 1 FROM listed b WHERE b.side = {SOURCE} AND b.uid = a.uid)
"""


class AbsentSpool:
    """The records of both sides, on disk and not in memory."""

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = labels
        # A file without a name, which is gone with us ("Temporary Databases").
        self.database = sqlite3.connect("")
        self.database.executescript(f"PRAGMA synchronous = OFF; {SCHEMA}")

    def keep(self, side: int, label: str, records: Sequence[Listed]) -> None:
        """Keep some records of a side."""
        number = self.labels.index(label)
        self.database.executemany(
            "INSERT INTO listed VALUES (?, ?, ?, ?)",
            [(side, one.uid, number, int(one.presence)) for one in records],
        )

    def counted(self, side: int) -> Counter[str]:
        """Count the records of a side that live, by label."""
        sql = "SELECT label, COUNT(*) FROM listed WHERE side = ? AND presence != ? "
        return self._by_label(f"{sql}GROUP BY label", side, Presence.GONE)

    def absent(self) -> Counter[str]:
        """Count the target's own records that the source lacks, by label."""
        sql = f"SELECT a.label, COUNT(*) {LACKING} GROUP BY a.label"
        return self._by_label(sql, Presence.ADOPTED)

    def unlisted(self) -> bool:
        """Has the target records from the source that this one does not list?"""
        sql = f"SELECT 1 {LACKING} LIMIT 1"
        return bool(self.database.execute(sql, [int(Presence.RECEIVED)]).fetchall())

    def choose(self) -> None:
        """Choose what the source lacks; the models that point at others come first."""
        sql = f"INSERT INTO absent (uid) SELECT a.uid {LACKING} ORDER BY a.label DESC"
        self.database.execute(sql, [int(Presence.ADOPTED)])

    def left(self) -> int:
        """Count what is chosen."""
        [(count,)] = self.database.execute("SELECT COUNT(*) FROM absent")
        return int(count)

    def batches(self, size: int) -> Iterator[list[bytes]]:
        """Give what is chosen in batches; each may be dropped before the next."""
        last = 0
        sql = "SELECT id, uid FROM absent WHERE id > ? ORDER BY id LIMIT ?"
        while rows := self.database.execute(sql, [last, size]).fetchall():
            yield [uid for _, uid in rows]
            last = rows[-1][0]

    def drop(self, uids: Sequence[bytes]) -> None:
        """Choose some no longer."""
        sql = "DELETE FROM absent WHERE uid = ?"
        self.database.executemany(sql, [(uid,) for uid in uids])

    def _by_label(self, sql: str, *params: int) -> Counter[str]:
        rows = self.database.execute(sql, [int(one) for one in params])
        return Counter({self.labels[number]: count for number, count in rows})

    def close(self) -> None:
        """Remove everything."""
        self.database.close()
