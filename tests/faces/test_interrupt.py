"""Ctrl-C and SIGTERM at any moment: exit code 130, and everything as it was (33)."""

import signal

import pytest
from django.db import connections, transaction

from tests.faces.running import (
    DONE,
    INTERRUPTED,
    SECONDS_MAX,
    called,
    ended,
    fill,
    groups,
    held,
    unchanged,
)

SIGNALS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
MANY = 100_000


def interrupted(*words, at, number, hold=SECONDS_MAX, times=1):
    """Call the console script, and signal it when it has come to a failpoint."""
    with held(*words, at=at, hold=hold) as process:
        for _ in range(times):
            process.send_signal(number)
        return ended(process)


def fill_many(alias):
    """Put so many rows into a table that a load takes many batches."""
    rows = [(n, f"group {n}") for n in range(1, MANY + 1)]
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.executemany("INSERT INTO auth_group (id, name) VALUES (%s, %s)", rows)
    connections[alias].close()


def assert_told(done):
    """One sentence, the code, and no report."""
    assert done.code == INTERRUPTED, done.err
    assert done.out == ""
    assert len(done.sentences) == 1
    assert "Interrupted" in done.err


@pytest.mark.parametrize(
    ("place", "number"),
    [
        ("load-batch", signal.SIGINT),
        ("load-batch", signal.SIGTERM),
        ("load-before-commit", signal.SIGINT),
    ],
)
def test_interrupted_copy_leaves_the_target_as_it_was(engine, place, number):
    source, target = f"{engine}_a", f"{engine}_b"
    fill(source, groups=9)
    fill(target, groups=3)
    words = ("copy", source, target, "--replace", "--no-input")
    with unchanged(target):
        assert_told(interrupted(*words, at=place, number=number))

    assert called(*words, "--verify").code == DONE
    assert len(groups(target)) == 9


def test_copy_that_is_busy_is_interrupted_as_well(engine):
    """Inside of the driver's C code, or of its threads."""
    source, target = f"{engine}_a", f"{engine}_b"
    fill_many(source)
    fill(target, groups=3)
    words = ("copy", source, target, "auth", "--replace", "--no-input")
    with unchanged(target):
        assert_told(
            interrupted(*words, at="load-batch:2", number=signal.SIGINT, hold=0)
        )

    assert called(*words).code == DONE
    assert len(groups(target)) == MANY


def test_second_ctrl_c_changes_nothing(sqlite):
    fill(sqlite.source)
    fill(sqlite.target, groups=3)
    words = ("copy", sqlite.source, sqlite.target, "--replace", "--no-input")
    with unchanged(sqlite.target):
        done = interrupted(*words, at="load-batch", number=signal.SIGINT, times=3)

    assert done.code in (INTERRUPTED, -signal.SIGINT)


@SIGNALS
def test_interrupted_load_leaves_the_target_as_it_was(sqlite, tmp_path, number):
    fill(sqlite.source)
    path = tmp_path / "site.syncline"
    assert called("dump", path, "--database", sqlite.source).code == DONE
    words = ("load", path, "--database", sqlite.target)
    with unchanged(sqlite.target):
        assert_told(interrupted(*words, at="load-table:3", number=number))

    assert called(*words, "--verify").code == DONE


@SIGNALS
@pytest.mark.parametrize("place", ["dump-chunk", "dump-table", "dump-before-rename"])
def test_interrupted_dump_leaves_no_file(sqlite, tmp_path, place, number):
    fill(sqlite.source)
    words = ("dump", tmp_path / "site.syncline", "--database", sqlite.source)
    assert_told(interrupted(*words, at=place, number=number))

    assert list(tmp_path.iterdir()) == []
    assert called(*words).code == DONE


def test_interrupted_dump_keeps_the_file_that_was_there(sqlite, tmp_path):
    fill(sqlite.source)
    path = tmp_path / "site.syncline"
    path.write_bytes(b"last night's")
    words = ("dump", path, "--database", sqlite.source)
    assert_told(interrupted(*words, at="dump-before-rename", number=signal.SIGINT))

    assert [item.read_bytes() for item in tmp_path.iterdir()] == [b"last night's"]
