"""Rows into a database: all of them, or none."""

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from syncline.errors import Orphans, SchemaDiffers, TargetNotEmpty
from syncline.failpoints import failpoint
from syncline.progress import Progress
from syncline.snapshot.blame import blamed
from syncline.snapshot.contenttypes import MATCHED, match_numbers
from syncline.snapshot.fitting import Action
from syncline.snapshot.merge import Merging
from syncline.snapshot.options import LoadOptions, LoadReport, Mode
from syncline.snapshot.orphans import find_orphans, settle_orphans
from syncline.snapshot.pairing import TablePair, pair_tables, unfillable
from syncline.snapshot.preflight import (
    Misfit,
    check_schema,
    find_misfits,
    read_actions,
    refuse_misfits,
)
from syncline.snapshot.sameness import holds_only
from syncline.snapshot.source import Source
from syncline.snapshot.target import Target
from syncline.snapshot.writing import write_pair


def load_rows(
    source: Source, target: Target, options: LoadOptions
) -> Generator[Progress, None, LoadReport]:
    """Load every model of a source into a database, in one transaction.

    Args:
        source: where rows come from; its view is open.
        target: where they go.
        options: what to do with rows that are there, and with those that do not fit.

    Raises:
        SynclineError: nothing was written.
    """
    report = LoadReport(left_out=dict(source.left_out), dry_run=options.dry_run)
    with blamed(target.alias):
        pairs = _plan(source, target, options, report)
        actions = yield from _preflight(source, pairs, options, report)
        emptied = yield from _check_contents(source, target, pairs, options)
        if options.dry_run:
            report.rows = {p.label: source.count(p.source_label) for p in pairs}
            return report
        yield from Loading(
            source=source,
            target=target,
            pairs=pairs,
            options=options,
            actions=actions,
            emptied=emptied,
            report=report,
        ).run()
    return report


def _plan(
    source: Source, target: Target, options: LoadOptions, report: LoadReport
) -> list[TablePair]:
    label_of = options.transforms.label
    labels = [label for label in source.models if label not in MATCHED]
    target.require_tables([label_of(label) for label in labels])
    for label in labels:
        reason = target.selection.left_out.get(label_of(label))
        if reason is not None:
            report.left_out[label] = reason
    labels = [label for label in labels if label not in report.left_out]
    report.notes += check_schema(
        source, target, options.transforms, labels, ignore=options.ignore_migrations
    )
    report.notes += target.engine.notes(target.connection)
    pairs = pair_tables(source, target, options.transforms, labels)
    if missing := unfillable(pairs):
        raise SchemaDiffers(differences=missing)
    report.notes += _slow_fields(source, pairs)
    return pairs


def _slow_fields(source: Source, pairs: Sequence[TablePair]) -> Iterator[str]:
    """Say whose values do not move as they are stored."""
    for pair in pairs:
        slow = [field for field in pair.fields if not field.convertible]
        if slow and source.count(pair.source_label):
            for field in slow:
                yield (
                    f"{pair.label}.{field.target.name} is stored as "
                    f"{field.source.kind} there and as {field.target.kind} here: its "
                    f"values pass through {type(field.field).__name__} one by one."
                )


def _preflight(
    source: Source,
    pairs: Sequence[TablePair],
    options: LoadOptions,
    report: LoadReport,
) -> Generator[Progress, None, Mapping[str, Mapping[str, Action]]]:
    """Look for values that do not fit; give what to do about them, by label."""
    actions = read_actions(options.unfit, pairs)
    misfits: list[Misfit] = []
    for step in find_misfits(source, pairs):
        if isinstance(step, Misfit):
            misfits.append(step)
        else:
            yield step
    mended = refuse_misfits(misfits, actions)
    report.mended = [
        f"{misfit}: {actions[misfit.label][misfit.field]}" for misfit in misfits
    ]
    return {
        label: {name: actions[label][name] for name in names}
        for label, names in mended.items()
    }


