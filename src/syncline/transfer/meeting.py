"""Two nodes meet for the first time: which rows without a key are the same?"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from syncline.apply.contact import Contact
from syncline.changes.messages import Hello, Known
from syncline.errors import FirstContactOpen, PeersDiffer
from syncline.transport.base import Endpoint

RENAMED_MAX = 5_000
"""Records that are given another uid at a time."""


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """Two nodes that have not met before."""

    source: Endpoint
    target: Endpoint
    there: Hello
    here: Hello
    contact: Contact

    def settle(self, labels: Sequence[str]) -> None:
        """See to it that records without a key are told apart as a person has said.

        Raises:
            FirstContactOpen: nobody has said, and both sides have some.
            PeersDiffer: both have been in step with others, who know their records.
        """
        unkeyed = [
            label
            for label in labels
            if not self.here.models[label].keyed and not self.there.models[label].keyed
        ]
        both = self.source.filled(unkeyed) & self.target.filled(unkeyed)
        if not both or self.contact.independent:
            return
        ordered = [
            label for label in unkeyed if label in both and not self._agreed(label)
        ]
        if not ordered:
            return
        if not self.contact.same_pks:
            findings = [self._shared(label) for label in ordered]
            raise FirstContactOpen(peer=self.source.name, findings=findings)
        newcomer, other = self._newcomer()
        for label in ordered:
            self._join(label, newcomer, other)

    def _agreed(self, label: str) -> bool:
        """Do the two share records already, as of a third node that both have met?"""
        with closing(self._spooled(label)) as spool:
            return spool.common()

    def _newcomer(self) -> tuple[Endpoint, Endpoint]:
        """Choose the node that takes over the other's uids."""
        if not self.target.has_met_others(self.there.node):
            return self.target, self.source
        if not self.source.has_met_others(self.here.node):
            return self.source, self.target
        reason = "both have been in step with others, who know their records by uid"
        raise PeersDiffer(peer=self.source.name, differences=[reason])

    def _shared(self, label: str) -> str:
        """Say how many rows have one pk on both sides, and how many are equal."""
        with closing(self._spooled(label)) as spool:
            shared, equal = spool.shared()
        return f"{label}: {shared} shared pks, {equal} of them with equal rows"

    def _join(self, label: str, newcomer: Endpoint, other: Endpoint) -> None:
        pairs: list[tuple[bytes, bytes]] = []
        with closing(self._spooled(label, newcomer, other)) as spool:
            for old, new in spool.uids():
                if old != new:
                    pairs.append((old, new))
                if len(pairs) >= RENAMED_MAX:
                    newcomer.rename(pairs)
                    pairs = []
        if pairs:
            newcomer.rename(pairs)

    def _spooled(
        self, label: str, one: Endpoint | None = None, other: Endpoint | None = None
    ) -> "PkSpool":
        spool = PkSpool()
        for side, endpoint in enumerate((one or self.source, other or self.target)):
            for batch in endpoint.known(label):
                spool.keep(side, batch)
        return spool


SCHEMA = """
CREATE TABLE records (side INTEGER, pk TEXT, uid BLOB, digest BLOB,
PRIMARY KEY (side, pk)) WITHOUT ROWID;
CREATE INDEX records_uid ON records (side, uid);
"""

SHARED = """
FROM records a JOIN records b ON b.side = 1 AND b.pk = a.pk WHERE a.side = 0
"""


class PkSpool:
    """The records of one model on both sides, on disk and not in memory."""

    def __init__(self) -> None:
        # A file without a name, which is gone with us ("Temporary Databases").
        self.database = sqlite3.connect("")
        self.database.executescript(f"PRAGMA synchronous = OFF; {SCHEMA}")

    def keep(self, side: int, records: Sequence[Known]) -> None:
        """Keep some records of a side."""
        self.database.executemany(
            "INSERT INTO records VALUES (?, ?, ?, ?)",
            [(side, one.pk, one.uid, one.digest) for one in records],
        )

    def shared(self) -> tuple[int, int]:
        """Count the pks that both sides have, and those with equal rows."""
        sql = f"SELECT COUNT(*), COALESCE(SUM(a.digest = b.digest), 0) {SHARED}"
        [(shared, equal)] = self.database.execute(sql)
        return shared, equal

    def common(self) -> bool:
        """Is any record known by one uid on both sides?"""
        sql = "SELECT 1 FROM records a JOIN records b ON b.uid = a.uid AND b.side = 1 "
        return bool(self.database.execute(f"{sql}WHERE a.side = 0 LIMIT 1").fetchall())

    def uids(self) -> Iterator[tuple[bytes, bytes]]:
        """Give the uids of rows with one pk, on the one side and on the other."""
        yield from self.database.execute(f"SELECT a.uid, b.uid {SHARED}")

    def close(self) -> None:
        """Remove everything."""
        self.database.close()
