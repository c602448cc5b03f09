"""Undoes a run: takes its changes back here, or writes the old values anew."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from django.db import IntegrityError
from django.utils import timezone
from msgspec.structs import replace

from syncline.apply.before import Former, Versions, kept_before, versions_of
from syncline.apply.decision import Decision, Outcome
from syncline.apply.inward import Prepared
from syncline.apply.pointers import Pointer, pointers_at, rows_pointing
from syncline.apply.rest import write_rest
from syncline.apply.writing import Writing, gone_by_table
from syncline.capture.outgoing import Outgoing, Reading
from syncline.capture.sequencer import Sequencer
from syncline.changes.dots import Dot, DotSet
from syncline.changes.knowledge import Knowledge
from syncline.changes.messages import (
    Change,
    Changeset,
    Ranges,
    Want,
    encode,
    marks_in,
    ranges_of,
)
from syncline.changes.operations import Origin
from syncline.errors import CannotUndo, NothingThere
from syncline.identity.bound import Bound, Image
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Standing
from syncline.identity.references import References, values_by
from syncline.identity.stored import Split, Stored
from syncline.identity.uids import digest_of
from syncline.models import Context, Peer, Quarantined

UNDONE = "taken back by an undo"


@dataclass(kw_only=True)
class UndoReport:
    """What an undo has come to; counts by label."""

    removed: dict[str, int] = field(default_factory=dict)
    restored: dict[str, int] = field(default_factory=dict)
    skipped: dict[str, int] = field(default_factory=dict)
    """Records of a revert that were written since, and stay as they are."""

    def count(self, what: str, label: str) -> None:
        """Count one record."""
        counts = getattr(self, what)
        counts[label] = counts.get(label, 0) + 1


@dataclass(kw_only=True)
class Undoing:
    """Undoes the runs of one database."""

    database: NodeDatabase
    sequencer: Sequencer
    report: UndoReport = field(default_factory=UndoReport)
    reverting: bool = False

    def take_back(self, run_id: int) -> UndoReport:
        """Put rows and versions back; the run's changes wait in quarantine.

        All or nothing, in one transaction.

        Raises:
            CannotUndo: a record was written since, or another node has it from here.
        """
        formers = self._formers(run_id)
        engine, connection = self.database.engine, self.database.connection
        self.sequencer.run()
        with (
            self._refused(run_id),
            engine.capture.sequencing(connection),
            engine.writing_transaction(connection),
            engine.capture.mark(connection, Origin.APPLY),
        ):
            standing = self.database.state()
            stored = self.database.store.by_uid(former.uid for former, _ in formers)
            self._check(run_id, formers, stored, standing)
            kept = self._quarantine([one for one, _ in formers], standing)
            self._write(run_id, [one for one, _ in formers], stored)
            self.sequencer.applied()
            self._put_back([one for one, _ in formers], stored, standing)
            standing.knowledge = _unmerged(standing, kept)
            standing.save()
        return self.report

    def revert(self, run_id: int) -> UndoReport:
        """Write the old values as new versions, which travel like any edit.

        A record that was written since the run stays as it is.

        Raises:
            CannotUndo: a row that was written since points at one that would go.
        """
        formers = self._formers(run_id)
        engine, connection = self.database.engine, self.database.connection
        self.reverting = True
        self.sequencer.run()
        with (
            self._refused(run_id),
            engine.capture.sequencing(connection),
            engine.writing_transaction(connection),
        ):
            stored = self.database.store.by_uid(former.uid for former, _ in formers)
            same: list[Former] = []
            for one, _ in formers:
                if _as_left(one, stored.get(one.uid)):
                    same.append(one)
                else:
                    self.report.count("skipped", self.database.labels[one.table])
            self._write(run_id, same, stored)
        self.sequencer.run()
        return self.report

    def _cannot(self, run_id: int, reason: str) -> CannotUndo:
        return CannotUndo(run=run_id, reason=reason, revert=self.reverting)

    @contextmanager
    def _refused(self, run_id: int) -> Iterator[None]:
        """Say so where a constraint speaks up as late as at the commit."""
        try:
            yield
        except IntegrityError as error:
            reason = " ".join(str(error).split())
            what = "what was written since needs rows as the run has left them"
            raise self._cannot(run_id, f"{what}: {reason}") from error

    def _formers(self, run_id: int) -> list[tuple[Former, str]]:
        """Give each record as it was before the whole run, and who sent it."""
        found: dict[bytes, tuple[Former, str]] = {}
        for source, formers in kept_before(self.database.alias, run_id):
            for former in formers:
                last = found.get(former.uid)
                after = former.after if last is None else last[0].after
                found[former.uid] = replace(former, after=after), source
        if not found:
            what = "run of which the old values are kept"
            raise NothingThere(what=what, number=run_id, verb="runs")
        return list(found.values())

    def _check(
        self,
        run_id: int,
        formers: Sequence[tuple[Former, str]],
        stored: dict[bytes, Stored],
        standing: Standing,
    ) -> None:
        sent = {
            peer.node: peer.seq_out
            for peer in Peer.objects.using(self.database.alias).all()
        }
        names = self.database.nodes.names
        for former, source in formers:
            record = stored.get(former.uid)
            label = self.database.labels[former.table]
            if record is not None and record.merged:
                raise CannotUndo(
                    run=run_id, reason=f"a record of {label} was merged with another"
                )
            if record is None or not _as_left(former, record):
                raise CannotUndo(
                    run=run_id, reason=f"a record of {label} was written since"
                )
            own = any(names[node] == standing.node for _, node, _ in record.marks())
            for node, seq in sent.items():
                if seq >= record.seq and (node != source or own):
                    raise CannotUndo(
                        run=run_id,
                        reason=f"node {node} has had records of {label} from here",
                    )

    def _write(
        self, run_id: int, formers: Iterable[Former], stored: dict[bytes, Stored]
    ) -> None:
        """Write the rows as they were."""
        formers = list(formers)
        prepared: list[Prepared] = []
        gone: list[Decision] = []
        for former in formers:
            record = stored[former.uid]
            decision = self._decision(former, record)
            if former.image is None:
                if record.pk is not None:
                    gone.append(decision)
                    self.report.count("removed", decision.bound.label)
                continue
            self.report.count("restored", decision.bound.label)
            prepared.append(
                Prepared(
                    decision=decision,
                    image=list(former.image),
                    pk=former.pk,
                    former_pk=record.pk,
                )
            )
        references = References(database=self.database, genesis="")
        writing = Writing(database=self.database, references=references)
        values = list(self._pointed_at(gone))
        writing.write(prepared, gone)
        if writing.troubles:
            uid, reason = next(iter(writing.troubles.items()))
            raise self._cannot(run_id, f"record {uid.hex()}: {reason}")
        self._check_references(run_id, values)
        self._write_rest(formers)

    def _pointed_at(
        self, gone: Sequence[Decision]
    ) -> Iterator[tuple[Bound, Pointer, list[str]]]:
        """Give by what rows may be pointed at that are about to go."""
        for bound, pks in gone_by_table(gone):
            for pointer in pointers_at(self.database, bound.tracked.model):
                by = pointer.target_field
                values = list(values_by(bound, by, pks).values()) if by else pks
                yield bound, pointer, values

    def _check_references(
        self, run_id: int, gone: Iterable[tuple[Bound, Pointer, list[str]]]
    ) -> None:
        """Check that nothing points at rows that are gone; MariaDB would not say so."""
        for bound, pointer, values in gone:
            model = bound.tracked.model
            for pk, _ in rows_pointing(self.database, pointer, model, values):
                needed = f"{pointer.label} {pk} points at a record of {bound.label}"
                raise self._cannot(run_id, needed)

    def _write_rest(self, formers: Iterable[Former]) -> None:
        """Give rows that were deleted what they held besides."""
        by_table: dict[int, dict[str, Image]] = {}
        for one in formers:
            if one.pk is not None and one.rest is not None:
                by_table.setdefault(one.table, {})[one.pk] = one.rest
        for number, rows in by_table.items():
            write_rest(self.database.bound(self.database.labels[number]), rows)

    def _decision(self, former: Former, record: Stored) -> Decision:
        life, mark, extra = former.before or former.after
        outcome = Outcome.CREATE if record.pk is None else Outcome.UPDATE
        return Decision(
            outcome=outcome,
            bound=self.database.bound(self.database.labels[former.table]),
            change=Change(table=0, uid=former.uid, life=life, mark=mark, values=None),
            mine=record,
            split=Split(life=life, mark=mark, values={}, extra=extra),
        )

    def _put_back(
        self,
        formers: Sequence[Former],
        stored: dict[bytes, Stored],
        standing: Standing,
    ) -> None:
        """Write the records as they were; those that were new are forgotten."""
        restored: list[Stored] = []
        removed: list[bytes] = []
        contexts = self._contexts(formers)
        for former in formers:
            record = stored[former.uid]
            if former.before is None:
                removed.append(former.uid)
                continue
            record.life, record.mark, record.extra = former.before
            record.pk = former.pk
            # Else what is taken back would count as known, and never come again.
            record.context = former.context if former.context in contexts else None
            image = self._image(former)
            record.digest = None if image is None else digest_of(image)
            record.seq = standing.next_seq()
            restored.append(record)
        store = self.database.store
        store.remove(removed)
        store.release([one.uid for one in restored])
        store.put(restored)

    def _contexts(self, formers: Sequence[Former]) -> set[int]:
        """Give those contexts that say more than the node knows by now."""
        asked = {one.context for one in formers if one.context is not None}
        rows = Context.objects.using(self.database.alias).filter(pk__in=asked)
        return set(rows.values_list("pk", flat=True)) if asked else set()

    def _image(self, former: Former) -> Image | None:
        if former.pk is None:
            return None
        bound = self.database.bound(self.database.labels[former.table])
        return bound.images_of([former.pk]).get(former.pk)

    def _quarantine(self, formers: Sequence[Former], standing: Standing) -> DotSet:
        """Keep the changes of the run, which others may still be served."""
        dots = DotSet()
        for former in formers:
            dots = dots | (self._dots(former.after) - self._dots(former.before))
        frozen = encode(ranges_of(Knowledge(known=standing.knows.known - dots)))
        changeset = self._as_sent([one.uid for one in formers], standing)
        table_of = {former.uid: former.table for former in formers}
        now = timezone.now()
        rows = [
            Quarantined(
                uid=change.uid,
                table_id=table_of[change.uid],
                change=encode(replace(changeset, changes=(change,))),
                frozen=frozen,
                reason=UNDONE,
                source=standing.node,
                transfer="",
                undone=True,
                at=now,
            )
            for change in changeset.changes
        ]
        Quarantined.objects.using(self.database.alias).bulk_create(rows, batch_size=500)
        return dots

    def _dots(self, versions: Versions | None) -> DotSet:
        if versions is None:
            return DotSet()
        _, mark, extra = versions
        names = self.database.nodes.names
        return DotSet.of(
            *(Dot(names[node], counter) for _, node, counter in marks_in(mark, extra))
        )

    def _as_sent(self, uids: Sequence[bytes], standing: Standing) -> Changeset:
        want = Want(node="", knows=Ranges(), since=0)
        outgoing = Outgoing(
            database=self.database,
            want=want,
            # What was read at another moment has other numbers for nodes and tables.
            transfer=uuid4().hex,
            sequencer=self.sequencer,
        )
        reading = Reading(outgoing=outgoing, standing=standing)
        records = list(self.database.store.by_uid(uids).values())
        changes = reading.changes(records)
        return reading.changeset(changes, seq=0)


def _as_left(former: Former, record: Stored | None) -> bool:
    """Is a record as the run has left it?"""
    if record is None or record.merged:
        return False
    return versions_of(record) == former.after


def _unmerged(standing: Standing, dots: DotSet) -> Knowledge:
    known = standing.knows.unmerged(dots)
    own = DotSet.until({standing.node: standing.counter})
    return Knowledge(known=known.known - own, held=known.held, refused=known.refused)
