"""Records that cannot both have what they want: one gives way, everywhere alike.

Of two records with one unique value the elder keeps it, by the version of its birth,
and the other gets what the model's `on_clash` says. A record whose values of two sides
do not go together, by a CHECK, say, is that of one side throughout.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction

from syncline.apply.deciding import RESOLVER_ERRORS, Deciding
from syncline.apply.decision import Decision, Outcome
from syncline.apply.inward import Prepared
from syncline.apply.rows import insert_plan
from syncline.apply.writing import REFUSALS
from syncline.capture.sequencer import UNVERSIONED
from syncline.changes.dots import DotSet
from syncline.changes.kinds import Value
from syncline.changes.messages import Change
from syncline.changes.values import spelling_of
from syncline.conflict.versions import Record, Version, Versioned, shown
from syncline.engines.blame import Blame
from syncline.engines.staging import Staging
from syncline.identity.bound import Bound, values_of
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Standing
from syncline.identity.references import References
from syncline.identity.stored import Split, record_of, split

STAGED = "syncline_staged_clash"


@dataclass(frozen=True, kw_only=True)
class Clash:
    """A row that was refused, and the one that holds a unique value of its."""

    one: Prepared
    names: tuple[str, ...]
    """The fields of the unique constraint."""

    holder: str
    """The other row's pk."""

    def reason(self, why: str) -> str:
        """Say why the row waits."""
        label, names = self.one.decision.bound.label, ", ".join(self.names)
        return f"{label} {self.holder} has its {names}: {why}"


class NoWay(Exception):
    """A record has nothing to give way with."""


