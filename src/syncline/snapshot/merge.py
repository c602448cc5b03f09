"""Rows over the rows that match them; the rest is added, and nothing is deleted.

All rows go into temporary tables first. There they are matched, given their new keys
and checked; then one statement per table merges them. A row that cannot be merged is
set aside, and so are the rows that point at it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from syncline.engines.base import Query
from syncline.engines.staging import Staging
from syncline.errors import SAMPLES_MAX, Orphans
from syncline.failpoints import failpoint
from syncline.progress import Progress
from syncline.snapshot.contenttypes import match_numbers
from syncline.snapshot.fitting import Action
from syncline.snapshot.keys import KeyMatching
from syncline.snapshot.options import LoadOptions, LoadReport, Match
from syncline.snapshot.pairing import TablePair
from syncline.snapshot.source import Source
from syncline.snapshot.target import Reference, Target
from syncline.snapshot.writing import write_pair
from syncline.tables.selection import linked_owner


@dataclass(kw_only=True)
class Merging:
    """One merge under way, inside the load's transaction."""

    source: Source
    target: Target
    pairs: Sequence[TablePair]
    options: LoadOptions
    actions: Mapping[str, Mapping[str, Action]]
    report: LoadReport
    staged: dict[str, Staging] = field(default_factory=dict)
    """The temporary tables, by the target's label."""

    created: list[str] = field(default_factory=list)
    losing: set[str] = field(default_factory=set)
    """Models of which rows were set aside; what points at them goes along."""

    def run(self) -> Iterator[Progress]:
        """Stage, match, check, merge."""
        try:
            yield from self._merge()
        except BaseException:
            if not self.target.engine.features.transactional_ddl:
                self._drop()
            raise
        self._drop()

    def _merge(self) -> Iterator[Progress]:
        yield from self._stage()
        # What a link is, its two ends say and never its own number: see decision 5.
        by_key = self.options.match is Match.KEY
        yield from KeyMatching(
            target=self.target,
            pairs=[p for p in self.pairs if by_key or linked_owner(p.table.model)],
            staged=self.staged,
            set_aside=self._set_aside,
        ).run()
        for pair in self.pairs:
            self._check_uniques(pair)
        self._check_parents()
        for label, staging in self.staged.items():
            yield Progress(stage="merge", subject=label)
            self.report.rows[label] = self._count(staging)
            staging.merge()
            failpoint("merge-table")

    def _drop(self) -> None:
        """Remove the temporary tables; where DDL rolls back, an error does so."""
        engine = self.target.engine
        for name in self.created:
            engine.execute(self.target.connection, engine.drop_temporary(name))

    def _stage(self) -> Iterator[Progress]:
        numbers = match_numbers(self.source, self.target.connection)
        for index, pair in enumerate(self.pairs):
            description = pair.table.description
            staging = Staging(
                engine=self.target.engine,
                connection=self.target.connection,
                table=description.table,
                name=f"syncline_staged_{index}",
                columns=tuple(column.name for column in pair.columns),
                pk=tuple(description.field(name).column for name in description.pk),
                created=self.created,
            )
            staging.create()
            self.staged[pair.label] = staging
            yield from write_pair(
                pair,
                (self.source, self.target),
                numbers,
                self.actions.get(pair.label, {}),
                staging.name,
            )

    def _check_uniques(self, pair: TablePair) -> None:
        """Set rows aside whose unique value another row of the target holds."""
        staging = self.staged[pair.label]
        described = pair.table.description
        for names in described.uniques:
            columns = [described.field(name).column for name in names]
            if set(columns) <= set(staging.columns):
                rows = staging.clashes(columns)
                self._set_aside(
                    pair.label, rows, f"whose {', '.join(names)} another row holds"
                )

    def _check_parents(self) -> None:
        """Set rows aside whose parent is neither there nor comes along."""
        again = True
        while again:
            again = False
            for reference in self.target.references:
                staging = self.staged.get(reference.label)
                if staging is not None and reference.child.column in staging.columns:
                    again |= self._check_parent(reference, staging)

    def _check_parent(self, reference: Reference, staging: Staging) -> bool:
        parent = self.staged.get(reference.target_label)
        rows = staging.orphans(reference.child.column, reference.parent, parent)
        count = self._count_rows(rows)
        if not count:
            return False
        why = f"whose {reference.name} is not there"
        if reference.target_label in self.losing or self.options.orphans == "skip":
            self._set_aside(reference.label, rows, why)
            return True
        if self.options.orphans == "null" and reference.null:
            staging.nullify(reference.child.column, rows)
            return False
        keys = ", ".join(map(repr, staging.keys(rows, SAMPLES_MAX)))
        found = f"{reference.label} has {count} rows {why} (pk {keys})"
        raise Orphans(findings=[found])

    def _set_aside(self, label: str, rows: Query, why: str) -> None:
        staging = self.staged[label]
        count = self._count_rows(rows)
        if count:
            keys = ", ".join(map(repr, staging.keys(rows, SAMPLES_MAX)))
            staging.discard(rows)
            self.losing.add(label)
            self.report.set_aside[f"{label}: {count} rows {why} (pk {keys})"] = count

    def _count(self, staging: Staging) -> int:
        table = self.target.engine.quote(staging.name)
        return self._count_rows(Query(sql=table))

    def _count_rows(self, rows: Query) -> int:
        return self.target.engine.count(self.target.connection, rows)
