"""Running steps in turns, and what comes of it."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.comparisons import (
    MEMORY_GROWTH_MAX,
    MEMORY_MAX_MB,
    Call,
    Comparison,
    pair_of,
)

ROOT = Path(__file__).resolve().parent.parent

Say = Callable[[str], None]
"""Tells the user how things go."""


class StepFailed(Exception):
    """A step ended with an error, which it has printed itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run of one step took."""

    rows: int
    statements: int
    wall_s: float
    cpu_s: float
    """Of the process itself."""

    server_s: float
    """CPU of the servers that it asked."""

    memory_peak_mb: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The costs of a comparison, round by round."""

    comparison: Comparison
    raw: tuple[Cost, ...]
    ours: tuple[Cost, ...]

    @property
    def wall_ratio(self) -> float:
        """How many times the raw command's time ours took."""
        return middle(self.ours).wall_s / middle(self.raw).wall_s

    @property
    def cpu_ratio(self) -> float:
        """How many times the raw command's CPU ours took."""
        return self.cpu_s(middle(self.ours)) / self.cpu_s(middle(self.raw))

    def cpu_s(self, cost: Cost) -> float:
        """The CPU that counts here."""
        server_s = cost.server_s if self.comparison.cpu_max is not None else 0
        return cost.cpu_s + server_s

    @property
    def met(self) -> bool:
        """Is the ratio what it should be?"""
        if self.comparison.cpu_max is not None:
            same = not self.comparison.same_statements or len(self.statements) == 1
            return self.cpu_ratio <= self.comparison.cpu_max and same
        if self.comparison.cpu_less_min is not None:
            return self.cpu_ratio * self.comparison.cpu_less_min <= 1
        return self.wall_ratio <= (self.comparison.wall_max or 0)

    @property
    def statements(self) -> set[int]:
        """How many statements each run took."""
        return {cost.statements for cost in (*self.raw, *self.ours)}

    def document(self) -> dict[str, Any]:
        """Everything, as JSON takes it."""
        return {
            **asdict(self.comparison),
            "wall_ratio": round(self.wall_ratio, 3),
            "cpu_ratio": round(self.cpu_ratio, 4),
            "met": self.met,
            "raw_costs": [asdict(cost) for cost in self.raw],
            "our_costs": [asdict(cost) for cost in self.ours],
        }


def pairs(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Add the halves of each pair up."""
    halves: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.comparison.part_of:
            halves.setdefault(outcome.comparison.part_of, []).append(outcome)
    return [
        Outcome(
            comparison=pair_of(engine, [half.comparison for half in both]),
            raw=(total([middle(half.raw) for half in both]),),
            ours=(total([middle(half.ours) for half in both]),),
        )
        for engine, both in halves.items()
        if len(both) == 2  # noqa: PLR2004 - out and in
    ]


def total(costs: Sequence[Cost]) -> Cost:
    """The cost of steps that are run one after the other."""
    return Cost(
        rows=costs[0].rows,
        statements=sum(cost.statements for cost in costs),
        wall_s=sum(cost.wall_s for cost in costs),
        cpu_s=sum(cost.cpu_s for cost in costs),
        server_s=sum(cost.server_s for cost in costs),
        memory_peak_mb=max(cost.memory_peak_mb for cost in costs),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """The peak memory of one step, by how often the flights were repeated."""

    call: Call
    costs: dict[int, Cost] = field(default_factory=dict)

    @property
    def growth(self) -> float | None:
        """How many times the memory the most rows took; None for one size only."""
        first, *more = [cost.memory_peak_mb for cost in self.costs.values()]
        return more[-1] / first if more else None

    @property
    def met(self) -> bool:
        """Is it little enough, and does it not grow?"""
        peaks = [cost.memory_peak_mb for cost in self.costs.values()]
        return max(peaks) <= MEMORY_MAX_MB and (self.growth or 1) <= MEMORY_GROWTH_MAX

    def document(self) -> dict[str, Any]:
        """Everything, as JSON takes it."""
        return {
            "step": " ".join(self.call),
            "costs": {copies: asdict(cost) for copies, cost in self.costs.items()},
            "growth": self.growth,
            "met": self.met,
        }


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each cost."""
    return Cost(
        rows=costs[0].rows,
        statements=max(cost.statements for cost in costs),
        wall_s=median(cost.wall_s for cost in costs),
        cpu_s=median(cost.cpu_s for cost in costs),
        server_s=median(cost.server_s for cost in costs),
        memory_peak_mb=max(cost.memory_peak_mb for cost in costs),
    )


def run_step(call: Call, *, profile: bool = False) -> Cost:
    """Run a step in a fresh process; what it has to say goes to our stderr.

    Raises:
        StepFailed: it ended with an error.
    """
    search = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    flags = ["--profile"] if profile else []
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.step", *flags, *call],
        env={**os.environ, "PYTHONPATH": search},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise StepFailed(f"{' '.join(call)}: exit code {done.returncode}")
    # Commands that a step calls may print, too; the last line is the step's own.
    document = json.loads(done.stdout.splitlines()[-1])
    del document["step"]
    return Cost(**document)


def compare(comparison: Comparison, rounds: int, say: Say) -> Outcome:
    """Let the raw command and ours take turns.

    Raises:
        StepFailed: one of them ended with an error, or they moved different rows.
    """
    for call in comparison.before:
        run_step(call)
    raw, ours = [], []
    for number in range(1, min(rounds, comparison.rounds_max or rounds) + 1):
        raw.append(run_step(comparison.raw))
        ours.append(run_step(comparison.ours))
        say(
            f"{comparison.name}, round {number}: {comparison.raw_title} "
            f"{raw[-1].wall_s:.2f} s, ours {ours[-1].wall_s:.2f} s"
        )
    if len({cost.rows for cost in (*raw, *ours)}) > 1:
        raise StepFailed(
            f"{comparison.name}: {raw[0].rows} rows by the raw command, "
            f"{ours[0].rows} by ours"
        )
    return Outcome(comparison=comparison, raw=tuple(raw), ours=tuple(ours))


def measure_memory(sources: dict[int, tuple[Call, ...]], say: Say) -> list[Memory]:
    """Run the same steps on sources of different sizes."""
    found: dict[int, Memory] = {}
    for copies, calls in sources.items():
        for number, call in enumerate(calls):
            cost = run_step(call)
            say(f"memory, {call[0]}, {copies} x flights: {cost.memory_peak_mb:.0f} MB")
            found.setdefault(number, Memory(call=call)).costs[copies] = cost
    return list(found.values())
