"""Whether two nodes hold the same, and what it means where they do not. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from syncline.changes.digests import Compared, Digest, DotPair, RowSeen, RowsSeen, pack
from syncline.changes.dots import Dot, DotSet
from syncline.changes.kinds import Value
from syncline.changes.messages import knowledge_of
from syncline.errors import counted, listed

DIFFERENCES_MAX = 1_000
"""Records that a report names one by one; beyond, they are only counted."""

VALUE_LENGTH_MAX = 40
"""Characters of a value that are shown to people."""

VERSIONS = "(versions)"
"""Stands for a field where only the versions of a record differ."""

ROW = "(row)"
"""Stands for a field where only one side has the row."""


class State(StrEnum):
    """Why two nodes do not hold the same."""

    PENDING = "pending"
    """One has a change that the other has not seen, or is being written to: a sync
    brings it."""

    HELD = "held"
    """One keeps the other's change in quarantine, or its policy forbids it."""

    DIVERGED = "diverged"
    """Both know the same changes, and yet they differ: this should never be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """How one field of one record differs; None where there is no row."""

    name: str
    source: Value
    target: Value
    state: State

    def __str__(self) -> str:
        if self.name == VERSIONS:
            return "versions"
        if self.name == ROW:
            return f"only in the {'source' if self.target is None else 'target'}"
        return f"{self.name}: {shortened(self.source)} and {shortened(self.target)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDifference:
    """How one record differs."""

    label: str
    uid: bytes
    source_pk: str | None
    """None where there is no row."""

    target_pk: str | None
    fields: tuple[FieldDifference, ...]

    @property
    def state(self) -> State:
        """Give the worst of its fields' states."""
        states = {one.state for one in self.fields}
        return next(state for state in WORST_FIRST if state in states)

    def __str__(self) -> str:
        pks = " and ".join(
            f"pk {pk} in the {side}"
            for side, pk in (("source", self.source_pk), ("target", self.target_pk))
            if pk is not None
        )
        fields = "; ".join(map(str, self.fields))
        return f"{self.label} {self.uid.hex()} ({pks}), {self.state}: {fields}"


WORST_FIRST = (State.DIVERGED, State.HELD, State.PENDING)


@dataclass(kw_only=True)
class SideFindings:
    """What is amiss at one node, whatever the other holds."""

    rows: int = 0
    strays: int = 0
    """Rows without a record."""

    stray_pks: tuple[str, ...] = ()
    lost: int = 0
    """Records without their row; looked for only if asked for."""

    lost_uids: tuple[bytes, ...] = ()
    waiting: int = 0
    """Changes in quarantine; likewise."""

    undecided: int = 0
    """Values of which a person has to choose one; likewise."""

    @classmethod
    def of(cls, digest: Digest) -> "SideFindings":
        """Give what one node's scan of a model has found."""
        names = cls.__dataclass_fields__
        return cls(**{name: getattr(digest, name) for name in names})

    def sentences(self, side: str) -> list[str]:
        """Say it."""
        rows = f"{counted(self.strays, 'row')} without a record"
        lost = f"{counted(self.lost, 'record')} without a row"
        uids = listed([uid.hex() for uid in self.lost_uids])
        waiting = f"{counted(self.waiting, 'change')} in quarantine"
        undecided = f"{counted(self.undecided, 'value')} waiting for a choice"
        parts = [
            (self.strays, f"{rows} (pk {listed(self.stray_pks)})"),
            (self.lost, f"{lost} ({uids})"),
            (self.waiting, waiting),
            (self.undecided, undecided),
        ]
        return [f"the {side} has {text}" for count, text in parts if count]


@dataclass(kw_only=True)
class ModelAgreement:
    """What a comparison of one model has found."""

    label: str
    source: SideFindings = field(default_factory=SideFindings)
    target: SideFindings = field(default_factory=SideFindings)
    states: Counter[State] = field(default_factory=Counter)
    """How many records differ, by why."""

    fields: Counter[str] = field(default_factory=Counter)
    """How many records differ in each field."""

    @property
    def equal(self) -> bool:
        """Do both sides hold the same, and nothing besides?"""
        sides = (self.source, self.target)
        return not self.states.total() and not any(
            one.strays + one.lost for one in sides
        )

    def count(self, one: RecordDifference, times: int = 1) -> None:
        """Count a record in, or out again."""
        self.states[one.state] += times
        for difference in one.fields:
            self.fields[difference.name] += times

    def __str__(self) -> str:
        found = [
            f"{counted(count, 'record')} {state}"
            for state in WORST_FIRST
            if (count := self.states[state])
        ]
        sides = (("source", self.source), ("target", self.target))
        for name, side in sides:
            found += side.sentences(name)
        return f"{self.label}: {'; '.join(found)}"


