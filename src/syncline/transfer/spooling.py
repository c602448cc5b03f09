"""Standard input, kept in a private file before anything is done with it."""

import shutil
import sys
from pathlib import Path

from syncline.errors import FileTrouble
from syncline.snapshot.work import WorkFolder

NAME = "input.syncline"
STDIN = "standard input"
"""What messages call it."""


def spool_input(folder: WorkFolder) -> Path:
    """Keep standard input in a run's folder; a resumed run finds it there.

    Raises:
        FileTrouble: it cannot be kept.
    """
    path = folder.path / NAME
    if path.exists():
        return path
    if sys.stdin is None:
        raise FileTrouble(path=STDIN, reason="it is closed")
    partial = path.with_suffix(".partial")
    try:
        with partial.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        partial.replace(path)
    except OSError as error:
        raise FileTrouble(
            path=str(path),
            reason=error.strerror or str(error),
            hint="Name a folder with more room with --work-dir.",
        ) from error
    return path
