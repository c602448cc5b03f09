"""A user's changes on the way: renames, and hooks that see whole rows."""

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from syncline.errors import FileTrouble, PluginFailed, UsageError
from syncline.tables.selection import named_field

RowDict = dict[str, Any]
Hook = Callable[[str, RowDict], Any]
"""`hook(label, row)` gives the row, None to drop it, or a list of (label, row)."""

registered: dict[str, list[Hook]] = {"pre_walk": [], "pre_save": []}


def register_transform(
    *, pre_walk: Hook | None = None, pre_save: Hook | None = None
) -> None:
    """Register hooks that every dump, load and copy of this process runs.

    Args:
        pre_walk: called with each row as it is read.
        pre_save: called with each row before it is written.
    """
    for name, hook in (("pre_walk", pre_walk), ("pre_save", pre_save)):
        if hook is not None:
            registered[name].append(hook)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transforms:
    """All that changes rows between a source and a target."""

    pre_walk: tuple[Hook, ...] = ()
    pre_save: tuple[Hook, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)
    """The source's label, in lower case, to the target's."""

    fields: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """The source's (label in lower case, field) to the target's field."""

    def __bool__(self) -> bool:
        return bool(self.pre_walk or self.pre_save or self.models or self.fields)

    def names_only(self) -> "Transforms":
        """Give these without their hooks."""
        return Transforms(models=self.models, fields=self.fields)

    def hooks(self, *, walked: bool) -> list[tuple[str, Hook]]:
        """Give the hooks for rows on their way into a database.

        Args:
            walked: did `pre_walk` see the rows already, when they were dumped?
        """
        first = () if walked else self.pre_walk
        named = [("pre_walk", hook) for hook in first]
        return named + [("pre_save", hook) for hook in self.pre_save]

    @property
    def has_hooks(self) -> bool:
        """Must rows be shown to Python functions?"""
        return bool(self.pre_walk or self.pre_save)

    def label(self, label: str) -> str:
        """Give a model's label on the target."""
        return self.models.get(label.lower(), label)

    def field(self, label: str, name: str) -> str:
        """Give a field's name on the target."""
        return self.fields.get((label.lower(), name), name)


def read_transforms(
    *,
    plugin: str | Path | None = None,
    renames: Sequence[str] = (),
    anonymise: str | None = None,
) -> Transforms:
    """Gather registered hooks, a plugin's and renames.

    Args:
        plugin: a Python file with `pre_walk` and `pre_save` functions.
        renames: `old.Model=new.Model` or `app.Model.old=new`, labels as in the source.
        anonymise: a module whose `ANONYMISE` maps `app.Model.field` to a function of
            the value, or to the value that replaces it.

    Raises:
        FileTrouble: the plugin cannot be read or run.
        UsageError: a rename is not of that form.
    """
    module = _import(Path(plugin)) if plugin is not None else None
    models, fields = {}, {}
    for rename in renames:
        old, equals, new = rename.partition("=")
        label, _, name = old.rpartition(".")
        if not (old and equals and new):
            raise UsageError(
                f"{rename!r} is no rename.",
                hint="Write app.Old=app.New for a model, app.Model.a=b for a field..",
            )
        if label.count(".") == 1:
            fields[label.lower(), name] = new
        else:
            models[old.lower()] = new
    return Transforms(
        pre_walk=(
            *registered["pre_walk"],
            *_hooks(module, "pre_walk"),
            *_anonymiser(anonymise),
        ),
        pre_save=(*registered["pre_save"], *_hooks(module, "pre_save")),
        models=models,
        fields=fields,
    )


def _anonymiser(name: str | None) -> tuple[Hook, ...]:
    """Make the hook that a module's ANONYMISE describes.

    Raises:
        UsageError: there is no such module, or it has no ANONYMISE.
        UnknownModel: it names a field that no model has.
    """
    if name is None:
        return ()
    try:
        replacements = import_module(name).ANONYMISE
    except (ImportError, AttributeError) as error:
        raise UsageError(
            f"--anonymise {name}: {error}.",
            hint="Name a module with ANONYMISE = {'app.Model.field': function, ...}.",
        ) from error
    by_label: dict[str, dict[str, Any]] = {}
    for path, replacement in replacements.items():
        label, field_name = named_field(path)
        by_label.setdefault(label, {})[field_name] = replacement

    def hook(label: str, row: RowDict) -> RowDict:
        for field_name, replacement in by_label.get(label, {}).items():
            value = row[field_name]
            if value is not None:
                new = replacement(value) if callable(replacement) else replacement
                row[field_name] = new
        return row

    return (hook,)


def _import(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("syncline_plugin", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise FileTrouble(path=str(path), reason="there is no such Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        raise FileTrouble(
            path=str(path), reason=f"it raised {type(error).__name__}: {error}"
        ) from error
    return module


def _hooks(module: ModuleType | None, name: str) -> tuple[Hook, ...]:
    hook = getattr(module, name, None)
    return (hook,) if callable(hook) else ()


def run_hooks(
    hooks: Sequence[tuple[str, Hook]], label: str, row: RowDict
) -> Iterator[tuple[str, RowDict]]:
    """Show a row to each hook in turn; yield what comes out of the last.

    Raises:
        PluginFailed: a hook raised, or returned something else.
    """
    rows = [(label, row)]
    for name, hook in hooks:
        rows = [
            result
            for current, values in rows
            for result in _results(hook, name, current, values)
        ]
    yield from rows


def _results(
    hook: Hook, name: str, label: str, row: RowDict
) -> list[tuple[str, RowDict]]:
    try:
        result = hook(label, row)
    except (Exception, SystemExit) as error:
        reason = f"{type(error).__name__}: {error}"
        raise PluginFailed(hook=name, label=label, reason=reason) from error
    if result is None:
        return []
    if isinstance(result, dict):
        return [(label, result)]
    if isinstance(result, list) and all(
        isinstance(part, tuple)
        and len(part) == 2  # noqa: PLR2004 - label and row
        and isinstance(part[0], str)
        and isinstance(part[1], dict)
        for part in result
    ):
        return result
    reason = f"it returned {type(result).__name__}; give a dict, None or (label, row)s"
    raise PluginFailed(hook=name, label=label, reason=reason)
