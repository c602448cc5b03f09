"""Deletes records that another node does not have, where a person has said so.

Only what is as it was found when this database was first tracked goes, and nothing
goes along with it: a row that others point at stays.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone

from syncline.apply.before import keep_before
from syncline.apply.blocking import Blocking
from syncline.apply.decision import Decision, Outcome
from syncline.apply.rest import rests_of
from syncline.apply.telling import detail
from syncline.apply.writing import Writing, gone_by_table
from syncline.capture.sequencer import Sequencer
from syncline.changes.messages import Change, Receipt, Removed
from syncline.identity.bound import Image, values_of
from syncline.identity.database import NodeDatabase
from syncline.identity.listing import is_as_adopted
from syncline.identity.node import Standing
from syncline.identity.references import References
from syncline.identity.stored import Split, Stored
from syncline.models import Chunk

ABSENT = "the source does not have it"

Images = Mapping[tuple[int, str], Image]
"""Rows as they are, by table and pk."""


@dataclass(kw_only=True)
class Removing:
    """Removes records of one database."""

    database: NodeDatabase
    sequencer: Sequencer
    run_id: int | None = None
    dry_run: bool = False
    detailed: bool = False
    """Is the receipt to tell of each record?"""

    def remove(self, uids: Sequence[bytes], transfer: str, number: int) -> Removed:
        """Delete some records under new versions, which travel; in one transaction.

        Those that were written to since they were adopted are left alone.
        """
        engine, connection = self.database.engine, self.database.connection
        with (
            engine.capture.sequencing(connection),
            engine.writing_transaction(connection),
        ):
            standing = self.database.state()
            images = self._locked(self.database.store.by_uid(uids).values())
            self._number(standing)
            decisions = self._decisions(uids, images, standing)
            rests = self._rests(decisions)
            gone, troubles = self._delete(decisions, standing)
            self._number(standing)
            standing.save()
            receipt = self._receipt(gone, transfer, number)
            self._keep(gone, (images, rests), standing, receipt)
            if self.dry_run:
                connection.set_rollback(True)
        kept = tuple(
            detail(one, "keep", (), reason=troubles[one.change.uid])
            for one in decisions
            if one.change.uid in troubles
        )
        return Removed(receipt=receipt, kept=kept)

    def _locked(self, records: Iterable[Stored]) -> Images:
        """Read the rows that may be deleted, and keep others from writing them."""
        found: dict[tuple[int, str], Image] = {}
        by_table: dict[int, list[str]] = {}
        for one in records:
            if one.pk is not None:
                by_table.setdefault(one.table, []).append(one.pk)
        for number, pks in by_table.items():
            bound = self.database.bound(self.database.labels[number])
            rows = bound.images_of(pks, lock=True)
            found |= {(number, pk): image for pk, image in rows.items()}
        return found

    def _number(self, standing: Standing) -> None:
        more = True
        while more:
            _, more = self.sequencer.number(standing)

    def _decisions(
        self, uids: Sequence[bytes], images: Images, standing: Standing
    ) -> list[Decision]:
        """Decide on those that are still as they were adopted, table by table."""
        own = self.database.nodes.number(standing.node)
        by_table: dict[int, list[Stored]] = {}
        for one in self.database.store.by_uid(uids).values():
            if is_as_adopted(one, own) and (one.table, one.pk) in images:
                by_table.setdefault(one.table, []).append(one)
        references = References(database=self.database, genesis=standing.genesis)
        decisions: list[Decision] = []
        for number, records in by_table.items():
            bound = self.database.bound(self.database.labels[number])
            names = [part.name for part in bound.parts]
            rows = [images[number, str(one.pk)] for one in records]
            outward = references.outward(bound, rows)
            decisions += [
                Decision(
                    outcome=Outcome.DELETE,
                    bound=bound,
                    change=Change(
                        table=0, uid=one.uid, life=one.life, mark=one.mark, values=None
                    ),
                    mine=one,
                    split=Split(
                        life=one.life + 1, mark=one.mark, values={}, extra=None
                    ),
                    former=dict(zip(names, values_of(bound, row), strict=True)),
                )
                for one, row in zip(records, outward, strict=True)
            ]
        return decisions

    def _delete(
        self, decisions: Sequence[Decision], standing: Standing
    ) -> tuple[list[Decision], Mapping[bytes, str]]:
        """Delete what nothing points at; give it, and why the rest stays, by uid."""
        blocking = Blocking(
            database=self.database,
            # Everything is known: so whatever points at a record is in its way, and
            # no record gets a new version only because something does.
            theirs=standing.knows.had,
            standing=standing,
            ended=False,
        )
        blocking.settle(decisions)
        gone = [one for one in decisions if not blocking.holds(one)]
        references = References(database=self.database, genesis=standing.genesis)
        writing = Writing(database=self.database, references=references)
        writing.write([], gone)
        troubles = {**blocking.troubles, **writing.troubles}
        return [one for one in gone if one.change.uid not in troubles], troubles

    def _rests(self, decisions: Sequence[Decision]) -> Images:
        """Read what these rows hold besides, so that an undo has it."""
        if self.run_id is None:
            return {}
        return rests_of(gone_by_table(decisions))

    def _receipt(self, gone: Sequence[Decision], transfer: str, number: int) -> Receipt:
        told = gone if self.detailed else ()
        return Receipt(
            transfer=transfer,
            number=number,
            deleted=dict(Counter(one.bound.label for one in gone)),
            details=tuple(detail(one, "delete", (), reason=ABSENT) for one in told),
        )

    def _keep(
        self,
        gone: Sequence[Decision],
        rows: tuple[Images, Images],
        standing: Standing,
        receipt: Receipt,
    ) -> None:
        """Keep what is gone for an undo, and note the chunk in the ledger."""
        if self.run_id is None or not gone:
            return
        alias = self.database.alias
        now = self.database.store.by_uid([one.change.uid for one in gone])
        pairs = [(one.mine, now[one.change.uid]) for one in gone]
        keep_before(alias, self.run_id, standing.node, pairs, *rows)
        Chunk.objects.using(alias).create(
            run_id=self.run_id,
            transfer=receipt.transfer,
            number=receipt.number,
            counts={"deleted": receipt.deleted},
            at=timezone.now(),
        )
