"""The ledger's side of dump, load and copy, for databases that are nodes."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from django.db import Error

from syncline.identity.node import is_tracked
from syncline.runs.ledger import Ledger, State
from syncline.transfer.recording import Recorder, recorded


@contextmanager
def written_down(
    verb: str, arguments: Mapping[str, Any], aliases: Sequence[str]
) -> Iterator[list[Recorder]]:
    """Write down that a run begins, and how it ends, at each of these that is a node.

    Whoever may read a database need not be allowed to write to it: then nothing is.
    """
    recorders: list[Recorder] = []
    for alias in aliases:
        with suppress(Error):
            if is_tracked(alias):
                recorder = Recorder(
                    ledger=Ledger(alias=alias), verb=verb, arguments=arguments
                )
                recorder.begin()
                recorders.append(recorder)
    with recorded(*recorders):
        yield recorders


def write_down(
    verb: str,
    arguments: Mapping[str, Any],
    alias: str,
    started: datetime,
    report: Mapping[str, Any],
) -> None:
    """Write down a run that is done, where that is possible."""
    with suppress(Error):
        if is_tracked(alias):
            number = Ledger(alias=alias, clock=lambda: started).begin(verb, arguments)
            Ledger(alias=alias).end(number, State.DONE, report=report)
