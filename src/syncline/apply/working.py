"""What is done with one changeset, and in which order, inside of its transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from syncline.apply.absorbing import Absorbing
from syncline.apply.blocking import Blocking
from syncline.apply.contact import First
from syncline.apply.deciding import Deciding, of_tables
from syncline.apply.decision import WRITTEN, Decision, Outcome
from syncline.apply.inward import Inward, Prepared
from syncline.apply.knowing import Knowing
from syncline.apply.quarantine import Quarantine
from syncline.apply.recording import Recording
from syncline.apply.resolving import forget_resolved, resolvable
from syncline.apply.rest import rests_of
from syncline.apply.writing import Writing, gone_by_table
from syncline.apply.yielding import Yielding
from syncline.capture.audit import unseen
from syncline.capture.sequencer import Sequencer
from syncline.changes.kinds import Value
from syncline.changes.messages import (
    Change,
    Changeset,
    Receipt,
    encode,
    knowledge_of,
)
from syncline.changes.operations import Operation
from syncline.failpoints import failpoint
from syncline.identity.bound import Bound, Image, values_of
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Standing
from syncline.identity.references import References
from syncline.identity.stored import Stored
from syncline.models import Chunk
from syncline.models import Receipt as ReceiptRow

ROUNDS_MAX = 3
"""How often records of one changeset give way to others before the rest must wait."""


@dataclass(kw_only=True)
class Work:
    """One changeset on its way into one database, inside of the transaction."""

    database: NodeDatabase
    sequencer: Sequencer
    changeset: Changeset
    standing: Standing
    first: First
    run_id: int | None
    detailed: bool
    waiting: Mapping[bytes, int]
    """By uid, the rows of the quarantine that this comes from; empty of what is new."""

    careful: bool = False
    """Is it another attempt, after a commit that may have failed?"""

    def __post_init__(self) -> None:
        self.theirs = knowledge_of(self.changeset.knows).known
        self.references = References(
            database=self.database, genesis=self.standing.genesis
        )
        self.knowing = Knowing(database=self.database, standing=self.standing)
        self.refused: dict[bytes, str] = {}
        self.left_out: set[bytes] = set()
        self.deciding: dict[str, Deciding] = {}
        self.absorbing = Absorbing(
            database=self.database,
            standing=self.standing,
            references=self.references,
            run_id=self.run_id,
        )
        self.inward = self._inward()
        self.rests: dict[tuple[int, str], Image] = {}

    def run(self) -> Receipt:
        """Do it all, and give the receipt."""
        if not self.waiting:
            self.knowing.check(self.changeset)
        changes = [change for _, some in of_tables(self.changeset) for change in some]
        stored = self.database.store.by_uid([change.uid for change in changes])
        images = self._locked(stored)
        failpoint("apply-locked")
        if self._number():
            stored = self.database.store.by_uid([change.uid for change in changes])
            images = self._locked(stored)
        if self._bury(stored, images):
            stored = self.database.store.by_uid([change.uid for change in changes])
        decisions = self.absorbing.settle(self._decide(stored, images))
        blocking = Blocking(
            database=self.database,
            theirs=self.theirs,
            standing=self.standing,
            ended=bool(self.waiting),
        )
        decisions = blocking.settle(decisions)
        gone = [
            one
            for one in decisions
            if one.outcome is Outcome.DELETE
            and self.absorbing.deletes(one)
            and not blocking.holds(one)
        ]
        self.rests = self._rests(gone)
        self.refused |= {**blocking.troubles, **self.absorbing.troubles}
        written, prepared, writing = self._write(decisions, gone)
        came = [*self._came(written, writing), *self.absorbing.came]
        decided = {one.change.uid for one in written}
        late = resolvable(self.database, self.references, came, decided)
        if late:
            resolved = self.inward.prepare(late)
            writing.write(resolved, [])
            # What cannot be written now is not the changeset's: it waits as it did.
            late = [one for one in late if one.change.uid not in writing.troubles]
            written, prepared = [*written, *late], [*prepared, *resolved]
        forget_resolved(self.database.alias, came, writing.troubles)
        return self._record(written, prepared, writing, images)

    def _write(
        self, decisions: Sequence[Decision], gone: Sequence[Decision]
    ) -> tuple[Sequence[Decision], Sequence[Prepared], Writing]:
        """Write rows; where records cannot both be written, let one give way."""
        yielding = Yielding(
            database=self.database,
            references=self.references,
            standing=self.standing,
            deciding=self.deciding,
            number=self._number,
            known=lambda one: self.knowing.of(one.change.uid, one.mine),
        )
        looking = ROUNDS_MAX
        while True:
            writing = Writing(
                database=self.database,
                references=self.references,
                writes=self.absorbing.writes,
                known={
                    (one.bound.number, one.mine.pk): one.mine
                    for one in decisions
                    if one.mine is not None and one.mine.pk is not None
                },
                careful=self.careful,
            )
            writing.troubles |= {**self.refused, **yielding.troubles}
            self.inward = self._inward(gone)
            prepared = self.inward.prepare(
                [
                    one
                    for one in decisions
                    if one.outcome in WRITTEN and one.change.uid not in writing.troubles
                ]
            )
            with transaction.atomic(using=self.database.alias):
                writing.write(prepared, gone)
                clashes = yielding.look(prepared, writing.troubles) if looking else None
                if clashes is not None:
                    transaction.set_rollback(True, using=self.database.alias)
            if clashes is None:
                return decisions, prepared, writing
            amended = yielding.settle(decisions, clashes, writing.troubles)
            looking = looking - 1 if amended is not None else 0
            decisions = decisions if amended is None else amended

    def _inward(self, gone: Sequence[Decision] = ()) -> Inward:
        uids = frozenset(one.change.uid for one in gone)
        return Inward(
            database=self.database,
            references=self.references,
            gone=uids,
            allocated=dict(self.absorbing.adopted),
        )

    @staticmethod
    def _came(decisions: Sequence[Decision], writing: Writing) -> list[bytes]:
        """Give the uids of records that were made."""
        return [
            one.change.uid
            for one in decisions
            if one.outcome is Outcome.CREATE and one.change.uid not in writing.troubles
        ]

    def _rests(self, gone: Sequence[Decision]) -> dict[tuple[int, str], Image]:
        """Read what rows that are deleted hold besides, so that an undo has it."""
        if self.run_id is None:
            return {}
        return rests_of(gone_by_table(gone))

    def _number(self) -> int:
        """Number what others have written before the rows were locked."""
        done, more = self.sequencer.number(self.standing)
        while more:
            again, more = self.sequencer.number(self.standing)
            done += again
        return done

    def _locked(self, stored: Mapping[bytes, Stored]) -> dict[tuple[int, str], Image]:
        """Read the rows that may be written, and keep others from writing them."""
        found: dict[tuple[int, str], Image] = {}
        by_table: dict[int, list[str]] = {}
        for one in stored.values():
            if one.pk is not None:
                by_table.setdefault(one.table, []).append(one.pk)
        for number, pks in by_table.items():
            bound = self.database.bound(self.database.labels[number])
            images = bound.images_of(pks, lock=True)
            found |= {(number, pk): image for pk, image in images.items()}
        return found

    def _bury(
        self,
        stored: Mapping[bytes, Stored],
        images: Mapping[tuple[int, str], Image],
    ) -> int:
        """Number deletions that no trigger has seen, as an audit would."""
        gone = [
            unseen(
                self.database.bound(self.database.labels[one.table]),
                Operation.DELETE,
                one.pk,
            )
            for one in stored.values()
            if one.pk is not None and (one.table, one.pk) not in images
        ]
        return self.sequencer.absorb(gone, self.standing) if gone else 0

    def _decide(
        self,
        stored: Mapping[bytes, Stored],
        images: Mapping[tuple[int, str], Image],
    ) -> list[Decision]:
        decisions: list[Decision] = []
        winners = self.absorbing.names(self.changeset)
        for head, changes in of_tables(self.changeset):
            if head.label not in self.database.rows:
                continue
            bound = self.database.bound(head.label)
            deciding = self.deciding[head.label] = Deciding(
                bound=bound,
                changeset=self.changeset,
                head=head,
                nodes=self.database.nodes,
                standing=self.standing,
                now=self.database.now(),
                first=self.first,
                theirs=self.theirs,
                winners=winners,
            )
            values = self._values(bound, changes, stored, images)
            for change in changes:
                mine = stored.get(change.uid)
                known = self.knowing.of(change.uid, mine)
                if mine is None:
                    decisions.append(deciding.fresh(change))
                elif deciding.is_news(change, known):
                    shown = deciding.as_of_today(values.get(change.uid, {}))
                    decisions.append(deciding.settled(change, mine, shown, known))
        for one in decisions:
            if one.refused:
                self.refused[one.change.uid] = one.refused
        self.left_out = {
            one.change.uid for one in decisions if one.outcome is Outcome.LEAVE
        }
        passed = (Outcome.KEEP, Outcome.LEAVE)
        return [one for one in decisions if one.outcome not in passed]

    def _values(
        self,
        bound: Bound,
        changes: Sequence[Change],
        stored: Mapping[bytes, Stored],
        images: Mapping[tuple[int, str], Image],
    ) -> dict[bytes, dict[str, Value]]:
        """Spell what the rows here hold as the wire does, by uid and part."""
        uids: list[bytes] = []
        rows: list[Image] = []
        for change in changes:
            one = stored.get(change.uid)
            image = images.get((bound.number, one.pk)) if one and one.pk else None
            if image is not None:
                uids.append(change.uid)
                rows.append(image)
        names = [part.name for part in bound.parts]
        outward = self.references.outward(bound, rows)
        return {
            uid: dict(zip(names, values_of(bound, row), strict=True))
            for uid, row in zip(uids, outward, strict=True)
        }

    def _record(
        self,
        decisions: Sequence[Decision],
        prepared: Sequence[Prepared],
        writing: Writing,
        images: Mapping[tuple[int, str], Image],
    ) -> Receipt:
        recording = Recording(
            database=self.database,
            standing=self.standing,
            changeset=self.changeset,
            sequencer=self.sequencer,
            knowing=self.knowing,
            run_id=self.run_id,
            rests=self.rests,
            detailed=self.detailed,
            stand_ins=self.absorbing.stand_ins(decisions),
            quarantine=Quarantine(
                database=self.database,
                knowing=self.knowing,
                changeset=self.changeset,
                waiting=self.waiting,
                left_out=self.left_out,
            ),
        )
        receipt = recording.record(decisions, prepared, writing, images)
        self.standing.save()
        if self.waiting:
            if receipt.created or receipt.updated or receipt.deleted:
                self._chunk(receipt)
            return receipt
        ReceiptRow.objects.using(self.database.alias).create(
            transfer=self.changeset.transfer,
            number=self.changeset.number,
            report=encode(receipt),
            at=timezone.now(),
        )
        self._chunk(receipt)
        return receipt

    def _chunk(self, receipt: Receipt) -> None:
        """Note the changeset in the ledger, so that both commit together."""
        if self.run_id is not None:
            Chunk.objects.using(self.database.alias).create(
                run_id=self.run_id,
                transfer=receipt.transfer,
                number=receipt.number,
                counts=counts_of(receipt),
                at=timezone.now(),
            )


def counts_of(receipt: Receipt) -> dict[str, dict[str, int]]:
    """Give a receipt's counts by outcome and label, without those of nothing."""
    counts = {
        "created": receipt.created,
        "updated": receipt.updated,
        "deleted": receipt.deleted,
        "conflicts": receipt.conflicts,
        "held": receipt.held,
        "set_aside": receipt.set_aside,
    }
    return {outcome: by_label for outcome, by_label in counts.items() if by_label}
