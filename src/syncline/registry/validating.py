"""What may be wrong with the rest of a declaration."""

from typing import Any, get_args

from syncline.registry.declaration import (
    BAD,
    KEY_MAY_BE_NULL,
    KEY_OPEN,
    NO_KEY,
    Declaration,
    Findings,
)
from syncline.registry.relations import generic_pairs, local_fields
from syncline.registry.resolving import unnamed
from syncline.registry.terms import Direction, Key, KeyKind
from syncline.tables.selection import Model

DELETES = ("edit_wins", "delete_wins")


def check_options(declaration: Declaration, findings: Findings) -> None:
    """Note options whose values are none of the possible ones."""
    options = declaration.options
    for option, said, known in (
        ("direction", options.direction, get_args(Direction)),
        ("deletes", options.deletes, DELETES),
    ):
        if said not in known:
            findings.add(f"{option} is {said!r}", hint=f"known: {', '.join(known)}")
    _check_clash(declaration, findings)
    # What types promise, users may break.
    transforms: tuple[object, ...] = tuple(options.transforms)
    for transform in transforms:
        if not callable(transform):
            findings.add(f"transforms has {transform!r}, which is no function")


def _check_clash(declaration: Declaration, findings: Findings) -> None:
    """Note an `on_clash` that cannot be followed."""
    clash: Any = declaration.options.on_clash
    if clash == "null":
        fields = local_fields(declaration.model).values()
        if not any(each.null for each in fields):
            findings.add('on_clash is "null", but no field may be NULL')
    elif clash is not None and not callable(clash):
        findings.add(f"on_clash is {clash!r}", hint='known: None, "null", a function')
    elif clash is not None and (reason := unnamed(clash)):
        findings.add(f"on_clash cannot be: {reason}")


def check_generic(model: Model, fields: tuple[str, ...], findings: Findings) -> None:
    """Note half of a generic foreign key: it would point at something else."""
    for pair in generic_pairs(model):
        staying = [name for name in pair if name not in fields]
        if len(staying) == 1:
            findings.add(
                f"{' and '.join(pair)} point at one row together, but "
                f"{staying[0]} does not travel",
                hint="leave both out, or none",
            )


def warn_of_key(declaration: Declaration, key: Key, findings: Findings) -> None:
    """Note what works, but is not what most users mean."""
    model = declaration.model
    asked = declaration.options.key is not None or findings.has(BAD, KEY_OPEN)
    if key.kind is KeyKind.NONE and not asked:
        findings.add(
            f"{key.why}, so equal rows of two nodes are two records",
            hint=f'say register({model.__name__}, key="FIELD"), or key=() if meant',
            check=NO_KEY,
        )
    own = local_fields(model)
    nullable = [name for name in key.fields if own[name].null]
    if nullable:
        findings.add(
            f"rows without {' or '.join(nullable)} have no key: each stays the record "
            f"of the node that made it",
            check=KEY_MAY_BE_NULL,
        )
