"""The runner beside which the suite runs; here without any server."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.address import FOLDER
from tests.machine import version

WAIT_SECONDS_MAX = 20
RUN = [sys.executable, "-m", "tests.servers", "run", "--engines", "", "--"]
SAY_FOLDER = f"import os, time; print(os.environ['{FOLDER}'], flush=True); "


def gone(path: Path) -> bool:
    until = time.monotonic() + WAIT_SECONDS_MAX
    while path.exists() and time.monotonic() < until:
        time.sleep(0.05)
    return not path.exists()


@pytest.mark.parametrize("code", [0, 3])
def test_exit_code_is_the_command_s(code):
    done = subprocess.run(
        [*RUN, sys.executable, "-c", f"raise SystemExit({code})"], check=False
    )
    assert done.returncode == code


def test_command_that_is_not_there_is_one_sentence():
    done = subprocess.run(
        [*RUN, "no-such-command"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 127
    assert done.stderr.startswith("no-such-command does not start: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_runner_that_is_ended_leaves_no_folder(number):
    command = [*RUN, sys.executable, "-c", SAY_FOLDER + "time.sleep(60)"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as runner:
        assert runner.stdout
        folder = Path(runner.stdout.readline().strip())
        assert folder.is_dir()
        runner.send_signal(number)
        assert runner.wait(WAIT_SECONDS_MAX) != 0
        assert gone(folder)


def test_newest_version_sorts_last():
    folders = [Path("/usr/lib/postgresql/15/bin"), Path("/usr/lib/postgresql/9.6/bin")]
    assert sorted(folders, key=version) == folders[::-1]
