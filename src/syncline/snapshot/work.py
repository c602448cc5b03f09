"""The private folder where a run keeps what it needs, and what a resume finds."""

import hashlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from syncline.errors import FileTrouble, NothingToResume

PRIVATE = 0o700
STATE = "state.json"


class State(Struct, kw_only=True):
    """What an interrupted run leaves for the next."""

    command: str
    token: str | None = None
    """What the source's state was, where an engine can tell."""

    migrated: dict[str, str] = {}
    """Digests of the rows that a migrate of ours made, by label."""


class WorkFolder:
    """One command's folder below the user's; the same command finds it again."""

    def __init__(self, command: str, *, parent: str | Path | None = None) -> None:
        self.command, self.parent, self.named = command, parent, parent is not None
        key = hashlib.sha256(command.encode()).hexdigest()[:16]
        self.path = Path(parent or default_parent()) / key

    def open(self, *, resume: bool) -> "State":
        """Make the folder, or find it as an interrupted run left it.

        Raises:
            NothingToResume: a resume was asked for, and no run was interrupted.
            FileTrouble: the folder cannot be made private.
        """
        state = self._read()
        if resume and state is None:
            raise NothingToResume(work_dir=str(self.path.parent))
        if state is None or not resume:
            kept = state.migrated if state else {}
            shutil.rmtree(self.path, ignore_errors=True)
            state = State(command=self.command, migrated=kept)
        try:
            self._make()
        except OSError as error:
            raise FileTrouble(
                path=str(self.path),
                reason=error.strerror or str(error),
                hint="Name another folder with --work-dir.",
            ) from error
        self.save(state)
        return state

    def _make(self) -> None:
        try:
            self.path.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
            self.path.chmod(PRIVATE)
        except OSError:
            if self.named:
                raise
            # The user's own place cannot be used: a cron job without a home, say.
            self.path = Path(tempfile.mkdtemp(prefix="syncline-"))

    def save(self, state: State) -> None:
        """Keep what the next run should know."""
        partial = self.path / f"{STATE}.partial"
        partial.write_bytes(msgspec.json.encode(state))
        partial.replace(self.path / STATE)

    @contextmanager
    def private(self) -> Iterator[Path]:
        """Make a folder for this run only; after a kill, the next run removes it."""
        with tempfile.TemporaryDirectory(dir=self.path, prefix="run-") as made:
            yield Path(made)

    def remove(self) -> None:
        """Forget the run: it has come to its end."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _read(self) -> State | None:
        try:
            data = (self.path / STATE).read_bytes()
            return msgspec.json.decode(data, type=State)
        except (OSError, msgspec.DecodeError):
            return None


def default_parent() -> Path:
    """Give the user's own folder for such things, as each system has it."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "syncline"
