"""SIGKILL at every failpoint: the old rows or the new, and running again heals (33).

The failpoints are found in the source. One that no run below reaches is a failure, so
that a new one cannot be forgotten: add a run for it to RUNS.
"""

import re
from pathlib import Path

import pytest
from django.contrib.auth.models import Group, User
from django.db import connections
from django.db.models import Value
from django.db.models.functions import Concat

import syncline
from tests.faces.running import DONE, called, contents, fill, killed
from tests.zoo.compare import differences

SOURCE = Path(syncline.__file__).parent
CALL = re.compile(r"\bfailpoint\(\s*[\"']([\w-]+)[\"']\s*\)")
FAILPOINTS = sorted(
    {name for path in SOURCE.rglob("*.py") for name in CALL.findall(path.read_text())}
)

RUNS: dict[str, dict[str, tuple[str, ...]]] = {
    "dump": {"dump": ()},
    "load": {
        "copy": ("--replace", "--no-input"),
        "load": ("--replace", "--no-input"),
    },
    "merge": {
        "copy": ("--merge",),
        "load": ("--merge",),
    },
    "apply": {},  # See test_sync_commands.
}
"""By the first part of a failpoint's name: the verbs that reach it, and with what."""

LATER = (("dump-chunk:3", "dump"), ("load-table:4", "copy"), ("load-batch:3", "copy"))
"""Places that a run comes to more than once, at a later time."""

PLACES = [
    (name, verb) for name in FAILPOINTS for verb in RUNS.get(name.partition("-")[0], {})
] + list(LATER)
LOADS = [place for place in PLACES if place[1] != "dump"]
DUMPS = [place for place in PLACES if place[1] == "dump"]


@pytest.fixture
def old_and_new(engine):
    """A source, and a target that holds other rows and some of the same keys."""
    source, target = f"{engine}_a", f"{engine}_b"
    fill(source, groups=9)
    fill(target, groups=3)
    Group.objects.using(target).update(name=Concat(Value("old "), "name"))
    User.objects.using(target).update(username="old")
    for alias in (source, target):
        connections[alias].close()
    return source, target


def words_of(verb, place, source, target, path):
    """The call of a verb."""
    options = RUNS[place.partition("-")[0]][verb]
    return {
        "dump": ("dump", path, "--database", source),
        "load": ("load", path, "--database", target, *options),
        "copy": ("copy", source, target, *options),
    }[verb]


def test_every_failpoint_has_a_run():
    assert FAILPOINTS, "the source has some"
    forgotten = [name for name in FAILPOINTS if name.partition("-")[0] not in RUNS]

    assert forgotten == []


def test_failpoints_are_found_however_they_are_called():
    """Every call names its place with a plain text, so that this module sees it."""
    calls = [
        line
        for path in SOURCE.rglob("*.py")
        for line in path.read_text().splitlines()
        if "failpoint(" in line and "def failpoint" not in line
    ]

    assert all(CALL.search(line) for line in calls), calls


@pytest.mark.parametrize(("place", "verb"), LOADS, ids=map(" of ".join, LOADS))
def test_killed_load_leaves_the_old_rows_or_the_new(place, verb, old_and_new, tmp_path):
    source, target = old_and_new
    path = tmp_path / "site.syncline"
    if verb == "load":
        assert called("dump", path, "--database", source).code == DONE
    words = words_of(verb, place, source, target, path)
    before = contents(target)
    killed(*words, at=place)

    after = contents(target)
    merging = "--merge" in words
    if after != before:
        assert place == "load-after-commit" or merging
        assert_new(source, target, merging=merging)
    again = called(*words)
    assert (again.code, again.out[:1].isdigit()) == (DONE, True), again.err
    assert_new(source, target, merging=merging)


def assert_new(source, target, *, merging):
    """The target holds what the source does; a merge may hold more."""
    found = differences(source, target)
    if merging:
        # Links are matched by their ends, and have numbers of their own.
        assert links(source) <= links(target)
        found = [line for line in found if not line.startswith(LINKS)]
        found = [line for line in found if "only on the target" not in line]
    assert found == []


LINKS = ("auth.Group_permissions", "auth.User_groups", "auth.User_user_permissions")


def links(alias):
    """Say who is in which group, and which group may do what."""
    groups_ = Group.objects.using(alias)
    allowed = groups_.values_list(
        "pk", "permissions__content_type__model", "permissions__codename"
    )
    return set(allowed) | set(User.objects.using(alias).values_list("pk", "groups"))


@pytest.mark.parametrize(("place", "verb"), DUMPS, ids=map(" of ".join, DUMPS))
def test_killed_dump_leaves_no_file_under_its_name(place, verb, engine, tmp_path):
    source, target = f"{engine}_a", f"{engine}_b"
    fill(source, groups=9)
    path = tmp_path / "site.syncline"
    words = words_of(verb, place, source, target, path)
    killed(*words, at=place)

    assert not path.exists()
    assert called(*words).code == DONE
    assert called("load", path, "--database", target, "--verify").code == DONE


def test_killed_dump_keeps_the_file_that_was_there(sqlite, tmp_path):
    fill(sqlite.source)
    path = tmp_path / "site.syncline"
    path.write_bytes(b"last night's")
    words = ("dump", path, "--database", sqlite.source)
    killed(*words, at="dump-before-rename")

    assert path.read_bytes() == b"last night's"


@pytest.mark.parametrize("place", [name for name in FAILPOINTS if "load" in name])
def test_killed_load_into_an_empty_database_leaves_it_empty_or_filled(place, sqlite):
    fill(sqlite.source, groups=9)
    words = ("copy", sqlite.source, sqlite.target)
    before = contents(sqlite.target)
    killed(*words, at=place)
    filled = contents(sqlite.target) != before

    assert filled == (place == "load-after-commit")
    assert called(*words, *(["--replace", "--no-input"] if filled else [])).code == DONE
    assert differences(sqlite.source, sqlite.target) == []
