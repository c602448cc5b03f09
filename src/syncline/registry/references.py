"""What becomes of each foreign key, and of what it points at."""

from collections.abc import Callable, Mapping
from typing import Any

from syncline.registry.choosing import check_name, may_stay
from syncline.registry.declaration import NO_RULE, Declaration, Fill, Findings
from syncline.registry.relations import ALWAYS_MATCHED, local_fields, target_of
from syncline.registry.terms import ReferenceKind, ReferenceRule
from syncline.tables.binding import Field
from syncline.tables.selection import Model

Lookups = Callable[[Model], tuple[str, ...]]
"""Gives the lookups that find a row of a model; none if nothing identifies it."""

SPELLINGS = ("null", "match", "local", "skip")


def is_matched(declaration: Declaration, field: Field) -> bool:
    """Does a foreign key travel as the values that identify what it points at?"""
    target = target_of(field)
    label = target._meta.label if target else ""
    said = declaration.options.references.get(field.name)
    return label in ALWAYS_MATCHED or said == "match"


def is_local(declaration: Declaration, name: str) -> bool:
    """Does a field stay because its rule says so?"""
    return declaration.options.references.get(name) == "local"


def reference_rules(
    declaration: Declaration,
    fields: tuple[str, ...],
    tracked: Mapping[str, Any],
    lookups: Lookups,
    findings: Findings,
) -> dict[str, ReferenceRule]:
    """Give the rule of each foreign key that travels, or stays by its rule.

    Args:
        declaration: has the rules that are declared.
        fields: those that travel, and the local ones.
        tracked: has the labels of all tracked models.
        lookups: how rows of models that are not tracked are found.
        findings: take what is wrong.
    """
    own = local_fields(declaration.model)
    for name in declaration.options.references:
        if check_name(declaration.model, name, findings, "references"):
            _check_said(own[name], fields, findings)
    found: dict[str, ReferenceRule] = {}
    for name in fields:
        target = target_of(own[name])
        if target is None:
            continue
        kind = _kind(declaration, own[name], target, tracked, findings)
        if kind is not None:
            found[name] = _rule(declaration, name, kind, target, lookups, findings)
    return found


def _check_said(field: Field, fields: tuple[str, ...], findings: Findings) -> None:
    """Note a rule for what needs none."""
    if target_of(field) is None:
        findings.add(f"references names {field.name}, which is no foreign key")
    elif field.name not in fields:
        findings.add(
            f"references names {field.name}, which does not travel",
            hint="leave it out of one of the two",
        )


def _kind(
    declaration: Declaration,
    field: Field,
    target: Model,
    tracked: Mapping[str, Any],
    findings: Findings,
) -> ReferenceKind | None:
    """Decide what travels; None where nothing says so, which is noted."""
    said = declaration.options.references.get(field.name)
    label = target._meta.label
    if said is not None and said not in SPELLINGS and not isinstance(said, Fill):
        known = ", ".join(f'"{each}"' for each in SPELLINGS)
        findings.add(
            f"references has {said!r} for {field.name}", hint=f"known: {known}, Fill(…)"
        )
        return None
    fixed = _fixed(label, tracked)
    if fixed is None and said is None:
        return _default(declaration, field, target, findings)
    kind = (
        ReferenceKind.FILL
        if isinstance(said, Fill)
        else ReferenceKind(str(said or fixed))
    )
    if fixed is None:
        return kind if _possible(kind, field, findings) else None
    if kind is not fixed:
        findings.add(
            f"references has a rule for {field.name}, but {label} needs none",
            hint="take the rule away, or exclude the field",
        )
    return fixed


def _fixed(label: str, tracked: Mapping[str, Any]) -> ReferenceKind | None:
    """Give what always travels of a foreign key to a model, if something does."""
    if label in ALWAYS_MATCHED:
        return ReferenceKind.MATCH
    return ReferenceKind.RECORD if label in tracked else None


def _default(
    declaration: Declaration, field: Field, target: Model, findings: Findings
) -> ReferenceKind | None:
    """Take NULL where it may be; ask for a rule where not."""
    if field.null:
        return ReferenceKind.NULL
    name = declaration.model.__name__
    findings.add(
        f"{field.name} points at {target._meta.label}, which is not tracked, and may "
        f"not be NULL",
        hint=f"add: register({target.__name__}), or say: "
        f'register({name}, references={{"{field.name}": "match"}})',
        check=NO_RULE,
    )
    return None


def _possible(kind: ReferenceKind, field: Field, findings: Findings) -> bool:
    """Can the column follow the rule?"""
    if kind is ReferenceKind.NULL and not field.null:
        findings.add(f'the rule of {field.name} is "null", but it may not be NULL')
        return False
    if kind is ReferenceKind.LOCAL and not may_stay(field):
        findings.add(
            f'the rule of {field.name} is "local", but no row can be made without it',
            hint='give the field a default, or say "match"',
        )
        return False
    return True


def _rule(
    declaration: Declaration,
    name: str,
    kind: ReferenceKind,
    target: Model,
    lookups: Lookups,
    findings: Findings,
) -> ReferenceRule:
    label = target._meta.label
    if kind not in (ReferenceKind.MATCH, ReferenceKind.FILL):
        return ReferenceRule(kind=kind, target=label)
    paths = lookups(target)
    said = declaration.options.references.get(name)
    values = said.values if isinstance(said, Fill) else ()
    if not paths:
        findings.add(
            f"{name} cannot be matched, because nothing identifies {label}",
            hint=f"give {label} a natural_key() or a unique field",
        )
    elif isinstance(said, Fill) and len(values) != len(paths):
        findings.add(
            f"Fill for {name} has {len(values)} values, but {label} is identified by "
            f"{', '.join(paths)}"
        )
    return ReferenceRule(kind=kind, target=label, paths=paths, fill=values)
