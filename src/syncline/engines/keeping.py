"""Which rows a subset needs: marked in temporary tables, whatever the graph is like."""

from collections.abc import Sequence
from dataclasses import dataclass

from syncline.engines.base import Connection, Engine, Query, Side


def pointing_at(engine: Engine, column: str, end: Side, narrowed: Query) -> Query:
    """Give the WHERE of rows whose key points at the rows of another WHERE."""
    key, table = engine.quote(end.column), engine.quote(end.table)
    inner = f"{engine.quote(column)} IN (SELECT {key} FROM {table} WHERE "
    if narrowed.params:
        inner = inner.replace("%", "%%")
    return Query(sql=f"{inner}{narrowed.sql})", params=narrowed.params)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The marked rows of one table."""

    engine: Engine
    connection: Connection
    table: str
    pk: tuple[str, ...]
    name: str

    def create(self, seed: Query | None) -> None:
        """Mark the seed's rows, given as a WHERE; None marks no row."""
        key = self._list(self.pk)
        where = "1 = 0" if seed is None else seed.sql
        make = (
            f"CREATE TEMPORARY TABLE {self._q(self.name)} "
            f"{self.engine.temporary_key(self.pk)} "
            f"AS SELECT {key} FROM {self._q(self.table)}"
        )
        params = () if seed is None else seed.params
        if params:
            make = make.replace("%", "%%")
        self.engine.execute(self.connection, f"{make} WHERE {where}", params)

    def drop(self) -> None:
        """Forget the marks."""
        self._run(self.engine.drop_temporary(self.name))

    def count(self) -> int:
        """Count the marked rows."""
        return self.engine.count(self.connection, Query(sql=self._q(self.name)))

    def condition(self) -> Query:
        """Give the WHERE that keeps the marked rows."""
        key = self._list(self.pk)
        left = f"({key})" if len(self.pk) > 1 else key
        return Query(sql=f"{left} IN (SELECT {key} FROM {self._q(self.name)})")

    def add_parents(self, child: Side, key_column: str, kept: "Kept | None") -> None:
        """Mark the rows that a table's kept rows point at.

        Args:
            child: the table and its foreign key.
            key_column: what the foreign key points at here.
            kept: the child's marks; None means that all its rows are kept.
        """
        mine = ", ".join(f"p.{self._q(name)}" for name in self.pk)
        marked = " AND ".join(f"m.{self._q(n)} = p.{self._q(n)}" for n in self.pk)
        column = self._q(child.column)
        which = "" if kept is None else f" AND {kept.condition().sql}"
        self._run(
            f"INSERT INTO {self._q(self.name)} ({self._list(self.pk)}) "
            f"SELECT {mine} FROM {self._q(self.table)} p WHERE p.{self._q(key_column)} "
            f"IN (SELECT {column} FROM {self._q(child.table)} "
            f"WHERE {column} IS NOT NULL{which}) AND NOT EXISTS "
            f"(SELECT 1 FROM {self._q(self.name)} m WHERE {marked})"
        )

    def _list(self, columns: Sequence[str]) -> str:
        return ", ".join(self._q(column) for column in columns)

    def _q(self, name: str) -> str:
        return self.engine.quote(name)

    def _run(self, sql: str) -> None:
        self.engine.execute(self.connection, sql)
