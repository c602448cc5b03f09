"""Which models are taken, which are left out and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from django.apps import apps
from django.db import models, router

from syncline.engines.base import Connection
from syncline.errors import UnknownModel

Model = type[models.Model]

OUR_APP = "syncline"
CONTENT_TYPE, PERMISSION = "contenttypes.ContentType", "auth.Permission"


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The models to take, in a stable order, and the fields to leave behind."""

    models: tuple[Model, ...]
    left_out: dict[str, str] = field(default_factory=dict)
    """The reason by label; a model left out stops nothing."""

    excluded_fields: frozenset[tuple[str, str]] = frozenset()
    """Pairs of label and field name."""


def select_models(
    connection: Connection, *, only: Sequence[str] = (), exclude: Sequence[str] = ()
) -> Selection:
    """Choose the models of a database.

    Args:
        connection: whose tables and router decide.
        only: labels of apps or models, in any letter case; empty means all.
        exclude: labels of apps, models or fields.

    Raises:
        UnknownModel: a name is none of these.
    """
    wanted = _with_links({model for name in only for model in named_models(name)})
    wanted |= _pointed_at(wanted)
    excluded, fields = _excluded(exclude)
    tables = _tables(connection)
    taken: list[Model] = []
    left_out: dict[str, str] = {}
    for model in all_models():
        label = model._meta.label
        if (only and model not in wanted) or model in excluded:
            continue
        reason = _reason(model, connection, tables)
        if reason:
            left_out[label] = reason
        else:
            taken.append(model)
    return Selection(
        models=tuple(taken), left_out=left_out, excluded_fields=frozenset(fields)
    )


def concrete(model: Model) -> Model:
    """Give the model that has the table; a proxy has none of its own."""
    return model._meta.concrete_model or model


def all_models() -> list[Model]:
    """Give every model of the project but ours, auto-created links included."""
    return [
        model
        for model in apps.get_models(include_auto_created=True, include_swapped=True)
        if model._meta.app_label != OUR_APP
    ]


def named_models(name: str) -> list[Model]:
    """Give the models that an app's or a model's label stands for.

    Raises:
        UnknownModel: there is none.
    """
    lowered = name.lower()
    found = [
        model
        for model in all_models()
        if lowered in (model._meta.app_label.lower(), model._meta.label_lower)
    ]
    if not found:
        raise UnknownModel(name=name, near=_near(name))
    return found


def linked_owner(model: Model) -> str | None:
    """Give the label of the model that declares an automatic many-to-many table."""
    # A model's own `auto_created` is False, or the model that made it.
    owner: Any = model._meta.auto_created
    return owner._meta.label if owner else None


def _with_links(wanted: Iterable[Model]) -> set[Model]:
    """Add the tables of the many-to-many fields that the models declare."""
    found = set(wanted)
    for model in list(found):
        for field_ in model._meta.local_many_to_many:
            through = field_.remote_field.through
            if through is not None and through._meta.auto_created:
                found.add(through)
    return found


def _pointed_at(wanted: Iterable[Model]) -> set[Model]:
    """Give the content types and permissions that models point at.

    Their numbers differ between databases, so whoever takes the rows needs them.
    """
    targets = {
        concrete(field_.related_model)._meta.label
        for model in wanted
        for field_ in model._meta.local_concrete_fields
        if isinstance(field_, models.ForeignKey)
    }
    if any(hasattr(f, "ct_field") for m in wanted for f in m._meta.private_fields):
        targets.add(PERMISSION)  # A generic key may point at anything.
    if PERMISSION in targets:
        targets.add(CONTENT_TYPE)
    return {
        model
        for model in all_models()
        if model._meta.label in targets & {CONTENT_TYPE, PERMISSION}
    }


def _excluded(names: Sequence[str]) -> tuple[set[Model], set[tuple[str, str]]]:
    models_: set[Model] = set()
    fields: set[tuple[str, str]] = set()
    for name in names:
        if name.count(".") == 2:  # noqa: PLR2004 - app.Model.field
            fields.add(named_field(name))
        else:
            models_ |= _with_links(named_models(name))
    return models_, fields


def named_field(path: str) -> tuple[str, str]:
    """Give the label and the field that `app.Model.field` stands for.

    Raises:
        UnknownModel: there is no such field.
    """
    label, _, name = path.rpartition(".")
    if label.count(".") != 1:
        raise UnknownModel(name=path, near=_near(path))
    [model] = named_models(label)
    for field_ in model._meta.local_concrete_fields:
        if field_.name.lower() == name.lower():
            return model._meta.label, field_.name
    near = get_close_matches(name, [f.name for f in model._meta.local_concrete_fields])
    raise UnknownModel(
        name=f"{label}.{name}", near=[f"{model._meta.label}.{n}" for n in near]
    )


def _near(name: str) -> list[str]:
    known = {model._meta.label for model in all_models()}
    known |= {model._meta.app_label for model in all_models()}
    by_lowered = {label.lower(): label for label in known}
    return [by_lowered[n] for n in get_close_matches(name.lower(), by_lowered)]


def _tables(connection: Connection) -> set[str]:
    with connection.cursor() as cursor:
        return {
            connection.introspection.identifier_converter(name)
            for name in connection.introspection.table_names(cursor)
        }


def _reason(model: Model, connection: Connection, tables: set[str]) -> str:
    """Say why a model is left out; an empty text if it is not."""
    options = model._meta
    if options.swapped:
        return f"swapped for {options.swapped}"
    if options.proxy:
        return f"a proxy of {concrete(model)._meta.label}"
    if not options.managed:
        return "unmanaged"
    if not router.allow_migrate_model(connection.alias, model):
        return f"the routers keep it off {connection.alias!r}"
    if _plain(options.db_table) not in tables:
        return "no table"
    return ""


def _plain(table: str) -> str:
    """Give the table's own name for `db_table = '"schema"."table"'`."""
    return table.rpartition('"."')[2].strip('"')
