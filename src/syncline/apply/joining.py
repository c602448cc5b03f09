"""A person says that two rows of this node are one record."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from syncline.apply.joined import MergeReport
from syncline.apply.merging import Merging
from syncline.apply.recording import foreign_writes
from syncline.apply.repointing import CannotJoin
from syncline.apply.writing import REFUSALS
from syncline.capture.sequencer import Sequencer
from syncline.changes.kinds import Kind
from syncline.changes.operations import Origin
from syncline.engines.blame import Blame
from syncline.errors import CannotMerge, NoSuchRow
from syncline.identity.bound import Bound
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Standing
from syncline.identity.references import References
from syncline.identity.stored import Stored
from syncline.registry.relations import is_child, parent_links


@dataclass(kw_only=True)
class Joining:
    """Joins rows of one database, as a person says."""

    database: NodeDatabase
    sequencer: Sequencer
    run_id: int | None = None
    dry_run: bool = False

    def join(self, label: str, pks: Sequence[str]) -> MergeReport:
        """Let two rows be one; the values of the first one stay.

        Args:
            label: of a tracked model.
            pks: two of them, as text.

        Raises:
            NoSuchRow: there is no such row.
            CannotMerge: some rows cannot follow.
        """
        bound = self.database.bound(label)
        _check_model(bound, pks)
        self.sequencer.run()
        engine, connection = self.database.engine, self.database.connection
        with (
            engine.capture.sequencing(connection),
            engine.writing_transaction(connection),
            engine.capture.mark(connection, Origin.APPLY),
        ):
            standing = self.database.state()
            try:
                report = self._join(bound, pks, standing)
                engine.check_constraints(connection)
            except (CannotJoin, *REFUSALS) as error:
                if not isinstance(error, CannotJoin) and (
                    engine.blame(error) is not Blame.ROW
                ):
                    raise
                reason = " ".join(str(error).split())
                raise CannotMerge(label=label, pks=pks, reason=reason) from error
            if self.dry_run:
                transaction.set_rollback(True, using=self.database.alias)
            else:
                standing.save()
        return report

    def _join(
        self, bound: Bound, pks: Sequence[str], standing: Standing
    ) -> MergeReport:
        while self.sequencer.number(standing)[1]:
            pass  # What was written since is numbered first, pass by pass.
        kept, other = (self._record(bound, pk) for pk in pks)
        if kept.uid == other.uid:
            raise CannotJoin("they are one row")
        references = References(database=self.database, genesis=standing.genesis)
        merging = Merging(
            database=self.database,
            standing=standing,
            references=references,
            run_id=self.run_id,
        )
        merged = merging.merge(bound, kept, other)
        foreign = foreign_writes(self.sequencer, merging.writes)
        if foreign:
            self.sequencer.absorb(foreign, standing)
        return MergeReport(
            database=self.database.alias,
            merged=merged,
            moved=dict(merging.counts),
            followed=tuple(merging.joined),
            dry_run=self.dry_run,
            run=self.run_id,
        )

    def _record(self, bound: Bound, pk: str) -> Stored:
        text = _as_stored(bound, pk)
        found = self.database.store.by_pk(bound.number, [text]).get(text)
        if found is None:
            raise NoSuchRow(label=bound.label, pk=pk, alias=self.database.alias)
        return found


def _check_model(bound: Bound, pks: Sequence[str]) -> None:
    """Check that a model's records are joined by themselves.

    Raises:
        CannotMerge: they are parts of another model's.
    """
    model = bound.tracked.model
    if is_child(model):
        [parent] = parent_links(model).values()
        label = parent._meta.label
        raise CannotMerge(
            label=bound.label,
            pks=pks,
            reason=f"they are parts of records of {label}",
            hint=f"Merge those: syncline merge {label} {' '.join(pks)}",
        )


def _as_stored(bound: Bound, pk: str) -> str:
    """Spell a pk as the database's keys are spelled, where people do otherwise."""
    [*names] = bound.table.description.pk
    if len(names) > 1:
        return pk
    kind = bound.table.description.field(names[0]).kind
    return bound.spelled(names[0], pk.lower()) if kind is Kind.UUID else pk
