"""What a long task says while it runs; faces draw it."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One step of a long task."""

    stage: str
    """What is going on, such as `check`, `read`, `write`, `index` or `verify`."""

    subject: str = ""
    """What it is done to, a model's label in most stages."""

    done: int = 0
    """How many rows of the subject are done."""

    total: int | None = None
    """How many rows there are, where that is known."""

    note: str = ""
    """A sentence for the user, printed once; empty for a mere step."""


Report = TypeVar("Report")


class Task(Generic[Report]):
    """A long task: iterate over its steps, or run it to its end.

    Attributes:
        report: what the task has to say at its end; None until then.
    """

    def __init__(self, steps: Generator[Progress, None, Report]) -> None:
        self.steps = steps
        self.report: Report | None = None

    def __iter__(self) -> Iterator[Progress]:
        self.report = yield from self.steps

    def run(self) -> Report:
        """Run to the end without looking, and give the report."""
        for _ in self:
            pass
        return self.outcome

    @property
    def outcome(self) -> Report:
        """Give the report of a task that has come to its end."""
        if self.report is None:
            message = "the task has not come to its end"
            raise RuntimeError(message)
        return self.report
