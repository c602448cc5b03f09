"""Progress and reports on a terminal, or as JSON for a program."""

import json
import sys
import time
from collections.abc import Mapping
from typing import Any, TypeVar

from django.core.management.base import OutputWrapper
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.progress import Progress as RichProgress

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


def rate(rows: int, seconds: float) -> str:
    """Say how many rows that is a second."""
    return f"{rows / seconds:,.0f} rows/s" if seconds > 0 and rows else ""
