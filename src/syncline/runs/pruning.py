"""Removes what has been kept for long enough: runs, receipts, images, conflicts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

from syncline.changes.clock import Clock
from syncline.models import (
    Before,
    Conflict,
    Context,
    Pruning,
    Receipt,
    RecordRow,
    Run,
)
from syncline.runs.ledger import State

PRUNED_MAX = 1_000
"""Rows that one statement removes, so that no lock is held for long."""

EVERY = timedelta(days=1)
"""How often a sync prunes, at most."""


@dataclass(frozen=True, kw_only=True)
class Pruner:
    """Prunes the tables of one node.

    Args:
        alias: the node's database.
        keep: by kind, how many days: `runs`, `receipts`, `before`, `conflicts`.
    """

    alias: str
    keep: Mapping[str, int]
    clock: Clock = timezone.now

    def due(self) -> bool:
        """Is it a day since somebody pruned here?"""
        last = Pruning.objects.using(self.alias).filter(at__gt=self.clock() - EVERY)
        return not last.exists()

    def prune(self) -> dict[str, int]:
        """Remove what is older than it is kept; give by kind how much."""
        Pruning.objects.using(self.alias).update_or_create(
            pk=1, defaults={"at": self.clock()}
        )
        _deleted(self._contexts())
        return {
            "before": _deleted(self._before()),
            "receipts": _deleted(self._receipts()),
            "conflicts": _deleted(self._conflicts()),
            "runs": _deleted(self._runs()),
        }

    def _contexts(self) -> QuerySet[Context]:
        """Give what is remembered of senders and no record refers to any more."""
        rows = Context.objects.using(self.alias)
        if not rows.exists():
            return rows  # So that the records are not read for nothing.
        named = RecordRow.objects.using(self.alias).filter(context_id__isnull=False)
        return rows.exclude(pk__in=named.values("context_id"))

    def _age(self, kind: str) -> timedelta:
        return timedelta(days=self.keep[kind])

    def _runs(self) -> QuerySet[Run]:
        runs = Run.objects.using(self.alias).exclude(state=State.RUNNING)
        return runs.filter(started_at__lt=self.clock() - self._age("runs"))

    def _receipts(self) -> QuerySet[Receipt]:
        rows = Receipt.objects.using(self.alias)
        return rows.filter(at__lt=self.clock() - self._age("receipts"))

    def _before(self) -> QuerySet[Before]:
        rows = Before.objects.using(self.alias)
        return rows.filter(at__lt=self.clock() - self._age("before"))

    def _conflicts(self) -> QuerySet[Conflict]:
        """Give old conflicts, but none that a person still has to decide."""
        rows = Conflict.objects.using(self.alias)
        decided = Q(held=False) | Q(resolved_at__isnull=False)
        return rows.filter(decided, at__lt=self.clock() - self._age("conflicts"))


def _deleted(rows: "QuerySet[Model]") -> int:
    """Delete rows a bounded number at a time; give how many."""
    done = 0
    while some := list(rows.order_by("pk").values_list("pk", flat=True)[:PRUNED_MAX]):
        count, by_model = (
            rows.model._default_manager.using(rows.db).filter(pk__in=some).delete()
        )
        done += by_model.get(rows.model._meta.label, count)
    return done
