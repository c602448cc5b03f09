"""What of a model merges together, and by which rule."""

from collections.abc import Iterable, Iterator

from django.db import models

from syncline.registry.choosing import check_name
from syncline.registry.declaration import (
    Declaration,
    Findings,
    did_you_mean,
    names_of,
)
from syncline.registry.relations import generic_pairs, local_fields, target_of
from syncline.registry.resolving import (
    LARGEST,
    NEWEST,
    ORDERING,
    SIDED,
    Rule,
    understood,
)
from syncline.registry.terms import Key, Part
from syncline.tables.binding import leaf_of, pk_fields
from syncline.tables.selection import Model

IGNORED = ("last_login",)
"""Fields that are ignored unless a merge rule is declared for them."""

GROUP_MIN = 2


def parts_of(
    declaration: Declaration, fields: tuple[str, ...], key: Key, findings: Findings
) -> tuple[Part, ...]:
    """Give the parts of a model, in its order.

    Args:
        declaration: has groups, rules and ignored fields.
        fields: those that travel.
        key: its fields merge together.
        findings: take what is wrong.
    """
    groups = _groups(declaration, fields, key, findings)
    rules = _rules(declaration, groups, fields, findings)
    ignored = _ignored(declaration, fields, rules, findings)
    return tuple(
        _part(declaration.model, names, rules.get(names), ignored, findings)
        for names in groups
    )


def _groups(
    declaration: Declaration, fields: tuple[str, ...], key: Key, findings: Findings
) -> list[tuple[str, ...]]:
    """Divide the fields; groups that share a field become one."""
    sets: list[set[str]] = [{name} for name in fields]
    found = [set(each) for each in _declared_groups(declaration, fields, findings)]
    found += [
        {name for name in each if name in fields}
        for each in _own_groups(declaration.model, key)
    ]
    for group in found:
        touched = [each for each in sets if each & group]
        sets = [each for each in sets if not each & group]
        sets.append(set().union(group, *touched))
    order = {name: number for number, name in enumerate(fields)}
    ordered = [tuple(sorted(each, key=order.__getitem__)) for each in sets if each]
    return sorted(ordered, key=lambda names: order[names[0]])


def _own_groups(model: Model, key: Key) -> Iterator[tuple[str, ...]]:
    """Give what belongs together by the model's own making."""
    yield key.fields
    yield tuple(field.name for field in pk_fields(model))
    yield from generic_pairs(model)
    for name, field in local_fields(model).items():
        if isinstance(field, models.ImageField):
            sizes = (getattr(field, f"{size}_field") for size in ("width", "height"))
            yield (name, *(size for size in sizes if size))


def _declared_groups(
    declaration: Declaration, fields: tuple[str, ...], findings: Findings
) -> Iterator[tuple[str, ...]]:
    seen: set[str] = set()
    for group in _as_groups(declaration.options.groups):
        known = [
            _travels(declaration.model, name, fields, findings, "groups")
            for name in group
        ]
        for name in sorted(seen & set(group)):
            findings.add(f"{name} is in two groups", hint="make them one")
        if len(set(group)) < GROUP_MIN:
            findings.add(f"a group of {', '.join(group) or 'nothing'} groups nothing")
        seen |= set(group)
        if all(known):
            yield group


def _as_groups(said: Iterable[Iterable[str]]) -> list[tuple[str, ...]]:
    """Take a single group of names for what it means, too."""
    groups = list(said)
    if groups and all(isinstance(each, str) for each in groups):
        return [tuple(str(each) for each in groups)]
    return [(each,) if isinstance(each, str) else tuple(each) for each in groups]


def _travels(
    model: Model, name: str, fields: tuple[str, ...], findings: Findings, option: str
) -> bool:
    """Note a name that is no field, or one that stays."""
    if name in fields:
        return True
    if check_name(model, name, findings, option):
        findings.add(f"{option} names {name}, which does not travel")
    return False


