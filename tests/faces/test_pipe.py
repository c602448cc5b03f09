"""`dump - | load -`: real processes with a pipe between them, and nothing half taken.

A pipe can end early, so `load -` keeps and checks all of its input before the first
write. Input that is no good is not kept.
"""

import json
import os
import signal
import subprocess
import zipfile
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import connections

from tests.conftest import available, restored
from tests.faces.running import (
    DONE,
    ERROR,
    SECONDS_MAX,
    Outcome,
    assert_one_sentence,
    console,
    ending,
    environment,
    fill,
    killed,
    run,
    script,
    unchanged,
)
from tests.zoo.compare import differences

SETTINGS = ("--settings", "tests.settings")
REPLACE = ("--replace", "--no-input")
WAYS = [
    ("sqlite", "postgresql"),
    ("postgresql", "mariadb"),
    ("mariadb", "sqlite"),
]
END_OF_ZIP, END_BYTES = b"PK\x05\x06", 22
"""The last record of a ZIP without a comment: how it begins, and how long it is."""


@pytest.fixture(params=WAYS, ids="-".join)
def way(request, databases, django_db_blocker):
    """A filled source and an empty target on another engine."""
    missing = [engine for engine in request.param if not available(engine)]
    if missing:
        pytest.skip(f"not here: {', '.join(missing)}")
    source, target = f"{request.param[0]}_a", f"{request.param[1]}_b"
    with restored(databases, django_db_blocker, source, target):
        fill(source, groups=2000)
        connections[source].close()
        yield source, target


@pytest.fixture
def target(engine):
    """A database with a row that must stay."""
    return with_old_row(f"{engine}_b")


@pytest.fixture
def sqlite_target(filled):
    """The same on SQLite alone, for what has nothing to do with engines."""
    return with_old_row(filled.target)


def with_old_row(alias):
    Group.objects.using(alias).create(pk=77, name="was here")
    connections[alias].close()
    return alias


@pytest.fixture
def stream(filled, tmp_path):
    """What `dump -` writes, as a file whose bytes a test may spoil."""
    path = tmp_path / "stream"
    path.write_bytes(dumped(filled.source).stdout)
    return path


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """A folder for temporary files of all processes."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def dumped(alias, *options):
    """Call `dump -` and take its output as bytes."""
    return subprocess.run(
        script("dump", "-", "--database", alias, *options, *SETTINGS),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=environment(),
        timeout=SECONDS_MAX,
        check=False,
    )


def piped(source, target, *options, **changes):
    """Call `dump - | load -`; `changes` are environment variables of the dump."""
    dump = script("dump", "-", "--database", source, *SETTINGS)
    load = script("load", "-", "--database", target, *options, *SETTINGS)
    pipe = subprocess.PIPE
    first = subprocess.Popen(dump, stdout=pipe, stderr=pipe, env=environment(**changes))
    with ending(first):
        second = subprocess.Popen(
            load,
            stdin=first.stdout,
            stdout=pipe,
            stderr=pipe,
            text=True,
            env=environment(),
        )
        assert first.stdout
        assert first.stderr
        first.stdout.close()
        with ending(second):
            out, err = second.communicate(timeout=SECONDS_MAX)
        told = first.stderr.read().decode()
    return (
        Outcome(code=first.returncode, out="", err=told),
        Outcome(code=second.returncode, out=out, err=err),
    )


def loaded(path, alias, *options, **changes):
    """Call `load -` with a file as its input."""
    with path.open("rb") as stdin:
        words = ("load", "-", "--database", alias, *REPLACE, *options)
        return console(*words, stdin=stdin, **changes)


def left_behind(*folders):
    """Every file that runs have left, below the user's own folder and some others."""
    parents = [Path(os.environ["XDG_STATE_HOME"]), *folders]
    return [path for parent in parents for path in parent.rglob("*") if path.is_file()]


# Good pipes


def test_pipe_from_engine_to_engine_arrives(way, scratch):
    source, target = way
    dump, load = piped(source, target, "--verify")

    assert (dump.code, dump.err) == (DONE, "")
    assert (load.code, load.err) == (DONE, "")
    assert "Verified" in load.out
    assert differences(source, target) == []
    assert left_behind(scratch) == []


def test_pipe_replaces_what_is_there(filled, sqlite_target):
    dump, load = piped(filled.source, sqlite_target, *REPLACE)

    assert (dump.code, load.code) == (DONE, DONE), load.err
    assert differences(filled.source, sqlite_target) == []


def test_dump_writes_nothing_but_the_file_to_standard_output(filled, tmp_path):
    done = dumped(filled.source, "--json")
    path = tmp_path / "piped"
    path.write_bytes(done.stdout)

    assert done.stdout.startswith(b"PK\x03\x04")
    assert done.stdout[-END_BYTES:].startswith(END_OF_ZIP)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
    report = json.loads(done.stderr)
    assert (report["file"], report["models"]["auth.Group"]) == ("-", 5)
    assert report["bytes"] <= len(done.stdout)


def test_dump_to_standard_output_leaves_nothing_behind(filled, scratch):
    assert dumped(filled.source).returncode == DONE
    assert left_behind(scratch) == []


