"""What becomes of each change of a changeset, before anything is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from syncline.apply.contact import First, first_rules
from syncline.changes.canonical import LAST
from syncline.changes.dots import Dot, DotSet
from syncline.changes.kinds import Value
from syncline.changes.messages import (
    Change,
    Changeset,
    Extra,
    Mark,
    TableHead,
    marks_in,
)
from syncline.conflict.merge import (
    Contract,
    Contradiction,
    Merged,
    Seen,
    merge,
    merge_whole,
)
from syncline.conflict.versions import Record, Siblings, Version
from syncline.identity.bound import Bound
from syncline.identity.node import Nodes, Standing
from syncline.identity.stored import (
    Split,
    Stored,
    frozen,
    record_of,
    renumbered,
    split,
)
from syncline.registry import by_side, source, target

SIDED = (source, target)
"""Rules that decide by who sends and who takes."""


RESOLVER_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a function of a user's may raise on values that it did not expect."""


class Outcome(StrEnum):
    """What is done to a row."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    NOTE = "note"
    """Only the record's versions change, or it is deleted and had no row here."""
    KEEP = "keep"


@dataclass(slots=True, kw_only=True)
class Decision:
    """What becomes of one record."""

    outcome: Outcome
    bound: Bound
    change: Change
    mine: Stored | None
    split: Split
    """What the record is then, with this database's numbers of nodes."""

    lost: Mapping[str, Siblings] = field(default_factory=dict)
    brought: bool = True
    """Does the changeset bring the record? Else what its source knew says nothing of
    this one: only a reference is filled in."""

    refused: str = ""
    """Why the two versions cannot be merged; empty if they are."""

    former: Mapping[str, Value] = field(default_factory=dict)
    """By part, what the row held before; empty of one that is new."""


