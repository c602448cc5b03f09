"""Measure Syncline against raw bulk commands: `make benchmark ARGS=…`."""

import json
import os
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from benchmarks import drawing, settings
from benchmarks.comparisons import (
    COMPARISONS,
    MEMORY,
    Comparison,
    aliases_of,
    engines_of,
    memory_calls,
    named,
)
from benchmarks.figures import (
    CAPTURE,
    NAMES,
    NODE_FIGURES,
    Figure,
    NodeFigure,
    capture_figures,
)
from benchmarks.running import (
    Memory,
    Outcome,
    StepFailed,
    compare,
    measure_memory,
    pairs,
    run_step,
)
from benchmarks.servers import created, engine_of
from tests.address import TITLES, UNAVAILABLE, variable

EXIT_ERROR = 1
EXIT_INTERRUPTED = 130
WIDTH_MIN = 126
"""Columns that the widest table takes; where there is no terminal, rich assumes 80."""

SOURCES = {1: "sqlite_source", 10: "sqlite_many"}
"""The sources of the memory table, by how often they repeat the flights."""


Measured = TypeVar("Measured", Comparison, NodeFigure)


class Run:
    """One run of the benchmarks."""

    def __init__(self, options: Namespace, console: Console) -> None:
        self.options, self.console = options, console
        self.outcomes: list[Outcome] = []
        self.figures: list[Figure] = []
        self.memory: list[Memory] = []
        self.failures: list[str] = []
        self.missing: set[str] = set()

    def run(self) -> None:
        """Prepare, measure, and draw."""
        chosen = list(self._available(named(self.options.only)))
        alone = list(self._available(self._wanted()))
        sizes = self._memory_sizes()
        sources = {copies: memory_calls(SOURCES[copies]) for copies in sizes}
        measured = (*chosen, *alone)
        aliases = aliases_of([call for one in measured for call in one.calls])
        aliases |= aliases_of([call for calls in sources.values() for call in calls])
        with private_folder(), created(sorted(aliases)):
            self._prepare(aliases)
            for one in chosen:
                self._compare(one)
            self.outcomes += pairs(self.outcomes)
            for figure in alone:
                self._measure(figure)
            if sources:
                self._measure_memory(sources)
            if CAPTURE in (self.options.only or NAMES):
                self._capture()
        self._draw()

    def _wanted(self) -> list[NodeFigure]:
        names = self.options.only
        return [one for one in NODE_FIGURES if not names or one.name in names]

    def _available(self, wanted: Sequence[Measured]) -> Iterator[Measured]:
        """Leave out what takes an engine that is not there."""
        for one in wanted:
            lacking = engines_of(one.calls) - present()
            self.missing |= lacking
            if not lacking:
                yield one

    def _memory_sizes(self) -> list[int]:
        if self.options.only and MEMORY not in self.options.only:
            return []
        if "postgresql" not in present():
            self.missing.add("postgresql")
            return []
        return [copies for copies in SOURCES if copies <= self.options.copies]

    def _prepare(self, aliases: set[str]) -> None:
        """Make the databases what their roles say; all others come from the source."""
        # Raw executemany reads the source, too.
        for alias in ["sqlite_source", *sorted(aliases - {"sqlite_source"})]:
            self.say(f"preparing {alias}")
            run_step(("prepare", alias, str(self.options.loaddata_rows)))

    def _compare(self, one: Comparison) -> None:
        try:
            self.outcomes.append(compare(one, self.options.rounds, self.say))
            if self.options.profile:
                self.say(f"{one.name}, where the time goes:")
                run_step(one.ours, profile=True)
        except StepFailed as failure:
            self.failures.append(str(failure))

    def _measure(self, one: NodeFigure) -> None:
        try:
            self.figures += one.measure(self.options.rounds, self.say)
            if self.options.profile:
                self.say(f"{one.name}, where the time goes:")
                run_step(one.call, profile=True)
        except StepFailed as failure:
            self.failures.append(str(failure))

    def _capture(self) -> None:
        self.say("capture, on every engine that is there")
        try:
            self.figures += capture_figures()
        except StepFailed as failure:
            self.failures.append(str(failure))

    def _measure_memory(self, sources: dict[int, tuple[tuple[str, ...], ...]]) -> None:
        try:
            self.memory = measure_memory(sources, self.say)
        except StepFailed as failure:
            self.failures.append(str(failure))

    def say(self, text: str) -> None:
        """Tell how things go."""
        print(text, file=sys.stderr, flush=True)

    def _draw(self) -> None:
        if self.outcomes:
            self.console.print(drawing.ratios(self.outcomes, self.options.rounds))
        if self.figures:
            self.console.print(drawing.figures(self.figures))
        if self.memory:
            self.console.print(drawing.memory(self.memory))
        for failure in self.failures:
            self.console.print(f"failed: {failure}", markup=False, soft_wrap=True)
        for sentence in sentences(self.missing):
            self.console.print(sentence, markup=False, soft_wrap=True)
        if self.options.json:
            document = {
                "comparisons": [outcome.document() for outcome in self.outcomes],
                "figures": [figure.document() for figure in self.figures],
                "memory": [one.document() for one in self.memory],
                "failures": self.failures,
            }
            self.options.json.write_text(json.dumps(document, indent=1) + "\n")


def main() -> int:
    """Run the benchmarks; an exit code of 1 means that a step failed, not a target."""
    options = parser().parse_args()
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = max(console.width, WIDTH_MIN)
    run = Run(options, console)
    try:
        run.run()
    except StepFailed as failure:
        run.say(f"benchmarks: {failure}; the reason is above")
        return EXIT_ERROR
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return EXIT_ERROR if run.failures else 0


def parser() -> ArgumentParser:
    """The command line."""
    names = [*(one.name for one in COMPARISONS), *NAMES, MEMORY]
    made = ArgumentParser(prog="python -m benchmarks", description=__doc__)
    made.add_argument(
        "--rounds", type=positive, default=3, help="how many rounds (default: 3)"
    )
    made.add_argument(
        "--only",
        action="append",
        default=[],
        choices=names,
        metavar="NAME",
        help=f"measure this only; may be repeated. One of {', '.join(names)}",
    )
    made.add_argument(
        "--copies",
        type=int,
        default=1,
        choices=list(SOURCES),
        help="take the memory of the flights repeated this often, too (default: 1)",
    )
    made.add_argument(
        "--loaddata-rows",
        type=positive,
        default=50_000,
        metavar="ROWS",
        help="flights for dumpdata and loaddata, on both sides (default: 50000)",
    )
    made.add_argument(
        "--profile",
        action="store_true",
        help="run our steps once more, and say which functions take the time",
    )
    made.add_argument("--json", type=Path, metavar="FILE", help="write all numbers")
    return made


def positive(text: str) -> int:
    """Read a number of at least one."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def present() -> set[str]:
    """The engines that have a database."""
    return {engine_of(alias) for alias in settings.DATABASES}


def sentences(engines: set[str]) -> list[str]:
    """One sentence for each engine that could not be had."""
    told = os.environ.get(UNAVAILABLE, "").splitlines()
    known = {sentence.partition(":")[0]: sentence for sentence in told}
    return [
        known.get(
            TITLES[engine],
            f"{TITLES[engine]}: missing, {variable(engine)} names no server; "
            "run: make benchmark",
        )
        for engine in sorted(engines)
    ]


@contextmanager
def private_folder() -> Iterator[Path]:
    """The run's folder, which nobody else may read and which goes at the end."""
    path = Path(os.environ[settings.WORK])
    path.mkdir(mode=0o700)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
