"""Changes that could not be applied: kept, served on, and tried again."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import F, QuerySet
from django.utils import timezone
from msgspec.structs import replace

from syncline.apply.decision import Decision
from syncline.apply.knowing import Knowing
from syncline.changes.dots import DotSet
from syncline.changes.messages import Changeset, decode, encode
from syncline.identity.database import NodeDatabase
from syncline.models import Quarantined

RETRIED_MAX = 2_000
"""Changes that are tried again after a transfer; those that failed least come first."""

BATCH = 500


@dataclass(kw_only=True)
class Quarantine:
    """The quarantine of one database while a changeset is applied."""

    database: NodeDatabase
    knowing: Knowing
    changeset: Changeset
    waiting: Mapping[bytes, int]
    """By uid, where in the quarantine the changeset's changes come from."""

    left_out: Collection[bytes] = ()
    """Records of which transforms want nothing here."""

    def settle(
        self,
        failed: Sequence[Decision],
        troubles: Mapping[bytes, str],
    ) -> None:
        """Keep what could not be applied, let go of what could, and learn."""
        if self.waiting:
            self._tried_again(troubles)
            return
        held = DotSet()
        for one in failed:
            known = self.knowing.of(one.change.uid, one.mine)
            held = held | (self.knowing.dots_of(one.change, self.changeset) - known)
        self._keep(failed, troubles)
        tables = self.changeset.tables
        merged = self.knowing.dots_in(
            [
                change
                for change in self.changeset.changes
                if change.uid not in troubles
                and change.uid not in self.left_out
                and tables[change.table].label in self.database.rows
            ],
            self.changeset,
        )
        self.knowing.learn(self.changeset, merged, held, self._refused())

    def _refused(self) -> DotSet:
        """Give the versions that only records have which are left out."""
        changes = [one for one in self.changeset.changes if one.uid in self.left_out]
        known = self.knowing.standing.knows.known
        return self.knowing.dots_in(changes, self.changeset) - known

    def _keep(self, failed: Sequence[Decision], troubles: Mapping[bytes, str]) -> None:
        now = timezone.now()
        rows = [
            Quarantined(
                uid=one.change.uid,
                table_id=one.bound.number,
                change=encode(alone(self.changeset, one)),
                frozen=self.knowing.frozen_now(one.change.uid, one.mine),
                reason=troubles[one.change.uid],
                source=self.changeset.source,
                transfer=self.changeset.transfer,
                at=now,
            )
            for one in failed
        ]
        self._rows.bulk_create(rows, batch_size=BATCH)

    def _tried_again(self, troubles: Mapping[bytes, str]) -> None:
        done = {uid: pk for uid, pk in self.waiting.items() if uid not in troubles}
        known = self.knowing.standing.knowledge
        for change in self.changeset.changes:
            if change.uid in done:
                dots = self.knowing.dots_of(change, self.changeset)
                if change.uid in self.left_out:
                    known = known.forbidden(dots)
                else:
                    known = known.merged(dots)
            else:
                self._rows.filter(pk=self.waiting[change.uid]).update(
                    attempts=F("attempts") + 1, reason=troubles[change.uid]
                )
        self.knowing.standing.knowledge = known
        self._rows.filter(pk__in=list(done.values())).delete()

    @property
    def _rows(self) -> QuerySet[Quarantined]:
        return Quarantined.objects.using(self.database.alias)


def alone(changeset: Changeset, one: Decision) -> Changeset:
    """Give a changeset of one change alone."""
    return replace(
        changeset, changes=(one.change,), last=False, whole=False, models=(), seq=0
    )


def waiting_changesets(
    alias: str, *, limit: int = RETRIED_MAX
) -> Iterator[tuple[Changeset, dict[bytes, int]]]:
    """Give what waits, as changesets of changes that were read at one moment.

    A record has one change at most in each, so that they build on one another.
    """
    rows = Quarantined.objects.using(alias).filter(undone=False)
    chosen = rows.order_by("attempts", "id")[:limit]
    batch: Changeset | None = None
    waiting: dict[bytes, int] = {}
    for row in sorted(chosen, key=_order):
        changeset = decode(bytes(row.change), Changeset)
        uid = bytes(row.uid)
        if batch is not None and (not _same(batch, changeset) or uid in waiting):
            yield batch, waiting
            batch, waiting = None, {}
        changes = () if batch is None else batch.changes
        batch = replace(changeset, changes=(*changes, *changeset.changes))
        waiting[uid] = row.pk
    if batch is not None:
        yield batch, waiting


def refuse(database: NodeDatabase, number: int) -> None:
    """Refuse a change that waits: its versions are forbidden here from now on."""
    rows = Quarantined.objects.using(database.alias)
    with database.engine.capture.sequencing(database.connection):
        standing = database.state()
        row = rows.get(pk=number)
        changeset = decode(bytes(row.change), Changeset)
        knowing = Knowing(database=database, standing=standing)
        dots = knowing.dots_in(changeset.changes, changeset) - standing.knows.known
        standing.knowledge = standing.knowledge.forbidden(dots)
        standing.save()
        row.delete()


def _order(row: Quarantined) -> int:
    return int(row.pk)


def _same(one: Changeset, other: Changeset) -> bool:
    return (one.transfer, one.number) == (other.transfer, other.number)
