"""From declarations to what is tracked: everything that is wrong comes out at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from syncline.registry.choosing import choose_fields, possible_fields
from syncline.registry.contract import contract_text, digest
from syncline.registry.declaration import (
    Declaration,
    Findings,
    Problem,
    names_of,
)
from syncline.registry.gathering import Gathered, gather
from syncline.registry.joining import (
    check_dotted,
    lookups,
    needed_by_key,
    open_circles,
)
from syncline.registry.keys import Case, choose_key
from syncline.registry.ordering import ordered
from syncline.registry.parts import parts_of
from syncline.registry.references import is_local, is_matched, reference_rules
from syncline.registry.relations import (
    generic_pairs,
    local_fields,
    parent_links,
    target_of,
)
from syncline.registry.terms import (
    Declared,
    Direction,
    Key,
    KeyKind,
    ReferenceKind,
    Tracked,
)
from syncline.registry.validating import check_generic, check_options, warn_of_key
from syncline.tables.binding import Field
from syncline.tables.selection import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """What declarations come to, and what is wrong with them."""

    declared: Declared
    """Complete only if no problem is fatal."""

    problems: tuple[Problem, ...]


def compile_declarations(
    registered: Iterable[Declaration],
    in_settings: Iterable[Declaration],
    alias: str | None = None,
) -> Compiled:
    """Check all declarations and work out what they leave open.

    Args:
        registered: by `register()`.
        in_settings: by `SYNCLINE["MODELS"]`.
        alias: of the database whose routers decide; None asks none.
    """
    gathered = gather(registered, in_settings, alias)
    compiler = Compiler(gathered)
    compiler.choose_keys()
    tracked = {label: compiler.tracked(label) for label in gathered.declarations}
    return Compiled(
        declared=Declared(
            tracked={label: tracked[label] for label in _order(tracked)},
            left_out=gathered.left_out,
        ),
        problems=_by_model(gathered),
    )


def _by_model(gathered: Gathered) -> tuple[Problem, ...]:
    """Give the problems model by model, in the order of the declarations."""
    order = {label: number for number, label in enumerate(gathered.declarations)}
    return tuple(
        sorted(gathered.problems, key=lambda each: order.get(each.subject, -1))
    )


@dataclass(slots=True)
class Compiler:
    """Works on all models side by side, because their keys need each other."""

    gathered: Gathered
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Those that travel, and the local foreign keys."""

    keys: dict[str, Key] = field(default_factory=dict)
    others: dict[str, Key] = field(default_factory=dict)
    """Keys of models that are not tracked, but matched."""

    def findings(self, label: str) -> Findings:
        """Give the notes of a tracked model."""
        model = self.gathered.declarations[label].model
        return Findings(model, self.gathered.problems)

    def choose_keys(self) -> None:
        """Choose the fields and the key of each model, then compare the keys."""
        declarations = self.gathered.declarations
        for label, declaration in declarations.items():
            findings = self.findings(label)
            self.fields[label] = tuple(possible_fields(declaration.model))
            offered = self._choose_key(declaration, Findings(declaration.model, []))
            self.fields[label] = choose_fields(declaration, offered.fields, findings)
            self.keys[label] = self._choose_key(declaration, findings)
        for label, declaration in declarations.items():
            if self.keys[label].kind is KeyKind.DECLARED:
                said = names_of(declaration.options.key)
                findings = self.findings(label)
                check_dotted(declaration.model, said, self.key_of, findings)
        models_ = {label: each.model for label, each in declarations.items()}
        self.keys = open_circles(self.keys, models_, self.findings)

    def _choose_key(self, declaration: Declaration, findings: Findings) -> Key:
        tracked = self.gathered.declarations

        def joinable(field_: Field) -> bool:
            target = target_of(field_)
            label = target._meta.label if target else ""
            return label in tracked or is_matched(declaration, field_)

        return choose_key(
            Case(
                declaration=declaration,
                fields=self._travelling(declaration),
                joinable=joinable,
                findings=findings,
            )
        )

    def _travelling(self, declaration: Declaration) -> tuple[str, ...]:
        fields = self.fields[declaration.model._meta.label]
        return tuple(name for name in fields if not is_local(declaration, name))

    def key_of(self, model: Model) -> Key:
        """Give the key of any model; of one that is not tracked, as if it were."""
        label = model._meta.label
        if label in self.keys:
            return self.keys[label]
        if label not in self.others:
            self.others[label] = _key_alone(model)
        return self.others[label]

    def tracked(self, label: str) -> Tracked:
        """Put together what is known of a model."""
        declaration = self.gathered.declarations[label]
        options, model = declaration.options, declaration.model
        findings, key = self.findings(label), self.keys[label]
        references = reference_rules(
            declaration,
            self.fields[label],
            self.gathered.declarations,
            lambda target: lookups(target, self.key_of),
            findings,
        )
        fields = self._travelling(declaration)
        parts = parts_of(declaration, fields, key, findings)
        check_options(declaration, findings)
        check_generic(model, fields, findings)
        warn_of_key(declaration, key, findings)
        edit_wins = options.deletes == "edit_wins"
        text = contract_text(
            key, references, parts, edit_wins=edit_wins, on_clash=options.on_clash
        )
        return Tracked(
            model=model,
            label=label,
            where=declaration.where,
            key=key,
            parts=parts,
            fields=fields,
            references=references,
            generic=tuple(p for p in generic_pairs(model) if set(p) <= set(fields)),
            direction=cast("Direction", options.direction),
            on_clash=options.on_clash,
            edit_wins=edit_wins,
            transforms=tuple(options.transforms),
            contract=digest(text),
            contract_text=text,
        )


def _key_alone(model: Model) -> Key:
    """Choose the key of a model whose rows are only looked up."""
    declaration = Declaration(model=model, where="")
    return choose_key(
        Case(
            declaration=declaration,
            fields=tuple(local_fields(model)),
            joinable=lambda _: True,
            findings=Findings(model, []),
        )
    )


def _order(tracked: dict[str, Tracked]) -> list[str]:
    """Order the labels: what a key needs, then what a reference needs."""
    needs = {
        label: {
            *needed_by_key(each.model, each.key),
            *(parent._meta.label for parent in parent_links(each.model).values()),
        }
        & tracked.keys()
        for label, each in tracked.items()
    }
    wants = {
        label: {
            rule.target
            for rule in each.references.values()
            if rule.kind in (ReferenceKind.RECORD, ReferenceKind.MATCH)
        }
        for label, each in tracked.items()
    }
    return ordered(needs, wants)
