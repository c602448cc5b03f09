"""A record as our table keeps it, and as the merge rule sees it. Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat

from msgspec.structs import replace

from syncline.changes.dots import Dot
from syncline.changes.kinds import Value
from syncline.changes.messages import Extra, Life, Mark, marks_in
from syncline.conflict.versions import Record, Siblings, Version, Versioned, shown

Names = Mapping[int, str]
"""What the numbers of nodes stand for: in a database's tables, or in a message."""

Numbers = Callable[[str], int]


@dataclass(slots=True, kw_only=True)
class Stored:
    """One record; it changes while a changeset is worked on."""

    uid: bytes
    table: int
    pk: str | None
    """None once it is deleted."""

    life: int
    mark: Mark
    seq: int = 0
    digest: int | None = None
    extra: Extra | None = None
    context: int | None = None
    gone_pk: str | None = None
    """Of a deleted record: where its row was."""

    @property
    def alive(self) -> bool:
        """Is there such a row?"""
        return bool(self.life % 2)

    @property
    def born(self) -> Life:
        """Give the version of its life."""
        if self.extra is not None and self.extra.life:
            return self.extra.life[0]
        return (self.life, *self.mark)

    @property
    def merged(self) -> tuple[bytes, ...]:
        """Give the uids of what it was found to be; none of any other record."""
        return () if self.extra is None else self.extra.merged

    def marks(self) -> Iterator[Mark]:
        """Give all versions in it."""
        return marks_in(self.mark, self.extra)


def record_of(
    life: int,
    mark: Mark,
    extra: Extra | None,
    values: Mapping[str, Value],
    names: Names,
) -> Record:
    """Give a record as the merge rule sees it.

    Args:
        life: the causal length.
        mark: the version of all that `extra` does not name.
        extra: other versions, and values that the row does not show.
        values: by part, as shown; empty of a record that is deleted.
        names: what the numbers of nodes stand for.
    """
    base = _version(mark, names)
    alone = extra or Extra()
    lives = tuple(
        Versioned(length, _version(one, names)) for length, *one in alone.life
    ) or (Versioned(life, base),)
    parts = [
        part
        for part in dict.fromkeys((*values, *alone.parts) if values else ())
        if alone.parts.get(part, (mark,)) and (part in values or part in alone.values)
    ]
    # Most parts have the record's own version, which is made once.
    special = alone.parts.keys() | alone.values.keys()
    return Record(
        life=lives,
        fields={
            part: _siblings(part, values.get(part), (mark, alone), names)
            if part in special
            else (Versioned(values[part], base),)
            for part in parts
        },
        merged=frozenset(alone.merged),
    )


def _siblings(
    part: str, value: Value, versions: tuple[Mark, Extra], names: Names
) -> Siblings:
    mark, extra = versions
    marks = extra.parts.get(part, (mark,))
    kept = extra.values.get(part) or repeat(())
    return tuple(
        Versioned(frozen(explicit[0]) if explicit else value, _version(one, names))
        for one, explicit in zip(marks, kept, strict=False)
    )


def shown_of(marks: Sequence[Mark], names: Names) -> int:
    """Say which of a part's versions the row shows: the same one at every node."""
    return max(range(len(marks)), key=lambda n: _version(marks[n], names))


def frozen(value: Value) -> Value:
    """Make a value that came as a list hashable."""
    return tuple(map(frozen, value)) if isinstance(value, list | tuple) else value


def _version(mark: Sequence[int], names: Names) -> Version:
    clock, node, counter = mark
    return Version(clock, Dot(names[node], counter))


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """A record, taken apart to be stored or sent."""

    life: int
    mark: Mark
    values: dict[str, Value]
    """By known part, as shown."""

    extra: Extra | None


def split(record: Record, parts: Sequence[str], numbers: Numbers) -> Split:
    """Take a record apart.

    Args:
        record: what the merge rule has made.
        parts: those that the table has; others are kept beside it. Where nobody has
            given the record a value for one, it gets no version.
        numbers: gives the numbers that stand for nodes.
    """

    def mark_of(version: Version) -> Mark:
        return version.clock, numbers(version.dot.node), version.dot.counter

    base = _base(record)
    life: tuple[Life, ...] = ()
    if len(record.life) > 1 or record.life[0].version != base:
        life = tuple((int(v), *mark_of(version)) for v, version in record.life)
    versions: dict[str, tuple[Mark, ...]] = {}
    kept: dict[str, tuple[tuple[Value, ...], ...]] = {}
    values: dict[str, Value] = {}
    known = set(parts)
    for part, siblings in record.fields.items():
        top = shown(siblings)
        if part in known:
            values[part] = top.value
        if len(siblings) > 1 or top.version != base or part not in known:
            versions[part] = tuple(mark_of(one.version) for one in siblings)
        if len(siblings) > 1 or part not in known:
            kept[part] = tuple(
                () if one is top and part in known else (one.value,) for one in siblings
            )
    if record.alive:
        # A default that was filled in here is no version: it was never anybody's.
        versions |= {part: () for part in parts if part not in record.fields}
    merged = tuple(sorted(record.merged))
    extra = Extra(life=life, parts=versions, values=kept, merged=merged)
    return Split(
        life=record.length,
        mark=mark_of(base),
        values=values,
        extra=None if extra == Extra() else extra,
    )


def _base(record: Record) -> Version:
    """Choose the version that most parts have, so that few need to be named."""
    if not record.fields:
        return record.life[0].version
    counted = Counter(shown(siblings).version for siblings in record.fields.values())
    return counted.most_common(1)[0][0]


def edited(stored: Stored, changed: Sequence[str], parts: int, mark: Mark) -> None:
    """Give some parts of a record a new version.

    Args:
        stored: the record.
        changed: the parts' names; values kept for them beside the row are forgotten.
        parts: how many the record has.
        mark: the new version.
    """
    extra = stored.extra or Extra()
    values = {part: v for part, v in extra.values.items() if part not in changed}
    if len(changed) == parts:
        unknown = {part: m for part, m in extra.parts.items() if part in values}
        stored.extra = Extra(life=(stored.born,), parts=unknown, values=values)
        stored.mark = mark
        return
    versions = {**extra.parts, **dict.fromkeys(changed, (mark,))}
    stored.extra = Extra(life=extra.life, parts=versions, values=values)


def touched(stored: Stored, mark: Mark) -> None:
    """Let a record that lives do so under a new version: it counts as edited.

    Args:
        stored: the record.
        mark: the new version.
    """
    life = ((stored.life, *mark),)
    stored.extra = replace(stored.extra or Extra(), life=life)


def renumbered(
    mark: Mark, extra: Extra | None, number: Callable[[int], int]
) -> tuple[Mark, Extra | None]:
    """Spell versions with the numbers of another place.

    Args:
        mark: the record's version.
        extra: its others.
        number: from a number here to one there.
    """

    def spelled(one: Mark) -> Mark:
        return one[0], number(one[1]), one[2]

    if extra is None:
        return spelled(mark), None
    return spelled(mark), Extra(
        life=tuple((life[0], *spelled(life[1:])) for life in extra.life),
        parts={part: tuple(map(spelled, marks)) for part, marks in extra.parts.items()},
        values=extra.values,
        merged=extra.merged,
    )
