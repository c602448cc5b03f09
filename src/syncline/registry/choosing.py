"""Which fields of a model travel."""

from collections.abc import Collection

from django.db import models

from syncline.registry.declaration import (
    Declaration,
    Findings,
    did_you_mean,
    names_of,
)
from syncline.registry.relations import (
    automatic_pk,
    is_generated,
    local_fields,
)
from syncline.tables.binding import Field, pk_fields
from syncline.tables.selection import Model


def choose_fields(
    declaration: Declaration, key: Collection[str], findings: Findings
) -> tuple[str, ...]:
    """Give the names of the fields that travel, before any rule of a foreign key.

    The primary key goes along wherever no database counts it up.

    Args:
        declaration: says which are wanted, or not.
        key: the fields of the key, which go along with those that are listed.
        findings: take what is wrong.
    """
    model, options = declaration.model, declaration.options
    possible = possible_fields(model)
    excluded = _known(model, names_of(options.exclude), findings, "exclude")
    if options.fields is None:
        _check_excluded(model, excluded, findings)
        return tuple(name for name in possible if name not in excluded)
    if names_of(options.exclude):
        findings.add("both fields and exclude are given", hint="give one of them")
    wanted = set(_known(model, names_of(options.fields), findings, "fields"))
    wanted |= {*key, *(field.name for field in pk_fields(model))}
    _check_excluded(model, [n for n in possible if n not in wanted], findings)
    return tuple(name for name in possible if name in wanted)


def check_name(
    model: Model, name: object, findings: Findings, option: str, *, links: bool = False
) -> bool:
    """Note a name that is no field of the model's own table.

    Args:
        model: whose fields are meant.
        name: as declared.
        findings: take the note.
        option: of `register()`, for the message.
        links: may it be a many-to-many field?
    """
    own = local_fields(model)
    known = [*own, *(f.name for f in model._meta.local_many_to_many if links)]
    if name in known:
        return True
    inherited = {
        field.name: field.model
        for field in model._meta.get_fields()
        if hasattr(field, "attname")
    }
    if name in inherited:
        parent = inherited[str(name)]._meta.label
        findings.add(
            f"{option} names {name}, a field of {parent}", hint="declare it there"
        )
    else:
        hint = did_you_mean(str(name), known)
        findings.add(f"{option} names {name!r}, which is no field of it", hint=hint)
    return False


def possible_fields(model: Model) -> list[str]:
    """Give the fields that may travel, in the model's order."""
    automatic = automatic_pk(model)
    return [
        name
        for name, field in local_fields(model).items()
        if name != automatic and not is_generated(field)
    ]


def _known(
    model: Model, names: tuple[str, ...], findings: Findings, option: str
) -> list[str]:
    """Give those names that are fields, and note the others."""
    return [n for n in names if check_name(model, n, findings, option, links=True)]


def _check_excluded(model: Model, excluded: list[str], findings: Findings) -> None:
    """Note what cannot stay behind, because no row could be made without it."""
    pk = {field.name for field in pk_fields(model)} - {automatic_pk(model)}
    for name, field in local_fields(model).items():
        if name not in excluded:
            continue
        if name in pk:
            findings.add(f"{name} is the primary key and cannot be left out")
        elif not may_stay(field):
            findings.add(
                f"{name} is left out, but no row can be made without it",
                hint="give the field a default, let it be NULL, or take it along",
            )


def may_stay(field: Field) -> bool:
    """Can a row be made without a value for the field?"""
    return (
        field.null
        or field.has_default()
        or field.has_db_default()
        or is_generated(field)
        or isinstance(field, models.AutoField)
        or field.get_default() is not None
        or bool(getattr(field, "auto_now", False))
        or bool(getattr(field, "auto_now_add", False))
    )