def test_input_is_kept_where_the_call_says(stream, filled, tmp_path):
    work = tmp_path / "work"
    words = ("load", "-", "--database", filled.target, "--work-dir", work)
    with stream.open("rb") as stdin:
        killed(*words, stdin=stdin, at="load-emptied")
    kept = [path for path in left_behind(work) if path.suffix == ".syncline"]

    assert [path.read_bytes() for path in kept] == [stream.read_bytes()]
    assert left_behind() == []
    assert console(*words, "--resume").code == DONE
    assert left_behind(work) == []


# Bad pipes


def cut(data, *, keep):
    """The first bytes of a stream; a negative number leaves so many out."""
    return data[:keep]


def flip(data, *, at):
    """One bit of a stream is another."""
    spoiled = bytearray(data)
    spoiled[at] ^= 1
    return bytes(spoiled)


def place_of(path, name):
    """Where a member's content begins in a file."""
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(name)
        return info.header_offset + 30 + len(info.filename)


def last_chunk(path):
    """The chunk that would be read last."""
    with zipfile.ZipFile(path) as archive:
        return [name for name in archive.namelist() if name.startswith("rows/")][-1]


SPOIL = {
    "one byte": lambda path: cut(path.read_bytes(), keep=1),
    "half": lambda path: cut(path.read_bytes(), keep=path.stat().st_size // 2),
    "before the manifest": lambda path: cut(
        path.read_bytes(), keep=place_of(path, "manifest.json")
    ),
    "all but a byte": lambda path: cut(path.read_bytes(), keep=-1),
    "flipped in the first chunk": lambda path: flip(
        path.read_bytes(), at=place_of(path, "rows/0/0.jsonl.zst") + 8
    ),
    "flipped in the last chunk": lambda path: flip(
        path.read_bytes(), at=place_of(path, last_chunk(path)) + 8
    ),
    "flipped in the manifest": lambda path: flip(
        path.read_bytes(), at=place_of(path, "manifest.json") + 40
    ),
    "something else": lambda path: b"-- PostgreSQL database dump\n" * 100,
}


@pytest.mark.parametrize("what", SPOIL)
def test_spoiled_stream_is_refused_and_not_kept(what, stream, sqlite_target, scratch):
    stream.write_bytes(SPOIL[what](stream))
    with unchanged(sqlite_target):
        done = loaded(stream, sqlite_target)

    assert_one_sentence(done, ERROR, "Nothing was written", "E021")
    assert left_behind(scratch) == []


@pytest.mark.parametrize("what", ["half", "flipped in the last chunk"])
def test_spoiled_stream_comes_to_no_write(what, target, stream):
    """The first failpoint of a load is where the tables have been emptied."""
    stream.write_bytes(SPOIL[what](stream))
    with unchanged(target):
        done = loaded(stream, target, SYNCLINE_FAILPOINT="load-emptied")

    assert_one_sentence(done, ERROR, "E021")


def test_stream_can_be_sent_again_after_one_that_was_spoiled(stream, sqlite_target):
    whole = stream.read_bytes()
    stream.write_bytes(SPOIL["half"](stream))
    assert loaded(stream, sqlite_target).code == ERROR
    stream.write_bytes(whole)

    assert loaded(stream, sqlite_target).code == DONE
    assert left_behind() == []


def test_spoiled_stream_is_nothing_to_resume(stream, sqlite_target):
    stream.write_bytes(SPOIL["half"](stream))
    assert loaded(stream, sqlite_target).code == ERROR
    with unchanged(sqlite_target):
        done = console("load", "-", "--database", sqlite_target, *REPLACE, "--resume")

    assert_one_sentence(done, ERROR, "E043")


def test_dump_that_is_killed_leaves_the_target_as_it_was(way, scratch):
    source, target = way
    with unchanged(target):
        dump, load = piped(source, target, SYNCLINE_FAILPOINT="dump-chunk:2")

    assert dump.code == -signal.SIGKILL
    assert_one_sentence(load, ERROR, "truncated", "E021")
    # The dump could not tidy up; what it leaves says that it ran, and holds no rows.
    assert {path.name for path in left_behind(scratch)} <= {"state.json"}


def test_dump_that_fails_leaves_the_target_as_it_was(filled, sqlite_target):
    """It says why, and `load -` says that it was sent no file."""
    with unchanged(sqlite_target):
        dump, load = piped("nowhere", sqlite_target, *REPLACE)

    assert "'nowhere'" in dump.err
    assert_one_sentence(load, ERROR)


def test_empty_input_is_one_sentence(target, scratch):
    words = ("load", "-", "--database", target, *REPLACE)
    with unchanged(target):
        done = console(*words)

    assert_one_sentence(done, ERROR, "E02")
    assert left_behind(scratch) == []


@pytest.mark.parametrize("verb", ["load", "dump"])
def test_closed_standard_stream_is_one_sentence(verb, filled):
    """As `<&-` and `>&-` of a shell leave it."""
    alias = {"load": filled.target, "dump": filled.source}[verb]
    close = {"load": "<&-", "dump": ">&-"}[verb]
    command = script(verb, "-", "--database", alias, *SETTINGS)
    with unchanged(alias):
        done = run(["sh", "-c", f'exec "$@" {close}', "sh", *command])

    assert_one_sentence(done, ERROR)


def test_message_names_standard_input_and_no_private_file(stream, sqlite_target):
    """Where it was kept for a moment is nothing that a user has heard of."""
    stream.write_bytes(SPOIL["half"](stream))
    done = loaded(stream, sqlite_target)

    assert "standard input" in done.err
    assert os.environ["XDG_STATE_HOME"] not in done.err
