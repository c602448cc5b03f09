"""Rows whose foreign key points at nothing, under a constraint that forbids it."""

from collections.abc import Collection, Iterator, Sequence
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


def find_orphans(target: Target, loaded: Collection[str]) -> Iterator[Orphaned]:
    """Count the orphans of every foreign key from or into the models loaded."""
    for reference in target.references:
        if reference.label not in loaded and reference.target_label not in loaded:
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
    target: Target,
    found: Sequence[Orphaned],
    rule: OrphanRule,
    set_aside: dict[str, int],
) -> None:
    """Do with orphans what was asked for.

    Args:
        target: where they are.
        found: what `find_orphans` found.
        rule: `null` sets nullable keys to NULL; `skip` takes loaded rows out again.
        set_aside: counts of rows left out, by reason; added to.

    Raises:
        Orphans: the rule does not cover some of them.
    """
    refused = [str(orphaned) for orphaned in found if not _covers(rule, orphaned)]
    if refused:
        raise Orphans(findings=refused)
    engine = target.engine
    settle = engine.nullify_orphans if rule == "null" else engine.delete_orphans
    for orphaned in found:
        settle(target.connection, orphaned.reference.child, orphaned.reference.parent)
        if rule == "skip":
            set_aside[str(orphaned)] = orphaned.count
    if rule == "skip":
        # Rows that pointed at those just taken out are orphans now.
        loaded = {orphaned.reference.label for orphaned in found}
        more = list(find_orphans(target, loaded))
        if more:
            settle_orphans(target, more, rule, set_aside)


def _covers(rule: OrphanRule, orphaned: Orphaned) -> bool:
    if rule == "null":
        return orphaned.reference.null
    return rule == "skip" and orphaned.loaded
