"""What is asked of source and target before the first write."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from syncline.changes.conversion import conversion
from syncline.errors import SAMPLES_MAX, RowsUnfit, SchemaDiffers, UsageError, listed
from syncline.progress import Progress
from syncline.schema.description import ModelDescription
from syncline.schema.difference import differences
from syncline.snapshot.fitting import ACTIONS, Action, at_risk, limits_of
from syncline.snapshot.pairing import FieldPair, TablePair, clock_of
from syncline.snapshot.slow import has_own_conversion
from syncline.snapshot.source import DatabaseSource, Source
from syncline.snapshot.target import Target
from syncline.snapshot.transforms import Transforms

Actions = Mapping[str, Mapping[str, Action]]
"""By label and field: what to do with values that do not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """One way in which values of one field do not fit."""

    label: str
    field: str
    what: str
    count: int
    samples: tuple[object, ...]
    """Primary keys of some of the rows."""

    null: bool = True
    """Could the column be NULL instead?"""

    def __str__(self) -> str:
        keys = ", ".join(repr(sample) for sample in self.samples)
        more = " and others" if self.count > len(self.samples) else ""
        values = "value" if self.count == 1 else "values"
        return (
            f"{self.label}.{self.field} has {self.count} {values} {self.what} "
            f"(pk {keys}{more})"
        )


def check_schema(
    source: Source,
    target: Target,
    transforms: Transforms,
    labels: Sequence[str],
    *,
    ignore: bool,
) -> list[str]:
    """Compare fields and migration states.

    Returns:
        How the migration states differ, for the user to read.

    Raises:
        SchemaDiffers: fields differ, and neither a transform nor `ignore` covers it.
    """
    notes = migration_notes(source, target, labels)
    found = differences(
        {
            transforms.label(label): _renamed(source.models[label], transforms)
            for label in labels
        },
        target.models,
        converting={
            (label, name)
            for label, table in target.tables.items()
            for name in table.columns
            if has_own_conversion(table.field(name))
        },
    )
    if found and not (ignore or transforms.has_hooks):
        raise SchemaDiffers(differences=[*found, *notes])
    return [*notes, *found]


def _renamed(model: ModelDescription, transforms: Transforms) -> ModelDescription:
    """Describe a source's model under the names that it has on the target."""
    return msgspec.structs.replace(
        model,
        label=transforms.label(model.label),
        fields=tuple(
            msgspec.structs.replace(
                field, name=transforms.field(model.label, field.name)
            )
            for field in model.fields
        ),
    )


def migration_notes(source: Source, target: Target, labels: Sequence[str]) -> list[str]:
    """Say per app which migrations only one side has."""
    apps = {label.partition(".")[0] for label in labels}
    notes = []
    for app in sorted(apps):
        theirs = {name for owner, name in source.migrations if owner == app}
        ours = {name for owner, name in target.migrations if owner == app}
        if theirs - ours:
            notes.append(f"{app}: only the source has {listed(sorted(theirs - ours))}")
        if ours - theirs:
            notes.append(f"{app}: only the target has {listed(sorted(ours - theirs))}")
    return notes


def read_actions(spelled: Sequence[str], pairs: Sequence[TablePair]) -> Actions:
    """Read `clip` or `app.Model.field=clip`, one per element.

    Raises:
        UsageError: an action or a field is not known.
    """
    everywhere: Action = "refuse"
    found: dict[str, dict[str, Action]] = {pair.label: {} for pair in pairs}
    known = {
        f"{pair.label}.{p.target.name}".lower(): (pair.label, p.target.name)
        for pair in pairs
        for p in pair.fields
    }
    for text in spelled:
        where, _, action = text.rpartition("=")
        if action not in ACTIONS:
            raise UsageError(
                f"--unfit {text!r} is not understood.",
                hint=f"Write one of {listed(ACTIONS)}, or app.Model.field=clip.",
            )
        if not where:
            everywhere = action
        elif where.lower() in known:
            label, name = known[where.lower()]
            found[label][name] = action
        else:
            raise UsageError(f"--unfit names no field that is loaded: {where!r}.")
    for pair in pairs:
        for p in pair.fields:
            found[pair.label].setdefault(p.target.name, everywhere)
    return found


