"""First contact: rows that both sides had before anybody looked have no common past."""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from syncline.conflict.merge import Contract
from syncline.conflict.resolvers import Resolution, Resolver, hold, newest
from syncline.conflict.versions import Record, Siblings

ADOPTED = 0
"""The clock of rows that were there before anybody looked."""


class Choice(StrEnum):
    """Whose value stays where two nodes meet for the first time."""

    SOURCE = "source"
    TARGET = "target"
    HOLD = "hold"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class First:
    """How differing values are decided that neither side has written since."""

    choice: Choice = Choice.HOLD
    part: str = ""
    """For NEWEST: the part whose larger value tells which record to take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """What a person says where two nodes meet for the first time."""

    first: First = field(default_factory=First)
    same_pks: bool = False
    """Are rows without a key the same where their pks are? One database was made
    from the other then."""

    independent: bool = False
    """Are they different records, whatever their pks?"""

    absent_means_deleted: bool = False
    """Has the source all records there are, so that others of the target go?"""

    absent_max: int | None = None
    """How many of a model's records may go so; None leaves it to the share."""

    absent_max_percent: int = 10
    """Which share of them, rounded up; all of them only if it is 100."""


def first_rules(
    contract: Contract, first: First, mine: Record, theirs: Record
) -> Contract:
    """Give the rules under which two versions of a record meet.

    Only values that were adopted on both sides are decided otherwise: they have no
    time, and no order.
    """
    if not _adopted(mine) or not _adopted(theirs):
        return contract
    dots = {version.dot for version in theirs.versions()}
    wins = _winner(first, mine, theirs)

    def resolver(usual: Resolver) -> Resolver:
        def resolve(siblings: Siblings) -> Resolution:
            if any(one.version.clock != ADOPTED for one in siblings):
                return usual(siblings)
            if wins is None:
                return hold(siblings)
            from_source = [one for one in siblings if one.version.dot in dots]
            from_target = [one for one in siblings if one.version.dot not in dots]
            kept = from_source if wins else from_target
            return Resolution(kept=tuple(kept[-1:]), renewed=True)

        return resolve

    names = [
        name
        for name in {**mine.fields, **theirs.fields}
        if mine.fields.get(name) != theirs.fields.get(name)
    ]
    return replace(
        contract,
        resolvers={
            name: resolver(contract.resolvers.get(name, newest))
            for name in names
            if name not in contract.silent
        },
    )


def _adopted(record: Record) -> bool:
    return any(version.clock == ADOPTED for version in record.versions())


def _winner(first: First, mine: Record, theirs: Record) -> bool | None:
    """Does the source's value stay? None where both do."""
    match first.choice:
        case Choice.SOURCE:
            return True
        case Choice.TARGET:
            return False
        case Choice.NEWEST:
            ours = [one.value for one in mine.fields.get(first.part, ())]
            others = [one.value for one in theirs.fields.get(first.part, ())]
            known = [v for v in (*ours, *others) if v is not None]
            if not known or ours == others:
                return None
            return max(known) in others
        case Choice.HOLD:
            return None
