"""Exit codes, which scripts rely on: 0, 1, 2, 3, 4; 130 is in test_interrupt."""

import pytest
from django.contrib.auth.models import Group
from django.db import connections

from tests.faces.running import (
    DIFFERS,
    DONE,
    ERROR,
    SET_ASIDE,
    USAGE,
    called,
    fill,
    groups,
    run,
    script,
    unchanged,
)


def test_code_1_is_an_error(filled):
    fill(filled.target, groups=3)
    with unchanged(filled.target):
        done = called("copy", filled.source, filled.target)

    assert done.code == ERROR
    assert "is not empty" in done.err
    assert "--replace" in done.err


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("fly",),
        ("copy",),
        ("copy", "one"),
        ("dump",),
        ("inspect", "file", "--no-such-option"),
        ("load", "file", "--replace", "--into-empty"),
        ("load", "file", "--orphans", "eat"),
        ("inspect", "file", "-v9"),
    ],
    ids=" ".join,
)
def test_code_2_is_a_call_that_is_not_understood(words):
    done = run(script(*words), DJANGO_SETTINGS_MODULE="tests.settings")

    if not words:  # Nothing asked is answered with what could be.
        assert (done.code, done.err) == (DONE, "")
        assert "VERB" in done.out
        return
    assert done.code == USAGE
    assert "usage: syncline" in done.err
    assert "Traceback" not in done.err


def test_code_4_is_a_verification_that_differs(filled):
    assert called("copy", filled.source, filled.target).code == DONE
    Group.objects.using(filled.target).filter(pk=2).update(name="changed")
    connections[filled.target].close()
    done = called("verify", filled.source, filled.target, "--json")

    assert done.code == DIFFERS
    assert done.document["equal"] is False
    [difference] = done.document["differences"]
    assert difference["label"] == "auth.Group"
    assert difference["fields"] == {"name": 1}
    assert difference["samples"] == {"name": [2]}
    assert "auth.Group: 1 differ in name (pk 2)" in done.err


def test_code_3_is_done_but_for_rows_that_were_set_aside(filled):
    """A user is in a group that is not there, as SQLite alone allows."""
    with connections[filled.source].cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
        cursor.execute("INSERT INTO auth_user_groups VALUES (99, 7, 1234)")
    connections[filled.source].close()
    words = ("copy", filled.source, filled.target)
    with unchanged(filled.target):
        refused = called(*words)
    done = called(*words, "--orphans", "skip", "--json")

    assert refused.code == ERROR
    assert "auth.User_groups" in refused.err
    assert "--orphans skip" in refused.err
    assert done.code == SET_ASIDE
    assert list(done.document["set_aside"].values()) == [1]
    assert "99" in done.err
    assert groups(filled.target) == groups(filled.source)
