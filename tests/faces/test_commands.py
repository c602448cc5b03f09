"""The commands when all goes well: through every face, and with every option."""

import sys

import pytest

from tests.faces.running import (
    DONE,
    FACES,
    USAGE,
    called,
    console,
    contents,
    fill,
    groups,
    manage,
    run,
    script,
)
from tests.zoo.compare import differences

FACE = pytest.mark.parametrize("face", FACES.values(), ids=FACES)
VERBS = ("dump", "load", "copy", "verify", "inspect")


@FACE
def test_dump_writes_a_private_file(face, filled, tmp_path):
    path = tmp_path / "site.syncline"
    done = face("dump", path, "--database", filled.source)

    assert (done.code, done.err) == (DONE, "")
    assert path.stat().st_mode & 0o777 == 0o600
    assert "rows of" in done.out
    assert [item.name for item in tmp_path.iterdir()] == ["site.syncline"]


@FACE
def test_load_fills_an_empty_database(face, file, filled):
    done = face("load", file, "--database", filled.target, "--verify")

    assert (done.code, done.err) == (DONE, "")
    assert "loaded" in done.out
    assert "Verified" in done.out
    assert differences(filled.source, filled.target) == []


@FACE
def test_copy_fills_an_empty_database(face, filled):
    done = face("copy", filled.source, filled.target, "--verify")

    assert (done.code, done.err) == (DONE, "")
    assert "loaded" in done.out
    assert differences(filled.source, filled.target) == []


@FACE
def test_verify_says_that_two_databases_are_equal(face, filled):
    assert called("copy", filled.source, filled.target).code == DONE
    done = face("verify", filled.source, filled.target)

    assert (done.code, done.err) == (DONE, "")
    assert done.out.startswith("Equal: ")


@FACE
def test_inspect_says_what_a_file_holds(face, file):
    done = face("inspect", file)

    assert (done.code, done.err) == (DONE, "")
    assert any(line.split()[:2] == ["auth.Group", "5"] for line in done.out.split("\n"))


def test_every_verb_works_between_two_engines(mixed, tmp_path):
    fill(mixed.source)
    path = tmp_path / "site.syncline"
    steps = [
        ("copy", mixed.source, mixed.target, "--verify"),
        ("verify", mixed.source, mixed.target),
        ("dump", path, "--database", mixed.target),
        ("inspect", path),
        ("load", path, "--database", mixed.source, "--replace", "--no-input"),
    ]
    for step in steps:
        done = called(*step)
        assert done.code == DONE, done.err
    assert differences(mixed.source, mixed.target) == []


def test_chosen_models_are_moved_and_no_others(filled):
    done = called("copy", filled.source, filled.target, "AUTH.group", "sessions")

    assert done.code == DONE, done.err
    tables = {t: rows for t, rows in contents(filled.target).items() if rows}
    assert {"auth_group", "auth_group_permissions", "django_session"} <= tables.keys()
    assert "auth_user" not in tables


def test_excluded_models_are_not_moved(filled):
    done = called("copy", filled.source, filled.target, "--exclude", "sessions")

    assert done.code == DONE, done.err
    assert not contents(filled.target)["django_session"]
    assert len(groups(filled.target)) == 5


def test_filtered_rows_are_moved_and_no_others(filled):
    where = ("auth.Group:pk__in=2,3", "auth.Group:name__startswith=group 3")
    done = called(
        "copy", filled.source, filled.target, "auth.Group",
        "--exclude", "auth.Group_permissions",
        "--where", where[0], "--where", where[1],
    )  # fmt: skip

    assert done.code == DONE, done.err
    assert groups(filled.target) == {"group 3 é🦒"}


# Django's own options


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize(
    "option",
    [
        ["--verbosity", "0"],
        ["-v0"],
        ["-v", "2"],
        ["--no-color"],
        ["--force-color"],
        ["--traceback"],
        ["--settings", "tests.settings"],
        ["--pythonpath", "."],
        ["--no-color", "--traceback", "--verbosity=1"],
    ],
    ids=" ".join,
)
def test_django_s_options_may_come_before_and_after_the_verb(option, place, file):
    words = ["inspect", str(file)]
    done = called(*(option + words if place == "before" else words + option))
    silent = "0" in option[-1]

    assert (done.code, done.err) == (DONE, "")
    assert bool(done.out) is not silent


def test_option_before_the_verb_is_not_reset_by_its_default_after_it(file):
    assert called("--verbosity", "0", "inspect", file).out == ""
    assert called("--verbosity", "0", "inspect", file, "--no-color").out == ""


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.parametrize("face", [["syncline"], ["django", "syncline"]], ids=" ".join)
def test_settings_and_pythonpath_are_heeded_before_and_after(
    face, place, file, tmp_path
):
    (tmp_path / "elsewhere.py").write_text("from tests.settings import *\n")
    options = ["--settings", "elsewhere", "--pythonpath", str(tmp_path)]
    verb = ["copy", "no-such-alias", "default"]
    words = options + verb if place == "before" else verb + options
    done = run([sys.executable, "-m", *face, *words])

    # The settings were found, else the sentence would be about them.
    assert done.code == USAGE, done.err
    assert "no-such-alias" in done.err


@pytest.mark.parametrize("face", [console, manage])
def test_traceback_is_shown_only_when_asked_for(face):
    words = ("inspect", "/no/such/file")

    assert "Traceback" not in face(*words).err
    assert "Traceback" in face(*words, "--traceback").err


def test_settings_may_come_from_the_environment(file):
    done = run(script("inspect", file), DJANGO_SETTINGS_MODULE="tests.settings")

    assert (done.code, done.err) == (DONE, "")


def test_options_may_be_keywords_of_call_command(filled, tmp_path):
    assert called(
        "copy", filled.source, filled.target, verbosity=0, no_input=True, verify=True
    ) == called("verify", filled.source, filled.target, quiet=True)
    assert groups(filled.target) == groups(filled.source)
