"""Rows whose foreign key points at nothing, under a constraint that forbids it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from syncline.engines.base import Query
from syncline.errors import SAMPLES_MAX, Orphans
from syncline.snapshot.target import Reference, Target

OrphanRule = Literal["refuse", "null", "skip"]
ORPHAN_RULES: tuple[OrphanRule, ...] = ("refuse", "null", "skip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Orphaned:
    """Some rows of one foreign key."""

    reference: Reference
    count: int
    samples: tuple[object, ...]
    loaded: bool
    """Are they rows that we loaded, and not rows that were there?"""

    def __str__(self) -> str:
        reference = self.reference
        where = "" if self.loaded else " outside the load"
        keys = ", ".join(repr(key) for key in self.samples)
        return (
            f"{reference.label}.{reference.name} has {self.count} rows{where} without "
            f"their {reference.target_label} (pk {keys})"
        )


def find_orphans(
    target: Target, loaded: Collection[str], *, parents: Collection[str] = ()
) -> Iterator[Orphaned]:
    """Count the orphans of every foreign key from or into the models loaded.

    Args:
        target: where to look.
        loaded: labels.
        parents: only keys that point at one of these; empty means all.
    """
    for reference in target.references:
        ends = {reference.label, reference.target_label}
        if not ends & set(loaded) or (
            parents and reference.target_label not in parents
        ):
            continue
        query = target.engine.orphans(reference.child, reference.parent)
        count = target.engine.count(target.connection, query)
        if count:
            yield Orphaned(
                reference=reference,
                count=count,
                samples=_samples(target, reference, query),
                loaded=reference.label in loaded,
            )


def _samples(target: Target, reference: Reference, query: Query) -> tuple[object, ...]:
    keys = [f"c.{column}" for column in target.pk_columns(reference.label)]
    sql = query.select(keys).sql + f" LIMIT {SAMPLES_MAX}"
    rows = target.engine.execute(target.connection, sql)
    return tuple(row[0] if len(row) == 1 else row for row in rows)


def settle_orphans(
    target: Target, loaded: Collection[str], rule: OrphanRule
) -> Iterator[Orphaned]:
    """Do with orphans what was asked for, and yield what was done so.

    Args:
        target: where they are.
        loaded: labels of the models that were loaded.
        rule: `null` sets nullable keys to NULL; `skip` takes loaded rows out again,
            and then those that pointed at them.

    Raises:
        Orphans: the rule does not cover some of them.
    """
    engine = target.engine
    settle = engine.nullify_orphans if rule == "null" else engine.delete_orphans
    found = list(find_orphans(target, loaded))
    while found:
        refused = [str(orphaned) for orphaned in found if not _covers(rule, orphaned)]
        if refused:
            raise Orphans(findings=refused)
        for orphaned in found:
            ends = orphaned.reference
            settle(target.connection, ends.child, ends.parent)
            yield orphaned
        shrunk = {orphaned.reference.label for orphaned in found}
        found = (
            list(find_orphans(target, loaded, parents=shrunk)) if rule == "skip" else []
        )


def _covers(rule: OrphanRule, orphaned: Orphaned) -> bool:
    if rule == "null":
        return orphaned.reference.null
    return rule == "skip" and orphaned.loaded
