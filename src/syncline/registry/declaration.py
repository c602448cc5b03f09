"""What a user declares, as it was said, and what may be wrong with it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal

from syncline.conflict.resolvers import Resolver
from syncline.registry.terms import OnClash, Transform
from syncline.tables.selection import Model


@dataclass(frozen=True, slots=True)
class Fill:
    """The rule that a foreign key points at one certain row where it arrives."""

    key: object
    """What identifies that row; a tuple where several values do."""

    @property
    def values(self) -> tuple[Any, ...]:
        """Give the key as a tuple."""
        return self.key if isinstance(self.key, tuple) else (self.key,)


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePriority:
    """The rule by which the node that is named first wins."""

    nodes: tuple[str, ...]


def node_priority(nodes: Sequence[str]) -> NodePriority:
    """Make the merge rule by which the node that is named first wins.

    Args:
        nodes: ids; a node that is not named comes after all that are.
    """
    return NodePriority(nodes=tuple(nodes))


MergeRule = Resolver | NodePriority | Callable[[Any, Any], Any]
"""`newest`, `largest`, `smallest`, `hold`, `node_priority(…)`, in one direction also
`source` and `target`; or a function of two values."""

Reference = Literal["null", "match", "local", "skip"] | Fill
"""What becomes of a foreign key to a model that is not tracked."""

Names = str | Iterable[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of `register()`, not yet checked."""

    key: Names | None = None
    fields: Names | None = None
    exclude: Names = ()
    direction: str = "both"
    merge: Mapping[str, MergeRule] = field(default_factory=dict)
    groups: Iterable[Iterable[str]] = ()
    ignored: Names = ()
    references: Mapping[str, Reference] = field(default_factory=dict)
    on_clash: OnClash = None
    deletes: str = "edit_wins"
    transforms: Iterable[Transform] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One model, and what somebody wants of it."""

    model: Model
    where: str
    """The module or the setting, or the model that brings this one along."""

    options: Options = field(default_factory=Options)
    named: bool = True
    """Was the model named, not just its app?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with a declaration, or that should be known."""

    check: str
    """The id of the system check, such as `syncline.E101`."""

    text: str
    hint: str = ""
    """What to do, with the line to paste where there is one."""

    subject: str
    """The model's label, or the setting."""

    model: Model | None = None

    @property
    def fatal(self) -> bool:
        """Does it keep the declarations from being used?"""
        return self.check.startswith("syncline.E")

    @property
    def reason(self) -> str:
        """Give text and hint as a part of a sentence."""
        return f"{self.text} ({self.hint})" if self.hint else self.text


BAD = "syncline.E101"
"""The declaration asks for what cannot be."""

NO_RULE = "syncline.E102"
"""A foreign key leads out of what is tracked, and nothing says what becomes of it."""

KEY_OPEN = "syncline.E103"
"""More than one key is possible, so one must be declared."""

NO_KEY = "syncline.W101"
"""Nothing identifies the records but the node that made them."""

KEY_MAY_BE_NULL = "syncline.W102"
"""Rows with NULL in their key have none."""

LINKS_STAY = "syncline.W103"
"""The links of a many-to-many field are not tracked."""


class Findings:
    """Collects what is wrong with one model."""

    def __init__(self, model: Model, found: list[Problem]) -> None:
        self.model, self.found = model, found

    def add(self, text: str, *, hint: str = "", check: str = BAD) -> None:
        """Note one problem."""
        label = self.model._meta.label
        self.found.append(
            Problem(check=check, text=text, hint=hint, subject=label, model=self.model)
        )

    def has(self, *checks: str) -> bool:
        """Is a problem of these kinds noted for the model?"""
        return any(
            each.check in checks for each in self.found if each.model is self.model
        )


def names_of(names: Names | None) -> tuple[str, ...]:
    """Give one name, or several, as a tuple."""
    if names is None:
        return ()
    return (names,) if isinstance(names, str) else tuple(names)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Give the hint for a name that is not known; empty if none is near."""
    by_lowered = {each.lower(): each for each in known}
    near = get_close_matches(name.lower(), by_lowered, n=1)
    return f"did you mean {by_lowered[near[0]]}?" if near else ""


def spelled(names: Sequence[str]) -> str:
    """Give the value of `key=` for names."""
    quoted = [f'"{name}"' for name in names]
    return quoted[0] if len(quoted) == 1 else f"[{', '.join(quoted)}]"
