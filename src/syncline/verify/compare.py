"""Comparing the rows of two sides, model by model."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

from syncline.errors import SAMPLES_MAX
from syncline.progress import Progress
from syncline.snapshot.contenttypes import MATCHED
from syncline.snapshot.pairing import TablePair
from syncline.snapshot.sides import Names, Side, both_sides
from syncline.snapshot.source import Source
from syncline.verify.digests import Buckets, bucket_of, pack
from syncline.verify.spool import Spool


@dataclass(kw_only=True)
class ModelDifference:
    """How one model's rows differ."""

    label: str
    only_source: int = 0
    only_target: int = 0
    changed: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    """How many rows differ in each field."""

    samples: dict[str, list[Any]] = field(default_factory=dict)
    """Some keys, by `only source`, `only target` or the field's name."""

    @property
    def total(self) -> int:
        """Rows that are not equal."""
        return self.only_source + self.only_target + self.changed

    def __str__(self) -> str:
        parts = [
            (self.only_source, "only source", "rows only in the source"),
            (self.only_target, "only target", "rows only in the target"),
            *(
                (count, name, f"differ in {name}")
                for name, count in self.fields.items()
            ),
        ]
        told = [
            f"{count} {what} (pk {', '.join(map(repr, self.samples[sample]))})"
            for count, sample, what in parts
            if count
        ]
        return f"{self.label}: {'; '.join(told)}"


@dataclass(kw_only=True)
class VerifyReport:
    """What a comparison found."""

    rows: dict[str, int] = field(default_factory=dict)
    """Rows of the source, by label."""

    differences: list[ModelDifference] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All rows compared."""
        return sum(self.rows.values())

    @property
    def equal(self) -> bool:
        """Do both sides hold the same?"""
        return not self.differences


def compare(
    source: Source, target: Source, pairs: Sequence[TablePair]
) -> Generator[Progress, None, VerifyReport]:
    """Compare pairs of tables: one scan a side, a second only where they differ."""
    report = VerifyReport(left_out=dict(source.left_out))
    with source.view(), target.view():
        names = Names(source), Names(target)
        for pair in pairs:
            sides = both_sides(pair, source, target, names)
            digests = Buckets(), Buckets()
            for side, digest in zip(sides, digests, strict=True):
                yield from _scan(pair.label, side, digest)
            report.rows[pair.label] = digests[0].rows
            suspect = digests[0].differing(digests[1])
            if suspect:
                found = yield from _drill_down(pair, sides, suspect)
                if pair.label in MATCHED and found.only_target:
                    report.notes.append(
                        f"{pair.label}: the target has {found.only_target} more."
                    )
                    found.only_target = 0
                if found.total:
                    report.differences.append(found)
    return report


def _scan(label: str, side: Side, digest: Buckets) -> Generator[Progress, None, None]:
    for batch in side.rows():
        for key, row in batch:
            digest.add(key, row)
        yield Progress(stage="verify", subject=label, done=digest.rows)


def _drill_down(
    pair: TablePair, sides: tuple[Side, Side], suspect: frozenset[int]
) -> Generator[Progress, None, ModelDifference]:
    """Read the rows of the suspect buckets again, and compare them one by one."""
    spool = Spool()
    try:
        for number, side in enumerate(sides):
            done = 0
            for batch in side.rows():
                kept = [
                    (key, row) for key, row in batch if bucket_of(pack(key)) in suspect
                ]
                spool.add(number, kept)
                done += len(batch)
                yield Progress(stage="drill down", subject=pair.label, done=done)
        return _difference(pair.label, spool, sides[1])
    finally:
        spool.close()


def _difference(label: str, spool: Spool, side: Side) -> ModelDifference:
    found = ModelDifference(label=label)
    for number, name in enumerate(("only source", "only target")):
        for key in spool.alone(number):
            _sample(found, name, key)
            if number:
                found.only_target += 1
            else:
                found.only_source += 1
    names = [described.name for described in side.fields]
    for key, ours, theirs in spool.pairs():
        found.changed += 1
        for name, a, b in zip(names, ours, theirs, strict=True):
            if a != b:
                found.fields[name] = found.fields.get(name, 0) + 1
                _sample(found, name, key)
    return found


def _sample(found: ModelDifference, name: str, key: Sequence[Any]) -> None:
    samples = found.samples.setdefault(name, [])
    if len(samples) < SAMPLES_MAX:
        samples.append(key[0] if len(key) == 1 else tuple(key))