@dataclass(kw_only=True)
class AgreementReport:
    """What a comparison of two nodes has found."""

    source: str
    target: str
    deep: bool = False
    models: dict[str, ModelAgreement] = field(default_factory=dict)
    differences: list[RecordDifference] = field(default_factory=list)
    """At most DIFFERENCES_MAX of them."""

    left_out: dict[str, str] = field(default_factory=dict)
    """By label: models that are not compared, and why."""

    @property
    def equal(self) -> bool:
        """Do both nodes hold the same?"""
        return all(model.equal for model in self.models.values())

    @property
    def states(self) -> Counter[State]:
        """How many records differ, by why."""
        found: Counter[State] = Counter()
        for model in self.models.values():
            found.update(model.states)
        return found

    @property
    def rows(self) -> int:
        """Rows of the source that were compared."""
        return sum(model.source.rows for model in self.models.values())

    def keep(self, one: RecordDifference) -> None:
        """Count a difference, and name it if there is room."""
        self.models[one.label].count(one)
        if len(self.differences) < DIFFERENCES_MAX:
            self.differences.append(one)

    def amend(self, label: str, found: Iterable[RecordDifference]) -> None:
        """Put what a second look has found in the place of what the first had."""
        model = self.models[label]
        for one in self.differences:
            if one.label == label:
                model.count(one, -1)
        self.differences = [one for one in self.differences if one.label != label]
        for one in found:
            self.keep(one)

    def __str__(self) -> str:
        if self.equal:
            rows, models = counted(self.rows, "row"), counted(len(self.models), "model")
            return f"Equal: {rows} of {models}."
        unequal = [str(model) for model in self.models.values() if not model.equal]
        return "\n".join([*unequal, *map(str, self.differences)])


@dataclass(kw_only=True)
class Side:
    """Some records of one node, and what it knew."""

    seen: RowsSeen

    def __post_init__(self) -> None:
        self.by_uid = {one.uid: one for one in self.seen.rows}
        knows = knowledge_of(self.seen.knows)
        self.had, self.kept_back = knows.had, knows.held | knows.refused

    def shows(self, uid: bytes) -> RowSeen | None:
        """Give a record that has a row here."""
        one = self.by_uid.get(uid)
        return None if one is None or one.values is None else one


def judge(
    what: Compared, uids: Sequence[bytes], source: RowsSeen, target: RowsSeen
) -> list[RecordDifference]:
    """Say which of some records differ, in what, and why.

    Args:
        what: the model, and what of it is compared.
        uids: the records that may differ.
        source: these records as the source has them.
        target: likewise.
    """
    judging = Judging(what=what, source=Side(seen=source), target=Side(seen=target))
    found = (judging.record(uid) for uid in uids)
    return [one for one in found if one is not None]


@dataclass(kw_only=True)
class Judging:
    """Compares records of which both sides are known."""

    what: Compared
    source: Side
    target: Side

    def record(self, uid: bytes) -> RecordDifference | None:
        """Say how a record differs, if it does."""
        one, other = self.source.shows(uid), self.target.shows(uid)
        if one is None and other is None:
            return None
        if one is None or other is None:
            fields = [self._alone(uid, one)]
        else:
            fields = self._fields(one, other)
        if not fields:
            return None
        return RecordDifference(
            label=self.what.label,
            uid=uid,
            source_pk=None if one is None else one.pk,
            target_pk=None if other is None else other.pk,
            fields=tuple(fields),
        )

    def _alone(self, uid: bytes, source: RowSeen | None) -> FieldDifference:
        """Judge a row that only one side has."""
        records = self.source.by_uid.get(uid), self.target.by_uid.get(uid)
        ours, theirs = (all_dots(one) for one in records)
        here = source is not None
        return FieldDifference(
            name=ROW,
            source=True if here else None,
            target=None if here else True,
            state=self._state(records, ours, theirs),
        )

    def _fields(self, one: RowSeen, other: RowSeen) -> list[FieldDifference]:
        records = one, other
        found = [
            FieldDifference(
                name=name,
                source=mine,
                target=theirs,
                state=self._state(records, set(one.dots[at]), set(other.dots[at])),
            )
            for at, (name, mine, theirs) in enumerate(
                zip(self.what.fields, one.values or (), other.values or (), strict=True)
            )
            if pack(mine) != pack(theirs)
        ]
        if not found and self.what.deep and versions(one) != versions(other):
            state = self._state(records, all_dots(one), all_dots(other))
            found.append(
                FieldDifference(
                    name=VERSIONS,
                    source=versions(one),
                    target=versions(other),
                    state=state,
                )
            )
        return found

    def _state(
        self,
        records: tuple[RowSeen | None, RowSeen | None],
        ours: set[DotPair],
        theirs: set[DotPair],
    ) -> State:
        """Say why two sides differ in something that was written under some dots.

        A dot and a field have one value on all nodes. So if each side has seen what
        the other shows, they should show the same.
        """
        if any(one is not None and one.moving for one in records):
            return State.PENDING
        new_there = {Dot(*pair) for pair in ours - theirs}
        new_here = {Dot(*pair) for pair in theirs - ours}
        if _lacks(self.target.had, new_there) or _lacks(self.source.had, new_here):
            return State.PENDING
        held = _any(self.target.kept_back, new_there)
        held = held or _any(self.source.kept_back, new_here)
        return State.HELD if held else State.DIVERGED


def _lacks(had: DotSet, dots: Iterable[Dot]) -> bool:
    return any(dot not in had for dot in dots)


def _any(some: DotSet, dots: Iterable[Dot]) -> bool:
    return any(dot in some for dot in dots)


def all_dots(one: RowSeen | None) -> set[DotPair]:
    """Give every change that a record shows; none of one that is not there."""
    if one is None:
        return set()
    return {*one.life_dots, *(pair for dots in one.dots for pair in dots)}


def versions(one: RowSeen) -> tuple[object, ...]:
    """Give what is compared of a record besides its values."""
    return one.life, one.life_dots, one.dots


def shortened(value: Value) -> str:
    """Spell a value for people."""
    text = value.hex() if isinstance(value, bytes) else repr(value)
    return text if len(text) <= VALUE_LENGTH_MAX else f"{text[:VALUE_LENGTH_MAX]}…"
