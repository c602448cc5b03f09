"""Writes rows in sets, and finds the ones that a database refuses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import DatabaseError, transaction

from syncline.apply.decision import Decision, Outcome
from syncline.apply.inward import Prepared, set_reference
from syncline.apply.parking import park
from syncline.apply.rows import RowPlan, insert_plan, update_plan
from syncline.apply.trailing import Trailing
from syncline.engines.base import RowRefused
from syncline.engines.blame import Blame
from syncline.errors import ConstraintBroken, RowsLost
from syncline.failpoints import failpoint
from syncline.identity.bound import Bound
from syncline.identity.database import NodeDatabase
from syncline.identity.references import References
from syncline.identity.stored import Stored

REFUSALS = (
    ArithmeticError,
    ConstraintBroken,
    DatabaseError,
    LookupError,
    RowRefused,
    RowsLost,
    TypeError,
    ValueError,
)
"""What a driver, a server or a conversion says of a row that cannot be written."""


@dataclass(kw_only=True)
class Writing:
    """The rows of one changeset, being written."""

    database: NodeDatabase
    references: References
    writes: dict[tuple[int, str], int] = field(default_factory=dict)
    """By table and pk: how many times a statement of ours has written the row."""

    troubles: dict[bytes, str] = field(default_factory=dict)
    """By uid: why a record could not be written."""

    known: Mapping[tuple[int, str], Stored] = field(default_factory=dict)
    """By table and pk, the records that will be written down in the end."""

    careful: bool = False
    """Has a commit failed, so that references have to be looked at before it?"""

    _inserts: dict[int, RowPlan] = field(default_factory=dict)
    _updates: dict[int, tuple[RowPlan, int]] = field(default_factory=dict)

    def write(self, prepared: Sequence[Prepared], gone: Sequence[Decision]) -> None:
        """Write rows, and delete others; those that are refused are in `troubles`.

        A row that is refused takes along what points at it, all of which is written
        anew without it.
        """
        again = True
        while again:
            self._note_troubles(prepared)
            ready = [one for one in prepared if not one.trouble]
            before = dict(self.writes)
            with transaction.atomic(using=self.database.alias):
                if ready or gone:
                    self._attempt(ready, gone, parking=False)
                again = self._lose(prepared)
                if again:
                    transaction.set_rollback(True, using=self.database.alias)
                    self.writes = before

    def _note_troubles(self, prepared: Sequence[Prepared]) -> None:
        """Let rows that cannot be written take along what points at them."""
        while True:
            for one in prepared:
                if one.trouble:
                    self.troubles[one.decision.change.uid] = one.trouble
            if not self._lose(prepared):
                return

    def _lose(self, prepared: Sequence[Prepared]) -> bool:
        """Take references at refused rows away; say whether there were any."""
        lost = False
        new = {
            one.decision.change.uid
            for one in prepared
            if one.decision.outcome is Outcome.CREATE
            and one.decision.change.uid in self.troubles
        }
        for one in prepared:
            for place, uid in list(one.points.items()):
                if uid in new and not one.trouble:
                    del one.points[place]
                    set_reference(one.decision.bound, one, place, None)
                    lost = True
        return lost

    def _attempt(
        self, rows: Sequence[Prepared], gone: Sequence[Decision], *, parking: bool
    ) -> None:
        """Write all in one go, or else find out which rows are to blame."""
        before = dict(self.writes)
        broken = self._broken()
        try:
            with transaction.atomic(using=self.database.alias):
                self._run(rows, gone, parking=parking)
                self.database.engine.check_constraints(self.database.connection)
                for table, *_ in self._broken() - broken:
                    reason = "a reference would lead nowhere"
                    raise ConstraintBroken(model=table, reason=reason)
        except REFUSALS as error:
            if self.database.engine.blame(error) is not Blame.ROW:
                raise
            self.writes = before
            self._refused(rows, gone, error, parking=parking)

    def _broken(self) -> frozenset[tuple[Any, ...]]:
        if not self.careful:
            return frozenset()
        return self.database.engine.broken_references(self.database.connection)

    def _refused(
        self,
        rows: Sequence[Prepared],
        gone: Sequence[Decision],
        error: Exception,
        *,
        parking: bool,
    ) -> None:
        if not parking and rows:
            # Values that are swapped or passed on clash on the way, though not in
            # the end: they are parked elsewhere first.
            self._attempt(rows, gone, parking=True)
        elif len(rows) + len(gone) == 1:
            [uid] = [one.decision.change.uid for one in rows] or [
                one.change.uid for one in gone
            ]
            self.troubles[uid] = " ".join(str(error).split())
        elif rows and gone:
            self._attempt([], gone, parking=parking)
            self._attempt(rows, [], parking=parking)
        else:
            half = (len(rows) + len(gone)) // 2
            self._attempt(rows[:half], gone[:half], parking=parking)
            self._attempt(rows[half:], gone[half:], parking=parking)

    def _run(
        self, rows: Sequence[Prepared], gone: Sequence[Decision], *, parking: bool
    ) -> None:
        failpoint("apply-write")
        for bound, pks in gone_by_table(gone):
            self._delete(bound, pks)
        by_table = _by_table(rows)
        updates = {
            bound.number: [
                one for one in some if one.decision.outcome is not Outcome.CREATE
            ]
            for bound, some in by_table
        }
        trails = self._trailing.before(
            (bound, updates[bound.number]) for bound, _ in by_table
        )
        if parking:
            for bound, _ in by_table:
                for one in park(bound, updates[bound.number]):
                    self._count(bound, one.former_pk)
        for bound, _ in by_table:
            self._update(bound, updates[bound.number])
        for bound, some in by_table:
            fresh = [one for one in some if one.decision.outcome is Outcome.CREATE]
            self._insert(bound, fresh)
        self._trailing.after(trails)

    @cached_property
    def _trailing(self) -> Trailing:
        return Trailing(database=self.database, known=self.known, wrote=self._count)

    def _delete(self, bound: Bound, pks: Sequence[str]) -> None:
        where = bound.engine.capture.with_pks(bound.pk, pks)
        name = bound.name.replace("%", "%%")
        bound.engine.execute(
            bound.connection, f"DELETE FROM {name} WHERE {where.sql}", where.params
        )
        for pk in pks:
            self._count(bound, pk)

    def _update(self, bound: Bound, rows: Sequence[Prepared]) -> None:
        if not rows or not bound.fields:
            return
        if bound.number not in self._updates:
            self._updates[bound.number] = update_plan(bound)
        plan, keys = self._updates[bound.number]
        bound.engine.update_rows(
            bound.connection,
            bound.table.description.table,
            plan.pairs[:keys],
            plan.pairs[keys:],
            plan.rows(rows),
        )
        for one in rows:
            self._count(bound, one.pk)

    def _insert(self, bound: Bound, rows: Sequence[Prepared]) -> None:
        if not rows:
            return
        if bound.number not in self._inserts:
            self._inserts[bound.number] = insert_plan(bound, self.references)
        plan = self._inserts[bound.number]
        table = bound.table.description.table
        with bound.engine.writer(bound.connection, table, plan.pairs) as writer:
            writer.write(plan.rows(rows))
        for one in rows:
            self._count(bound, one.pk)

    def _count(self, bound: Bound, pk: str | None) -> None:
        key = bound.number, str(pk)
        self.writes[key] = self.writes.get(key, 0) + 1


def _by_table(rows: Sequence[Prepared]) -> list[tuple[Bound, list[Prepared]]]:
    found: dict[int, tuple[Bound, list[Prepared]]] = {}
    for one in rows:
        bound = one.decision.bound
        found.setdefault(bound.number, (bound, []))[1].append(one)
    return list(found.values())


def gone_by_table(gone: Sequence[Decision]) -> list[tuple[Bound, list[str]]]:
    """Give the pks of rows that are deleted, table by table."""
    found: dict[int, tuple[Bound, list[str]]] = {}
    for one in gone:
        if one.mine is not None and one.mine.pk is not None:
            some = found.setdefault(one.bound.number, (one.bound, []))[1]
            some.append(one.mine.pk)
    return list(found.values())
