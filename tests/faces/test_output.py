"""What the commands print, where, and in what form."""

import json
import subprocess

import pytest

from tests.faces.running import (
    DIFFERS,
    DONE,
    FACES,
    USAGE,
    called,
    console,
    environment,
    script,
)
from tests.zoo.compare import differences


def verb_calls(filled, file):
    """A call of every verb that succeeds, in an order that works."""
    return {
        "dump": ("dump", file.with_name("b"), "--database", filled.source),
        "inspect": ("inspect", file),
        "load": ("load", file, "--database", filled.target),
        "verify": ("verify", filled.source, filled.target),
        "copy": (
            "copy", filled.source, filled.target, "--replace", "--no-input", "--verify",
        ),
    }  # fmt: skip


KEYS = {
    "dump": {"file", "rows", "models", "left_out", "bytes", "seconds"},
    "inspect": {"created", "engine", "rows", "models", "left_out", "migrations"},
    "load": {"rows", "models", "left_out", "set_aside", "dry_run", "verified"},
    "verify": {"equal", "rows", "models", "differences", "left_out"},
    "copy": {"rows", "models", "left_out", "set_aside", "dry_run", "verified"},
}


def test_json_is_exactly_one_object_on_standard_output(filled, file):
    for verb, words in verb_calls(filled, file).items():
        done = called(*words, "--json")
        assert (done.code, done.err) == (DONE, "")
        assert done.document.keys() >= KEYS[verb]
        assert done.document["models"]["auth.Group"] == 5


def test_json_is_all_that_a_process_prints(filled, file):
    done = console("copy", filled.source, filled.target, "--json", "--verify")

    assert (done.code, done.err) == (DONE, "")
    assert done.document["verified"]["equal"] is True


def test_quiet_prints_nothing_on_success(filled, file):
    for words in verb_calls(filled, file).values():
        assert called(*words, "--quiet") == called("inspect", file, "--quiet")
    assert called("inspect", file, "--quiet").out == ""


def test_quiet_process_prints_nothing_on_success(filled):
    done = console("copy", filled.source, filled.target, "--quiet", "--verify")

    assert (done.code, done.out, done.err) == (DONE, "", "")


@pytest.mark.parametrize("face", FACES.values(), ids=FACES)
def test_quiet_says_on_standard_error_what_went_wrong(face, filled):
    done = face("verify", filled.source, filled.target, "--quiet")

    assert (done.code, done.out) == (DIFFERS, "")
    assert "auth.Group" in done.err


def test_quiet_json_is_still_printed_for_the_program_that_asked(file):
    assert called("inspect", file, "--quiet", "--json").document["rows"] > 0


def test_progress_is_drawn_on_a_terminal_only(filled):
    done = console("copy", filled.source, filled.target)

    assert "\r" not in done.out + done.err
    assert "\x1b" not in done.out + done.err


# Standard output


def test_dump_to_standard_output_can_be_piped_into_a_file(filled, tmp_path):
    path = tmp_path / "piped"
    command = script("dump", "-", "--database", filled.source, "--settings")
    with path.open("wb") as out:
        done = subprocess.run(
            [*command, "tests.settings"],
            stdout=out,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert (done.returncode, done.stderr) == (DONE, b"")
    assert called("load", path, "--database", filled.target).code == DONE
    assert differences(filled.source, filled.target) == []


def test_dump_through_a_pipe_is_a_whole_file(filled, tmp_path):
    path = tmp_path / "piped"
    words = script("dump", "-", "--database", filled.source, "--settings")
    piped = subprocess.run(
        [*words, "tests.settings"], capture_output=True, env=environment(), check=False
    )
    path.write_bytes(piped.stdout)

    assert piped.returncode == DONE, piped.stderr
    assert called("inspect", path, "--json").document["models"]["auth.Group"] == 5


def test_json_does_not_spoil_a_dump_to_standard_output(filled, tmp_path):
    """Either it is refused as a contradiction, or the report goes elsewhere."""
    path = tmp_path / "piped"
    words = script("dump", "-", "--json", "--database", filled.source, "--settings")
    piped = subprocess.run(
        [*words, "tests.settings"], capture_output=True, env=environment(), check=False
    )
    path.write_bytes(piped.stdout)
    if piped.returncode == USAGE:
        assert piped.stdout == b""
    else:
        assert not piped.stdout.rstrip().endswith(b"}")
        assert json.loads(piped.stderr)["models"]["auth.Group"] == 5
