"""`--backup`: what the target held can be had again with its engine's own tool.

Nothing of the package is used to restore: a backup that only its maker can read is
none. Each is restored into a database of its own, and looked at there.
"""

import contextlib
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import connections

from tests.databases import engine_of, on_server
from tests.faces.running import (
    DONE,
    ERROR,
    assert_one_sentence,
    called,
    console,
    contents,
    fill,
    groups,
    unchanged,
)

SAVED = re.compile(r"^The target was saved as (.+)$", re.MULTILINE)
REPLACE = ("--replace", "--no-input", "--backup")
TOOLS = {"postgresql": "pg_dump", "mariadb": "mariadb-dump"}
VERBS = ("copy", "load")
PRIVATE = 0o700


@pytest.fixture
def old_and_new(engine, tmp_path):
    """A source, and a target with other rows; a file with the source's rows."""
    source, target = f"{engine}_a", f"{engine}_b"
    fill(source, groups=9)
    Group.objects.using(target).create(pk=3, name="old é🦒 'quoted' \\")
    Group.objects.using(target).create(pk=77, name="")
    for alias in (source, target):
        connections[alias].close()
    path = tmp_path / "site.syncline"
    assert called("dump", path, "--database", source).code == DONE
    return source, target


@pytest.fixture
def served(old_and_new):
    """The same where the engine's tool is a program of its own, and its name."""
    name = TOOLS.get(engine_of(old_and_new[1]))
    if name is None:
        pytest.skip("SQLite needs no tool and has no passwords")
    return *old_and_new, name


def words_of(verb, old_and_new, folder):
    """The call of a verb that replaces the target's rows, with a backup."""
    source, target = old_and_new
    path = folder / "site.syncline"
    words = {"copy": (source, target), "load": (path, "--database", target)}
    return verb, *words[verb], *REPLACE


def backups(folder):
    """Every file below a folder for runs that is a backup."""
    return [path for path in (folder / "backups").rglob("*") if path.is_file()]


# Made and restored


@pytest.mark.parametrize("verb", VERBS)
def test_backup_holds_what_the_target_held(verb, old_and_new, tmp_path):
    source, target = old_and_new
    before, work = contents(target), tmp_path / "work"
    done = console(*words_of(verb, old_and_new, tmp_path), "--work-dir", work)
    assert (done.code, groups(target)) == (DONE, groups(source)), done.err

    [named] = SAVED.findall(done.out)
    assert backups(work) == [Path(named)]
    with restored_from(Path(named), target) as alias:
        assert contents(alias) == before


@contextlib.contextmanager
def restored_from(path, alias):
    """Restore a backup of an alias into a fresh database, which has an alias here."""
    engine = engine_of(alias)
    name = f"{connections[alias].settings_dict['NAME']}_restored"
    if engine == "sqlite":
        shutil.copy(path, name)
    else:
        on_server(connections[alias], f"CREATE DATABASE {name}")
        connections[alias].close()
    connections.settings["restored"] = {**connections.settings[alias], "NAME": name}
    try:
        {"postgresql": pg_restore, "mariadb": mariadb}.get(engine, skip)(path)
        yield "restored"
    finally:
        connections["restored"].close()
        del connections["restored"]
        del connections.settings["restored"]
        if engine == "sqlite":
            Path(name).unlink()
        else:
            on_server(connections[alias], f"DROP DATABASE {name}")
            connections[alias].close()


def skip(path):
    """SQLite's backup is a database already."""


def pg_restore(path):
    """Restore as the documentation tells users to."""
    settings = connections.settings["restored"]
    tool(
        *("pg_restore", "--exit-on-error", f"--dbname={settings['NAME']}", str(path)),
        PGHOST=settings["HOST"],
        PGPORT=settings["PORT"],
        PGUSER=settings["USER"],
        PGPASSWORD=settings["PASSWORD"],
    )


def mariadb(path):
    """Restore as the documentation tells users to."""
    settings = connections.settings["restored"]
    where = {"host": settings["HOST"], "port": settings["PORT"]}
    if settings["HOST"].startswith("/"):
        where = {"socket": settings["HOST"]}
    options = [f"--{name}={value}" for name, value in where.items() if value]
    options += [f"--user={settings['USER']}", settings["NAME"]]
    with path.open("rb") as stdin:
        tool(
            *("mariadb", "--no-defaults", *options),
            stdin=stdin,
            MYSQL_PWD=settings["PASSWORD"],
        )


