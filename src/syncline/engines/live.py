"""How rows get into tables, and out of them, as fast as an engine can."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from syncline.changes.kinds import Cell
from syncline.engines.blame import Blame, blame_of
from syncline.engines.features import Features
from syncline.engines.pace import Pace
from syncline.engines.parts import Column, Connection, Query, Row, Writer
from syncline.engines.plain import PlainSQL

UPDATES = "syncline_updates"
"""The temporary table of values that are about to be written."""


class LiveTables(PlainSQL):
    """Reading and writing the rows of live tables."""

    features: Features

    @abstractmethod
    def stream(
        self, connection: Connection, query: Query, pace: Pace
    ) -> Iterator[Sequence[Row]]:
        """Yield the rows of a query in batches, in constant memory."""

    @abstractmethod
    def writer(
        self,
        connection: Connection,
        table: str,
        columns: Sequence[tuple[Column, Cell]],
    ) -> AbstractContextManager[Writer]:
        """Open the bulk writer of a table."""

    def temporary_key(self, columns: Sequence[str]) -> str:
        """Give the key clause of a temporary table, where joins need one."""
        del columns
        return ""

    def drop_temporary(self, name: str) -> str:
        """Give the SQL that drops a temporary table without a commit."""
        return f"DROP TABLE IF EXISTS {self.quote(name)}"

    def update_rows(
        self,
        connection: Connection,
        table: str,
        pk: Sequence[tuple[Column, Cell]],
        columns: Sequence[tuple[Column, Cell]],
        rows: Sequence[Row],
    ) -> None:
        """Write some columns of rows that are there.

        Args:
            connection: where to.
            table: the live table.
            pk: the columns that find a row, with the forms of their values.
            columns: the columns to write, which may be those of the pk as well.
            rows: the pk's values and then the columns', in these forms.
        """
        names = [f"k{number}" for number in range(len(pk))]
        names += [f"c{number}" for number in range(len(columns))]
        pairs = [*pk, *columns]
        selected = ", ".join(
            f"{self.quote(column.name)} AS {name}"
            for (column, _), name in zip(pairs, names, strict=True)
        )
        live = self.quote(table)
        if not self.features.transactional_ddl:
            # One of an attempt that was rolled back may still be there.
            self.execute(connection, self.drop_temporary(UPDATES))
        self.execute(
            connection,
            f"CREATE TEMPORARY TABLE {UPDATES} {self.temporary_key(names[: len(pk)])} "
            f"AS SELECT {selected} FROM {live} WHERE 1 = 0",
        )
        staged = [
            (replace(column, name=name), cell)
            for (column, cell), name in zip(pairs, names, strict=True)
        ]
        with self.writer(connection, UPDATES, staged) as writer:
            writer.write(rows)
        same = " AND ".join(
            f"t.{self.quote(column.name)} = s.{name}"
            for (column, _), name in zip(pk, names, strict=False)
        )
        sets = [
            (self.quote(column.name), name)
            for (column, _), name in zip(columns, names[len(pk) :], strict=True)
        ]
        self.execute(connection, self.update_joined(live, same, sets))
        self.execute(connection, self.drop_temporary(UPDATES))

    def update_joined(
        self, live: str, same: str, sets: Sequence[tuple[str, str]]
    ) -> str:
        """Give the SQL that updates a table (as `t`) from the staged rows (as `s`)."""
        spelled = ", ".join(f"{column} = s.{name}" for column, name in sets)
        return f"UPDATE {live} AS t SET {spelled} FROM {UPDATES} s WHERE {same}"

    @abstractmethod
    def new_keys(
        self, connection: Connection, table: str, column: str, count: int
    ) -> Sequence[int]:
        """Give automatic keys for rows that are about to be inserted with them."""

    def blame(self, error: Exception) -> Blame:
        """Say what is to blame for an error while rows are written."""
        return blame_of(error)

    def check_constraints(self, connection: Connection) -> None:
        """Let constraints that wait for the commit speak up now."""
        del connection

    def broken_references(self, connection: Connection) -> frozenset[tuple[Any, ...]]:
        """Find references that lead nowhere, where a commit only says there are some.

        It reads all tables, so it is asked once a commit has failed.
        """
        del connection
        return frozenset()

    def stream_beside(
        self, connection: Connection, query: Query, pace: Pace
    ) -> Iterator[Sequence[Row]]:
        """Yield the rows of a query, leaving the connection free for others."""
        return self.stream(connection, query, pace)
