"""The merge rule, the only one: what a node makes of another's version of a record.

A value that one side has, and that the other has seen and no longer has, was replaced
there: it goes. What is left is concurrent. Equal values are one. Of different ones the
resolver decides, and whatever loses is kept in a conflict before it is overwritten.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from syncline.changes.dots import DotSet
from syncline.changes.kinds import Value
from syncline.conflict.resolvers import Resolver, hold, newest
from syncline.conflict.versions import Record, Siblings, Version, Versioned

Mint = Callable[[int], Version]
"""Makes a new version of the merging node, with a clock after the one given."""

BIRTH = 1
"""The length of a life that has just begun."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What two nodes must agree on before they may merge."""

    resolvers: Mapping[str, Resolver] = field(default_factory=dict)
    """By the name of the field or group; `newest` for all others."""

    edit_wins: bool = True
    """Of a deletion and an edit that knew nothing of each other, is the edit kept?"""

    silent: frozenset[str] = frozenset()
    """Fields whose concurrent values make no conflict, such as `auto_now` ones."""

    canonical: Mapping[str, Callable[[Value], Value]] = field(default_factory=dict)
    """By field, what makes values of one meaning equal, such as JSON's."""

    def resolver(self, name: str) -> Resolver:
        """Give the resolver of a field."""
        return self.resolvers.get(name, newest)

    def identity(self, name: str, value: Value) -> object:
        """Give what is equal for equal values of a field."""
        plain = self.canonical.get(name)
        value = value if plain is None or value is None else plain(value)
        # 1, 1.0 and True are equal in Python, and three values in a database.
        return type(value), value


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What both sides know, for the fast-forward test."""

    mine: DotSet
    """All changes that are merged here."""

    theirs: DotSet
    """All changes that are merged at the sender."""


class Contradiction(Exception):
    """Each side says that it has replaced the other's value: one of them is wrong.

    A node that was restored from a backup without noticing may say so; the change
    belongs into quarantine.
    """

    def __init__(self, mine: Siblings, theirs: Siblings) -> None:
        self.mine, self.theirs = mine, theirs
        super().__init__(f"each side has replaced the other's: {mine} and {theirs}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """What comes of a merge."""

    record: Record
    lost: Mapping[str, Siblings] = field(default_factory=dict)
    """By field: values that lost without having been seen by the winner's author."""


def merge(
    mine: Record | None,
    theirs: Record,
    *,
    seen: Seen,
    contract: Contract,
    mint: Mint,
) -> Merged:
    """Merge the sender's version of a record into mine.

    Args:
        mine: this node's version; None if it has never had the record.
        theirs: the sender's.
        seen: what both know.
        contract: how the model's conflicts are decided.
        mint: makes versions for what is decided here.
    """
    if mine is None:
        return Merged(record=theirs)
    if mine.alive and theirs.alive:
        return _merge_living(mine, theirs, seen, contract, mint)
    if mine.alive or theirs.alive:
        return _merge_life_and_death(mine, theirs, seen, contract, mint)
    life = _lives(mine, theirs, seen)
    merged = mine.merged | theirs.merged
    return Merged(record=Record(life=life, fields={}, merged=merged))


def merge_whole(
    mine: Record, theirs: Record, *, seen: Seen, contract: Contract, mint: Mint
) -> Merged | None:
    """Take one side's values throughout, where those of both do not go together.

    The side that wrote last stays, which both sides see alike.

    Returns:
        None where only one side has written: there is nothing to choose from.
    """
    ours = [one for one in mine.versions() if one.dot not in seen.theirs]
    others = [one for one in theirs.versions() if one.dot not in seen.mine]
    if not ours or not others or not (mine.alive and theirs.alive):
        return None
    winner = mine if max(ours) > max(others) else theirs
    version = mint(max(ours + others).clock)
    fields = {**mine.fields, **theirs.fields}
    lost: dict[str, Siblings] = {}
    for name in mine.fields.keys() & theirs.fields.keys():
        left = _joined(mine.fields[name], theirs.fields[name], seen)
        fields[name] = winner.fields[name]
        if left == winner.fields[name]:
            continue
        fields[name] = _renewed(winner.fields[name], version, mint)
        stays = {contract.identity(name, one.value) for one in fields[name]}
        losers = [
            one for one in left if contract.identity(name, one.value) not in stays
        ]
        if losers and name not in contract.silent:
            lost[name] = tuple(losers)
    life = _lives(mine, theirs, seen)
    return Merged(record=Record(life=life, fields=fields), lost=lost)


def _merge_living(
    mine: Record, theirs: Record, seen: Seen, contract: Contract, mint: Mint
) -> Merged:
    """Merge field by field."""
    life = _lives(mine, theirs, seen)
    fields: dict[str, Siblings] = {}
    lost: dict[str, Siblings] = {}
    for name in {**mine.fields, **theirs.fields}:
        if name not in mine.fields or name not in theirs.fields:
            # One side's model does not have it, and so says nothing of it.
            left = mine.fields.get(name) or theirs.fields[name]
        else:
            left = _joined(mine.fields[name], theirs.fields[name], seen)
        fields[name], losers = _resolved(left, name, contract, mint)
        if losers and name not in contract.silent:
            lost[name] = losers
    return Merged(record=Record(life=life, fields=fields), lost=lost)


