"""Sync again and again, until somebody says stop."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Any

from django.db import connections

from syncline.errors import SynclineError, UsageError
from syncline.progress import Progress
from syncline.runs.ledger import Ledger
from syncline.transfer.blaming import blamed_among
from syncline.transfer.choosing import choose_peer
from syncline.transfer.nodes import open_node
from syncline.transfer.peers import Call, exchange
from syncline.transfer.recording import Recorder, recorded
from syncline.transfer.reports import SyncReport

PAUSE_S_MAX = 3600.0
"""The longest pause between two rounds that fail, unless rounds are rarer anyway."""

GROWTH = 2
"""By how much the pause grows with each round that fails."""

DOUBLED_MAX = 20
"""How often it grows; by then it is longer than `PAUSE_S_MAX`, whatever it was."""


@dataclass(kw_only=True)
class Rounds:
    """Rounds of a sync."""

    call: Call
    every_s: float
    stop: Event
    """Set it, and the changeset at hand is the last one."""

    sleep: Callable[[float], object] | None = None
    """Waits some seconds; None waits until then or until `stop`."""

    tell: Callable[[SyncReport], None]
    """Takes the report of a round that has moved something."""

    warn: Callable[[str], None]
    """Takes what went wrong, once."""

    done: int = 0
    moved: int = 0
    """Rows that all rounds have written."""

    failures: int = 0
    """Rounds that have failed since the last one that did not."""

    failed: int = 0
    """Rounds that have failed, of all."""

    reason: str = ""
    """Why the last of these has."""

    warned: str = field(default="", init=False)

    def run(self) -> Generator[Progress, None, int]:
        """Sync until told to stop; give how many rounds there were."""
        here = open_node(self.call.database)
        peer = choose_peer(self.call.peer, here)
        with blamed_among(here.connection):
            here.state()  # An error of this node is none of a round.
        call = replace(self.call, peer=peer, lazily=True)
        recorder = Recorder(
            ledger=Ledger(alias=here.alias),
            verb="run",
            arguments={**call.arguments(peer), "every_s": self.every_s},
        )
        recorder.begin()
        with recorded(recorder):
            while not self.stop.is_set():
                yield from self._round(call)
                self.done += 1
                recorder.report = self.report
                if not self.stop.is_set():
                    (self.sleep or self.stop.wait)(self.pause_s)
        return self.done

    @property
    def report(self) -> dict[str, Any]:
        """What all rounds have come to so far, as plain data."""
        report = {
            "rounds": self.done,
            "written": self.moved,
            "failed": self.failed,
            "reason": self.reason,
        }
        if self.failed:
            report["told"] = f"the last failure: {self.reason}"
        return report

    @property
    def pause_s(self) -> float:
        """How long to wait for the next round: the longer, the more have failed."""
        grown = self.every_s * float(GROWTH ** min(self.failures, DOUBLED_MAX))
        return min(grown, max(PAUSE_S_MAX, self.every_s))

    def _round(self, call: Call) -> Generator[Progress, None, None]:
        try:
            report = yield from self._until_stopped(call)
        except UsageError:
            raise  # It will not go away by itself.
        except SynclineError as error:
            self._failed(call.peer, str(error))
            return
        if self.failures:
            self.warn("In step again.")
        self.failures, self.warned = 0, ""
        if report is not None and report.is_news:
            self.moved += report.written
            self.tell(report)

    def _until_stopped(
        self, call: Call
    ) -> Generator[Progress, None, SyncReport | None]:
        steps = exchange(call)
        while True:
            try:
                step = next(steps)
            except StopIteration as ended:
                report: SyncReport = ended.value
                return report
            yield step
            if self.stop.is_set():
                steps.close()
                return None

    def _failed(self, peer: str, reason: str) -> None:
        self.failures += 1
        self.failed += 1
        self.reason = reason
        if reason != self.warned:
            self.warned = reason
            self.warn(reason)
        # A server that was started again wants new connections.
        for alias in (self.call.database, peer):
            connections[alias].close()
