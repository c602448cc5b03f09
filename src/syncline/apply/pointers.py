"""What can point at rows of a model: foreign keys and generic ones, of any model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import models

from syncline.changes.kinds import Kind
from syncline.engines.base import Column, Query
from syncline.identity.bound import PKS_MAX
from syncline.identity.database import NodeDatabase
from syncline.registry.relations import generic_pairs
from syncline.tables.binding import Table, bind_table
from syncline.tables.selection import Model, all_models, concrete


@dataclass(frozen=True, kw_only=True)
class Pointer:
    """A column by which rows, tracked or not, point at those of a model."""

    model: Model
    table: Table
    name: str
    """The field's."""

    target_field: str = ""
    """What it points at, if that is not the primary key."""

    type_field: str = ""
    """Of a generic key: the field of its content type."""

    @property
    def label(self) -> str:
        """The model's label."""
        return self.model._meta.label

    @property
    def column(self) -> Column:
        """The column that points."""
        return self.table.columns[self.name]

    @property
    def pk(self) -> tuple[Column, ...]:
        """The columns of the primary key of the rows that point."""
        return tuple(self.table.columns[name] for name in self.table.description.pk)

    @property
    def in_pk(self) -> bool:
        """Is it the primary key of the rows that point, or a part of it?"""
        return self.name in self.table.description.pk


def pointers_at(database: NodeDatabase, target: Model) -> Iterator[Pointer]:
    """Give the foreign keys at a model."""
    for model in _with_tables():
        names = [
            (field.name, field.target_field)
            for field in model._meta.local_concrete_fields
            if isinstance(field, models.ForeignKey)
            and concrete(field.related_model) is target
        ]
        table = _table(database, model) if names else None
        for name, points_at in names:
            if table is not None and name in table.columns:
                to_field = "" if points_at.primary_key else points_at.name
                yield Pointer(
                    model=model, table=table, name=name, target_field=to_field
                )


def generic_pointers(database: NodeDatabase) -> Iterator[Pointer]:
    """Give the generic keys of all models: each may point at any model."""
    for model in _with_tables():
        pairs = generic_pairs(model)
        table = _table(database, model) if pairs else None
        for type_field, id_field in pairs:
            if table is not None and {type_field, id_field} <= table.columns.keys():
                yield Pointer(
                    model=model, table=table, name=id_field, type_field=type_field
                )


def rows_pointing(
    database: NodeDatabase, pointer: Pointer, target: Model, values: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Give the pks of rows that point at some values, and at which of them.

    Args:
        database: where to look.
        pointer: one at the model.
        target: the model, by which generic keys are told apart.
        values: as text; pks, or of the field that it points at.
    """
    engine = database.engine
    asked = [value for value in values if may_hold(pointer, value)]
    spelled = [
        engine.capture.pk_text(columns, "t.")
        for columns in (pointer.pk, (pointer.column,))
    ]
    name = engine.quote(pointer.table.description.table).replace("%", "%%")
    for start in range(0, len(asked), PKS_MAX):
        some = asked[start : start + PKS_MAX]
        where = engine.capture.with_pks((pointer.column,), some, "t.")
        if pointer.type_field:
            where = _of_type(database, pointer, target, where)
        query = Query(sql=f"{name} t WHERE {where.sql}", params=where.params)
        selected = query.select(spelled)
        yield from engine.execute(database.connection, selected.sql, selected.params)


def _of_type(
    database: NodeDatabase, pointer: Pointer, target: Model, where: Query
) -> Query:
    """Narrow a generic key down to a model."""
    column = pointer.table.columns[pointer.type_field]
    name = database.engine.quote(column.name).replace("%", "%%")
    types = "SELECT id FROM django_content_type WHERE app_label = %s AND model = %s"
    named = (target._meta.app_label, target._meta.model_name)
    return Query(
        sql=f"{where.sql} AND t.{name} IN ({types})", params=(*where.params, *named)
    )


def may_hold(pointer: Pointer, value: str) -> bool:
    """Can a generic key hold a pk, or is it of another kind?"""
    if not pointer.type_field:
        return True
    kind = pointer.table.description.field(pointer.name).kind
    if kind is Kind.INTEGER:
        return value.lstrip("-").isdecimal()
    return kind is Kind.TEXT


def _with_tables() -> Iterator[Model]:
    for model in all_models():
        options = model._meta
        if not options.proxy and not options.swapped and options.managed:
            yield model


def _table(database: NodeDatabase, model: Model) -> Table:
    return bind_table(database.connection, database.engine, model)
