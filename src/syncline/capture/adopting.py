"""Makes records of the rows that are there when a table is first tracked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syncline.engines.base import Query
from syncline.engines.pace import Pace
from syncline.errors import SAMPLES_MAX, KeyNotUnique
from syncline.identity.births import keys_of
from syncline.identity.bound import Bound, Image
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Standing
from syncline.identity.references import References
from syncline.identity.stored import Stored
from syncline.identity.uids import digest_of, uid_of_key, uid_of_newcomer, uid_of_row
from syncline.progress import Progress
from syncline.registry.terms import KeyKind

ADOPTED = 0
"""The clock of rows that were there before anybody looked: any edit is later."""


@dataclass(kw_only=True)
class Adopting:
    """Adopts the rows of one database, in a transaction that holds the lock."""

    database: NodeDatabase
    standing: Standing

    def run(self, bound: Bound) -> Iterator[Progress]:
        """Adopt the rows of a table that have no record yet.

        Raises:
            KeyNotUnique: several rows have one key.
        """
        self._check_key(bound)
        references = References(database=self.database, genesis=self.standing.genesis)
        done = 0
        for batch in bound.images(self._unknown(bound), Pace(), beside=True):
            self._adopt(bound, references, batch)
            done += len(batch)
            yield Progress(stage="adopt", subject=bound.label, done=done)

    def _unknown(self, bound: Bound) -> Query | None:
        """Give the WHERE of rows without a record; None where no row has one."""
        engine, connection = self.database.engine, self.database.connection
        sql = "SELECT 1 FROM syncline_record WHERE table_id = %s AND pk IS NOT NULL "
        if not engine.execute(connection, f"{sql}LIMIT 1", [bound.number]):
            return None
        return Query(
            sql="NOT EXISTS (SELECT 1 FROM syncline_record r WHERE "
            f"r.table_id = {int(bound.number)} AND r.pk = {bound.pk_sql})"
        )

    def _adopt(
        self,
        bound: Bound,
        references: References,
        batch: Sequence[tuple[str, Image]],
    ) -> None:
        keys = keys_of(bound, references, [image for _, image in batch])
        node = self.database.nodes.number(self.standing.node)
        label, genesis = bound.label, self.standing.genesis
        wanted = [
            uid_of_row(genesis, label, pk) if key is None else uid_of_key(label, key)
            for (pk, _), key in zip(batch, keys, strict=True)
        ]
        taken = set(self.database.store.by_uid(wanted)) if self._met(bound) else set()
        records = []
        for (pk, image), uid in zip(batch, wanted, strict=True):
            version = self.standing.mint(ADOPTED)
            own = uid if uid not in taken else uid_of_newcomer(label, version.dot)
            taken.add(own)
            records.append(
                Stored(
                    uid=own,
                    table=bound.number,
                    pk=pk,
                    life=1,
                    mark=(ADOPTED, node, version.dot.counter),
                    seq=self.standing.next_seq(),
                    digest=digest_of(image),
                )
            )
        self.database.store.add(records)

    def _met(self, bound: Bound) -> bool:
        """May some uid be taken?"""
        return bound.tracked.key.kind is not KeyKind.NONE or self.standing.seq > 0

    def _check_key(self, bound: Bound) -> None:
        key = bound.tracked.key
        if key.kind is not KeyKind.DECLARED and key.kind is not KeyKind.NATURAL:
            return  # The database itself sees to it that there is no second one.
        engine = self.database.engine
        columns = [engine.quote(bound.table.columns[name].name) for name in key.fields]
        names = ", ".join(columns)
        present = " AND ".join(f"{column} IS NOT NULL" for column in columns)
        sql = (
            f"SELECT {names}, COUNT(*) FROM {bound.name} WHERE {present} "
            f"GROUP BY {names} HAVING COUNT(*) > 1 LIMIT {SAMPLES_MAX}"
        )
        found = engine.execute(self.database.connection, sql)
        if found:
            raise KeyNotUnique(
                label=bound.label,
                key=key.fields,
                samples=[
                    f"{', '.join(map(str, row[:-1]))} ({row[-1]} rows)" for row in found
                ],
            )
