"""`--replace` asks for the database's name on a terminal, and nowhere else."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connections

from tests.faces.running import (
    BARE,
    DONE,
    ERROR,
    INTERRUPTED,
    Outcome,
    assert_one_sentence,
    called,
    console,
    ending,
    environment,
    fill,
    groups,
    run,
    script,
    unchanged,
)

pty = pytest.importorskip("pty")
CTRL_C, CTRL_D = "\x03", "\x04"
ASKED = "to go on"
ASK_SECONDS_MAX, END_SECONDS_MAX, AGAIN_SECONDS, TYPING_SECONDS = 30, 60, 5, 0.3


@pytest.fixture
def both(sqlite):
    """A source with many groups, and a target with few."""
    fill(sqlite.source, groups=9)
    fill(sqlite.target, groups=3)
    return sqlite


def typed(
    *words,
    answer,
    out_of_sight=False,
    asked=ASKED,
    settings="tests.settings",
    **changes,
):
    """Call the console script on a terminal, and type something when it asks.

    `out_of_sight` sends standard output elsewhere, as in `… > report`.
    """
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*script(*words), "--settings", settings],
        stdin=slave,
        stdout=subprocess.PIPE if out_of_sight else slave,
        stderr=slave,
        env=environment(TERM="xterm", **changes),
        start_new_session=True,
        preexec_fn=take_terminal,  # noqa: PLW1509 - there are no threads
    )
    os.close(slave)
    with ending(process):
        seen = read_until(master, asked, ASK_SECONDS_MAX) if answer else ""
        # Nobody types at once; and Python overlooks a Ctrl-C that comes between its
        # prompt and its read, so that it is pressed again if need be.
        time.sleep(TYPING_SECONDS if answer else 0)
        if answer and process.poll() is None:
            os.write(master, answer.encode())
        if answer == CTRL_C:
            seen += read_until(master, None, AGAIN_SECONDS)
            if process.poll() is None:
                os.write(master, answer.encode())
        seen += read_until(master, None, END_SECONDS_MAX)
        out = process.stdout.read().decode() if process.stdout else ""
        code = process.wait(END_SECONDS_MAX)
    os.close(master)
    return Outcome(code=code, out=out, err=seen.replace("\r\n", "\n"))


def take_terminal():
    """Make standard input the terminal whose Ctrl-C reaches us."""
    os.close(os.open(os.ttyname(0), os.O_RDWR))
    # A shell without job control starts background jobs with SIGINT ignored.
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def read_until(master, word, seconds_max):
    """Read what a process shows; to its end when there is no word to wait for."""
    seen = ""
    until = time.monotonic() + seconds_max
    with contextlib.suppress(OSError):  # The other end is closed.
        while time.monotonic() < until and (word is None or word not in seen):
            if select.select([master], [], [], 0.1)[0]:
                seen += os.read(master, 65_536).decode(errors="replace")
    return seen


def name_of(alias):
    return Path(connections[alias].settings_dict["NAME"]).name


def test_name_of_the_database_replaces_its_rows(both):
    words = ("copy", both.source, both.target, "--replace", "--verify")
    done = typed(*words, answer=name_of(both.target) + "\n")

    assert done.code == DONE, done.err
    assert name_of(both.target) in done.err
    assert f"'{both.target}'" in done.err
    assert len(groups(both.target)) == 9


@pytest.mark.parametrize("answer", ["\n", "yes\n", "y\n", "sqlite_b\n", CTRL_D])
def test_any_other_answer_changes_nothing(answer, both):
    with unchanged(both.target):
        done = typed("copy", both.source, both.target, "--replace", answer=answer)

    assert done.code == ERROR, done.err
    assert "was not confirmed; nothing was changed" in done.err
    assert "Traceback" not in done.err


def test_ctrl_c_at_the_question_changes_nothing(both):
    with unchanged(both.target):
        done = typed("copy", both.source, both.target, "--replace", answer=CTRL_C)

    assert done.code == INTERRUPTED, done.err
    assert "Traceback" not in done.err


def test_load_asks_as_well(both, tmp_path):
    path = tmp_path / "site.syncline"
    assert called("dump", path, "--database", both.source).code == DONE
    words = ("load", path, "--database", both.target, "--replace")
    with unchanged(both.target):
        assert typed(*words, answer="no\n").code == ERROR
    assert typed(*words, answer=name_of(both.target) + "\n").code == DONE

    assert len(groups(both.target)) == 9


def test_question_is_not_part_of_the_report(both):
    """`… --json > report.json` on a terminal: the question must be seen there."""
    words = ("copy", both.source, both.target, "--replace", "--json")
    done = typed(*words, answer=name_of(both.target) + "\n", out_of_sight=True)

    assert done.code == DONE, done.err
    assert ASKED in done.err
    assert json.loads(done.out)["models"]["auth.Group"] == 9


def test_nobody_to_ask_is_a_refusal(both):
    with unchanged(both.target):
        done = console("copy", both.source, both.target, "--replace")

    assert_one_sentence(done, ERROR, "was not confirmed", "--no-input")


@pytest.mark.parametrize(
    "words",
    [("--no-input",), ("--no-input", "--quiet"), ("--no-input", "--json")],
    ids=" ".join,
)
def test_no_input_replaces_without_asking(words, both):
    done = typed("copy", both.source, both.target, "--replace", *words, answer="")

    assert done.code == DONE, done.err
    assert ASKED not in done.err + done.out
    assert len(groups(both.target)) == 9


def test_dry_run_does_not_ask_for_it_changes_nothing(both):
    with unchanged(both.target):
        words = ("copy", both.source, both.target, "--replace", "--dry-run")
        done = console(*words)

    assert (done.code, done.err) == (DONE, "")
    assert "would be loaded" in done.out


def test_into_empty_does_not_ask(filled):
    done = typed("copy", filled.source, filled.target, answer="")

    assert done.code == DONE, done.err
    assert ASKED not in done.err + done.out


def test_progress_is_drawn_on_a_terminal_and_taken_away(filled):
    done = typed("copy", filled.source, filled.target, answer="")

    assert done.code == DONE, done.err
    assert "auth." in done.err
    last = done.err.rstrip().splitlines()[-1]
    assert "\x1b" not in last.replace("\x1b[?25h", "")


def test_quiet_draws_no_progress_on_a_terminal(filled):
    words = ("copy", filled.source, filled.target, "--quiet")
    done = typed(*words, answer="")

    assert (done.code, done.err) == (DONE, "")


def test_json_on_a_terminal_is_one_object_beside_the_progress(filled):
    done = typed(
        "copy", filled.source, filled.target, "--json", answer="", out_of_sight=True
    )

    assert done.document["models"]["auth.Group"] == 5


# Missing tables


@pytest.mark.parametrize(
    ("answer", "code"), [("y\n", DONE), ("Y\n", DONE), ("\n", ERROR), (CTRL_D, ERROR)]
)
def test_user_of_a_terminal_is_asked_about_missing_tables(answer, code, tmp_path):
    old, new = tmp_path / "old.sqlite3", tmp_path / "new.sqlite3"
    databases = {
        name: {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}
        for name, path in (("default", old), ("new", new))
    }
    changes = {"SYNCLINE_TEST_DATABASES": json.dumps(databases)}
    django = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
    assert run([*django, "--settings", BARE], **changes).code == DONE
    question = "Run the migrations there now?"
    done = typed(
        "copy", "default", "new",
        answer=answer, asked=question, settings=BARE, **changes,
    )  # fmt: skip

    assert done.code == code, done.err
    assert question in done.err
    assert "Traceback" not in done.err
    assert (new.stat().st_size > 0) == (code == DONE)


# A dry run


@pytest.mark.parametrize("mode", [(), ("--replace",)], ids=["into-empty", "replace"])
def test_dry_run_of_a_copy_writes_nothing(mode, engine):
    source, target = f"{engine}_a", f"{engine}_b"
    fill(source, groups=9)
    if mode:
        fill(target, groups=3)
    with unchanged(target):
        done = called("copy", source, target, "--dry-run", "--json", *mode)

    assert (done.code, done.err) == (DONE, "")
    assert done.document["dry_run"] is True
    assert done.document["models"]["auth.Group"] == 9


def test_dry_run_of_a_load_writes_nothing(file, filled):
    with unchanged(filled.target):
        done = called("load", file, "--database", filled.target, "--dry-run")

    assert (done.code, done.err) == (DONE, "")
    assert "would be loaded" in done.out


def test_dry_run_says_what_would_be_refused(both):
    with unchanged(both.target):
        done = called("copy", both.source, both.target, "--dry-run")

    assert_one_sentence(done, ERROR, "is not empty")
