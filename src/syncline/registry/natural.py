"""Which fields `natural_key()` is made of: Django's own, and django-natural-keys'."""

import inspect

from django.core.exceptions import FieldDoesNotExist

from syncline.registry.relations import foreign_keys, local_fields, unique_sets
from syncline.tables.selection import Model


def has_natural_key(model: Model) -> bool:
    """Does the model declare a natural key?"""
    return hasattr(model, "natural_key")


def natural_fields(model: Model) -> tuple[str, ...]:
    """Give the model's own fields that its natural key is made of.

    Foreign keys stand for the natural keys of their targets. Empty if it cannot be
    told: then no name fits, and not exactly one unique constraint has the length.
    """
    return _listed(model) or _of_user(model) or _named(model) or _of_length(model)


def _listed(model: Model) -> tuple[str, ...]:
    """Ask a model of django-natural-keys, whose names are lookups: `author__name`."""
    lister = getattr(model, "get_natural_key_fields", None)
    if lister is None:
        return ()
    try:
        names = [str(name).partition("__")[0] for name in lister()]
    except (AttributeError, FieldDoesNotExist, IndexError, RecursionError):
        # No unique field, a target without natural key, or a link to itself.
        return ()
    return _own(model, names)


def _of_user(model: Model) -> tuple[str, ...]:
    """Ask a user model: its manager's parameter is `username`, whatever the field."""
    method = getattr(model, "natural_key", None)
    if getattr(method, "__module__", "") != "django.contrib.auth.base_user":
        return ()
    return _own(model, [str(getattr(model, "USERNAME_FIELD", ""))])


def _named(model: Model) -> tuple[str, ...]:
    """Take the names of the parameters of `get_by_natural_key`."""
    return _own(model, _parameters(model))


def _of_length(model: Model) -> tuple[str, ...]:
    """Take the only unique constraint that has as many values as the natural key."""
    wanted = natural_length(model)
    fitting = [
        names
        for names in unique_sets(model)
        if not wanted or _length_of(model, names) == wanted
    ]
    return fitting[0] if len(fitting) == 1 else ()


def natural_length(model: Model) -> int:
    """Count the values of a natural key; 0 if it cannot be told."""
    return len(_parameters(model)) or _length_of(model, _listed(model))


def _length_of(model: Model, names: tuple[str, ...]) -> int:
    """Count the values of fields, of a foreign key those of its target's key."""
    targets = foreign_keys(model)
    return sum(
        natural_length(targets[name]) or 1 if name in targets else 1 for name in names
    )


def _parameters(model: Model) -> list[str]:
    """Give the names that the manager's `get_by_natural_key` takes, if it has any."""
    getter = getattr(model._default_manager, "get_by_natural_key", None)
    if getter is None:
        return []
    parameters = inspect.signature(getter).parameters.values()
    if any(each.kind is each.VAR_POSITIONAL for each in parameters):
        return []
    return [
        each.name
        for each in parameters
        if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
    ]


def _own(model: Model, names: list[str]) -> tuple[str, ...]:
    """Give names once each, if all of them are the model's own fields."""
    own = local_fields(model)
    by_column = {field.attname: name for name, field in own.items()}
    found = [by_column.get(name, name) for name in names]
    return tuple(dict.fromkeys(found)) if set(found) <= own.keys() else ()
