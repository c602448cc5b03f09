"""A database that rows go into, and what it holds before they do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import models

from syncline.engines.base import Connection, Engine, Query, Side
from syncline.errors import MissingTables
from syncline.schema.description import ModelDescription
from syncline.snapshot.source import applied_migrations
from syncline.tables.binding import Table, bind_tables
from syncline.tables.selection import (
    Model,
    Selection,
    all_models,
    concrete,
    select_models,
)

ForeignKey = models.ForeignKey[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A foreign key that the database enforces."""

    label: str
    name: str
    null: bool
    child: Side
    target_label: str
    parent: Side


@dataclass(kw_only=True)
class Target:
    """One database, seen through the installed models."""

    connection: Connection
    engine: Engine

    @property
    def alias(self) -> str:
        """The database's name in settings."""
        return self.connection.alias

    @cached_property
    def selection(self) -> Selection:
        """Every model that has a table here."""
        return select_models(self.connection)

    @cached_property
    def tables(self) -> dict[str, Table]:
        """Every table here that is ours to fill, by label."""
        bound = bind_tables(self.connection, self.engine, self.selection)
        return {table.label: table for table in bound}

    @property
    def models(self) -> dict[str, ModelDescription]:
        """The descriptions of these tables."""
        return {label: table.description for label, table in self.tables.items()}

    @property
    def migrations(self) -> frozenset[tuple[str, str]]:
        """The migrations that are applied here."""
        return applied_migrations(self.connection)

    def forget(self) -> None:
        """Look again at everything: the schema has changed."""
        for name in ("selection", "tables", "references"):
            self.__dict__.pop(name, None)

    def require_tables(self, labels: Sequence[str]) -> None:
        """Check that there is a table for each model.

        Raises:
            MissingTables: there is none for some.
        """
        missing = [
            apps.get_model(label)._meta.db_table
            for label in labels
            if self.selection.left_out.get(label) == "no table"
        ]
        if missing:
            raise MissingTables(alias=self.alias, tables=missing)

    def count(self, label: str) -> int:
        """Count the rows of a model."""
        table = self.engine.quote(self.tables[label].description.table)
        return self.engine.count(self.connection, Query(sql=table))

    def filled(self) -> set[str]:
        """Give the labels of the models that have rows here."""
        return {
            label
            for label, table in self.tables.items()
            if self.engine.has_rows(self.connection, table.description.table)
        }

    @cached_property
    def references(self) -> list[Reference]:
        """Every enforced foreign key between tables here."""
        return references_of(self.tables, enforced=True)

    def pk_columns(self, label: str) -> list[str]:
        """Give the quoted columns of a model's primary key."""
        table = self.tables[label]
        return [
            self.engine.quote(table.description.field(name).column)
            for name in table.description.pk
            if name in table.columns
        ]


def references_of(tables: Mapping[str, Table], *, enforced: bool) -> list[Reference]:
    """Give the foreign keys between some tables; all, or those that are enforced."""
    return [
        _reference(model, field)
        for model in all_models()
        if model._meta.label in tables
        for field in model._meta.local_concrete_fields
        if isinstance(field, models.ForeignKey)
        and (getattr(field, "db_constraint", True) or not enforced)
        and field.name in tables[model._meta.label].columns
        and concrete(field.related_model)._meta.label in tables
    ]


def _reference(model: Model, field: ForeignKey) -> Reference:
    parent = concrete(field.related_model)
    return Reference(
        label=model._meta.label,
        name=field.name,
        null=field.null,
        child=Side(table=model._meta.db_table, column=str(field.column)),
        target_label=parent._meta.label,
        parent=Side(table=parent._meta.db_table, column=str(field.target_field.column)),
    )
