"""Questions that are the same SQL on every engine."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from syncline.engines.parts import Column, Connection, Query, Side


class PlainSQL(ABC):
    """What needs no more of an engine than how it quotes a name."""

    @abstractmethod
    def quote(self, identifier: str) -> str:
        """Quote a name for SQL."""

    def _one(self, connection: Connection, query: Query) -> tuple[Any, ...]:
        return self.execute(connection, query.sql, query.params)[0]

    def execute(
        self, connection: Connection, sql: str, params: Sequence[Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """Run one statement and give all its rows; for small answers only."""
        with connection.cursor() as cursor:
            cursor.execute(sql, params or None)
            return list(cursor.fetchall()) if cursor.description else []

    def among(self, column: str, values: Sequence[Any]) -> Query:
        """Give the WHERE of a column (as SQL) that has one of some values."""
        if not values:
            return Query(sql="1 = 0")
        marks = ", ".join(["%s"] * len(values))
        return Query(sql=f"{column} IN ({marks})", params=tuple(values))

    def locking(self, where: Query, pk: Sequence[Column]) -> Query:
        """Give the end of a SELECT (from a WHERE on) that locks rows (`t`) in order."""
        order = ", ".join(f"t.{self.quote(column.name)}" for column in pk)
        order = order.replace("%", "%%")
        return Query(
            sql=f"{where.sql} ORDER BY {order} FOR UPDATE", params=where.params
        )

    def sharing(self, where: Query) -> Query:
        """Give the end of a SELECT (from a WHERE on) of rows that are to stay."""
        return Query(sql=f"{where.sql} LOCK IN SHARE MODE", params=where.params)

    def count(self, connection: Connection, source: Query) -> int:
        """Count rows."""
        return int(self._one(connection, source.select(["COUNT(*)"]))[0])

    def orphans(self, child: Side, parent: Side) -> Query:
        """Give the child's rows whose key points at nothing; the child is `c`."""
        column, key = self.quote(child.column), self.quote(parent.column)
        return Query(
            sql=f"{self.quote(child.table)} c WHERE c.{column} IS NOT NULL AND "
            f"NOT EXISTS (SELECT 1 FROM {self.quote(parent.table)} p "
            f"WHERE p.{key} = c.{column})"
        )

    def nullify_orphans(
        self, connection: Connection, child: Side, parent: Side
    ) -> None:
        """Set keys that point at nothing to NULL."""
        self.execute(
            connection,
            f"UPDATE {self.quote(child.table)} SET {self.quote(child.column)} = NULL "
            f"WHERE {self._dangling(child, parent)}",
        )

    def delete_orphans(self, connection: Connection, child: Side, parent: Side) -> None:
        """Delete rows whose key points at nothing."""
        self.execute(
            connection,
            f"DELETE FROM {self.quote(child.table)} "
            f"WHERE {self._dangling(child, parent)}",
        )

    def _dangling(self, child: Side, parent: Side) -> str:
        # The inner SELECT is wrapped, because MariaDB refuses to read the table that
        # it changes ("UPDATE", same source and target), which self-references do.
        column, key = self.quote(child.column), self.quote(parent.column)
        return (
            f"{column} IS NOT NULL AND {column} NOT IN (SELECT k FROM (SELECT {key} "
            f"AS k FROM {self.quote(parent.table)} WHERE {key} IS NOT NULL) p)"
        )

    def has_rows(self, connection: Connection, table: str) -> bool:
        """Is there any row in a table?"""
        sql = f"SELECT 1 FROM {self.quote(table)} LIMIT 1"
        return bool(self.execute(connection, sql))
