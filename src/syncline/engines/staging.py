"""SQL over temporary tables, from which rows are merged into live ones."""

from collections.abc import Sequence
from dataclasses import dataclass

from syncline.engines.base import Connection, Engine, Query, Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Staging:
    """One live table and the temporary table beside it."""

    engine: Engine
    connection: Connection
    table: str
    name: str
    columns: tuple[str, ...]
    pk: tuple[str, ...]
    created: list[str]
    """The names of all temporary tables, for whoever removes them."""

    def create(self) -> None:
        """Make the temporary table, with the live table's column types."""
        self._create(
            self.name,
            self.pk,
            f"SELECT {self._list(self.columns)} FROM {self._q(self.table)} WHERE 1 = 0",
        )

    def clashes(self, unique: Sequence[str]) -> Query:
        """Give staged rows (as `s`) whose unique value another live row holds."""
        same = self._equal("t", "s", unique)
        other = self._equal("t", "s", self.pk)
        return Query(
            sql=f"{self._q(self.name)} s WHERE EXISTS (SELECT 1 FROM "
            f"{self._q(self.table)} t WHERE {same} AND NOT ({other}))"
        )

    def holders(self, unique: Sequence[str]) -> Query:
        """Pair staged rows (as `s`) with live ones (as `t`) that hold their value."""
        same = self._equal("t", "s", unique)
        other = self._equal("t", "s", self.pk)
        return Query(
            sql=f"{self._q(self.name)} s JOIN {self._q(self.table)} t "
            f"ON {same} AND NOT ({other})"
        )

    def orphans(self, column: str, parent: Side, staged: "Staging | None") -> Query:
        """Give staged rows (as `s`) whose parent is neither live nor staged."""
        value = f"s.{self._q(column)}"
        key = self._q(parent.column)
        sql = (
            f"{self._q(self.name)} s WHERE {value} IS NOT NULL AND NOT EXISTS "
            f"(SELECT 1 FROM {self._q(parent.table)} p WHERE p.{key} = {value})"
        )
        if staged is not None and parent.column in staged.columns:
            sql += (
                f" AND NOT EXISTS (SELECT 1 FROM {self._q(staged.name)} p "
                f"WHERE p.{key} = {value})"
            )
        return Query(sql=sql)

    def unmapped(self, column: str, map_name: str) -> Query:
        """Give staged rows (as `s`) whose key is in no map."""
        value = f"s.{self._q(column)}"
        return Query(
            sql=f"{self._q(self.name)} s WHERE {value} IS NOT NULL AND NOT EXISTS "
            f"(SELECT 1 FROM {self._q(map_name)} m WHERE m.old = {value})"
        )

    def keys(self, rows: Query, most: int) -> list[object]:
        """Give some primary keys of staged rows."""
        names = [f"s.{self._q(name)}" for name in self.pk]
        found = self.engine.execute(
            self.connection, f"{rows.select(names).sql} LIMIT {most}"
        )
        return [row[0] if len(row) == 1 else row for row in found]

    def discard(self, rows: Query) -> int:
        """Take rows out of the staging table; give how many."""
        count = self.engine.count(self.connection, rows)
        if count:
            names = [f"s.{self._q(name)}" for name in self.pk]
            key = self._list(self.pk)
            key = f"({key})" if len(self.pk) > 1 else key
            picked = rows.select(names).sql
            self._run(
                f"DELETE FROM {self._q(self.name)} "
                f"WHERE {key} IN (SELECT * FROM ({picked}) d)"
            )
        return count

    def nullify(self, column: str, rows: Query) -> None:
        """Set a column of some staged rows to NULL."""
        key = self._q(self.pk[0])
        picked = rows.select([f"s.{key}"]).sql
        self._run(
            f"UPDATE {self._q(self.name)} SET {self._q(column)} = NULL "
            f"WHERE {key} IN (SELECT * FROM ({picked}) d)"
        )

    def map_matches(self, map_name: str, key: Sequence[str]) -> None:
        """Map staged keys to those of live rows with the same natural key."""
        pk = self._q(self.pk[0])
        self._create(
            map_name,
            ("old",),
            f"SELECT s.{pk} AS old, t.{pk} AS new FROM {self._q(self.name)} s "
            f"JOIN {self._q(self.table)} t ON {self._equal('t', 's', key)}",
        )

    def map_newcomers(self, map_name: str, *, automatic: bool) -> None:
        """Give new keys to staged rows that no live row matches."""
        pk, quoted = self._q(self.pk[0]), self._q(map_name)
        most = f"(SELECT COALESCE(MAX({pk}), 0) FROM {self._q(self.table)})"
        counted = f"{most} + ROW_NUMBER() OVER (ORDER BY s.{pk})"
        new = counted if automatic else f"s.{pk}"
        self._run(
            f"INSERT INTO {quoted} (old, new) SELECT s.{pk}, {new} "
            f"FROM {self._q(self.name)} s WHERE NOT EXISTS "
            f"(SELECT 1 FROM {quoted} m WHERE m.old = s.{pk})"
        )

    def remap(self, column: str, map_name: str) -> None:
        """Replace a staged column's keys by what a map says."""
        self._replace(column, map_name, old="m.old", new="m.new", condition="1 = 1")

    def remap_generic(
        self, column: str, map_name: str, condition: str, *, as_text: bool
    ) -> None:
        """Replace object ids of one content type; ids without a match stay."""
        spelled = self.engine.as_text if as_text else str
        self._replace(
            column,
            map_name,
            old=spelled("m.old"),
            new=spelled("m.new"),
            condition=condition,
        )

    def _replace(
        self, column: str, map_name: str, *, old: str, new: str, condition: str
    ) -> None:
        quoted, table = self._q(column), self._q(self.name)
        own = f"{table}.{quoted}"
        self._run(
            f"UPDATE {table} SET {quoted} = COALESCE((SELECT {new} "
            f"FROM {self._q(map_name)} m WHERE {old} = {own}), {own}) "
            f"WHERE {quoted} IS NOT NULL AND {condition}"
        )

    def merge(self) -> None:
        """Write the staged rows over live ones of the same key, and add the rest."""
        for sql in self.engine.upsert(self.table, self.name, self.columns, self.pk):
            self._run(sql)

    def _create(self, name: str, key: Sequence[str], select: str) -> None:
        self.created.append(name)
        self._run(
            f"CREATE TEMPORARY TABLE {self._q(name)} "
            f"{self.engine.temporary_key(key)} AS {select}"
        )

    def _equal(self, one: str, other: str, columns: Sequence[str]) -> str:
        return " AND ".join(
            f"{one}.{self._q(column)} = {other}.{self._q(column)}" for column in columns
        )

    def _list(self, columns: Sequence[str]) -> str:
        return ", ".join(self._q(column) for column in columns)

    def _q(self, name: str) -> str:
        return self.engine.quote(name)

    def _run(self, sql: str) -> None:
        self.engine.execute(self.connection, sql)
