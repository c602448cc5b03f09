"""Where declarations are kept: `register()`, and the registry behind it."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any, cast

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from syncline import conf
from syncline.errors import BadDeclaration, RulesFailed, listed
from syncline.registry.compiling import Compiled, compile_declarations
from syncline.registry.declaration import (
    Declaration,
    MergeRule,
    Names,
    Options,
    Reference,
    names_of,
)
from syncline.registry.naming import named_in_settings
from syncline.registry.terms import Declared, OnClash, Transform
from syncline.tables.selection import Model

MODULE = "sync_rules"
"""The module of each app that is imported at start-up."""


class Registry:
    """The declarations of a project; checked when they are first asked for."""

    def __init__(self) -> None:
        self._declarations: list[Declaration] = []
        self._where = "register()"
        self._compiled: dict[tuple[str | None, str], Compiled] = {}

    def register(  # noqa: PLR0913 - a keyword for each question
        self,
        model_or_models: Model | Iterable[Model],
        *,
        key: Names | None = None,
        fields: Names | None = None,
        exclude: Names = (),
        direction: str = "both",
        merge: Mapping[str, MergeRule] | None = None,
        groups: Iterable[Iterable[str]] = (),
        ignored: Names = (),
        references: Mapping[str, Reference] | None = None,
        on_clash: OnClash = None,
        deletes: str = "edit_wins",
        transforms: Iterable[Transform] = (),
    ) -> None:
        """Track models; without options, all of their fields travel.

        What is wrong with it is told by `manage.py check`, all at once.

        Args:
            model_or_models: a class of models, or several with the same options.
            key: the fields that identify a record on every node, `"station.code"`
                through foreign keys; by default what the model itself offers; `()`
                for none.
            fields: the only fields that travel.
            exclude: fields that do not.
            direction: `"both"`, or only `"pull"` or `"push"`, as seen from the node
                that runs the command.
            merge: by field or group, the rule for values written at the same time.
            groups: fields that merge together.
            ignored: fields whose conflicts are of no consequence.
            references: by foreign key to a model that is not tracked, what becomes of
                it: `"null"`, `"match"`, `"local"`, `"skip"` or `Fill(key)`.
            on_clash: what becomes of a unique value that an older record has: `"null"`
                or a function of the value and the record's uid; None holds the change.
            deletes: `"edit_wins"` or `"delete_wins"`, where a record was edited here
                and deleted there.
            transforms: functions that take and give the values of a record.
        """
        options = Options(
            key=None if key is None else names_of(key),
            fields=None if fields is None else names_of(fields),
            exclude=names_of(exclude),
            direction=direction,
            merge=dict(merge or {}),
            groups=tuple(groups),
            ignored=names_of(ignored),
            references=dict(references or {}),
            on_clash=on_clash,
            deletes=deletes,
            transforms=tuple(transforms),
        )
        self._declarations += [
            Declaration(model=model, where=self._where, options=options)
            for model in _models(model_or_models)
        ]
        self._compiled.clear()

    def discover(self) -> None:
        """Import the module `sync_rules` of each installed app that has one.

        Raises:
            RulesFailed: one of them raised an error.
        """
        self._compiled.clear()
        for config in apps.get_app_configs():
            if config.module is None or not module_has_submodule(config.module, MODULE):
                continue
            name = f"{config.name}.{MODULE}"
            self._where = name
            try:
                import_module(name)
            except Exception as error:
                reason = f"{type(error).__name__}: {error}"
                raise RulesFailed(module=name, reason=reason) from error
            finally:
                self._where = "register()"

    def compiled(self, alias: str | None = None) -> Compiled:
        """Give what is declared and what is wrong with it, worked out once.

        Args:
            alias: of the database whose routers decide which models are on it; None
                takes all.

        Raises:
            BadSetting: `settings.SYNCLINE` is not understood.
        """
        said = conf.read().models
        place = (alias, repr(said))
        if place not in self._compiled:
            named, problems = named_in_settings(said)
            compiled = compile_declarations(self._declarations, named, alias)
            self._compiled[place] = Compiled(
                declared=compiled.declared, problems=(*problems, *compiled.problems)
            )
        return self._compiled[place]

    def declared(self, alias: str | None = None) -> Declared:
        """Give all tracked models.

        Args:
            alias: as `compiled` takes it.

        Raises:
            BadDeclaration: something is wrong; all of it is told.
            BadSetting: `settings.SYNCLINE` is not understood.
        """
        compiled = self.compiled(alias)
        fatal = [problem for problem in compiled.problems if problem.fatal]
        if fatal:
            subjects = list(dict.fromkeys(problem.subject for problem in fatal))
            reasons = [
                f"{each.subject}: {each.reason}" if len(subjects) > 1 else each.reason
                for each in fatal
            ]
            raise BadDeclaration(what=listed(subjects), reasons=reasons)
        return compiled.declared


def _models(given: object) -> list[Model]:
    """Give one model, or several, as a list; of what else it may be, checks tell."""
    one = isinstance(given, str) or not isinstance(given, Iterable)
    return cast("list[Model]", [given] if one else list(cast("Iterable[Any]", given)))


registry = Registry()
"""The registry that `register()` fills."""

register = registry.register
