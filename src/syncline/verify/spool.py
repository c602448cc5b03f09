"""The rows of differing buckets, on disk, so that memory does not grow with them."""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

from syncline.verify.digests import pack, unpack

SCHEMA = """
CREATE TABLE rows (side INTEGER, key BLOB, row BLOB, PRIMARY KEY (side, key))
WITHOUT ROWID
"""

PAIRS = """
SELECT a.key, a.row, b.row FROM rows a JOIN rows b
ON b.side = 1 AND b.key = a.key WHERE a.side = 0 AND a.row <> b.row
"""

ALONE = """
SELECT a.key FROM rows a WHERE a.side = ? AND NOT EXISTS
(SELECT 1 FROM rows b WHERE b.side = 1 - a.side AND b.key = a.key)
"""


class Spool:
    """A temporary database that only we can read."""

    def __init__(self) -> None:
        # A file without a name, which is gone with us ("Temporary Databases").
        self.database = sqlite3.connect("")
        self.database.executescript(f"PRAGMA synchronous = OFF; {SCHEMA}")

    def add(
        self, side: int, rows: Sequence[tuple[Sequence[Any], Sequence[Any]]]
    ) -> None:
        """Keep some rows of a side: pairs of key and row."""
        self.database.executemany(
            "INSERT OR REPLACE INTO rows VALUES (?, ?, ?)",
            [(side, pack(key), pack(row)) for key, row in rows],
        )

    def pairs(self) -> Iterator[tuple[list[Any], list[Any], list[Any]]]:
        """Give the key and both rows where the sides differ."""
        for key, ours, theirs in self.database.execute(PAIRS):
            yield unpack(key), unpack(ours), unpack(theirs)

    def alone(self, side: int) -> Iterator[list[Any]]:
        """Give the keys that only one side has."""
        for (key,) in self.database.execute(ALONE, [side]):
            yield unpack(key)

    def close(self) -> None:
        """Remove everything."""
        self.database.close()
