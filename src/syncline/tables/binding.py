"""A model bound to its table: what the database says and what the fields mean."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.apps import apps
from django.conf import settings
from django.db import models

from syncline.changes.kinds import Kind
from syncline.engines.base import Column, Connection, Engine
from syncline.schema.description import FieldDescription, ModelDescription
from syncline.tables.selection import Model, Selection

if TYPE_CHECKING:
    Field = models.Field[Any, Any]
else:
    Field = models.Field  # Generic in its stubs only.

INTERNAL_KINDS: dict[str, Kind] = {
    "BinaryField": Kind.BINARY,
    "BooleanField": Kind.BOOLEAN,
    "DateField": Kind.DATE,
    "DateTimeField": Kind.DATETIME,
    "DecimalField": Kind.DECIMAL,
    "DurationField": Kind.DURATION,
    "FloatField": Kind.FLOAT,
    "GenericIPAddressField": Kind.ADDRESS,
    "IPAddressField": Kind.ADDRESS,
    "JSONField": Kind.JSON,
    "NullBooleanField": Kind.BOOLEAN,
    "TimeField": Kind.TIME,
    "UUIDField": Kind.UUID,
}
"""Fields whose meaning their column's type alone does not tell on every engine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One model's table on one database."""

    model: Model
    description: ModelDescription
    columns: dict[str, Column]
    """By field name, in the order of the description's fields."""

    automatic: tuple[str, ...] = ()
    """Columns whose values the database counts up by itself."""

    def field(self, name: str) -> Field:
        """Give the model's field of a name."""
        return cast("Field", self.model._meta.get_field(name))

    @property
    def label(self) -> str:
        """The model's label."""
        return self.description.label


def bind_tables(
    connection: Connection, engine: Engine, selection: Selection
) -> list[Table]:
    """Look at the table of each selected model."""
    return [
        bind_table(connection, engine, model, selection.excluded_fields)
        for model in selection.models
    ]


def bind_table(
    connection: Connection,
    engine: Engine,
    model: Model,
    excluded: frozenset[tuple[str, str]] = frozenset(),
) -> Table:
    """Look at one model's table and describe it."""
    options = model._meta
    existing = engine.columns(connection, options.db_table)
    fields: list[FieldDescription] = []
    columns: dict[str, Column] = {}
    generated: list[str] = []
    for field in options.local_concrete_fields:
        column = existing.get(field.column or "")
        if column is None or (options.label, field.name) in excluded:
            continue
        if column.generated or getattr(field, "generated", False):
            generated.append(field.name)
            continue
        columns[field.name] = column
        fields.append(_describe(field, column, engine, connection))
    return Table(
        model=model,
        columns=columns,
        automatic=tuple(
            str(field.column)
            for field in options.local_concrete_fields
            if isinstance(field, models.AutoField) and field.name in columns
        ),
        description=ModelDescription(
            label=options.label,
            table=options.db_table,
            fields=tuple(fields),
            pk=tuple(field.name for field in pk_fields(model)),
            generic=_generic_keys(model),
            uniques=_uniques(model),
            natural_key=_natural_key(model),
            generated=tuple(generated),
        ),
    )


def pk_fields(model: Model) -> Sequence[Field]:
    """Give the fields of the primary key; several if it is composite."""
    return list(model._meta.pk_fields)


def leaf_of(field: Field) -> Field:
    """Follow foreign keys to the field that decides on the column's type."""
    while field.remote_field is not None and hasattr(field, "target_field"):
        field = field.target_field
    return field


def logical_kind(field: Field) -> Kind | None:
    """Say what a field means, where Django's own field types tell."""
    kind = INTERNAL_KINDS.get(leaf_of(field).get_internal_type())
    if kind is Kind.DATETIME and not settings.USE_TZ:
        return Kind.NAIVE
    return kind


def _describe(
    field: Field, column: Column, engine: Engine, connection: Connection
) -> FieldDescription:
    leaf = leaf_of(field)
    kind = engine.kind(column, logical_kind(field))
    target = target_field = ""
    if isinstance(field, models.ForeignKey):
        target = field.related_model._meta.label
        target_field = field.target_field.name
    return FieldDescription(
        name=field.name,
        column=column.name,
        kind=kind,
        null=column.null,
        length_max=column.length_max or getattr(leaf, "max_length", None),
        places=(
            getattr(leaf, "decimal_places", column.places)
            if kind is Kind.DECIMAL
            else None
        ),
        native=column.native,
        zone=connection.timezone_name if kind is Kind.NAIVE else "UTC",
        target=target,
        target_field=target_field,
    )


def _generic_keys(model: Model) -> tuple[tuple[str, str], ...]:
    if not apps.is_installed("django.contrib.contenttypes"):
        return ()
    return tuple(
        (field.ct_field, field.fk_field)
        for field in model._meta.private_fields
        if hasattr(field, "ct_field") and hasattr(field, "fk_field")
    )


def _uniques(model: Model) -> tuple[tuple[str, ...], ...]:
    """Give the fields of each unconditional unique constraint but the key."""
    options = model._meta
    local = {field.name for field in options.local_concrete_fields}
    single = [
        (field.name,)
        for field in options.local_concrete_fields
        if field.unique and not field.primary_key
    ]
    together = [tuple(names) for names in options.unique_together]
    total = [
        tuple(constraint.fields) for constraint in options.total_unique_constraints
    ]
    found = [names for names in single + together + total if set(names) <= local]
    return tuple(dict.fromkeys(found))


def _natural_key(model: Model) -> tuple[str, ...]:
    """Give the fields of the natural key, where a manager looks them up by name.

    Only `get_by_natural_key` names the fields, as its parameters.
    """
    getter = getattr(model._default_manager, "get_by_natural_key", None)
    if getter is None or not hasattr(model, "natural_key"):
        return ()
    code = getter.__code__
    names = code.co_varnames[1 : code.co_argcount]
    local = {field.name for field in model._meta.local_concrete_fields}
    return names if names and set(names) <= local else ()
