"""The table of records, in sets: looked up by uid, by row or by seq, and written."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from msgspec.structs import replace

from syncline.changes.conversion import conversion, convert_rows
from syncline.changes.kinds import Cell, Kind
from syncline.changes.messages import Extra, decode, encode
from syncline.engines.base import Column, Connection, Engine, Query
from syncline.engines.staging import Staging
from syncline.identity.aliases import Aliases
from syncline.identity.stored import Stored

TABLE = "syncline_record"
KINDS = {
    "uid": Kind.BINARY,
    "table_id": Kind.INTEGER,
    "pk": Kind.TEXT,
    "life": Kind.INTEGER,
    "clock": Kind.INTEGER,
    "node_id": Kind.INTEGER,
    "counter": Kind.INTEGER,
    "seq": Kind.INTEGER,
    "digest": Kind.INTEGER,
    "extra": Kind.BINARY,
    "context_id": Kind.INTEGER,
    "gone_pk": Kind.TEXT,
}
COLUMNS = tuple(KINDS)

AMONG_MAX = 5_000
"""Values that one statement asks for."""


@dataclass(kw_only=True)
class Store:
    """The records of one database."""

    connection: Connection
    engine: Engine

    def by_uid(self, uids: Iterable[bytes]) -> dict[bytes, Stored]:
        """Look records up."""
        return {one.uid: one for one in self._among("uid", list(uids), "1 = 1", ())}

    def by_pk(self, table: int, pks: Iterable[str]) -> dict[str, Stored]:
        """Look the records of rows up."""
        found = self._among("pk", list(pks), "table_id = %s", (table,))
        return {one.pk: one for one in found if one.pk is not None}

    def since(self, seq: int, limit: int) -> list[Stored]:
        """Give the next records in this node's order."""
        return self._fetch(
            Query(
                sql=f"seq > %s ORDER BY seq LIMIT {int(limit)}",
                params=(seq,),
            )
        )

    def between(self, table: int, first: bytes, last: bytes, most: int) -> list[Stored]:
        """Give the first records of a table that live, by uid, within two uids."""
        where = "uid >= %s AND uid <= %s AND table_id = %s AND pk IS NOT NULL"
        order = f"ORDER BY uid LIMIT {int(most)}"
        return self._fetch(Query(sql=f"{where} {order}", params=(first, last, table)))

    def living(self, table: int) -> int:
        """Count the records of a table that live."""
        where = f"{TABLE} WHERE table_id = %s AND pk IS NOT NULL"
        return self.engine.count(self.connection, Query(sql=where, params=(table,)))

    def of_table(self, table: int) -> list[Stored]:
        """Give all records of a table that live."""
        where = Query(sql="table_id = %s AND pk IS NOT NULL", params=(table,))
        return self._fetch(where)

    def pages(self, table: int, size: int) -> Iterator[list[str]]:
        """Give the pks of all records of a table that live, in batches."""
        last = b""
        sql = f"SELECT uid, pk FROM {TABLE} WHERE table_id = %s AND uid > %s "
        sql += f"AND pk IS NOT NULL ORDER BY uid LIMIT {int(size)}"
        while rows := self.engine.execute(self.connection, sql, [table, last]):
            yield [pk for _, pk in rows]
            last = bytes(rows[-1][0])

    def all_of(self, table: int, size: int) -> Iterator[list[bytes]]:
        """Give the uids of all records of a table, in batches."""
        last = b""
        sql = f"SELECT uid FROM {TABLE} WHERE table_id = %s AND uid > %s "
        sql += f"ORDER BY uid LIMIT {int(size)}"
        while rows := self.engine.execute(self.connection, sql, [table, last]):
            yield [bytes(uid) for (uid,) in rows]
            last = bytes(rows[-1][0])

    def holds(self, table: int) -> bool:
        """Has a table any record?"""
        sql = f"SELECT 1 FROM {TABLE} WHERE table_id = %s LIMIT 1"
        return bool(self.engine.execute(self.connection, sql, [table]))

    def rename(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        """Give records other uids."""
        sql = f"UPDATE {TABLE} SET uid = %s WHERE uid = %s"
        with self.connection.cursor() as cursor:
            cursor.executemany(sql, [(new, old) for old, new in pairs])
        self._rename_winners(pairs)

    def _rename_winners(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        """Let records that were found to be such ones name them by their new uids."""
        aliases = Aliases(database=self.connection.alias)
        if not aliases.any():
            return
        news = dict(pairs)
        found = aliases.losers_of(news)
        losers = self.by_uid(uid for uids in found.values() for uid in uids)
        for one in losers.values():
            merged = tuple(sorted(news.get(uid, uid) for uid in one.merged))
            one.extra = replace(one.extra or Extra(), merged=merged)
        self.put(list(losers.values()))
        aliases.rename(pairs)

    def uids(self, table: int, pks: Iterable[str]) -> dict[str, bytes]:
        """Give the uids of rows."""
        rows = self._pairs(
            "pk, uid", "pk", list(pks), Query(sql="table_id = %s", params=(table,))
        )
        return {pk: bytes(uid) for pk, uid in rows}

    def gone(self, table: int, pks: Sequence[str]) -> dict[str, bytes]:
        """Give the uids of deleted records whose rows had these pks last.

        A record that came back with another pk is meant still, unless another one was
        deleted there since. This reads all of a table's records: it is asked only for
        references without a constraint whose target is gone.
        """
        found: dict[str, bytes] = {}
        for state in ("pk IS NULL", "pk IS NOT NULL"):
            also = Query(sql=f"table_id = %s AND {state}", params=(table,))
            asked = [pk for pk in pks if pk not in found]
            rows = self._pairs("gone_pk, uid", "gone_pk", asked, also) if asked else []
            found |= {pk: bytes(uid) for pk, uid in rows}
        return found

    def rows(self, uids: Iterable[bytes]) -> dict[bytes, tuple[int, str]]:
        """Give the tables and pks of records that live."""
        rows = self._pairs(
            "uid, table_id, pk", "uid", list(uids), Query(sql="pk IS NOT NULL")
        )
        return {bytes(uid): (table, pk) for uid, table, pk in rows}

    def pks(self, uids: Iterable[bytes]) -> dict[bytes, str]:
        """Give the rows of records that live."""
        rows = self._pairs("uid, pk", "uid", list(uids), Query(sql="pk IS NOT NULL"))
        return {bytes(uid): pk for uid, pk in rows}

    def _pairs(
        self, columns: str, column: str, values: Sequence[Any], also: Query
    ) -> Iterable[tuple[Any, ...]]:
        for start in range(0, len(values), AMONG_MAX):
            among = self.engine.among(column, values[start : start + AMONG_MAX])
            yield from self.engine.execute(
                self.connection,
                f"SELECT {columns} FROM {TABLE} WHERE {also.sql} AND {among.sql}",
                (*also.params, *among.params),
            )

    def _among(
        self, column: str, values: Sequence[Any], also: str, params: tuple[Any, ...]
    ) -> Iterable[Stored]:
        for start in range(0, len(values), AMONG_MAX):
            among = self.engine.among(column, values[start : start + AMONG_MAX])
            where = Query(sql=f"{also} AND {among.sql}", params=params + among.params)
            yield from self._fetch(where)

    def _fetch(self, where: Query) -> list[Stored]:
        names = ", ".join(COLUMNS)
        rows = self.engine.execute(
            self.connection,
            f"SELECT {names} FROM {TABLE} WHERE {where.sql}",
            where.params,
        )
        return [_stored(row) for row in rows]

    @cached_property
    def _written(self) -> tuple[list[Column], list[Cell], list[Any]]:
        """How the bulk writer wants our columns."""
        found = self.engine.columns(self.connection, TABLE)
        columns = [found[name] for name in COLUMNS]
        kinds = [(column, KINDS[column.name]) for column in columns]
        cells = self.engine.writing(kinds, "UTC")
        steps = [conversion(cell.as_wire(), cell) for cell in cells]
        return columns, cells, steps

    def add(self, records: Sequence[Stored]) -> None:
        """Write records that are new here."""
        if records:
            self._write(TABLE, records)

    def put(self, records: Sequence[Stored]) -> None:
        """Write records, those that are there and those that are new."""
        if not records:
            return
        staging = Staging(
            engine=self.engine,
            connection=self.connection,
            table=TABLE,
            name="syncline_staged_record",
            columns=COLUMNS,
            pk=("uid",),
            created=[],
        )
        if not self.engine.features.transactional_ddl:
            self.engine.execute(
                self.connection, self.engine.drop_temporary(staging.name)
            )
        staging.create()
        self._write(staging.name, records)
        staging.merge()
        self.engine.execute(self.connection, self.engine.drop_temporary(staging.name))

    def release(self, uids: Sequence[bytes]) -> None:
        """Let records let go of their rows' pks, which others are about to take."""
        for start in range(0, len(uids), AMONG_MAX):
            among = self.engine.among("uid", uids[start : start + AMONG_MAX])
            self.engine.execute(
                self.connection,
                f"UPDATE {TABLE} SET pk = NULL WHERE {among.sql}",
                among.params,
            )

    def remove(self, uids: Sequence[bytes]) -> None:
        """Forget records."""
        for start in range(0, len(uids), AMONG_MAX):
            among = self.engine.among("uid", uids[start : start + AMONG_MAX])
            sql = f"DELETE FROM {TABLE} WHERE {among.sql}"
            self.engine.execute(self.connection, sql, among.params)

    def _write(self, table: str, records: Sequence[Stored]) -> None:
        columns, cells, steps = self._written
        rows = convert_rows([_row(one) for one in records], steps)
        pairs = list(zip(columns, cells, strict=True))
        with self.engine.writer(self.connection, table, pairs) as writer:
            writer.write(rows)


def _stored(row: tuple[Any, ...]) -> Stored:
    uid, table, pk, life, clock, node, counter, seq, digest, *rest = row
    extra, context, gone_pk = rest
    return Stored(
        uid=bytes(uid),
        table=table,
        pk=pk,
        life=life,
        mark=(clock, node, counter),
        seq=seq,
        digest=digest,
        extra=None if extra is None else decode(bytes(extra), Extra),
        context=context,
        gone_pk=gone_pk,
    )


def _row(one: Stored) -> tuple[Any, ...]:
    extra = None if one.extra is None else encode(one.extra)
    return (
        one.uid,
        one.table,
        one.pk,
        one.life,
        *one.mark,
        one.seq,
        one.digest,
        extra,
        one.context,
        one.gone_pk,
    )
