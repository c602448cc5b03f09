"""Running an engine's own tools, with the password in the environment only."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

from syncline.errors import BackupFailed


def run_tool(
    alias: str, command: Sequence[str], *, environment: Mapping[str, str]
) -> None:
    """Run a tool to its end.

    Raises:
        BackupFailed: it is missing, or it failed.
    """
    name = command[0]
    path = shutil.which(name)
    if path is None:
        raise BackupFailed(alias=alias, reason=f"{name} is not installed")
    done = subprocess.run(  # noqa: S603 - a fixed command, no shell
        [path, *command[1:]],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        reason = " ".join(done.stderr.split()) or f"{name} ended with {done.returncode}"
        raise BackupFailed(alias=alias, reason=reason)