def _rules(
    declaration: Declaration,
    groups: list[tuple[str, ...]],
    fields: tuple[str, ...],
    findings: Findings,
) -> dict[tuple[str, ...], Rule]:
    """Give the declared rule of each part; one field stands for all of its group."""
    found: dict[tuple[str, ...], Rule] = {}
    by_name = {"+".join(names): names for names in groups}
    by_name |= {name: names for names in groups for name in names}
    for name, said in declaration.options.merge.items():
        names = by_name.get(name)
        if names is None:
            _unknown_part(declaration.model, name, (*fields, *by_name), findings)
            continue
        rule = _rule(declaration, names, said, findings)
        if rule is not None and found.setdefault(names, rule).name != rule.name:
            findings.add(
                f"{' and '.join(names)} merge together, but have two rules",
                hint=f'say merge={{"{"+".join(names)}": …}}',
            )
    return found


def _unknown_part(
    model: Model, name: str, known: tuple[str, ...], findings: Findings
) -> None:
    if name in local_fields(model):
        findings.add(f"merge names {name}, which does not travel")
    else:
        hint = did_you_mean(name, known)
        findings.add(f"merge names {name!r}, which is no field or group", hint=hint)


def _rule(
    declaration: Declaration, names: tuple[str, ...], said: object, findings: Findings
) -> Rule | None:
    rule = understood(said)
    reason = rule if isinstance(rule, str) else _misplaced(declaration, names, rule)
    if reason:
        findings.add(f"the merge rule of {'+'.join(names)} cannot be: {reason}")
    return None if isinstance(rule, str) else rule


def _misplaced(declaration: Declaration, names: tuple[str, ...], rule: Rule) -> str:
    """Say why a rule does not fit where it stands; an empty text if it does."""
    if rule.resolver in SIDED and declaration.options.direction == "both":
        return f'{rule.name} needs direction="pull" or direction="push"'
    if rule.resolver not in ORDERING:
        return ""
    if len(names) > 1:
        return f"{rule.name} compares single values, and this is a group"
    field = local_fields(declaration.model)[names[0]]
    if target_of(field) is not None:
        return f"{rule.name} compares values, and this is a foreign key"
    if isinstance(leaf_of(field), models.JSONField):
        return f"{rule.name} compares values, and documents have no order"
    return ""


def _ignored(
    declaration: Declaration,
    fields: tuple[str, ...],
    rules: dict[tuple[str, ...], Rule],
    findings: Findings,
) -> set[str]:
    ruled = {name for names in rules for name in names}
    found = {name for name in IGNORED if name in fields and name not in ruled}
    for name in names_of(declaration.options.ignored):
        if not _travels(declaration.model, name, fields, findings, "ignored"):
            continue
        if name in ruled:
            findings.add(f"{name} is ignored and has a merge rule", hint="keep one")
        found.add(name)
    return found


def _part(
    model: Model,
    names: tuple[str, ...],
    rule: Rule | None,
    ignored: set[str],
    findings: Findings,
) -> Part:
    """Give a part: by the declared rule, or by what its only field is."""
    among = [name for name in names if name in ignored]
    if among and len(among) < len(names):
        findings.add(f"{', '.join(among)} cannot be ignored in the group {names}")
    silent = bool(among)
    if rule is None:
        rule, stamped = _own_rule(model, names) if not among else (NEWEST, False)
        silent = silent or stamped
    return Part(
        name="+".join(names),
        fields=names,
        resolver=rule.resolver,
        rule=rule.name,
        silent=silent,
        ignored=bool(among),
    )


def _own_rule(model: Model, names: tuple[str, ...]) -> tuple[Rule, bool]:
    """Give the rule of a part without a declared one, and whether it is silent."""
    field = local_fields(model)[names[0]]
    if len(names) > 1:
        return NEWEST, False
    if getattr(field, "auto_now", False):
        return LARGEST, True
    return NEWEST, bool(getattr(field, "auto_now_add", False))