@dataclass(kw_only=True)
class Yielding:
    """Settles what the rows of one changeset were refused for."""

    database: NodeDatabase
    references: References
    standing: Standing
    deciding: Mapping[str, Deciding]
    """By label, what has decided on the changeset's records."""

    number: Callable[[], int]
    """Numbers what was written to rows before they were locked."""

    known: Callable[[Decision], DotSet]
    """Gives what this node has seen of a record."""

    troubles: dict[bytes, str] = field(default_factory=dict)
    """By uid: why a record cannot be written after all."""

    _for: dict[bytes, list[bytes]] = field(default_factory=dict)
    """By uid of a record here that gives way: those for which it does."""

    _tried: set[bytes] = field(default_factory=set)

    def look(
        self, prepared: Sequence[Prepared], troubles: dict[bytes, str]
    ) -> list[Clash] | None:
        """Find what rows were refused for, while all others are written.

        Args:
            prepared: the rows.
            troubles: by uid, why some were refused; of those that have to wait it says
                afterwards what for.

        Returns:
            Rows that hold what others want; None if nobody can give way.
        """
        refused = [
            one
            for one in prepared
            if one.decision.change.uid in troubles and not one.trouble
        ]
        by_table: dict[int, list[Prepared]] = {}
        for one in refused:
            if one.pk:
                by_table.setdefault(one.decision.bound.number, []).append(one)
        found = [clash for some in by_table.values() for clash in self._looked_up(some)]
        for clash in found:
            if clash.one.decision.bound.tracked.on_clash is None:
                uid = clash.one.decision.change.uid
                troubles[uid] = clash.reason("on_clash is not declared")
        clashes = [
            one for one in found if one.one.decision.bound.tracked.on_clash is not None
        ]
        mixed = any(self._may_be_whole(one.decision) for one in refused)
        return clashes if clashes or mixed or troubles.keys() & self._for else None

    def _looked_up(self, rows: Sequence[Prepared]) -> list[Clash]:
        bound = rows[0].decision.bound
        if not any(self._uniques(bound)):
            return []
        try:
            with transaction.atomic(using=self.database.alias):
                found = list(self._staged(bound, rows))
                transaction.set_rollback(True, using=self.database.alias)
                return found
        except REFUSALS as error:
            if self.database.engine.blame(error) is not Blame.ROW:
                raise
            # One of them is refused for what it holds itself: each by itself, then.
            half = len(rows) // 2
            if not half:
                return []
            return self._looked_up(rows[:half]) + self._looked_up(rows[half:])

    def _uniques(self, bound: Bound) -> Iterator[tuple[str, ...]]:
        for names in bound.table.description.uniques:
            if set(names) <= set(bound.fields):
                yield names

    def _staged(self, bound: Bound, rows: Sequence[Prepared]) -> Iterator[Clash]:
        """Join the rows with those that are there, in a temporary table."""
        engine, connection = self.database.engine, self.database.connection
        plan = insert_plan(bound, self.references)
        staging = Staging(
            engine=engine,
            connection=connection,
            table=bound.table.description.table,
            name=STAGED,
            columns=tuple(column.name for column, _ in plan.pairs),
            pk=tuple(column.name for column in bound.pk),
            created=[],
        )
        engine.execute(connection, engine.drop_temporary(STAGED))
        staging.create()
        with engine.writer(connection, STAGED, plan.pairs) as writer:
            writer.write(plan.rows(rows))
        by_pk = {one.pk: one for one in rows}
        for names in self._uniques(bound):
            columns = [bound.table.columns[name].name for name in names]
            wanted = engine.capture.pk_text(bound.pk, "s.")
            query = staging.holders(columns).select([wanted, bound.pk_sql])
            for pk, holder in engine.execute(connection, query.sql):
                yield Clash(one=by_pk[pk], names=names, holder=holder)
        engine.execute(connection, engine.drop_temporary(STAGED))

    def settle(
        self,
        decisions: Sequence[Decision],
        clashes: Sequence[Clash],
        troubles: Mapping[bytes, str],
    ) -> list[Decision] | None:
        """Give the decisions once somebody has given way; None if nobody can.

        Args:
            decisions: on the records of the changeset.
            clashes: what `clashes` has found.
            troubles: by uid, why a row was refused.
        """
        amended = {one.change.uid: one for one in decisions}
        self._refuse_helpers(amended, troubles)
        here = self._records_of(clashes, amended)
        for clash in clashes:
            uid = clash.one.decision.change.uid
            other = here.get((clash.one.decision.bound.number, clash.holder))
            if uid in amended and uid not in self.troubles and other is not None:
                self._give_way(amended, uid, clash, other)
        for one in decisions:
            if one.change.uid in troubles and amended.get(one.change.uid) is one:
                self._take_whole(amended, one)
        same = len(amended) == len(decisions) and all(
            amended.get(one.change.uid) is one for one in decisions
        )
        return None if same else list(amended.values())

    def _refuse_helpers(
        self, amended: dict[bytes, Decision], troubles: Mapping[bytes, str]
    ) -> None:
        """Where a record here cannot give way, that for which it did must wait."""
        for uid in troubles.keys() & self._for.keys():
            del amended[uid]
            for other in self._for.pop(uid):
                self.troubles[other] = troubles[uid]

    def _records_of(
        self, clashes: Sequence[Clash], amended: Mapping[bytes, Decision]
    ) -> dict[tuple[int, str], Decision]:
        """Give the records that hold what others want, by table and pk."""
        found = {
            (one.bound.number, one.mine.pk): one
            for one in amended.values()
            if one.mine is not None and one.mine.pk is not None
        }
        wanted: dict[int, tuple[Bound, list[str]]] = {}
        for clash in clashes:
            bound = clash.one.decision.bound
            if (bound.number, clash.holder) not in found:
                wanted.setdefault(bound.number, (bound, []))[1].append(clash.holder)
        for bound, pks in wanted.values():
            for one in self._locked(bound, pks):
                found[bound.number, str(one.mine.pk if one.mine else "")] = one
        return found

    def _locked(self, bound: Bound, pks: Sequence[str]) -> Iterator[Decision]:
        """Lock rows, and give their records as they are, which is no decision yet."""
        bound.images_of(pks, lock=True)
        self.number()
        images = bound.images_of(pks)
        stored = self.database.store.by_pk(bound.number, images)
        known = [stored[pk] for pk in images if pk in stored]
        rows = self.references.outward(
            bound, [images[one.pk] for one in known if one.pk is not None]
        )
        names = [part.name for part in bound.parts]
        for one, row in zip(known, rows, strict=True):
            values = dict(zip(names, values_of(bound, row), strict=True))
            if one.mark[2] != UNVERSIONED:
                yield Decision(
                    outcome=Outcome.UPDATE,
                    bound=bound,
                    change=Change(
                        table=0, uid=one.uid, life=one.life, mark=one.mark, values=None
                    ),
                    mine=one,
                    split=Split(
                        life=one.life, mark=one.mark, values=values, extra=one.extra
                    ),
                    brought=False,
                    former=values,
                )

    def _give_way(
        self,
        amended: dict[bytes, Decision],
        uid: bytes,
        clash: Clash,
        other: Decision,
    ) -> None:
        """Let the younger of two records give way."""
        other = amended.get(other.change.uid, other)
        younger = max((amended[uid], other), key=self._birth)
        try:
            given = self._without(younger, clash.names)
        except NoWay as reason:
            self.troubles[uid] = clash.reason(str(reason))
            return
        amended[younger.change.uid] = given
        if not given.brought:
            self._for.setdefault(given.change.uid, []).append(uid)

    def _record(self, one: Decision) -> Record:
        made, names = one.split, self.database.nodes.names
        return record_of(made.life, made.mark, made.extra, made.values, names)

    def _birth(self, one: Decision) -> Version:
        return shown(self._record(one).life).version

    def _without(self, one: Decision, names: Sequence[str]) -> Decision:
        """Give a record another value, under a new version.

        Raises:
            NoWay: its model has no rule for that, or none that helps.
        """
        name, value = self._value(one, names)
        part = one.bound.part_of(name)
        former = one.split.values[part]
        fields = next(each.fields for each in one.bound.parts if each.name == part)
        whole: Value = value
        if isinstance(former, tuple) and len(fields) > 1:
            place = fields.index(name)
            whole = (*former[:place], value, *former[place + 1 :])
        record = self._record(one)
        latest = max(version.clock for version in record.versions())
        version = self.standing.mint(max(self.database.now(), latest + 1))
        made = replace(
            record, fields={**record.fields, part: (Versioned(whole, version),)}
        )
        parts = [each.name for each in one.bound.parts]
        lost = one.lost.get(part, ()) + record.fields[part]
        return replace(
            one,
            outcome=Outcome.UPDATE if one.outcome is Outcome.NOTE else one.outcome,
            split=split(made, parts, self.database.nodes.number),
            lost={**one.lost, part: lost},
            shown={name: v for name, v in one.shown.items() if name != part},
        )

    def _value(self, one: Decision, names: Sequence[str]) -> tuple[str, Value]:
        """Choose the field that changes, and its value."""
        rule = one.bound.tracked.on_clash
        if rule == "null":
            for name in names:
                if one.bound.table.columns[name].null:
                    return name, None
            raise NoWay("none of these fields may be NULL")
        places = one.bound.places
        pointing = {*one.bound.pointers, *one.bound.matched}
        plain = [name for name in names if places[name] not in pointing]
        if not plain:
            raise NoWay("no function can rename a reference")
        name = plain[-1]
        described = one.bound.described[places[name]]
        spelling = spelling_of(described.kind, described.places)
        former = spelling.read(self._held(one, name))
        if not callable(rule):
            raise NoWay("on_clash is not declared")
        try:
            value = rule(former, one.change.uid.hex())
            spelled = spelling.write(value)
        except RESOLVER_ERRORS as error:
            raise NoWay(f"on_clash raised {type(error).__name__}: {error}") from error
        if value == former:
            raise NoWay(f"on_clash has left {former!r} as it was")
        return name, spelled

    def _held(self, one: Decision, name: str) -> Value:
        part = next(each for each in one.bound.parts if name in each.fields)
        value = one.split.values[part.name]
        return value[part.fields.index(name)] if len(part.fields) > 1 else value

    def _may_be_whole(self, one: Decision) -> bool:
        """Does a record hold values of both sides?"""
        if one.outcome is not Outcome.UPDATE or not one.brought:
            return False
        deciding = self.deciding.get(one.bound.label)
        if deciding is None or one.change.uid in self._tried:
            return False
        return deciding.theirs_of(one.change).values != one.split.values

    def _take_whole(self, amended: dict[bytes, Decision], one: Decision) -> None:
        """Take one side's values throughout, if there are two sides."""
        if not self._may_be_whole(one):
            return
        uid = one.change.uid
        self._tried.add(uid)
        whole = self.deciding[one.bound.label].whole(one, self.known(one))
        if whole is not None:
            amended[uid] = whole
            self.troubles.pop(uid, None)
