"""What becomes of each change of a changeset, before anything is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from syncline.apply.contact import First, first_rules
from syncline.apply.decision import WRITTEN, Decision, Outcome
from syncline.apply.lacking import filled, kept_beside, without_fills
from syncline.apply.transforming import LeftOut, transformed
from syncline.changes.canonical import LAST
from syncline.changes.dots import Dot, DotSet
from syncline.changes.kinds import Value
from syncline.changes.messages import (
    Change,
    Changeset,
    Extra,
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
from syncline.conflict.resolvers import hold, newest, reading
from syncline.conflict.versions import Record, Siblings, Version, shown
from syncline.identity.aliases import Winners, spelled_extra, spelled_values
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

BY_VERSION = (*SIDED, newest, hold)
"""Rules that look at no value."""


RESOLVER_ERRORS = (
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)
"""What a function of a user's may raise on values that it did not expect."""


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

    winners: Winners = field(default_factory=dict)
    """What the uids lead to that the changeset names, where not to themselves."""

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
        extra = self._extra_of_today(extra)
        extra, values = without_fills(extra, self._values(change))
        if self.strange and change.values is not None:
            extra = kept_beside(self.strange, mark, extra, values)
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
        return self.as_of_today(dict(zip(self.head.parts, values, strict=True)))

    def as_of_today(self, values: Mapping[str, Value]) -> dict[str, Value]:
        """Spell values with the uids that records have now: some were joined."""
        return spelled_values(values, self.bound.pointing_parts, self.winners)

    def _extra_of_today(self, extra: Extra | None) -> Extra | None:
        return spelled_extra(extra, self.bound.pointing_parts, self.winners)

    def fresh(self, change: Change) -> Decision:
        """Decide on a record that this node has never had; say if that cannot be."""
        try:
            return self._transformed(self._fresh(change), None)
        except RESOLVER_ERRORS as error:
            return self._refusal(change, None, f"{type(error).__name__}: {error}")

    def _fresh(self, change: Change) -> Decision:
        taken = self.theirs_of(change)
        alive = bool(change.life % 2)
        lacking = alive and len(taken.values) < len(self.known)
        lost: Mapping[str, Siblings] = {}
        if lacking or (taken.extra is not None and taken.extra.values):
            # What the sender's row could not show, the one here may well do.
            record = record_of(
                taken.life, taken.mark, taken.extra, taken.values, self.names
            )
            merged = self._decided(record)
            taken = split(merged.record, list(self.known), self.nodes.number)
            taken, lost = self._filled(taken), merged.lost
        return Decision(
            outcome=Outcome.CREATE if alive else Outcome.NOTE,
            bound=self.bound,
            change=change,
            mine=None,
            split=taken,
            lost=lost,
        )

    def _decided(self, record: Record) -> Merged:
        """Decide between values of which a sender that lacks the field kept all."""
        if all(len(siblings) == 1 for siblings in record.fields.values()):
            return Merged(record=record)
        return merge(
            record,
            record,
            seen=Seen(mine=self.theirs, theirs=self.theirs),
            contract=first_rules(self._rules(record, record), First(), record, record),
            mint=self._mint,
        )

    def _filled(self, made: Split) -> Split:
        return filled(made, self.bound, self.standing, self.nodes)

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
            return self._refusal(change, mine, f"{type(error).__name__}: {error}")

    def _refusal(self, change: Change, mine: Stored | None, why: str) -> Decision:
        return Decision(
            outcome=Outcome.NOTE,
            bound=self.bound,
            change=change,
            mine=mine,
            split=self.theirs_of(change),
            refused=f"it cannot be merged: {why}",
        )

    def _transformed(self, decision: Decision, own: Record | None) -> Decision:
        """Let the model's transforms say what the row shows of what has come."""
        if not self.bound.tracked.transforms or decision.outcome not in WRITTEN:
            return decision
        made = decision.split
        record = record_of(made.life, made.mark, made.extra, made.values, self.names)
        stays = {
            part: decision.former[part]
            for part in made.values
            if own is not None and _same_shown(own, record, part)
        }
        try:
            changed = transformed(self.bound, made.values)
        except LeftOut:
            return replace(decision, outcome=Outcome.LEAVE)
        return replace(decision, shown={**changed, **stays})

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
            contract=first_rules(self._rules(own, theirs), self.first, own, theirs),
            mint=self._mint,
        )
        return self._transformed(self._merged(change, mine, values, merged), own)

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
        return self._transformed(
            self._merged(one.change, one.mine, one.former, merged), own
        )

    def _sides(
        self, change: Change, mine: Stored, values: Mapping[str, Value]
    ) -> tuple[Record, Record]:
        taken = self.theirs_of(change)
        return (
            record_of(
                mine.life,
                mine.mark,
                self._extra_of_today(mine.extra),
                values,
                self.names,
            ),
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
        outcome = self._outcome(mine, values, made, lost=bool(merged.lost))
        return Decision(
            outcome=outcome,
            bound=self.bound,
            change=change,
            mine=mine,
            split=self._filled(made) if outcome is Outcome.CREATE else made,
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

    def _rules(self, own: Record, theirs: Record) -> Contract:
        """Give the rules; those that name a side learn which versions are whose.

        Of a field that this node lacks it knows no rule, and decides nothing.
        """
        unknown = (own.fields.keys() | theirs.fields.keys()) - self.known
        if not unknown and not self.sided:
            return self.contract
        resolvers = {**self.contract.resolvers, **dict.fromkeys(unknown, hold)}
        if self.sided:
            dots = {version.dot for version in theirs.versions()}
            resolvers = {part: by_side(one, dots) for part, one in resolvers.items()}
        return replace(self.contract, resolvers=resolvers)

    @cached_property
    def sided(self) -> bool:
        """Does any rule name a side?"""
        return any(rule in SIDED for rule in self.contract.resolvers.values())

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
        spellings = self.bound.spellings
        return Contract(
            resolvers={
                part: resolver
                if resolver in BY_VERSION or part not in spellings
                else reading(resolver, *spellings[part])
                for part, resolver in rules.resolvers.items()
            },
            edit_wins=rules.edit_wins,
            silent=rules.silent,
            canonical=canonical,
        )


def _same_shown(one: Record, other: Record, part: str) -> bool:
    """Does a part have the same version in two records?"""
    if part not in one.fields:
        return False
    return shown(one.fields[part]).version == shown(other.fields[part]).version


def of_tables(changeset: Changeset) -> Iterator[tuple[TableHead, Sequence[Change]]]:
    """Give a changeset's changes table by table."""
    by_table: dict[int, list[Change]] = {}
    for change in changeset.changes:
        by_table.setdefault(change.table, []).append(change)
    for number, changes in by_table.items():
        yield changeset.tables[number], changes
