"""Writes verbs down in the ledger, from their beginning to their end."""

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import Error

from syncline import conf
from syncline.changes.messages import Changeset, Receipt, Removed
from syncline.runs.ledger import Ledger, State
from syncline.runs.pruning import Pruner
from syncline.transport.direct import DatabaseEndpoint


@dataclass(kw_only=True)
class Recorder:
    """One run in one ledger; it begins when it is first asked for its number."""

    ledger: Ledger
    verb: str
    arguments: Mapping[str, Any]
    begun_by: str = ""
    number: int | None = None
    report: Mapping[str, Any] = field(default_factory=dict)

    def begin(self) -> int:
        """Give the run's number; write it down if it has none."""
        if self.number is None:
            self.number = self.ledger.begin(
                self.verb, self.arguments, begun_by=self.begun_by
            )
        return self.number

    def end(self, state: State, error: str = "") -> None:
        """Write down the end, if there was a beginning."""
        if self.number is not None:
            self.ledger.end(self.number, state, report=self.report, error=error)


@contextmanager
def recorded(*recorders: Recorder) -> Generator[None, None, None]:
    """Write down what becomes of some runs that are one."""
    try:
        yield
    except (KeyboardInterrupt, GeneratorExit):
        _end_all(recorders, State.INTERRUPTED)
        raise
    except Exception as error:
        _end_all(recorders, State.FAILED, str(error))
        raise
    for recorder in recorders:
        recorder.end(State.DONE)


def _end_all(recorders: tuple[Recorder, ...], state: State, error: str = "") -> None:
    for recorder in recorders:
        # What went wrong may be just that database; its run is found interrupted then.
        with suppress(Error):
            recorder.end(state, error)


@dataclass(kw_only=True)
class RecordedEndpoint(DatabaseEndpoint):
    """A node whose run begins with the first changeset that it takes in."""

    begin: Callable[[], int]

    def apply(self, changeset: Changeset) -> Receipt:
        """Take a changeset in, as a chunk of the run."""
        self.run_id = self.begin()
        return super().apply(changeset)

    def remove(self, uids: Sequence[bytes], transfer: str, number: int) -> Removed:
        """Delete records, as a chunk of the run."""
        self.run_id = self.begin()
        return super().remove(uids, transfer, number)


def prune(alias: str, *, older_than: int | None = None) -> dict[str, int]:
    """Remove what is kept for no longer, or all that is older than some days."""
    keep = conf.read().keep
    if older_than is not None:
        keep = dict.fromkeys(keep, older_than)
    Ledger(alias=alias).sweep()
    return Pruner(alias=alias, keep=keep).prune()


def prune_if_due(alias: str) -> None:
    """Prune, unless somebody has in the last day."""
    if Pruner(alias=alias, keep=conf.read().keep).due():
        prune(alias)
