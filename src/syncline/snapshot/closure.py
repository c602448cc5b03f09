"""A subset with everything that its rows point at, so that it loads anywhere."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from django.db import models

from syncline.engines.base import Query, Side
from syncline.engines.keeping import Kept, pointing_at
from syncline.snapshot.contenttypes import MATCHED
from syncline.snapshot.source import DatabaseSource
from syncline.snapshot.target import Reference, references_of
from syncline.tables.selection import concrete, linked_owner, named_models


@dataclass(kw_only=True)
class Closure:
    """The rows to keep of a source, found by following foreign keys up."""

    source: DatabaseSource
    seeds: Mapping[str, Query | None]
    """By label: the WHERE of the rows asked for; None is all of them."""

    kept: dict[str, Kept] = field(default_factory=dict)
    """Marks of the tables that are not kept whole."""

    def mark(self) -> None:
        """Mark rows until none is missing."""
        for index, (label, table) in enumerate(self.source.tables.items()):
            whole = label in self.seeds and self.seeds[label] is None
            if not (whole or label in MATCHED):
                self.kept[label] = Kept(
                    engine=self.source.engine,
                    connection=self.source.connection,
                    table=table.description.table,
                    pk=tuple(
                        table.description.field(name).column
                        for name in table.description.pk
                    ),
                    name=f"syncline_kept_{index}",
                )
                self.kept[label].create(self.seeds.get(label))
        references = references_of(self.source.tables, enforced=False)
        before = -1
        while before != (marked := self._marked()):
            before = marked
            for reference in references:
                self._follow(reference)

    def _marked(self) -> int:
        return sum(kept.count() for kept in self.kept.values())

    def _follow(self, reference: Reference) -> None:
        parent = self.kept.get(reference.target_label)
        if parent is not None:
            child = self.kept.get(reference.label)
            parent.add_parents(reference.child, reference.parent.column, child)

    def forget(self) -> None:
        """Remove the marks."""
        for kept in self.kept.values():
            kept.drop()


@contextmanager
def closed(source: DatabaseSource, names: Sequence[str]) -> Iterator[None]:
    """Narrow a source down to the rows asked for and those that they need.

    Args:
        source: with filters; its view is open.
        names: the models asked for; none means all.
    """
    asked = {model._meta.label for name in names for model in named_models(name)}
    seeds: dict[str, Query | None] = {}
    for label, table in source.tables.items():
        owner = linked_owner(table.model)
        if asked and label not in asked and (owner is None or owner not in asked):
            continue
        seeds[label] = source.filters.get(label)
        if owner is not None and source.filters.get(owner) is not None:
            seeds[label] = _links_of(source, table.model, owner)
    closure = Closure(source=source, seeds=seeds)
    before = source.filters, source.models
    try:
        closure.mark()
        source.filters = {label: k.condition() for label, k in closure.kept.items()}
        source.models = {
            label: model
            for label, model in source.models.items()
            if label in seeds
            or label not in closure.kept
            or closure.kept[label].count()
        }
        yield
    finally:
        source.filters, source.models = before
        if not source.connection.needs_rollback:
            closure.forget()


def _links_of(
    source: DatabaseSource, through: type[models.Model], owner: str
) -> Query | None:
    """Give the links whose owner is asked for."""
    narrowed = source.filters[owner]
    table = source.tables[owner].description
    for field_ in through._meta.local_concrete_fields:
        if (
            isinstance(field_, models.ForeignKey)
            and concrete(field_.related_model)._meta.label == owner
        ):
            end = Side(table=table.table, column=str(field_.target_field.column))
            return pointing_at(source.engine, str(field_.column), end, narrowed)
    return None
