"""A person decides what a field holds: one of the values that are held, or had lost."""

from dataclasses import dataclass

from django.utils import timezone

from syncline.apply.decision import Decision, Outcome
from syncline.apply.inward import Inward
from syncline.apply.writing import Writing
from syncline.capture.sequencer import Sequencer, latest
from syncline.changes.kinds import Value
from syncline.changes.messages import Change
from syncline.changes.operations import Origin
from syncline.errors import CannotResolve
from syncline.identity.bound import Bound, values_of
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Standing
from syncline.identity.references import References
from syncline.identity.stored import Split, Stored, edited, frozen
from syncline.identity.uids import digest_of
from syncline.models import Conflict


@dataclass(kw_only=True)
class Choosing:
    """Writes chosen values anew: the versions cover what they were chosen from."""

    database: NodeDatabase
    sequencer: Sequencer

    def choose(self, conflict: Conflict, value: Value) -> None:
        """Let a record's part have a value, and settle its conflicts.

        Args:
            conflict: one that is open.
            value: as the wire spells it.

        Raises:
            CannotResolve: the record is gone, or its row cannot have the value.
        """
        self.sequencer.run()
        engine, connection = self.database.engine, self.database.connection
        with (
            engine.capture.sequencing(connection),
            engine.writing_transaction(connection),
            engine.capture.mark(connection, Origin.APPLY),
        ):
            uid = bytes(conflict.uid)
            record = self.database.store.by_uid([uid]).get(uid)
            if record is None or record.pk is None:
                reason = "the record is deleted"
                raise CannotResolve(conflict=conflict.pk, reason=reason)
            standing = self.database.state()
            self._write(conflict, record, standing, frozen(value))
            standing.save()
            open_ones = Conflict.objects.using(self.database.alias).filter(
                uid=conflict.uid, part=conflict.part, resolved_at=None
            )
            open_ones.update(resolved_at=timezone.now())

    def _write(
        self, conflict: Conflict, record: Stored, standing: Standing, value: Value
    ) -> None:
        bound = self.database.bound(self.database.labels[record.table])
        references = References(database=self.database, genesis=standing.genesis)
        decision = self._decision(bound, record, references, (conflict.part, value))
        [row] = Inward(database=self.database, references=references).prepare(
            [decision]
        )
        writing = Writing(database=self.database, references=references)
        writing.write([row], [])
        if writing.troubles:
            reason = writing.troubles[record.uid]
            raise CannotResolve(conflict=conflict.pk, reason=reason)
        version = standing.mint(max(self.database.now(), latest(record) + 1))
        number = self.database.nodes.number(version.dot.node)
        mark = (version.clock, number, version.dot.counter)
        edited(record, [conflict.part], len(bound.parts), mark)
        record.seq = standing.next_seq()
        self._take_over(bound, record, row.pk)

    def _decision(
        self,
        bound: Bound,
        record: Stored,
        references: References,
        chosen: tuple[str, Value],
    ) -> Decision:
        images = bound.images_of([str(record.pk)], lock=True)
        [shown] = references.outward(bound, list(images.values()))
        names = [part.name for part in bound.parts]
        former = dict(zip(names, values_of(bound, shown), strict=True))
        return Decision(
            outcome=Outcome.UPDATE,
            bound=bound,
            change=Change(
                table=0, uid=record.uid, life=record.life, mark=record.mark, values=None
            ),
            mine=record,
            split=Split(
                life=record.life,
                mark=record.mark,
                values={**former, chosen[0]: chosen[1]},
                extra=None,
            ),
            former=former,
        )

    def _take_over(self, bound: Bound, record: Stored, pk: str | None) -> None:
        """Store the record as its row is now, and forget that we wrote it."""
        if pk != record.pk:
            self.database.store.release([record.uid])
            record.pk = pk
        record.digest = digest_of(bound.images_of([str(pk)])[str(pk)])
        self.database.store.put([record])
        self.sequencer.applied()
