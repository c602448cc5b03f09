"""What capture asks of a database: triggers that write the journal, marks, a lock.

The journal says which row to look at, never what the row holds. A row of it for a row
that is as it was does no harm; one that is missing does.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from typing import Any

from django.db.transaction import TransactionManagementError

from syncline.changes.operations import Origin
from syncline.engines.parts import Column, Connection, Query

JOURNAL = "syncline_journal"
MARK = "syncline_mark"
JOURNAL_COLUMNS = ("table_id", "operation", "pk", "old_pk", "mask", "at", "origin")

PK_LENGTH_MAX = 700
"""Characters of a pk's text: with a number, what an index of InnoDB takes."""

BITS = 63
"""How many bits a mask has; a signed 64-bit integer keeps them on every engine."""

WAIT_S = 60
"""Seconds that the sequencer's lock is waited for."""

NAME = re.compile(r"syncline_(\d+)_\w+")
"""Every trigger and function of ours, with the number of its table."""

DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """One table to be watched."""

    number: int
    """Stands for the table in the journal, and in the names of its triggers."""

    table: str
    pk: tuple[Column, ...]
    """The columns of the primary key; several if it is composite."""

    columns: tuple[Column, ...]
    """The columns whose changes count, in any order."""

    bits: Mapping[str, int]
    """By column name, its bit of the mask; several columns may share the last one."""


class Capture(ABC):
    """How one engine sees writes, whoever makes them.

    Args:
        quote: quotes a name for SQL, as the engine does.
    """

    marks_rows = False
    """Is the mark a row, which a crash of the wrong kind might leave behind?"""

    now: str
    """The SQL of the time that triggers write, in microseconds since 1970."""

    def __init__(self, quote: Callable[[str], str]) -> None:
        self.quote = quote

    # Triggers

    @abstractmethod
    def statements(
        self, connection: Connection, watched: Sequence[Watched]
    ) -> list[str]:
        """Give the DDL that watches these tables."""

    @abstractmethod
    def install(self, connection: Connection, watched: Sequence[Watched]) -> None:
        """Watch these tables, in place of whatever of ours is on them.

        Where DDL does not roll back, it also ends the transaction that is open.
        """

    @abstractmethod
    def remove(self, connection: Connection, tables: Sequence[str]) -> None:
        """Take every trigger and function of ours off these tables."""

    @abstractmethod
    def installed(self, connection: Connection) -> dict[int, str]:
        """Give a digest of the triggers as they are now, by number of the table."""

    def unseen(
        self, connection: Connection, watched: Sequence[Watched]
    ) -> dict[int, list[str]]:
        """Give, by number, tables whose foreign keys write rows that nobody sees.

        Where triggers fire for what foreign keys do, there are none.
        """
        del connection, watched
        return {}

    @abstractmethod
    def missing_privileges(
        self, connection: Connection, tables: Sequence[str]
    ) -> list[str]:
        """Say in sentences what keeps us from watching; empty if nothing does."""

    # Who writes

    @contextmanager
    def mark(self, connection: Connection, origin: Origin) -> Iterator[None]:
        """Let the journal name this origin for all writes within.

        Raises:
            TransactionManagementError: no transaction is open.
        """
        if not connection.in_atomic_block:
            raise TransactionManagementError("An origin is marked in a transaction.")
        former = self._swap_origin(connection, origin)
        try:
            yield
        finally:
            self._restore_origin(connection, former)

    @abstractmethod
    def _swap_origin(self, connection: Connection, origin: Origin) -> int:
        """Set the origin, and give the former one."""

    @abstractmethod
    def _restore_origin(self, connection: Connection, origin: int) -> None:
        """Set the origin back, unless a rollback does so or already has."""

    @abstractmethod
    def sequencing(
        self, connection: Connection, wait_s: float = WAIT_S
    ) -> AbstractContextManager[None]:
        """Open a transaction that holds the sequencer's lock until it has committed.

        It sees what others have committed, at each statement anew. Within a
        transaction it is a savepoint, and the lock may be free before the commit.

        Raises:
            SequencerBusy: another one has held the lock for all of `wait_s` seconds.
        """

    # How keys are spelled

    def pk_text(self, pk: Sequence[Column], prefix: str = "") -> str:
        """Give the SQL that spells a row's pk as text.

        Args:
            pk: the columns of the key.
            prefix: goes before each column, such as `t.`.
        """
        return self.joined(
            [
                self.spelled(column, f"{prefix}{self.quote(column.name)}")
                for column in pk
            ]
        )

    def joined(self, parts: Sequence[str]) -> str:
        """Give the SQL that does what `join_pk` does with some texts."""
        return parts[0] if len(parts) == 1 else self.netstrings(parts)

    @abstractmethod
    def spelled(self, column: Column, value: str) -> str:
        """Give the SQL that spells a value (as SQL) of a column as text."""

    @abstractmethod
    def netstrings(self, parts: Sequence[str]) -> str:
        """Give the SQL that puts the length before each text, and all in a row."""

    def with_pks(
        self, pk: Sequence[Column], pks: Sequence[str], prefix: str = ""
    ) -> Query:
        """Give a WHERE that finds the rows of some pk texts by the index of the pk."""
        if not pks:
            return Query(sql="1 = 0")
        names = [f"{prefix}{self.quote(column.name)}" for column in pk]
        # The drivers read % as a parameter as soon as there is one.
        return self._with_pks(pk, [name.replace("%", "%%") for name in names], pks)

    @abstractmethod
    def _with_pks(
        self, pk: Sequence[Column], names: Sequence[str], pks: Sequence[str]
    ) -> Query:
        """Answer `with_pks` for at least one pk."""

    @abstractmethod
    def pk_trouble(self, column: Column) -> str:
        """Say why a column cannot be part of a key; empty if it can."""

    def pk_troubles(self, pk: Sequence[Column]) -> list[str]:
        """Say why a key cannot be spelled; empty if it can."""
        return [trouble for column in pk if (trouble := self.pk_trouble(column))]

    # Parts of triggers

    @abstractmethod
    def changed(self, column: Column, old: str, new: str) -> str:
        """Give the SQL of whether two values (as SQL) differ in their bytes."""

    def changes(
        self, columns: Iterable[Column], old: str = "OLD.", new: str = "NEW."
    ) -> list[str]:
        """Give `changed` for each of some columns of two rows."""
        return [
            self.changed(column, f"{old}{name}", f"{new}{name}")
            for column in columns
            for name in [self.quote(column.name)]
        ]

    def bits(
        self, watched: Watched, old: str = "OLD.", new: str = "NEW."
    ) -> list[tuple[int, str]]:
        """Give by bit of the mask the SQL of whether any of its columns changed."""
        columns = sorted(watched.columns, key=lambda column: watched.bits[column.name])
        return [
            (bit, " OR ".join(self.changes(shared, old, new)))
            for bit, shared in groupby(columns, lambda c: watched.bits[c.name])
        ]


