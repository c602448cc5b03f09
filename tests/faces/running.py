"""Calling the commands as a user does, and looking at what a database holds."""

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.core.management import CommandError, call_command
from django.db import connections
from django.utils import timezone

import syncline
from tests.faces.paused import HELD, HOLD

ROOT = Path(__file__).parent.parent.parent
PLACES = os.pathsep.join([str(Path(syncline.__file__).parent.parent), str(ROOT)])
"""Where a process of its own finds the package and the test project."""

BARE = "tests.faces.bare_settings"
SECONDS_MAX = 120
DONE, ERROR, USAGE, SET_ASIDE, DIFFERS, INTERRUPTED = 0, 1, 2, 3, 4, 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a call ended."""

    code: int
    out: str
    err: str

    @property
    def sentences(self) -> list[str]:
        """The lines on standard error; a trouble is to be one."""
        return self.err.strip().splitlines()

    @property
    def document(self) -> Any:
        """The one JSON object on standard output."""
        assert self.out.count("\n") == 1, self.out
        document = json.loads(self.out)
        assert isinstance(document, dict)
        return document


def environment(**changes: str) -> dict[str, str]:
    """The environment of a process: ours, without the settings."""
    inherited = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    return {**inherited, "PYTHONPATH": PLACES, **changes}


def script(*words: object, **changes: str) -> list[str]:
    """The command line of the console script."""
    return [sys.executable, "-m", "syncline", *map(str, words)]


def run(command: list[str], *, stdin: Any = subprocess.DEVNULL, **changes: str) -> Any:
    """Run a process to its end; `changes` are environment variables."""
    done = subprocess.run(
        command,
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        env=environment(**changes),
        check=False,
    )
    return Outcome(code=done.returncode, out=done.stdout, err=done.stderr)


def console(*words: object, settings: str = "tests.settings", **changes: str) -> Any:
    """Call the console script `syncline`."""
    return run(script(*words, "--settings", settings), **changes)


def killed(*words: object, at: str, **changes: Any) -> None:
    """Call the console script; it ends at a failpoint as by SIGKILL."""
    done = console(*words, SYNCLINE_FAILPOINT=at, **changes)
    assert done.code == -signal.SIGKILL, f"{at} was not reached: {done.err}"


def manage(*words: object, settings: str = "tests.settings", **changes: str) -> Any:
    """Call what `manage.py syncline` is."""
    command = [sys.executable, "-m", "django", "syncline", *map(str, words)]
    return run([*command, "--settings", settings], **changes)


def called(*words: object, **options: Any) -> Outcome:
    """Call the command inside of this process, as `call_command` does."""
    out, err = io.StringIO(), io.StringIO()
    code = DONE
    try:
        call_command("syncline", *map(str, words), stdout=out, stderr=err, **options)
    except CommandError as error:
        code = error.returncode
        err.write(f"{error}\n")
    return Outcome(code=code, out=out.getvalue(), err=err.getvalue())


@contextlib.contextmanager
def held(*words: object, at: str, hold: float) -> Iterator[Any]:
    """Call the console script; within, it is held up at a failpoint (see `paused`)."""
    command = [sys.executable, "-m", "tests.faces.paused", *map(str, words)]
    changes = {"SYNCLINE_FAILPOINT": at, HOLD: str(hold)}
    process = subprocess.Popen(
        [*command, "--settings", "tests.settings"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(**changes),
    )
    with ending(process):
        assert process.stderr
        before = process.stderr.readline()
        assert before == HELD, before + process.stderr.read()
        yield process


@contextlib.contextmanager
def ending(process: "subprocess.Popen[Any]") -> Iterator[None]:
    """Leave no process behind, whatever happens to the test."""
    with process:
        try:
            yield
        finally:
            if process.poll() is None:
                process.kill()


def ended(process: "subprocess.Popen[str]") -> Outcome:
    """Wait for a process."""
    out, err = process.communicate(timeout=SECONDS_MAX)
    return Outcome(code=process.returncode, out=out, err=err)


FACES = {"call_command": called, "manage.py": manage, "console script": console}


def assert_one_sentence(done: Outcome, code: int, *words: str) -> None:
    """A trouble is told in one line on standard error, with what to do, and no more."""
    assert done.code == code, done.err
    assert done.out == ""
    assert len(done.sentences) == 1, done.err
    assert "Traceback" not in done.err
    assert "  " not in done.sentences[0]
    assert [word for word in words if word not in done.err] == []


def fill(alias: str, *, groups: int = 5) -> None:
    """Put some rows of several models into a database."""
    made = [Group(pk=n, name=f"group {n} é🦒") for n in range(1, groups + 1)]
    Group.objects.using(alias).bulk_create(made)
    user = User.objects.using(alias).create(pk=7, username="ann", password="secret")
    user.groups.set([1, 2])
    permissions = Permission.objects.using(alias).order_by("codename")[:3]
    Group.objects.using(alias).get(pk=1).permissions.set(permissions)
    Session.objects.using(alias).create(
        session_key="k" * 32, session_data="data", expire_date=timezone.now()
    )


def groups(alias: str) -> set[str]:
    """The names of the groups, which is the quickest look at what was moved."""
    names = set(Group.objects.using(alias).values_list("name", flat=True))
    connections[alias].close()
    return names


def contents(alias: str) -> dict[str, list[str]]:
    """Every row of every table, so that two moments can be compared."""
    connection = connections[alias]
    found = {}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = sorted(map(repr, cursor.fetchall()))
    connection.close()
    return found


@contextlib.contextmanager
def unchanged(alias: str) -> Any:
    """Prove that a database is afterwards what it was before."""
    before = contents(alias)
    yield
    assert contents(alias) == before
