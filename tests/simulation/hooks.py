"""What happens between two steps of the code: a crash, or somebody's write."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

from syncline.apply import applying, working, writing
from syncline.capture import outgoing


class Crash(BaseException):
    """The process ends here; nothing that catches errors notices."""


@dataclass(kw_only=True)
class Hooks:
    """Called at each failpoint."""

    crash_after: int | None = None
    """How many failpoints are passed before one ends the process."""

    between: Callable[[str], None] | None = None
    """What happens at each failpoint."""

    def __call__(self, name: str) -> None:
        if self.between is not None:
            self.between(name)
        if self.crash_after is not None:
            self.crash_after -= 1
            if self.crash_after < 0:
                raise Crash(name)


@contextmanager
def hooked(page: int) -> Iterator[Hooks]:
    """Let hooks stand in for failpoints, and changesets be small."""
    hooks = Hooks()
    with (
        patch.object(applying, "failpoint", hooks),
        patch.object(working, "failpoint", hooks),
        patch.object(writing, "failpoint", hooks),
        patch.object(outgoing, "PAGE", page),
    ):
        yield hooks
