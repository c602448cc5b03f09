"""What the tests need of the machine: programs, drivers, accounts, folders, ports."""

import contextlib
import importlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from tests.address import TITLES
from tools import debian


class ServerMissing(Exception):
    """An engine could not be had; the text is the sentence to show."""


DRIVERS = {"postgresql": "psycopg", "mariadb": "MySQLdb"}
DEBIAN_SERVERS = {"postgresql": "postgresql", "mariadb": "mariadb-server"}
DEBIAN_DRIVERS = {
    "postgresql": "libpq5",
    "mariadb": "libmariadb-dev pkg-config gcc python3-dev",
}
BREW_SERVERS = {"postgresql": "postgresql@17", "mariadb": "mariadb"}
BREW_DRIVERS = {"postgresql": "libpq", "mariadb": "mariadb-connector-c pkgconf"}
BINARIES = {
    "postgresql": (("initdb",), ("postgres",)),
    "mariadb": (
        ("mariadb-install-db", "mysql_install_db"),
        ("mariadbd", "mysqld"),
    ),
}
"""Programs an engine needs; of each group the first that is found."""
FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/sbin",
    "/opt/homebrew/opt/*/bin",
    "/usr/local/opt/*/bin",
)
"""Where packages put servers that they keep off PATH."""


def missing(engine: str, what: str, *, debian_names: str, brew_names: str) -> str:
    """One sentence: the engine, what it lacks, and the command that helps."""
    command = f"apt-get install {debian_names}"
    if sys.platform == "darwin":
        command = f"brew install {brew_names}"
    return f"{TITLES[engine]}: missing, {what}; run: {command}, then make test"


def find_binary(names: Sequence[str]) -> Path | None:
    """The program on PATH, else in the folders that packages use, newest first."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
        places = [
            folder / name
            for pattern in FOLDERS
            for folder in sorted(Path("/").glob(pattern[1:]), key=version, reverse=True)
        ]
        for place in places:
            if os.access(place, os.X_OK):
                return place
    return None


def version(folder: Path) -> list[int]:
    """The numbers in a path, so that 15 sorts after 9."""
    digits = "".join(sign if sign.isdigit() else " " for sign in str(folder))
    return [int(word) for word in digits.split()]


def find_programs(engine: str) -> list[Path]:
    """The programs of an engine; empty when one of them is missing."""
    found = [find_binary(names) for names in BINARIES[engine]]
    return [path for path in found if path] if all(found) else []


def programs(engine: str) -> list[Path]:
    """The programs of an engine, installed first where we may."""
    found = find_programs(engine)
    if not found and debian.may_install():
        debian.install([DEBIAN_SERVERS[engine]])
        found = find_programs(engine)
    if not found:
        raise ServerMissing(
            missing(
                engine,
                "no server is installed",
                debian_names=DEBIAN_SERVERS[engine],
                brew_names=BREW_SERVERS[engine],
            )
        )
    return found


def check_driver(engine: str) -> None:
    """Raise ServerMissing when this Python cannot talk to the engine."""
    try:
        importlib.import_module(DRIVERS[engine])
    except ImportError as error:
        raise ServerMissing(
            missing(
                engine,
                f"its driver cannot be imported ({error})",
                debian_names=DEBIAN_DRIVERS[engine],
                brew_names=BREW_DRIVERS[engine],
            )
        ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Who runs a server: ourselves, or as root somebody harmless."""

    user: int | None
    group: int | None

    @classmethod
    def for_engine(cls, engine: str) -> Self:
        """Servers refuse to run as root: take the package's own user, or nobody."""
        if os.geteuid() != 0:
            return cls(user=None, group=None)
        for name in ({"postgresql": "postgres", "mariadb": "mysql"}[engine], "nobody"):
            with contextlib.suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(user=entry.pw_uid, group=entry.pw_gid)
        raise ServerMissing(f"{TITLES[engine]}: missing, root has no user to run it as")

    def spawn(
        self, command: Sequence[str | Path], log: IO[bytes]
    ) -> "subprocess.Popen[bytes]":
        """Start a program as this account, in a session that Ctrl-C does not reach."""
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd="/",
            user=self.user,
            group=self.group,
            extra_groups=None if self.user is None else [],
            start_new_session=True,
        )

    def own(self, path: Path) -> None:
        """Give a path to the account."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group)


def private_folder(account: Account | None = None) -> Path:
    """A new folder, mode 0700; short, for a socket's path has 104 bytes on macOS."""
    place = "/tmp" if Path("/tmp").is_dir() else None
    folder = Path(tempfile.mkdtemp(prefix="syncline-", dir=place))
    if account:
        account.own(folder)
    return folder


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
