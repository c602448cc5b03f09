"""What identifies the records of a model: the choice, from the model's class alone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import models

from syncline.registry.choosing import check_name
from syncline.registry.declaration import (
    KEY_OPEN,
    Declaration,
    Findings,
    names_of,
    spelled,
)
from syncline.registry.natural import has_natural_key, natural_fields
from syncline.registry.relations import (
    automatic_pk,
    is_child,
    local_fields,
    target_of,
    unfit,
    unique_sets,
)
from syncline.registry.terms import Key, KeyKind
from syncline.tables.binding import Field, pk_fields
from syncline.tables.selection import Model

Joinable = Callable[[Field], bool]
"""Says whether what a foreign key points at is the same thing on every node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A model whose key is looked for."""

    declaration: Declaration
    fields: tuple[str, ...]
    """Those that travel."""

    joinable: Joinable
    findings: Findings

    @property
    def model(self) -> Model:
        """The model."""
        return self.declaration.model

    def obstacle(self, names: tuple[str, ...]) -> str:
        """Say why fields cannot be a key; an empty text if they can."""
        own = local_fields(self.model)
        for name in names:
            field = own[name]
            target = target_of(field)
            if reason := unfit(field):
                return reason
            if target is not None and not self.joinable(field):
                return f"{name} points at {target._meta.label}, which is not tracked"
            if name not in self.fields:
                return f"{name} does not travel"
        return ""


def choose_key(case: Case) -> Key:
    """Choose the key: the first that the model offers, in the order of `KeyKind`.

    What is declared, or belongs to the model's kind, is the only choice; the others
    are passed over where they cannot be a key.
    """
    if case.model._meta.auto_created:
        return _through(case)
    if is_child(case.model):
        return _of_parent(case)
    if case.declaration.options.key is not None:
        return _declared(case)
    obstacles: list[str] = []
    for key in _offered(case):
        reason = case.obstacle(key.fields)
        if not reason:
            return key
        obstacles.append(f"not {key.why}, because {reason}")
    return Key(
        kind=KeyKind.NONE,
        why="; ".join(["no field identifies its records", *obstacles]),
    )


def no_key(why: str) -> Key:
    """Give the key of a model that has none."""
    return Key(kind=KeyKind.NONE, why=why)


def _through(case: Case) -> Key:
    """Take the two ends of a link."""
    ends = tuple(
        name for name in case.fields if target_of(local_fields(case.model)[name])
    )
    return Key(
        kind=KeyKind.THROUGH,
        fields=ends,
        why=f"the two ends of a link ({', '.join(ends)})",
    )


def _of_parent(case: Case) -> Key:
    """Take the link to the parent: a child's row is a part of its parent's record."""
    [link] = pk_fields(case.model)
    parent = target_of(link)
    label = parent._meta.label if parent else ""
    if case.declaration.options.key is not None:
        case.findings.add(
            f"its records are those of {label}, so it can have no key of its own",
            hint=f"declare the key of {label}",
        )
    return Key(
        kind=KeyKind.PARENT,
        fields=(link.name,),
        why=f"its records are those of {label}",
    )


def _declared(case: Case) -> Key:
    """Take what `key=` says."""
    options, where = case.declaration.options, case.declaration.where
    heads = [name.partition(".")[0] for name in names_of(options.key)]
    names = tuple(dict.fromkeys(heads))
    if not names:
        return no_key(f"{where} says that it has none")
    known = [check_name(case.model, name, case.findings, "key") for name in names]
    if all(known):
        reason = case.obstacle(names)
        if not reason:
            why = f"declared in {where}"
            return Key(kind=KeyKind.DECLARED, fields=names, why=why)
        case.findings.add(f"{spelled(names_of(options.key))} can be no key: {reason}")
    return no_key("the key that is declared cannot be one")


def _offered(case: Case) -> Iterator[Key]:
    """Give the keys that the model offers, in order."""
    yield from _natural(case)
    yield from _primary(case.model)
    yield from _unique(case)


def _natural(case: Case) -> Iterator[Key]:
    if not has_natural_key(case.model):
        return
    names = natural_fields(case.model)
    if names:
        why = f"its natural_key() ({', '.join(names)})"
        yield Key(kind=KeyKind.NATURAL, fields=names, why=why)
        return
    case.findings.add(
        "it has a natural_key(), whose fields cannot be told",
        hint=_to_paste(case.model, unique_sets(case.model)),
        check=KEY_OPEN,
    )


def _primary(model: Model) -> Iterator[Key]:
    fields = pk_fields(model)
    names = tuple(field.name for field in fields)
    if automatic_pk(model):
        return
    if len(fields) == 1 and (target := target_of(fields[0])):
        why = f"it shares the key of {target._meta.label} ({names[0]})"
        yield Key(kind=KeyKind.PARENT, fields=names, why=why)
    elif len(fields) == 1 and isinstance(fields[0], models.UUIDField):
        why = f"its primary key is a UUID ({names[0]})"
        yield Key(kind=KeyKind.UUID, fields=names, why=why)
    else:
        why = f"its primary key ({', '.join(names)}), which no database counts up"
        yield Key(kind=KeyKind.EXPLICIT, fields=names, why=why)


def _unique(case: Case) -> Iterator[Key]:
    """Give the only unique constraint that could be a key; note where there are two."""
    own = local_fields(case.model)
    candidates = [
        names
        for names in unique_sets(case.model)
        if not any(own[name].null for name in names)
    ]
    fit = [names for names in candidates if not case.obstacle(names)]
    if len(fit) > 1:
        case.findings.add(
            f"{len(fit)} unique constraints could be its key",
            hint=_to_paste(case.model, fit),
            check=KEY_OPEN,
        )
        return
    for names in fit or candidates:
        why = f"its only unique constraint ({', '.join(names)})"
        yield Key(kind=KeyKind.UNIQUE, fields=names, why=why)


def _to_paste(model: Model, choices: list[tuple[str, ...]]) -> str:
    name = model.__name__
    lines = [f"register({name}, key={spelled(names)})" for names in choices]
    lines = lines or [f'register({name}, key="FIELD")']
    return f"declare one: {' or '.join(lines)}, or key=() if it has none"
