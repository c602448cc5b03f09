"""The ledger of one node: each run with its state, its chunks and its report."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from syncline.changes.clock import Clock
from syncline.errors import UnknownRun
from syncline.models import Chunk, Run
from syncline.runs.processes import Process, lives, this_process

SILENT_MAX = timedelta(days=1)
"""After how long without a chunk a run of a machine that cannot be asked is taken for
interrupted."""

LISTED_MAX = 50
"""Runs that are listed, unless more are asked for."""

CHUNKS_MAX = 1_000
"""Chunks that are shown of one run."""

ERROR_LENGTH_MAX = 10_000
"""Characters that are kept of an error."""


class State(StrEnum):
    """What has become of a run."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, kw_only=True)
class Ledger:
    """The runs that one database remembers."""

    alias: str
    clock: Clock = timezone.now

    @property
    def runs(self) -> QuerySet[Run]:
        """All of them."""
        return Run.objects.using(self.alias)

    @property
    def chunks(self) -> QuerySet[Chunk]:
        """The chunks of all of them."""
        return Chunk.objects.using(self.alias)

    def begin(
        self, verb: str, arguments: Mapping[str, Any], *, begun_by: str = ""
    ) -> int:
        """Write down that a run begins, and give its number.

        Args:
            verb: what is run.
            arguments: what it takes to run it again, as plain data.
            begun_by: the node whose run this is a part of.
        """
        process = this_process()
        run = self.runs.create(
            verb=verb,
            arguments=dict(arguments),
            state=State.RUNNING,
            started_at=self.clock(),
            begun_by=begun_by,
            host=process.host,
            pid=process.pid,
            process=process.started,
        )
        return int(run.pk)

    def end(
        self,
        number: int,
        state: State,
        *,
        report: Mapping[str, Any] | None = None,
        error: str = "",
    ) -> None:
        """Write down what has become of a run."""
        self.runs.filter(pk=number).update(
            state=state,
            ended_at=self.clock(),
            report=dict(report or {}),
            error=error[:ERROR_LENGTH_MAX],
        )

    def listed(self, most: int = LISTED_MAX) -> list[Run]:
        """Give the last runs, the newest first."""
        self.sweep()
        return list(self.runs.order_by("-id")[:most])

    def run(self, number: int) -> Run:
        """Give one run.

        Raises:
            UnknownRun: there is none of that number.
        """
        self.sweep()
        run = self.runs.filter(pk=number).first()
        if run is None:
            known = self.runs.order_by("-id").values_list("pk", flat=True)[:5]
            raise UnknownRun(run=number, alias=self.alias, known=list(known))
        return run

    def chunks_of(self, number: int) -> Sequence[Chunk]:
        """Give the chunks of a run, in order."""
        return list(self.chunks.filter(run_id=number).order_by("id")[:CHUNKS_MAX])

    def sweep(self) -> int:
        """Mark runs as interrupted whose process is no more; give how many."""
        gone = [
            run.pk for run in self.runs.filter(state=State.RUNNING) if self._gone(run)
        ]
        still = self.runs.filter(pk__in=gone, state=State.RUNNING) if gone else None
        return still.update(state=State.INTERRUPTED) if still is not None else 0

    def _gone(self, run: Run) -> bool:
        process = Process(host=run.host, pid=run.pid, started=run.process)
        alive = lives(process)
        if alive is None:
            return self._last_sign(run) < self.clock() - SILENT_MAX
        return not alive

    def _last_sign(self, run: Run) -> datetime:
        last = self.chunks.filter(run_id=run.pk).order_by("-id").first()
        return run.started_at if last is None else last.at


def totals(counts: Iterable[Mapping[str, Mapping[str, int]]]) -> dict[str, int]:
    """Add up chunks' counts by outcome, whatever the label."""
    found: dict[str, int] = {}
    for one in counts:
        for outcome, by_label in one.items():
            found[outcome] = found.get(outcome, 0) + sum(by_label.values())
    return found