@dataclass(kw_only=True)
class Deciding:
    """Decides on the changes of one table of a changeset."""

    bound: Bound
    changeset: Changeset
    head: TableHead
    nodes: Nodes
    standing: Standing
    now: int
    first: First
    theirs: DotSet
    """All that the sender knew."""

    def __post_init__(self) -> None:
        self.numbers = [self.nodes.number(name) for name in self.changeset.nodes]
        self.names = self.nodes.names
        self.known = {part.name for part in self.bound.parts}
        grouped = {part.name for part in self.bound.parts if len(part.fields) > 1}
        matched = {self.bound.fields[place] for place in self.bound.matched}
        tupled = grouped | matched
        self.tupled = [n for n, name in enumerate(self.head.parts) if name in tupled]
        self.strange = [n for n in self.head.parts if n not in self.known]

    def theirs_of(self, change: Change) -> Split:
        """Give a change as it would be stored here."""
        mark, extra = renumbered(
            change.mark, change.extra, lambda number: self.numbers[number]
        )
        values = self._values(change)
        if self.strange and change.values is not None:
            extra = self._kept(mark, extra, values)
        return Split(
            life=change.life,
            mark=mark,
            values={part: v for part, v in values.items() if part in self.known},
            extra=extra,
        )

    def _values(self, change: Change) -> dict[str, Value]:
        if change.values is None:
            return {}
        values = list(change.values)
        for place in self.tupled:
            value = values[place]
            values[place] = frozen(value)
        return dict(zip(self.head.parts, values, strict=True))

    def _kept(
        self, mark: Mark, extra: Extra | None, values: Mapping[str, Value]
    ) -> Extra:
        """Keep the parts that this node's model does not have beside the row."""
        extra = extra or Extra()
        parts = dict.fromkeys(self.strange, (mark,)) | extra.parts
        kept = {name: ((values[name],),) for name in self.strange} | extra.values
        return Extra(life=extra.life, parts=parts, values=kept)

    def fresh(self, change: Change) -> Decision:
        """Decide on a record that this node has never had."""
        taken = self.theirs_of(change)
        if taken.extra is not None and taken.extra.values:
            # What the sender's row could not show, the one here may well do.
            record = record_of(
                taken.life, taken.mark, taken.extra, taken.values, self.names
            )
            taken = split(record, list(self.known), self.nodes.number)
        alive = bool(change.life % 2)
        return Decision(
            outcome=Outcome.CREATE if alive else Outcome.NOTE,
            bound=self.bound,
            change=change,
            mine=None,
            split=taken,
        )

    def is_news(self, change: Change, known: DotSet) -> bool:
        """Does a change bring any version that this node has not seen?"""
        return any(
            Dot(self.changeset.nodes[node], counter) not in known
            for _, node, counter in marks_in(change.mark, change.extra)
        )

    def settled(
        self,
        change: Change,
        mine: Stored,
        values: Mapping[str, Value],
        known: DotSet,
    ) -> Decision:
        """Decide on a record that this node has; say so where that cannot be done.

        Whatever a user's own resolver raises is about one record, and stops no other.
        """
        try:
            return self.against(change, mine, values, known)
        except (Contradiction, *RESOLVER_ERRORS) as error:
            return Decision(
                outcome=Outcome.NOTE,
                bound=self.bound,
                change=change,
                mine=mine,
                split=self.theirs_of(change),
                refused=f"it cannot be merged: {type(error).__name__}: {error}",
            )

    def against(
        self,
        change: Change,
        mine: Stored,
        values: Mapping[str, Value],
        known: DotSet,
    ) -> Decision:
        """Decide on a record that this node has.

        Args:
            change: the sender's version.
            mine: this node's.
            values: by part, what the row here holds, as the wire spells it.
            known: what this node has seen of the record.
        """
        own, theirs = self._sides(change, mine, values)
        merged = merge(
            own,
            theirs,
            seen=Seen(mine=known, theirs=self.theirs),
            contract=first_rules(self._sided(theirs), self.first, own, theirs),
            mint=self._mint,
        )
        return self._merged(change, mine, values, merged)

    def whole(self, one: Decision, known: DotSet) -> Decision | None:
        """Decide for one side throughout, where values of both do not go together.

        Args:
            one: what was decided by field.
            known: what this node has seen of the record.

        Returns:
            None if only one side has written.
        """
        if one.mine is None:
            return None
        own, theirs = self._sides(one.change, one.mine, one.former)
        merged = merge_whole(
            own,
            theirs,
            seen=Seen(mine=known, theirs=self.theirs),
            contract=self.contract,
            mint=self._mint,
        )
        if merged is None:
            return None
        return self._merged(one.change, one.mine, one.former, merged)

    def _sides(
        self, change: Change, mine: Stored, values: Mapping[str, Value]
    ) -> tuple[Record, Record]:
        taken = self.theirs_of(change)
        return (
            record_of(mine.life, mine.mark, mine.extra, values, self.names),
            record_of(taken.life, taken.mark, taken.extra, taken.values, self.names),
        )

    def _merged(
        self,
        change: Change,
        mine: Stored,
        values: Mapping[str, Value],
        merged: Merged,
    ) -> Decision:
        made = split(merged.record, list(self.known), self.nodes.number)
        return Decision(
            outcome=self._outcome(mine, values, made, lost=bool(merged.lost)),
            bound=self.bound,
            change=change,
            mine=mine,
            split=made,
            lost=merged.lost,
            former=values,
        )

    def _outcome(
        self, mine: Stored, values: Mapping[str, Value], made: Split, *, lost: bool
    ) -> Outcome:
        alive = bool(made.life % 2)
        if mine.alive and not alive:
            return Outcome.DELETE
        if alive and not mine.alive:
            return Outcome.CREATE
        if alive and any(values.get(part) != v for part, v in made.values.items()):
            return Outcome.UPDATE
        same = (made.life, made.mark, made.extra) == (mine.life, mine.mark, mine.extra)
        return Outcome.KEEP if same and not lost else Outcome.NOTE

    def _mint(self, after: int) -> Version:
        return self.standing.mint(max(self.now, after + 1))

    def _sided(self, theirs: Record) -> Contract:
        """Give the rules; those that name a side learn which versions are whose."""
        resolvers = self.contract.resolvers
        if not any(rule in SIDED for rule in resolvers.values()):
            return self.contract
        dots = {version.dot for version in theirs.versions()}
        return replace(
            self.contract,
            resolvers={part: by_side(rule, dots) for part, rule in resolvers.items()},
        )

    @cached_property
    def contract(self) -> Contract:
        """The model's rules, with what makes values equal."""
        rules = self.bound.tracked.rules
        canonical = {
            part.name: LAST[kind]
            for part in self.bound.parts
            if len(part.fields) == 1
            and (kind := self.bound.described[self.bound.places[part.name]].kind)
            in LAST
        }
        return Contract(
            resolvers=rules.resolvers,
            edit_wins=rules.edit_wins,
            silent=rules.silent,
            canonical=canonical,
        )


def of_tables(changeset: Changeset) -> Iterator[tuple[TableHead, Sequence[Change]]]:
    """Give a changeset's changes table by table."""
    by_table: dict[int, list[Change]] = {}
    for change in changeset.changes:
        by_table.setdefault(change.table, []).append(change)
    for number, changes in by_table.items():
        yield changeset.tables[number], changes
