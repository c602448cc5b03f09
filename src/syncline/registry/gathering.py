"""Which models are tracked: those declared, their parents, and the tables of links."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from django.db import models, router

from syncline.registry.declaration import (
    BAD,
    LINKS_STAY,
    Declaration,
    Options,
    Problem,
    names_of,
)
from syncline.registry.relations import ALWAYS_MATCHED, parent_links
from syncline.tables.selection import OUR_APP, Model, concrete

if TYPE_CHECKING:
    ManyToMany = models.ManyToManyField[Any, Any]
else:
    ManyToMany = models.ManyToManyField  # Generic in its stubs only.


@dataclass(slots=True)
class Gathered:
    """The declarations by label, and what did not become one."""

    alias: str | None
    declarations: dict[str, Declaration] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def note(self, label: str, text: str, *, hint: str = "", check: str = BAD) -> None:
        """Note what is wrong."""
        declared = self.declarations.get(label)
        self.problems.append(
            Problem(
                check=check,
                text=text,
                hint=hint,
                subject=label,
                model=declared.model if declared else None,
            )
        )


def gather(
    registered: Iterable[Declaration],
    in_settings: Iterable[Declaration],
    alias: str | None,
) -> Gathered:
    """Join all declarations; what is registered goes before what settings name.

    Args:
        registered: by `register()`.
        in_settings: by `SYNCLINE["MODELS"]`.
        alias: of the database whose routers decide; None asks none.
    """
    gathered = Gathered(alias=alias)
    for declaration in registered:
        _add_registered(gathered, declaration)
    for declaration in in_settings:
        if concrete(declaration.model)._meta.label not in gathered.declarations:
            _add(gathered, declaration)
    for declaration in list(gathered.declarations.values()):
        _add_parents(gathered, declaration)
    for declaration in list(gathered.declarations.values()):
        _add_links(gathered, declaration)
    return gathered


def _add_registered(gathered: Gathered, declaration: Declaration) -> None:
    model: Any = declaration.model
    if not (isinstance(model, type) and issubclass(model, models.Model)):
        gathered.note(
            declaration.where, f"register() takes classes of models, not {model!r}"
        )
        return
    label = concrete(model)._meta.label
    first = gathered.declarations.get(label)
    if first is not None:
        gathered.note(
            label, f"registered in {first.where} and again in {declaration.where}"
        )
        return
    _add(gathered, declaration)


def _add(gathered: Gathered, declaration: Declaration) -> None:
    """Take one declaration, unless its model cannot be tracked."""
    model = concrete(declaration.model)
    label = model._meta.label
    reason = refused(model)
    if reason and declaration.named:
        gathered.note(label, reason)
        return
    reason = reason or _kept_off(model, gathered.alias)
    if reason:
        gathered.left_out[label] = reason
        return
    gathered.declarations[label] = replace(declaration, model=model)


def refused(model: Model) -> str:
    """Say why a model is never tracked; an empty text if it may be."""
    options = model._meta
    if options.app_label == OUR_APP:
        return "Syncline's own tables are never tracked"
    if options.abstract:
        return "it is abstract and has no table; register the models made of it"
    if options.swapped:
        return f"it is swapped for {options.swapped}"
    if not options.managed:
        return "it is unmanaged: Django does not look after its table"
    return ""


def _kept_off(model: Model, alias: str | None) -> str:
    if alias is None or router.allow_migrate_model(alias, model):
        return ""
    return f"the routers keep it off {alias!r}"


def _add_parents(gathered: Gathered, child: Declaration) -> None:
    """Track the parents of a multi-table child: its rows are rows of theirs too."""
    for parent in parent_links(child.model).values():
        label = parent._meta.label
        if label in gathered.declarations:
            continue
        brought = Declaration(
            model=parent,
            where=child.model._meta.label,
            options=Options(
                direction=child.options.direction, deletes=child.options.deletes
            ),
        )
        _add(gathered, brought)
        if label in gathered.declarations:
            _add_parents(gathered, brought)


def _add_links(gathered: Gathered, owner: Declaration) -> None:
    """Track the tables of a model's many-to-many fields."""
    wanted, excluded = owner.options.fields, set(names_of(owner.options.exclude))
    for link in owner.model._meta.local_many_to_many:
        if link.name in excluded:
            continue
        if wanted is not None and link.name not in names_of(wanted):
            continue
        _add_link(gathered, owner, link)


def _add_link(gathered: Gathered, owner: Declaration, link: ManyToMany) -> None:
    through = concrete(cast("Model", link.remote_field.through))
    label, own = through._meta.label, owner.model._meta.label
    if label in gathered.declarations:
        return
    if not through._meta.auto_created:
        gathered.note(
            own,
            f"the links of {link.name} are rows of {label}, which is not tracked",
            hint=f"add: register({through.__name__})",
            check=LINKS_STAY,
        )
        return
    other = concrete(link.related_model)._meta.label
    if other not in gathered.declarations and other not in ALWAYS_MATCHED:
        gathered.left_out[label] = (
            f"{other}, the other end of its links, is not tracked"
        )
        gathered.note(
            own,
            f"the links of {link.name} stay here, because {other} is not tracked",
            hint=f'track {other}, or say exclude="{link.name}"',
            check=LINKS_STAY,
        )
        return
    options = Options(direction=owner.options.direction, deletes=owner.options.deletes)
    _add(
        gathered,
        Declaration(model=through, where=f"{own}.{link.name}", options=options),
    )
