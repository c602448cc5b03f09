"""A process that outlives a killed test run and removes what the run made."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

STOP_SECONDS_MAX = 20


class Watcher:
    """The run's end of the pipe; the other end is `main`, in a session of its own."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.watcher"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def tell(self, word: str, *values: object) -> None:
        """Say what to remove: `folder PATH`, `process PID SIGNAL`; or `ended PID`."""
        assert self.process.stdin
        line = " ".join(str(value) for value in (word, *values)) + "\n"
        self.process.stdin.write(line.encode())
        self.process.stdin.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        assert self.process.stdin
        if kind is None:
            self.tell("done")
        self.process.stdin.close()
        self.process.wait()


def main() -> int:
    """Read what to remove; when the pipe closes without `done`, remove it."""
    processes: dict[int, int] = {}
    folders: list[Path] = []
    for line in sys.stdin:
        match line.split():
            case ["folder", path]:
                folders.append(Path(path))
            case ["process", pid, number]:
                processes[int(pid)] = int(number)
            case ["ended", pid]:
                del processes[int(pid)]
            case ["done"]:
                return 0
            case other:
                raise AssertionError(other)
    end_strangers(processes)
    for path in folders:
        shutil.rmtree(path, ignore_errors=True)
    return 0


def end_strangers(processes: dict[int, int]) -> None:
    """Signal processes that are not our children, wait, kill those that stay."""
    left = {pid for pid, number in processes.items() if signal_stranger(pid, number)}
    until = time.monotonic() + STOP_SECONDS_MAX
    while left and time.monotonic() < until:
        left = {pid for pid in left if signal_stranger(pid, 0)}
        time.sleep(0.05)
    for pid in left:
        signal_stranger(pid, signal.SIGKILL)


def signal_stranger(pid: int, number: int) -> bool:
    """Signal a process, and its group where it leads one; False when it is gone."""
    try:
        if os.getpgid(pid) == pid:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
