"""What a model's fields lead to, and which of them can identify its records."""

from collections.abc import Sequence

from django.apps import apps
from django.db import models

from syncline.tables.binding import Field, leaf_of, pk_fields
from syncline.tables.selection import Model, concrete

ALWAYS_MATCHED = frozenset(
    {"contenttypes.ContentType", "auth.Permission", "sites.Site"}
)
"""Models whose rows every database makes by itself."""

FOLDING = ("_ci", "nocase")
"""Parts of the names of collations that take different texts for equal."""


def local_fields(model: Model) -> dict[str, Field]:
    """Give the columns of a model's own table by field name."""
    return {field.name: field for field in model._meta.local_concrete_fields}


def target_of(field: Field) -> Model | None:
    """Give the model that a foreign key points at; None for any other field."""
    if isinstance(field, models.ForeignKey):
        return concrete(field.related_model)
    return None


def foreign_keys(model: Model) -> dict[str, Model]:
    """Give the models that a model's own foreign keys point at, by field name."""
    found = {name: target_of(field) for name, field in local_fields(model).items()}
    return {name: target for name, target in found.items() if target is not None}


def automatic_pk(model: Model) -> str | None:
    """Give the name of the primary key that the database counts up."""
    pk = model._meta.pk
    return pk.name if isinstance(pk, models.AutoField) else None


def parent_links(model: Model) -> dict[str, Model]:
    """Give the parents of a multi-table child by the field that leads to them."""
    own = local_fields(model)
    return {
        link.name: concrete(parent)
        for parent, link in model._meta.parents.items()
        if link is not None and link.name in own
    }


def is_child(model: Model) -> bool:
    """Is the model's primary key the link to its multi-table parent?"""
    return model._meta.pk.name in parent_links(model)


def is_generated(field: Field) -> bool:
    """Does the database compute the field?"""
    return bool(getattr(field, "generated", False))


def generic_pairs(model: Model) -> tuple[tuple[str, str], ...]:
    """Give (content type field, object id field) of a model's own generic keys."""
    if not apps.is_installed("django.contrib.contenttypes"):
        return ()
    own = local_fields(model)
    return tuple(
        (field.ct_field, field.fk_field)
        for field in model._meta.private_fields
        if {getattr(field, "ct_field", ""), getattr(field, "fk_field", "")}
        <= own.keys()
    )


def unfit(field: Field) -> str:
    """Say why a field can be no part of a key; an empty text if it can."""
    if isinstance(field, models.AutoField):
        return f"{field.name} is counted up by each database for itself"
    if is_generated(field):
        return f"{field.name} is computed by the database"
    leaf = leaf_of(field)
    if isinstance(leaf, models.JSONField):
        return f"{field.name} holds documents"
    collation = getattr(leaf, "db_collation", None) or ""
    if any(part in collation.lower() for part in FOLDING):
        return f"{field.name} has a collation that takes different texts for equal"
    return ""


def unique_sets(model: Model) -> list[tuple[str, ...]]:
    """Give the fields of each unconditional unique constraint but the primary key.

    One that contains another says nothing more and is left out.
    """
    own = local_fields(model)
    pk = {field.name for field in pk_fields(model)}
    options = model._meta
    found: list[tuple[str, ...]] = [
        (name,) for name, field in own.items() if field.unique
    ]
    found += [tuple(names) for names in options.unique_together]
    found += [tuple(each.fields) for each in options.total_unique_constraints]
    distinct = {frozenset(names): names for names in reversed(found)}
    return [
        names
        for names in reversed(distinct.values())
        if set(names) <= own.keys() and set(names) != pk and not _smaller(names, found)
    ]


def _smaller(names: Sequence[str], found: Sequence[Sequence[str]]) -> bool:
    return any(set(other) < set(names) for other in found)
