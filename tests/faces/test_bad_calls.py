"""Calls that cannot be: each gives one sentence with what to do, and writes nothing."""

import pytest

from tests.faces.running import (
    ERROR,
    USAGE,
    assert_one_sentence,
    called,
    console,
    run,
    script,
    unchanged,
)
from tests.settings import DATABASES

COPY = ("copy", "sqlite_a", "sqlite_b")


@pytest.mark.parametrize(
    "words",
    [
        ("copy", "nowhere", "sqlite_b"),
        ("copy", "sqlite_a", "nowhere"),
        ("copy", "sqlite_a", "nowhere", "--replace", "--no-input"),
        ("verify", "nowhere", "sqlite_b"),
        ("verify", "sqlite_a", "nowhere"),
        ("dump", "/nonexistent/file", "--database", "nowhere"),
    ],
    ids=" ".join,
)
def test_unknown_alias_is_named_with_those_that_are_known(words, sqlite):
    known = sorted(DATABASES)

    assert_one_sentence(called(*words), USAGE, "'nowhere'", *known)


def test_unknown_alias_of_a_load_is_named_before_anything_else(file):
    assert_one_sentence(
        called("load", file, "--database", "nowhere"), USAGE, "'nowhere'"
    )


@pytest.mark.parametrize(
    ("words", "near"),
    [
        ((*COPY, "auth.Usr"), "auth.User"),
        ((*COPY, "auht"), "auth"),
        ((*COPY, "AUTH.GROUPS"), "auth.Group"),
        ((*COPY, "--exclude", "sesions"), "sessions"),
        ((*COPY, "--exclude", "auth.User.pasword"), "auth.User.password"),
        ((*COPY, "--where", "auth.Usr:pk=1"), "auth.User"),
        (("dump", "/nonexistent/file", "Sesions"), "sessions"),
        (("verify", "sqlite_a", "sqlite_b", "auth.Usr"), "auth.User"),
    ],
)
def test_name_that_is_nearly_right_is_met_with_a_suggestion(words, near, sqlite):
    with unchanged("sqlite_b"):
        done = called(*words)

    assert_one_sentence(done, USAGE, "Did you mean", near)


@pytest.mark.parametrize(
    "name", ["quux", "quux.Thing", "auth.User.quux", ".", "a.b.c.d"]
)
def test_name_that_is_nothing_is_refused_without_a_guess(name, sqlite):
    done = called(*COPY, "--exclude", name)

    assert_one_sentence(done, USAGE, "No installed app, model or field is called")
    assert "Did you mean" not in done.err


@pytest.mark.parametrize(
    "where",
    [
        "auth.User",
        "auth.User:",
        "auth.User:pk",
        "auth.User:=1",
        ":pk=1",
        "auth.User:nothing=1",
        "auth.User:pk=one",
        "auth.User:pk__quux=1",
        "auth.User:last_login__gt=yesterday",
        "auth.User:groups__pk__in=a,b",
    ],
)
def test_filter_that_is_not_understood_is_explained(where, sqlite):
    with unchanged("sqlite_b"):
        done = called(*COPY, "--where", where)

    assert_one_sentence(done, USAGE, "--where", "'app.Model:field=value'")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--unfit", "squeeze"), "squeeze"),
        (("--unfit", "auth.User.nothing=clip"), "auth.User.nothing"),
        (("--unfit", "auth.User.username=squeeze"), "auth.User.username=squeeze"),
        (("--rename", "auth.User"), "auth.User"),
        (("--rename", "=auth.User"), "=auth.User"),
    ],
)
def test_option_of_another_form_is_refused(words, told, filled):
    with unchanged(filled.target):
        done = called("copy", filled.source, filled.target, *words)

    assert_one_sentence(done, USAGE, told)


def test_one_database_is_not_copied_onto_itself(sqlite):
    for words in (("copy", "sqlite_a", "sqlite_a"), ("verify", "sqlite_a", "sqlite_a")):
        assert_one_sentence(called(*words), USAGE, "are the same database")


@pytest.mark.parametrize("verb", ["load", "inspect"])
@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda path: None, "there is no such file"),
        (lambda path: path.mkdir(), "irectory"),
        (lambda path: path.touch(), "not a Syncline file"),
        (lambda path: path.write_text("[{}]"), "not a Syncline file"),
        (lambda path: path.symlink_to(path), "symbolic links"),
    ],
    ids=["missing", "folder", "empty", "JSON", "loop"],
)
def test_file_that_is_none_is_refused(verb, make, told, tmp_path, sqlite):
    path = tmp_path / "site.syncline"
    make(path)
    words = ("--database", "sqlite_b") if verb == "load" else ()
    with unchanged("sqlite_b"):
        done = called(verb, path, *words)

    assert_one_sentence(done, ERROR, str(path), told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "there is no such Python file"),
        ("import no_such_module", "ModuleNotFoundError"),
        ("def pre_walk(", "SyntaxError"),
    ],
)
def test_plugin_that_cannot_be_run_is_refused(text, told, tmp_path, filled):
    plugin = tmp_path / "plugin.py"
    if text is not None:
        plugin.write_text(text)
    with unchanged(filled.target):
        done = called("copy", filled.source, filled.target, "--plugin", plugin)

    assert_one_sentence(done, ERROR, "plugin.py", told)


@pytest.mark.parametrize("verb", ["copy", "dump", "load", "verify", "inspect"])
def test_settings_that_are_not_there_are_named(verb):
    done = console(verb, "a", "b", settings="no_such_settings")

    assert_one_sentence(done, ERROR, "no_such_settings")


def test_project_must_be_named():
    done = run(script("inspect", "file"))

    assert_one_sentence(done, USAGE, "--settings mysite.settings")


def test_unknown_option_is_met_with_the_usage():
    done = run(script("inspect", "file", "--jsno"), DJANGO_SETTINGS_MODULE="x.y")

    assert "Traceback" not in done.err
    assert done.code in (ERROR, USAGE)