def tool(*command, stdin=subprocess.DEVNULL, **environment):
    """Run an engine's own tool."""
    told = {name: value for name, value in environment.items() if value}
    done = subprocess.run(
        command,
        stdin=stdin,
        capture_output=True,
        text=True,
        env={**os.environ, **told},
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_backup_is_private(old_and_new, tmp_path):
    work = tmp_path / "work"
    done = called(*words_of("copy", old_and_new, tmp_path), "--work-dir", work)
    assert done.code == DONE, done.err

    [path] = backups(work)
    folders = [path.parent, path.parent.parent]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [PRIVATE] * 2


def test_every_run_has_a_backup_of_its_own(old_and_new, tmp_path):
    work = tmp_path / "work"
    words = (*words_of("copy", old_and_new, tmp_path), "--work-dir", work)
    first, second = called(*words), called(*words)

    assert (first.code, second.code) == (DONE, DONE), second.err
    named = SAVED.findall(first.out) + SAVED.findall(second.out)
    assert sorted(map(str, backups(work))) == sorted(named)
    assert len(set(named)) == 2


def test_backup_is_below_the_users_own_place_and_named_as_json(old_and_new, tmp_path):
    done = called(*words_of("load", old_and_new, tmp_path), "--json")

    path = Path(done.document["backup"])
    assert path.is_file()
    assert Path(os.environ["XDG_STATE_HOME"], "syncline", "backups") in path.parents


def test_dry_run_makes_no_backup(old_and_new, tmp_path):
    _, target = old_and_new
    work = tmp_path / "work"
    for verb in VERBS:
        words = words_of(verb, old_and_new, tmp_path)
        with unchanged(target):
            done = called(*words, "--dry-run", "--work-dir", work)
        assert (done.code, SAVED.findall(done.out)) == (DONE, []), done.err

    assert backups(work) == []


# Databases that the settings name in a file of the engine's own


@pytest.fixture
def named_in_a_file(served, tmp_path, monkeypatch):
    """The target under another alias, whose settings leave all to a private file."""
    _, target, _ = served
    settings = connections.settings[target]
    path = tmp_path / "connection"
    monkeypatch.setenv("PGSERVICEFILE", str(path))
    section, name, option = {
        "postgresql": ("shop", "dbname", {"service": "shop"}),
        "mariadb": ("client", "database", {"read_default_file": str(path)}),
    }[engine_of(target)]
    told = {key: settings[key.upper()] for key in ("host", "port", "user", "password")}
    told[name] = settings["NAME"]
    lines = [f"{key}={value}" for key, value in told.items() if value]
    path.write_text("\n".join([f"[{section}]", *lines, ""]))
    path.chmod(0o600)
    empty = dict.fromkeys(("NAME", "HOST", "PORT", "USER", "PASSWORD"), "")
    options = {**settings["OPTIONS"], **option}
    connections.settings["by_file"] = {**settings, **empty, "OPTIONS": options}
    yield "by_file"
    connections["by_file"].close()
    del connections["by_file"]
    del connections.settings["by_file"]


def test_backup_is_of_the_database_that_django_reaches_or_none(
    served, named_in_a_file, tmp_path
):
    """OPTIONS may name a service or a file of options, as Django's pages show it.

    A tool that is told less goes to whatever server this machine has.
    """
    source, target, _ = served
    before = contents(target)
    done = called("copy", source, named_in_a_file, *REPLACE)
    if done.code == ERROR:
        assert_one_sentence(done, ERROR, named_in_a_file, "E042")
        assert contents(target) == before
        return

    [named] = SAVED.findall(done.out)
    assert groups(target) == groups(source)
    with restored_from(Path(named), target) as alias:
        assert contents(alias) == before


# Tools that are missing or fail


@pytest.mark.parametrize("verb", VERBS)
def test_missing_tool_is_told_before_anything_is_written(verb, served, tmp_path):
    source, target, name = served
    words = words_of(verb, (source, target), tmp_path)
    with unchanged(target):
        done = console(*words, PATH=str(tmp_path))

    assert_one_sentence(done, ERROR, repr(target), name, "E042")


def test_missing_tool_stops_the_migrations_too(served, tmp_path):
    """They are writes as well, and come after the backup."""
    source, target, _ = served
    with connections[target].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sites'")
        cursor.execute("DROP TABLE django_site")
    words = words_of("copy", (source, target), tmp_path)
    with unchanged(target):
        done = console(*words, "--migrate", PATH=str(tmp_path))

    assert_one_sentence(done, ERROR, "E042")


def test_tool_that_fails_stops_the_run_before_anything_is_written(served, tmp_path):
    source, target, name = served
    _, path = broken(name, tmp_path)
    with unchanged(target):
        done = console(*words_of("copy", (source, target), tmp_path), PATH=path)

    assert_one_sentence(done, ERROR, repr(target), "broken tool", "E042")


def test_password_is_not_shown(served, tmp_path):
    """Neither when it works, nor when the tool fails, nor to whoever runs `ps`."""
    source, target, name = served
    password = connections[target].settings_dict["PASSWORD"]
    assert password, "or there would be nothing to hide"
    words = words_of("copy", (source, target), tmp_path)
    calls, path = broken(name, tmp_path)
    failed, worked = console(*words, PATH=path), console(*words)

    assert (failed.code, worked.code) == (ERROR, DONE), worked.err
    seen = failed.out + failed.err + worked.out + worked.err + calls.read_text()
    assert password not in seen


def broken(name, folder):
    """Have a tool that notes its words and fails; give the note and the PATH."""
    calls, place = folder / "calls", folder / "bin"
    place.mkdir()
    program = place / name
    lines = "#!/bin/sh", f'echo "$0 $@" >> {calls}', "echo broken tool >&2", "exit 7"
    program.write_text("\n".join(lines))
    program.chmod(0o755)
    return calls, f"{place}{os.pathsep}{os.environ['PATH']}"
