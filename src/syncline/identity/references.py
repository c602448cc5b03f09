"""What rows point at: pks here, uids on the way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncline.changes.kinds import Value
from syncline.engines.base import Query
from syncline.identity.aliases import Aliases
from syncline.identity.bound import Bound, Image
from syncline.identity.database import NodeDatabase
from syncline.identity.matching import Matcher
from syncline.identity.uids import uid_of_row
from syncline.registry.terms import ReferenceRule

Key = tuple[Value, ...]


@dataclass(kw_only=True)
class References:
    """Turns the references of images into uids, and back; looks up in sets."""

    database: NodeDatabase
    genesis: str
    born: dict[tuple[int, str], bytes] = field(default_factory=dict)
    """Records that are not written down yet, by table and pk."""

    _matchers: dict[tuple[str, tuple[str, ...]], Matcher] = field(default_factory=dict)

    def outward(self, bound: Bound, images: Sequence[Image]) -> list[list[Value]]:
        """Spell images with uids in the place of pks."""
        rows = [list(image) for image in images]
        for place, label in bound.pointers.items():
            texts = {row[place] for row in rows if row[place] is not None}
            if not texts:
                continue
            known = self.uids_of(bound, place, label, texts)
            for row in rows:
                if row[place] is not None:
                    row[place] = known[row[place]]
        for place, rule in bound.matched.items():
            texts = {row[place] for row in rows if row[place] is not None}
            keys = self.matched_keys(rule, texts)
            for row in rows:
                row[place] = keys.get(row[place])
        for pair in bound.generic:
            self._generic_outward(pair, rows)
        return rows

    def uids_of(
        self, bound: Bound, place: int, label: str, texts: Iterable[str]
    ) -> dict[str, bytes]:
        """Give the uids of what a reference's values point at."""
        wanted = list(texts)
        parent = self.database.bound(label)
        by = bound.target_field(place)
        if by is None:
            found = self._uids(parent, wanted)
        else:
            pks = _pks_by(parent, by, wanted)
            uids = self._uids(parent, list(pks.values()))
            found = {text: uids[pk] for text, pk in pks.items()}
        missing = {
            # It points at nothing here, and so it does everywhere.
            text: uid_of_row(self.genesis, label, text)
            for text in wanted
            if text not in found
        }
        return found | missing

    def _uids(self, parent: Bound, pks: Sequence[str]) -> dict[str, bytes]:
        fresh = {
            pk: self.born[parent.number, pk]
            for pk in pks
            if (parent.number, pk) in self.born
        }
        asked = [pk for pk in pks if pk not in fresh]
        return {**self.database.store.uids(parent.number, asked), **fresh}

    def _generic_outward(self, pair: tuple[int, int], rows: list[list[Value]]) -> None:
        type_place, id_place = pair
        by_label: dict[str, set[str]] = {}
        for row in rows:
            label = self._label(row[type_place])
            if label and row[id_place] is not None:
                by_label.setdefault(label, set()).add(str(row[id_place]))
        uids = {
            label: self._uids_or_none(self.database.bound(label), list(texts))
            for label, texts in by_label.items()
        }
        for row in rows:
            label = self._label(row[type_place])
            if label and row[id_place] is not None:
                row[id_place] = uids[label][str(row[id_place])]

    def _uids_or_none(self, parent: Bound, pks: Sequence[str]) -> dict[str, bytes]:
        """Give uids; of a row that is not there, one that is nowhere."""
        known = self._uids(parent, pks)
        missing = [pk for pk in pks if pk not in known]
        if missing:
            gone = self.database.store.gone(parent.number, missing)
            winners = Aliases(database=self.database.alias).winners(gone.values())
            known |= {pk: winners.get(uid, uid) for pk, uid in gone.items()}
        return {
            pk: known.get(pk) or uid_of_row(self.genesis, parent.label, pk)
            for pk in pks
        }

    def _label(self, key: Value) -> str:
        """Give the label of a tracked model that a content type's key names."""
        return self.database.labels_lowered.get(".".join(key), "") if key else ""

    def matched_pks(
        self, rule: ReferenceRule, keys: Iterable[Key]
    ) -> Mapping[Key, str]:
        """Give the pks here of rows that are matched by their keys."""
        return self._matcher(rule).pks(keys)

    def matched_keys(
        self, rule: ReferenceRule, pks: Iterable[str]
    ) -> Mapping[str | None, Key | None]:
        """Give the keys of rows that are matched by them."""
        return self._matcher(rule).keys(pks)

    def _matcher(self, rule: ReferenceRule) -> Matcher:
        known = self._matchers.get((rule.target, rule.paths))
        if known is None:
            alias = self.database.alias
            known = Matcher(alias=alias, label=rule.target, lookups=rule.paths)
            self._matchers[rule.target, rule.paths] = known
        return known


def _pks_by(parent: Bound, by: str, texts: Sequence[str]) -> dict[str, str]:
    """Give the pks of rows by another unique field's text."""
    return {text: pk for pk, text in _read_by(parent, by, (by,), texts)}


def values_by(parent: Bound, by: str, pks: Sequence[str]) -> dict[str, str]:
    """Give another unique field's text by the rows' pks."""
    return dict(_read_by(parent, by, parent.table.description.pk, pks))


def _read_by(
    parent: Bound, by: str, known_by: Sequence[str], texts: Sequence[str]
) -> list[tuple[Any, ...]]:
    capture = parent.engine.capture
    columns = tuple(parent.table.columns[name] for name in known_by)
    spelled = capture.pk_text((parent.table.columns[by],), "t.")
    where = capture.with_pks(columns, list(texts), "t.")
    query = Query(sql=f"{parent.name} t WHERE {where.sql}", params=where.params)
    selected = query.select([parent.pk_sql, spelled])
    return parent.engine.execute(parent.connection, selected.sql, selected.params)