def _check_contents(
    source: Source,
    target: Target,
    pairs: Sequence[TablePair],
    options: LoadOptions,
) -> Generator[Progress, None, list[str]]:
    """Decide which tables are to be emptied first.

    Raises:
        TargetNotEmpty: rows are in the way, and nothing says that they may go.
    """
    yield Progress(stage="check", subject=target.alias)
    if options.mode is Mode.MERGE:
        return []
    loaded = {pair.label: pair for pair in pairs}
    filled = target.filled() & loaded.keys()
    if options.mode is Mode.EMPTY:
        in_the_way = [
            label
            for label in sorted(filled - options.replaceable)
            if not holds_only(source, target, loaded[label])
        ]
        if in_the_way:
            counts = [f"{label} ({target.count(label)} rows)" for label in in_the_way]
            raise TargetNotEmpty(alias=target.alias, tables=counts)
        return sorted(filled)
    return sorted(loaded)


@dataclass(kw_only=True)
class Loading:
    """One load under way."""

    source: Source
    target: Target
    pairs: Sequence[TablePair]
    options: LoadOptions
    actions: Mapping[str, Mapping[str, Action]]
    emptied: Sequence[str]
    report: LoadReport

    def run(self) -> Iterator[Progress]:
        """Empty, write, put indexes back, check, commit."""
        engine, connection = self.target.engine, self.target.connection
        with engine.writing_transaction(connection):
            if self.options.mode is Mode.MERGE:
                yield from self._merge()
            else:
                yield from self._fill()
            for pair in self.pairs:
                table = pair.table
                engine.reset_sequences(
                    connection, table.description.table, table.automatic
                )
            failpoint("load-before-commit")
        failpoint("load-after-commit")

    def _merge(self) -> Iterator[Progress]:
        yield from Merging(
            source=self.source,
            target=self.target,
            pairs=self.pairs,
            options=self.options,
            actions=self.actions,
            report=self.report,
        ).run()

    def _fill(self) -> Iterator[Progress]:
        engine, connection = self.target.engine, self.target.connection
        tables = [pair.table.description.table for pair in self.pairs]
        put_back = engine.prepare_load(connection, tables)
        emptied = [self.target.tables[label] for label in self.emptied]
        engine.empty(connection, [table.description.table for table in emptied])
        failpoint("load-emptied")
        numbers = match_numbers(self.source, connection)
        for pair in self.pairs:
            self.report.rows[pair.label] = yield from write_pair(
                pair,
                (self.source, self.target),
                numbers,
                self.actions.get(pair.label, {}),
                pair.table.description.table,
            )
            failpoint("load-table")
        yield from self._settle_orphans()
        yield from self._put_back(put_back)

    def _put_back(self, put_back: Callable[[], Iterable[str]]) -> Iterator[Progress]:
        """Put indexes and foreign keys back; say which rows break one."""
        try:
            with transaction.atomic(using=self.target.alias):
                for name in put_back():
                    yield Progress(stage="index", subject=name)
        except IntegrityError as error:
            findings = [str(found) for found in find_orphans(self.target, self._labels)]
            if findings:
                raise Orphans(findings=findings) from error
            raise

    def _settle_orphans(self) -> Iterator[Progress]:
        yield Progress(stage="check", subject="foreign keys")
        if self.target.engine.features.checks_on_restore and (
            self.options.orphans == "refuse"
        ):
            return
        rule = self.options.orphans
        settled = list(settle_orphans(self.target, self._labels, rule))
        for found in settled:
            if rule == "skip":
                self.report.set_aside[str(found)] = found.count
            else:
                self.report.mended.append(f"{found}: null")
        for label in {found.reference.label for found in settled}:
            if label in self.report.rows:
                self.report.rows[label] = self.target.count(label)

    @property
    def _labels(self) -> set[str]:
        return {pair.label for pair in self.pairs}
