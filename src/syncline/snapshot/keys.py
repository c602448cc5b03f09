"""Matching rows by natural key, where the two sides' pks mean nothing to each other."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from django.db import models

from syncline.changes.kinds import Kind
from syncline.engines.base import Query
from syncline.engines.staging import Staging
from syncline.errors import UsageError, listed
from syncline.progress import Progress
from syncline.schema.description import FieldDescription
from syncline.snapshot.contenttypes import MATCHED
from syncline.snapshot.pairing import TablePair
from syncline.snapshot.target import Target

NO_KEY_HINT = (
    "Use --match pk, leave them out with --exclude, or give them a natural_key."
)


@dataclass(kw_only=True)
class KeyMatching:
    """Gives every staged row the pk of its match, or a new one, and follows it."""

    target: Target
    pairs: Sequence[TablePair]
    staged: Mapping[str, Staging]
    set_aside: Callable[[str, Query, str], None]
    """Takes rows of a label out, and says why."""

    maps: dict[str, str] = field(default_factory=dict)
    """The temporary map of each label whose pks change."""

    done: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of label and column that are rewritten already."""

    def run(self) -> Iterator[Progress]:
        """Match parents before the children whose keys name them."""
        pairs = {pair.label: pair for pair in self.pairs}
        self._require_keys(pairs)
        for label in self._ordered(pairs):
            yield Progress(stage="match", subject=label)
            pair = pairs[label]
            for described in pair.table.description.fields:
                if described.name in self._key(pair):
                    self._rewrite(pair, described)
            self._match(pair)
        for pair in self.pairs:
            for described in pair.table.description.fields:
                self._rewrite(pair, described)
            self._rewrite_generic(pair)
            self._rewrite_pk(pair)

    def _key(self, pair: TablePair) -> tuple[str, ...]:
        """Give the fields that identify a row; empty if only its pk does."""
        description = pair.table.description
        if description.natural_key:
            return description.natural_key
        return description.uniques[0] if len(description.uniques) == 1 else ()

    def _require_keys(self, pairs: Mapping[str, TablePair]) -> None:
        """Refuse models whose rows nothing but a counted pk identifies."""
        unkeyed = [
            label
            for label, pair in pairs.items()
            if not self._key(pair)
            and self._is_automatic(pair)
            and self._has_rows(label)
        ]
        if unkeyed:
            raise UsageError(
                f"{len(unkeyed)} models have no natural key and not just one unique "
                f"constraint: {listed(unkeyed)}.",
                hint=NO_KEY_HINT,
            )

    def _is_automatic(self, pair: TablePair) -> bool:
        return bool(pair.table.automatic)

    def _has_rows(self, label: str) -> bool:
        staging = self.staged[label]
        return self.target.engine.has_rows(self.target.connection, staging.name)

    def _ordered(self, pairs: Mapping[str, TablePair]) -> list[str]:
        graph = {
            label: {
                described.target
                for described in pair.table.description.fields
                if described.name in self._key(pair) and described.target in pairs
            }
            for label, pair in pairs.items()
        }
        try:
            return list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            raise UsageError(
                f"The natural keys lean on each other: {listed(error.args[1])}.",
                hint=NO_KEY_HINT,
            ) from error

    def _match(self, pair: TablePair) -> None:
        """Map the staged pks of a model to those that they get."""
        description = pair.table.description
        pk_is_ours = (
            len(description.pk) == 1 and not description.field(description.pk[0]).target
        )
        key = self._key(pair)
        if not key or not pk_is_ours:
            return
        staging = self.staged[pair.label]
        columns = [description.field(name).column for name in key]
        if not set(columns) <= set(staging.columns):
            return
        name = f"syncline_map_{len(self.maps)}"
        staging.map_matches(name, columns)
        staging.map_newcomers(name, automatic=self._is_automatic(pair))
        self.maps[pair.label] = name

    def _rewrite(self, pair: TablePair, described: FieldDescription) -> None:
        """Let a foreign key follow its target to the new pk."""
        label, column = pair.label, described.column
        map_name = self._map_of(described.target, described.target_field)
        staging = self.staged[label]
        if (label, column) in self.done or column not in staging.columns:
            return
        if map_name is None:
            return
        self.done.add((label, column))
        why = f"whose {described.name} is not in the source"
        self.set_aside(label, staging.unmapped(column, map_name), why)
        staging.remap(column, map_name)

    def _map_of(self, target: str, target_field: str) -> str | None:
        """Find the map of a foreign key's target; multi-table children share one."""
        while target and target not in MATCHED and target in self.staged:
            if target in self.maps:
                description = self.target.tables[target].description
                return self.maps[target] if target_field in description.pk else None
            description = self.target.tables[target].description
            if len(description.pk) != 1:
                return None
            parent = description.field(description.pk[0])
            target, target_field = parent.target, parent.target_field
        return None

    def _rewrite_pk(self, pair: TablePair) -> None:
        if pair.label in self.maps:
            staging = self.staged[pair.label]
            staging.remap(staging.pk[0], self.maps[pair.label])

    def _rewrite_generic(self, pair: TablePair) -> None:
        """Let generic foreign keys follow, one kind of target at a time."""
        engine = self.target.engine
        staging = self.staged[pair.label]
        for type_name, id_name in pair.table.description.generic:
            type_column = pair.table.description.field(type_name).column
            described = pair.table.description.field(id_name)
            for label, map_name in self.maps.items():
                number = self._type_number(self.target.tables[label].model)
                if number is not None:
                    condition = f"{engine.quote(type_column)} = {number}"
                    staging.remap_generic(
                        described.column,
                        map_name,
                        condition,
                        as_text=described.kind is not Kind.INTEGER,
                    )

    def _type_number(self, model: type[models.Model]) -> int | None:
        """Give the content type's pk of a model on the target."""
        if MATCHED[0] not in self.target.tables:
            return None
        types = self.target.tables[MATCHED[0]].model
        found = (
            types._base_manager.using(self.target.alias)
            .filter(app_label=model._meta.app_label, model=model._meta.model_name)
            .values_list("pk", flat=True)
            .first()
        )
        return None if found is None else int(found)
