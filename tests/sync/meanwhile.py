"""Lets somebody commit a write between two steps of apply."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import pytest
from django.db import IntegrityError, OperationalError, transaction

from syncline.apply import applying, working, writing
from syncline.apply.blocking import Blocking
from syncline.apply.inward import Inward
from syncline.apply.quarantine import Quarantine
from syncline.apply.recording import Recording
from syncline.apply.working import Work
from syncline.apply.writing import Writing
from tests.sync.writers import connected

WAIT_S = 0.1
"""How long apply waits for a write that may itself wait for apply's locks."""

METHODS: dict[str, tuple[Any, str]] = {
    "begun": (Work, "run"),
    "numbering": (Work, "_number"),
    "deciding": (Work, "_decide"),
    "settling": (Blocking, "settle"),
    "preparing": (Inward, "prepare"),
    "writing": (Writing, "write"),
    "recording": (Recording, "record"),
    "reading back": (Recording, "_write"),
    "quarantining": (Quarantine, "settle"),
}
"""Steps of apply; somebody writes just before."""

FAILPOINTS: dict[str, Any] = {
    "apply-locked": working,
    "apply-write": writing,
    "apply-commit": applying,
}

STEPS = (
    "begun",
    "apply-locked",
    "numbering",
    "deciding",
    "settling",
    "preparing",
    "writing",
    "apply-write",
    "recording",
    "reading back",
    "quarantining",
    "apply-commit",
)
"""All of them, in the order in which apply comes to them."""


def before(
    step: str, patch: pytest.MonkeyPatch, action: Callable[[], object]
) -> list[str]:
    """Have something done before a step of apply, the first time only.

    Returns:
        A list that has the step's name in it once that is done.
    """
    done: list[str] = []

    def once() -> None:
        if not done:
            done.append(step)
            action()

    if step in FAILPOINTS:
        _at_failpoint(step, patch, once)
        return done
    owner, name = METHODS[step]
    original = getattr(owner, name)

    def stepping(self: Any, *args: Any, **options: Any) -> Any:
        once()
        return original(self, *args, **options)

    patch.setattr(owner, name, stepping)
    return done


def _at_failpoint(
    step: str, patch: pytest.MonkeyPatch, once: Callable[[], None]
) -> None:
    def reached(name: str) -> None:
        if name == step:
            once()

    patch.setattr(FAILPOINTS[step], "failpoint", reached)


@dataclass
class Somebody:
    """A user with a connection of its own."""

    alias: str
    pool: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    begun: "Future[bool] | None" = None
    at_once: bool = False
    """Was the write committed before apply went on?"""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.pool.shutdown()

    def writes(self, write: Callable[[str], object]) -> Callable[[], None]:
        """Give a function that begins to write, and waits for a moment."""

        def begin() -> None:
            self.begun = self.pool.submit(self._commit, write)
            try:
                self.begun.result(timeout=WAIT_S)
                self.at_once = True
            except TimeoutError:
                self.at_once = False

        return begin

    def _commit(self, write: Callable[[str], object]) -> bool:
        with connected(self.alias):
            try:
                with transaction.atomic(using=self.alias):
                    write(self.alias)
            except (IntegrityError, OperationalError):
                return False
        return True

    @property
    def committed(self) -> bool:
        """Wait for the write; was it committed?"""
        assert self.begun is not None
        return self.begun.result(timeout=60)