def join_pk(parts: Sequence[str]) -> str:
    """Spell a key of several columns as one text; of one column, plainly.

    >>> join_pk(["abc", "17"])
    '3:abc2:17'
    """
    if len(parts) == 1:
        return parts[0]
    return "".join(f"{len(part)}:{part}" for part in parts)


def split_pk(text: str, count: int) -> list[str]:
    """Undo `join_pk` for a key of some columns.

    >>> split_pk("3:abc2:17", 2)
    ['abc', '17']
    """
    if count == 1:
        return [text]
    parts: list[str] = []
    rest = text
    for _ in range(count):
        length, _, rest = rest.partition(":")
        parts.append(rest[: int(length)])
        rest = rest[int(length) :]
    return parts


def columns_of(pks: Sequence[str], count: int) -> list[list[str]]:
    """Turn the texts of keys into one list for each column."""
    return [
        list(parts) for parts in zip(*(split_pk(pk, count) for pk in pks), strict=True)
    ]


def run(
    connection: Connection, sql: str, params: Sequence[Any] | None = None
) -> list[tuple[Any, ...]]:
    """Run one statement and give all its rows; for small answers only."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)
        return list(cursor.fetchall()) if cursor.description else []


def digests(rows: Iterable[tuple[Any, ...]]) -> dict[int, str]:
    """Digest the descriptions of triggers, by the number in their names.

    Args:
        rows: of each trigger its name, and what the database says of it.
    """
    found: dict[int, list[str]] = {}
    for row in rows:
        if match := NAME.fullmatch(row[0]):
            found.setdefault(int(match[1]), []).append("\0".join(map(str, row)))
    return {
        number: blake2b(
            "\1".join(sorted(texts)).encode(), digest_size=DIGEST_BYTES
        ).hexdigest()
        for number, texts in sorted(found.items())
    }


def number_of(name: str) -> int | None:
    """Give the number of the table that a trigger of ours belongs to."""
    match = NAME.fullmatch(name)
    return int(match[1]) if match else None