def find_misfits(
    source: Source, pairs: Sequence[TablePair]
) -> Iterator[Progress | Misfit]:
    """Look for values that do not fit: statistics first, rows only where suspected."""
    for pair in pairs:
        yield Progress(stage="check", subject=pair.source_label)
        risky = {p.source.name: p for p in pair.fields if _risky(p, pair, source)}
        if not risky:
            continue
        statistics = source.statistics(pair.source_label, list(risky))
        suspects = [
            p for name, p in risky.items() if p.limits.suspects(statistics[name])
        ]
        if suspects:
            yield from _count_misfits(source, pair, suspects)


def refuse_misfits(misfits: Sequence[Misfit], actions: Actions) -> dict[str, set[str]]:
    """Refuse what nothing was said about; give the fields to mend, by label.

    Raises:
        RowsUnfit: some values do not fit, and no action covers them.
    """
    refused = [
        f"{misfit}, and NULL is not allowed there" if action == "null" else str(misfit)
        for misfit in misfits
        if (action := actions[misfit.label][misfit.field]) == "refuse"
        or (action == "null" and not misfit.null)
    ]
    if refused:
        raise RowsUnfit(findings=refused)
    mended: dict[str, set[str]] = {}
    for misfit in misfits:
        mended.setdefault(misfit.label, set()).add(misfit.field)
    return mended


def _risky(field: FieldPair, pair: TablePair, source: Source) -> bool:
    if not field.convertible:
        return False  # The field's own Python decides on each value.
    if not isinstance(source, DatabaseSource):
        return at_risk(field.source, None, field.limits)
    features = source.engine.features
    theirs = limits_of(
        source.tables[pair.source_label].columns[field.source.name],
        field.source.kind,
        features,
        clock_of(source.connection),
    )
    return at_risk(field.source, theirs, field.limits, checked=features.checks_types)


def _count_misfits(
    source: Source, pair: TablePair, suspects: Sequence[FieldPair]
) -> Iterator[Misfit]:
    """Read the suspected fields of every row, to count and to name some keys."""
    model = source.models[pair.source_label]
    names = [
        *model.pk,
        *(p.source.name for p in suspects if p.source.name not in model.pk),
    ]
    names = [name for name in names if name in model.names]
    stream = source.stream(pair.source_label, dict.fromkeys(names))
    steps = [conversion(cell, cell.as_wire()) for cell in stream.cells]
    found: dict[tuple[str, str], tuple[int, list[object]]] = {}
    for rows in stream.batches:
        for row in rows:
            key = row[0] if len(model.pk) == 1 else row[: len(model.pk)]
            for p in suspects:
                index = names.index(p.source.name)
                what = _misfit(p, row[index], steps[index])
                if what:
                    count, samples = found.setdefault((p.target.name, what), (0, []))
                    if len(samples) < SAMPLES_MAX:
                        samples.append(key)
                    found[p.target.name, what] = count + 1, samples
    nullable = {p.target.name: p.column.null for p in suspects}
    for (name, what), (count, samples) in found.items():
        yield Misfit(
            label=pair.label,
            field=name,
            what=what,
            count=count,
            samples=tuple(samples),
            null=nullable[name],
        )


def _misfit(field: FieldPair, value: object, step: object) -> str:
    if value is not None and callable(step):
        try:
            value = step(value)
        except (ValueError, TypeError, ArithmeticError) as error:
            return f"that cannot be read ({error})"
    if isinstance(value, bytes) and field.source.kind != "binary":
        return "that are bytes and not text"
    return field.limits.misfit(value)
