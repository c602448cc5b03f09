"""Progress and reports on a terminal, or as JSON for a program."""

import json
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Literal, TextIO, TypeVar, cast

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress
from rich.table import Column, Table

from syncline.progress import Progress, Task

Report = TypeVar("Report")


class Screen:
    """Where a verb prints; progress goes to standard error, and only on a terminal."""

    def __init__(
        self,
        *,
        out: OutputWrapper,
        err: OutputWrapper,
        quiet: bool,
        as_json: bool,
        verbose: bool,
    ) -> None:
        self.out, self.err = out, err
        self.quiet, self.as_json, self.verbose = quiet, as_json, verbose
        self.bar: RichProgress | None = None
        self.seconds = 0.0
        self.drawn = ""

    def follow(self, task: Task[Report]) -> Report:
        """Run a task to its end, drawing its steps."""
        started = time.monotonic()
        bar = self._open()
        try:
            for step in task:
                if step.note:
                    self.note(step.note)
                if bar is not None:
                    self._draw(bar, step)
        finally:
            self.close()
        self.seconds = time.monotonic() - started
        return task.outcome

    def close(self) -> None:
        """Take the progress line away."""
        if self.bar is not None:
            self.bar.stop()
            self.bar = None

    def line(self, text: str) -> None:
        """Print a line of the report."""
        if not (self.quiet or self.as_json):
            self.out.write(text)

    def table(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        right: Collection[str] = (),
    ) -> None:
        """Print a table: drawn on a terminal, and plain for whoever reads a pipe.

        Args:
            columns: their titles.
            rows: of the same length; no rows, no table.
            right: titles of the columns that are aligned to the right.
        """
        if self.quiet or self.as_json or not rows:
            return
        if self.out.isatty():
            drawn = Table(*(Column(n, justify=_justified(n, right)) for n in columns))
            for row in rows:
                drawn.add_row(*map(escape, row))
            Console(file=cast("TextIO", self.out)).print(drawn)
            return
        widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
        for row in (columns, *rows):
            cells = [
                cell.rjust(width) if name in right else cell.ljust(width)
                for name, cell, width in zip(columns, row, widths, strict=True)
            ]
            self.out.write("  " + "  ".join(cells).rstrip())

    def alarm(self, text: str) -> None:
        """Print what matters even where nothing else is printed."""
        self.err.write(text, style_func=str)

    def note(self, text: str) -> None:
        """Print what the user should know, beside the report."""
        if not self.quiet:
            self.err.write(text, style_func=str)

    def ask(self, question: str) -> str:
        """Ask beside the report, which may go to a file; no answer is an empty one."""
        self.err.write(question, style_func=str, ending=" ")
        self.err.flush()
        return sys.stdin.readline().strip()

    def document(self, report: Mapping[str, Any], *, beside: bool = False) -> None:
        """Print the report as one JSON object, if that was asked for.

        Args:
            report: what to print.
            beside: is standard output taken by the data itself?
        """
        if self.as_json:
            spelled = json.dumps(report, default=str, ensure_ascii=False)
            if beside:
                self.err.write(spelled, style_func=str)
            else:
                self.out.write(spelled)

    def _draw(self, bar: RichProgress, step: Progress) -> None:
        """Show a step; each subject gets a line of its own while it lasts."""
        name = f"{step.stage} {step.subject}"
        if name != self.drawn:
            for number in bar.task_ids:
                bar.remove_task(number)
            bar.add_task(name, total=step.total, rate="")
            self.drawn = name
        [line] = bar.tasks
        bar.update(
            line.id, completed=step.done, rate=rate(step.done, line.elapsed or 0)
        )

    def _open(self) -> RichProgress | None:
        console = Console(stderr=True)
        if self.quiet or not console.is_terminal:
            return None
        self.bar = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self.bar.start()
        return self.bar


def _justified(name: str, right: Collection[str]) -> Literal["left", "right"]:
    return "right" if name in right else "left"


def rate(rows: int, seconds: float) -> str:
    """Say how many rows that is a second."""
    return f"{rows / seconds:,.0f} rows/s" if seconds > 0 and rows else ""
