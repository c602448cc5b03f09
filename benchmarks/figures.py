"""Numbers that stand alone: what capture costs a write, and how fast nodes are."""

import json
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from benchmarks.comparisons import LARGE, SMALL, Call
from benchmarks.running import ROOT, Cost, Say, StepFailed, run_step


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One number, and what it should be."""

    name: str
    title: str
    value: float
    unit: str = ""
    most: float | None = None
    least: float | None = None

    @property
    def met(self) -> bool:
        """Is it what it should be?"""
        if self.most is not None and self.value > self.most:
            return False
        return self.least is None or self.value >= self.least

    @property
    def spelled(self) -> str:
        """The number for people."""
        return f"{self.value:,.{0 if self.value >= 100 else 2}f} {self.unit}".strip()  # noqa: PLR2004 - three digits are enough

    @property
    def target(self) -> str:
        """What it should be, in words."""
        if self.most is not None:
            return f"≤ {self.most:,g}"
        return "" if self.least is None else f"≥ {self.least:,g}"

    def document(self) -> dict[str, Any]:
        """Everything, as JSON takes it."""
        return {**asdict(self), "met": self.met}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFigure:
    """A figure that a step gives, in the median of some rounds."""

    name: str
    call: Call
    make: Callable[[Sequence[Cost]], list[Figure]]
    before: tuple[Call, ...] = ()

    @property
    def calls(self) -> tuple[Call, ...]:
        """All steps."""
        return (*self.before, self.call)

    def measure(self, rounds: int, say: Say) -> list[Figure]:
        """Run the steps.

        Raises:
            StepFailed: one of them ended with an error.
        """
        for call in self.before:
            run_step(call)
        costs = [run_step(self.call) for _ in range(rounds)]
        found = self.make(costs)
        for figure in found:
            say(f"{figure.title}: {figure.spelled}")
        return found


def _applied(costs: Sequence[Cost]) -> list[Figure]:
    return [
        Figure(
            name="applied",
            title="SQLite → PostgreSQL, all records of a node: per s of client CPU",
            value=median(cost.rows / cost.cpu_s for cost in costs),
            least=10_000,
        )
    ]


def _idle(costs: Sequence[Cost]) -> list[Figure]:
    wall_s = median(cost.wall_s for cost in costs)
    # Those of each side are counted by tests/sync/test_statements.py.
    statements = max(cost.statements for cost in costs)
    return [
        Figure(name="idle", title="idle sync", value=wall_s, unit="s", most=0.3),
        Figure(
            name="idle-statements",
            title="idle sync, statements on both sides",
            value=statements,
            most=24,
        ),
    ]


def _scans(costs: Sequence[Cost]) -> list[Figure]:
    return [
        Figure(
            name="scans",
            title="verify of a million rows, scans of a side",
            value=max(cost.rows for cost in costs),
            most=1,
        )
    ]


NODE_FIGURES = (
    NodeFigure(
        name="applied",
        call=("first", "sqlite_few", "postgresql_node"),
        make=_applied,
    ),
    NodeFigure(
        name="idle",
        before=(("first", *SMALL),),
        call=("idle", *SMALL),
        make=_idle,
    ),
    NodeFigure(
        name="scans",
        before=(("first", *LARGE),),
        call=("scans", *LARGE),
        make=_scans,
    ),
)

CAPTURE = "capture"
"""The name of all figures of what capture costs."""

NAMES = (CAPTURE, *(one.name for one in NODE_FIGURES))


def capture_figures() -> list[Figure]:
    """Measure what triggers cost, in a process of its own with the tests' databases.

    Raises:
        StepFailed: it ended with an error.
    """
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.capture", "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StepFailed(f"capture: exit code {done.returncode}")
    return [Figure(**one) for one in json.loads(done.stdout.splitlines()[-1])]
