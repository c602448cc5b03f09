"""Other uids for records, and for those whose own uids are made of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from syncline.identity.births import keys_of
from syncline.identity.bound import Bound, Image
from syncline.identity.database import NodeDatabase
from syncline.identity.references import References, values_by
from syncline.identity.uids import uid_of_key

Pairs = Sequence[tuple[bytes, bytes]]
"""Each a uid, and the one that its record gets."""


@dataclass(frozen=True, kw_only=True)
class Leaning:
    """Rows of one table whose keys lean on records that get other uids."""

    bound: Bound
    rows: Sequence[tuple[str, Image]]
    uids: Mapping[str, bytes]
    """By pk, of those whose uid is that of their key."""


@dataclass(frozen=True, kw_only=True)
class Renaming:
    """Renames records of one database, in a transaction that holds the lock."""

    database: NodeDatabase
    genesis: str

    def rename(self, pairs: Pairs) -> None:
        """Give records other uids, and so to all whose keys lean on them.

        The uid of a child table's row, say, is made of its parent's: both nodes have
        to come to the same one.
        """
        while pairs:
            leaning = list(self._leaning([old for old, _ in pairs]))
            self.database.store.rename(pairs)
            pairs = [pair for some in leaning for pair in self._renewed(some)]

    def _leaning(self, uids: Sequence[bytes]) -> Iterator[Leaning]:
        by_label: dict[str, list[str]] = {}
        for number, pk in self.database.store.rows(uids).values():
            by_label.setdefault(self.database.labels[number], []).append(pk)
        for bound in self.database.all_bound():
            rows = dict(self._pointing(bound, by_label))
            if rows:
                yield self._as_keyed(bound, list(rows.items()))

    def _pointing(
        self, bound: Bound, by_label: Mapping[str, Sequence[str]]
    ) -> Iterator[tuple[str, Image]]:
        """Give rows whose key has a reference at some rows, by those' pks."""
        for place, label in bound.pointers.items():
            if bound.fields[place] in bound.tracked.key.fields and label in by_label:
                texts = by_label[label]
                by = bound.target_field(place)
                if by is not None:
                    parent = self.database.bound(label)
                    texts = list(values_by(parent, by, texts).values())
                column = bound.table.columns[bound.fields[place]]
                where = bound.engine.capture.with_pks((column,), texts, "t.")
                for batch in bound.images(where):
                    yield from batch

    def _as_keyed(self, bound: Bound, rows: Sequence[tuple[str, Image]]) -> Leaning:
        """Leave out records whose uid is another than their key's."""
        own = self.database.store.uids(bound.number, [pk for pk, _ in rows])
        now = self._of_keys(bound, rows)
        uids = {pk: uid for pk, uid in now.items() if own.get(pk) == uid}
        return Leaning(
            bound=bound, rows=[row for row in rows if row[0] in uids], uids=uids
        )

    def _renewed(self, some: Leaning) -> Iterator[tuple[bytes, bytes]]:
        for pk, uid in self._of_keys(some.bound, some.rows).items():
            if uid != some.uids[pk]:
                yield some.uids[pk], uid

    def _of_keys(
        self, bound: Bound, rows: Sequence[tuple[str, Image]]
    ) -> dict[str, bytes]:
        references = References(database=self.database, genesis=self.genesis)
        keys = keys_of(bound, references, [image for _, image in rows])
        return {
            pk: uid_of_key(bound.label, key)
            for (pk, _), key in zip(rows, keys, strict=True)
            if key is not None
        }