def _merge_life_and_death(
    mine: Record, theirs: Record, seen: Seen, contract: Contract, mint: Mint
) -> Merged:
    """Decide between a record that lives here and is deleted there, or the reverse."""
    living, dead = (mine, theirs) if mine.alive else (theirs, mine)
    knows_living, knows_dead = (
        (seen.mine, seen.theirs) if mine.alive else (seen.theirs, seen.mine)
    )
    if dead.merged:
        return _absorbed(living, dead, knows_dead, contract, mint)
    if all(one.version.dot in knows_living for one in dead.life):
        # Whoever has it alive knew of this deletion, and so made it live again.
        return Merged(record=living)
    if all(version.dot in knows_dead for version in living.versions()):
        return Merged(record=dead)
    if contract.edit_wins:
        return Merged(record=_revived(living, dead, mint))
    return Merged(
        record=_buried(living, dead, mint),
        lost={
            name: found
            for name, found in living.fields.items()
            if any(one.version.dot not in knows_dead for one in found)
        },
    )


def _revived(living: Record, dead: Record, mint: Mint) -> Record:
    """Let a record live on: a new version of all that it holds.

    Whoever deleted it has forgotten its fields, and with them which versions of them
    were replaced; new ones replace all.
    """
    version = mint(_latest(living, dead))
    length = max(living.length, dead.length)
    return Record(
        life=(Versioned(length if length % 2 else length + 1, version),),
        fields={
            name: _renewed(found, version, mint)
            for name, found in living.fields.items()
        },
    )


def _renewed(siblings: Siblings, version: Version, mint: Mint) -> Siblings:
    """Write values anew: one under a version that there is, others under their own."""
    first, *others = siblings
    return (
        first._replace(version=version),
        *(one._replace(version=mint(version.clock)) for one in others),
    )


def _buried(living: Record, dead: Record, mint: Mint) -> Record:
    """Let a deletion stand against edits that it did not know."""
    version = mint(_latest(living, dead))
    length = max(living.length, dead.length)
    return Record(
        life=(Versioned(length + 1 if length % 2 else length, version),), fields={}
    )


def _absorbed(
    living: Record, dead: Record, knows_dead: DotSet, contract: Contract, mint: Mint
) -> Merged:
    """Let no edit revive a record that was found to be another: the other has it.

    No new version is needed, because there is but one thing that may come of it.
    """
    record = dead
    if living.length > dead.length:
        record = replace(_buried(living, dead, mint), merged=dead.merged)
    lost = {
        name: found
        for name, found in living.fields.items()
        if any(one.version.dot not in knows_dead for one in found)
        and name not in contract.silent
    }
    return Merged(record=record, lost=lost)


def _lives(mine: Record, theirs: Record, seen: Seen) -> Siblings:
    """Join two lives; of births one is enough, and none beside what came after."""
    left = _joined(mine.life, theirs.life, seen)
    later = tuple(one for one in left if one.value != BIRTH)
    return later or left[-1:]


def _latest(*records: Record) -> int:
    return max(version.clock for record in records for version in record.versions())


def _joined(mine: Siblings, theirs: Siblings, seen: Seen) -> Siblings:
    """Leave out what the other side has seen and replaced; the oldest comes first."""
    if mine == theirs and len(mine) == 1:
        return mine  # As most fields are: nobody has written them.
    ours = {one.version.dot for one in mine}
    others = {one.version.dot for one in theirs}
    left = [
        one
        for one in mine
        if one.version.dot in others or one.version.dot not in seen.theirs
    ]
    left += [
        one
        for one in theirs
        if one.version.dot not in ours and one.version.dot not in seen.mine
    ]
    if not left and (mine or theirs):
        raise Contradiction(mine, theirs)
    return tuple(sorted(left, key=_age))


def _distinct(siblings: Siblings, name: str, contract: Contract) -> Siblings:
    """Of equal values, keep the one with the largest version: no conflict."""
    by_identity = {contract.identity(name, one.value): one for one in siblings}
    return tuple(by_identity.values())


def _resolved(
    left: Siblings, name: str, contract: Contract, mint: Mint
) -> tuple[Siblings, Siblings]:
    """Give what stays and what loses."""
    if len(left) == 1:
        return left, ()
    resolver = contract.resolver(name)
    if resolver is hold:
        # Nothing is decided, so equal values stay two: each stands for what it has
        # replaced, and nobody would be told of that if its dot were gone.
        return left, ()
    left = _distinct(left, name, contract)
    if len(left) < 2:  # noqa: PLR2004 - nothing to decide
        return left, ()
    resolution = resolver(left)
    kept = resolution.kept
    stays = {contract.identity(name, one.value) for one in kept}
    losers = tuple(
        one for one in left if contract.identity(name, one.value) not in stays
    )
    if resolution.renewed:
        version = mint(max(one.version.clock for one in left))
        kept = tuple(one._replace(version=version) for one in kept)
    return kept, losers


def _age(one: Versioned) -> Version:
    return one.version
