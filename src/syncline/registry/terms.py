"""What declarations come to: how each tracked model is identified and merged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from django.db import models

from syncline.changes.kinds import Value
from syncline.conflict.merge import Contract
from syncline.conflict.resolvers import Resolver
from syncline.tables.selection import Model, concrete

Rename = Callable[[Value, str], Value]
"""Takes a value that is taken already, and its record's uid in hexadecimal digits."""

OnClash = Literal["null"] | Rename | None
"""What becomes of a unique value that an older record has; None holds the change."""

Transform = Callable[[dict[str, Any]], dict[str, Any] | None]
"""Takes the values of a record by field name; gives them, or None to leave it out."""

Direction = Literal["both", "pull", "push"]
"""Which transfers move a model's records, seen from the node that runs the verb."""


class KeyKind(StrEnum):
    """Where a key comes from, in the order of preference."""

    DECLARED = "declared"
    NATURAL = "natural"
    UUID = "uuid"
    EXPLICIT = "explicit"
    """A primary key that no database counts up."""
    PARENT = "parent"
    """The primary key is a link to another record, one to one."""
    UNIQUE = "unique"
    THROUGH = "through"
    """A row of an automatic many-to-many table: its two ends."""
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """What identifies the records of a model on every node."""

    kind: KeyKind
    fields: tuple[str, ...] = ()
    """Names of the model's own concrete fields, in order. A foreign key stands for
    the record that it points at. A row with NULL in one of them has no key."""

    why: str
    """Why this one, for people."""


class ReferenceKind(StrEnum):
    """What travels of a foreign key."""

    RECORD = "record"
    """The uid of the record that it points at."""
    NULL = "null"
    """Nothing; NULL where it arrives."""
    MATCH = "match"
    """The values that identify the row it points at, which is never made."""
    FILL = "fill"
    """Nothing; where it arrives, it points at the row that the rule names."""
    LOCAL = "local"
    """Nothing; where it arrives, a row keeps what it has."""
    SKIP = "skip"
    """Nothing, and the record with it stays behind, unless it is NULL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceRule:
    """What becomes of one foreign key on the way."""

    kind: ReferenceKind
    target: str
    """The label of the model that it points at; of a proxy's, the concrete one."""

    paths: tuple[str, ...] = ()
    """For MATCH and FILL: lookups of the target's model that find its row, such as
    `content_type__app_label`; none of them ends in a foreign key."""

    fill: tuple[Value, ...] = ()
    """For FILL: the values of the paths."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What merges together: a field, or a group of them."""

    name: str
    """The field's name, or those of the group's in the model's order: `a+b`."""

    fields: tuple[str, ...]
    resolver: Resolver
    rule: str
    """The resolver's name, equal on nodes that decide alike."""

    silent: bool = False
    """Do concurrent values make no conflict record?"""

    ignored: bool = False
    """Is it of no consequence, as `last_login` is?"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """One model as declared."""

    model: Model
    label: str
    where: str
    """The module or setting that declares it, or the model that brought it along."""

    key: Key
    parts: tuple[Part, ...]
    """All of `fields`, in the model's order."""

    fields: tuple[str, ...]
    """Names of the concrete fields that travel: neither the automatic primary key, nor
    excluded, computed or `local` ones."""

    references: Mapping[str, ReferenceRule]
    """By the foreign key's name, those with the rule `local` included."""

    generic: tuple[tuple[str, str], ...]
    """Pairs of (content type field, object id field) of generic foreign keys."""

    direction: Direction
    on_clash: OnClash
    edit_wins: bool
    transforms: tuple[Transform, ...]
    contract: str
    """The digest of how its records are identified and merged: where it is equal,
    nodes may merge. Where it is not, `contract.differences` decides and tells."""

    contract_text: Mapping[str, Any]
    """What the digest is of, and the names of the fields: plain data."""

    @property
    def rules(self) -> Contract:
        """What the merge asks for."""
        return Contract(
            resolvers={part.name: part.resolver for part in self.parts},
            edit_wins=self.edit_wins,
            silent=frozenset(part.name for part in self.parts if part.silent),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """All tracked models."""

    tracked: Mapping[str, Tracked]
    """By label. What a key needs comes first, and what a reference needs, except in
    circles."""

    left_out: Mapping[str, str] = field(default_factory=dict)
    """The reason by label, of models that were not named one by one."""

    def of(self, model: type[models.Model]) -> Tracked | None:
        """Find a model, or the one that its proxy stands for."""
        return self.tracked.get(concrete(model)._meta.label)
