"""Install Debian packages when we may: as root, and saying so first.

Standard library only, and runs on old Pythons: it works before there is an environment.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SERVICE_POLICY = Path("/usr/sbin/policy-rc.d")
"""Debian asks this script whether a package may start its service; 101 means no."""


def may_install() -> bool:
    """Is this Debian (or a child of it), and are we root?"""
    return (
        hasattr(os, "geteuid")
        and os.geteuid() == 0
        and Path("/etc/debian_version").exists()
        and shutil.which("apt-get") is not None
    )


def install(packages: Sequence[str]) -> bool:
    """Install the packages without starting services; False when that failed."""
    print(
        f"Installing with apt-get, because this is Debian and you are root: "
        f"{' '.join(packages)}",
        file=sys.stderr,
        flush=True,
    )
    command = ["apt-get", "install", "--yes", "--no-install-recommends", *packages]
    with no_services():
        # A fresh machine has no package lists, or stale ones: fetch them, try again.
        return _run(command) or (_run(["apt-get", "update"]) and _run(command))


@contextlib.contextmanager
def no_services() -> Iterator[None]:
    """Keep packages from starting their services, unless the machine has a policy."""
    if SERVICE_POLICY.exists():
        yield
        return
    SERVICE_POLICY.write_text("#!/bin/sh\nexit 101\n")
    SERVICE_POLICY.chmod(0o755)
    try:
        yield
    finally:
        SERVICE_POLICY.unlink()


def _run(command: Sequence[str]) -> bool:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # Standard output belongs to the tests' closing line: apt-get talks on stderr.
    done = subprocess.run(command, env=environment, stdout=sys.stderr, check=False)
    return done.returncode == 0
