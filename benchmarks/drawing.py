"""The tables that a run ends with."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from benchmarks.comparisons import MEMORY_GROWTH_MAX, MEMORY_MAX_MB
from benchmarks.figures import Figure
from benchmarks.running import Memory, Outcome, middle

FRACTION_MAX = 0.1
HUNDREDTHS_MAX = 10


def ratios(outcomes: Sequence[Outcome], rounds: int) -> Table:
    """One line for each comparison, the raw command's costs beside ours."""
    table = Table(
        title=f"Medians of up to {rounds} rounds in which raw and ours took turns; "
        "CPU is the client's alone, but for a target of both",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for heading in ("step", "raw command"):
        table.add_column(heading, no_wrap=True)
    table.add_column("rows", justify="right", no_wrap=True)
    for what in ("wall", "CPU"):
        for heading in (f"{what} s\nraw", "\nours", "ours\n/ raw"):
            table.add_column(heading, justify="right", no_wrap=True)
    for heading in ("target", ""):
        table.add_column(heading, no_wrap=True)
    for outcome in outcomes:
        raw, ours = middle(outcome.raw), middle(outcome.ours)
        table.add_row(
            outcome.comparison.title,
            outcome.comparison.raw_title,
            f"{ours.rows:,}",
            f"{raw.wall_s:.2f}",
            f"{ours.wall_s:.2f}",
            times(outcome.wall_ratio),
            f"{outcome.cpu_s(raw):.2f}",
            f"{outcome.cpu_s(ours):.2f}",
            times(outcome.cpu_ratio),
            outcome.comparison.target,
            verdict(met=outcome.met),
        )
    return table


def figures(found: Sequence[Figure]) -> Table:
    """One line for each figure."""
    table = Table(
        title="What nodes do, and what capture costs: CPU of client and server with "
        "triggers, against none",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    for heading, justify in (("figure", "left"), ("", "right"), ("target", "left")):
        table.add_column(heading, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("", no_wrap=True)
    for one in found:
        table.add_row(one.title, one.spelled, one.target, verdict(met=one.met))
    return table


def memory(found: Sequence[Memory]) -> Table:
    """One line for each step, one column for each size of the source."""
    table = Table(
        title="Peak resident memory of a fresh client process, in MB",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("step", no_wrap=True)
    sizes = list(found[0].costs) if found else []
    for copies in sizes:
        table.add_column(f"{copies} x flights", justify="right")
    table.add_column("growth", justify="right")
    table.add_column("target", no_wrap=True)
    table.add_column("", no_wrap=True)
    for one in found:
        table.add_row(
            " ".join(one.call),
            *(f"{one.costs[copies].memory_peak_mb:.0f}" for copies in sizes),
            "" if one.growth is None else times(one.growth),
            f"≤ {MEMORY_MAX_MB}, growth ≤ {MEMORY_GROWTH_MAX:g}",
            verdict(met=one.met),
        )
    return table


def times(ratio: float) -> str:
    """A ratio with about three digits; a small one as a fraction of one."""
    if ratio < FRACTION_MAX:
        return f"1/{1 / ratio:.1f}"
    return f"{ratio:.2f}" if ratio < HUNDREDTHS_MAX else f"{ratio:.0f}"


def verdict(*, met: bool) -> str:
    """Say whether a target is met."""
    return "met" if met else "missed"
