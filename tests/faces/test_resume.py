"""`--resume`: what a killed run had finished is not made again, nor trusted blindly.

Runs are killed at failpoints. Half of a resumed dump is from before, so the source must
not have changed: SQLite and PostgreSQL tell, MariaDB does not and starts again.
"""

import json
import os
import stat
import zipfile
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.db import connections

from tests.conftest import available
from tests.engines.archive import read_archive
from tests.faces.running import (
    BARE,
    DONE,
    ERROR,
    PLACES,
    assert_one_sentence,
    called,
    console,
    fill,
    groups,
    killed,
    unchanged,
)
from tests.zoo.compare import differences
from tests.zoo.models import BigPk

ROWS = 4000
"""Rows of a model, dumped in three chunks: of 500, 2,000 and 1,500 rows."""

AGAIN = "the dump starts again"
TRIES_MAX = 3
PRIVATE = 0o700


@pytest.fixture(params=["sqlite", "postgresql"])
def telling(request, restored_both):
    """A source with many rows, on an engine that tells whether it has changed."""
    return filled(had(request.param, restored_both))


@pytest.fixture
def untelling(restored_both):
    """A source with many rows, on an engine that does not tell."""
    return filled(had("mariadb", restored_both))


def had(engine, restored_both):
    if not available(engine):
        pytest.skip(f"not here: {engine}")
    restored_both(engine)
    return engine


@pytest.fixture
def source(engine):
    """A source with many rows, on every engine."""
    return filled(engine)


def filled(engine):
    alias = f"{engine}_a"
    fill(alias)
    rows = [BigPk(number=number, name=f"row {number}") for number in range(1, ROWS + 1)]
    BigPk.objects.using(alias).bulk_create(rows)
    connections[alias].close()
    return alias


def dump_words(path, alias):
    return "dump", path, "zoo.BigPk", "--database", alias


def interrupted(words):
    """Kill a dump after two of its three chunks; give the folder that it leaves."""
    killed(*words, at="dump-chunk:2")
    return work_folder()


def work_folder():
    """The one folder that a run has left."""
    [folder] = left_behind()
    return folder


def left_behind():
    """Every folder that runs keep below the user's own."""
    parent = Path(os.environ["XDG_STATE_HOME"]) / "syncline"
    return list(parent.iterdir()) if parent.exists() else []


def kept(folder):
    """The chunks that are kept, by name: when they were written, and their bytes."""
    return {
        path.name: (path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.glob("*.zst")
    }


def resumed(words, **changes):
    """Resume a dump that was killed; it goes on unless somebody else wrote meanwhile.

    On PostgreSQL, autovacuum may: then the dump rightly starts again, and so do we.
    """
    for _ in range(TRIES_MAX):
        interrupted(words)
        done = console(*words, "--resume", **changes)
        if AGAIN not in done.err:
            return done
    pytest.fail(f"the dump started again {TRIES_MAX} times")


def killed_twice(words):
    """Kill a dump, and the one that resumes it; give what each of them kept."""
    for _ in range(TRIES_MAX):
        before = kept(interrupted(words))
        killed(*words, "--resume", at="dump-before-rename")
        after = kept(work_folder())
        if before.items() <= after.items():
            return before, after
    pytest.fail(f"no chunk stayed as it was, {TRIES_MAX} times")


def assert_dumped(path, alias):
    """The file holds the rows that are there now, each of them once."""
    rows = read_archive(path).rows["zoo.BigPk"]
    there = BigPk.objects.using(alias).order_by("pk").values("number", "name")
    assert sorted(rows, key=lambda row: row["number"]) == list(there)
    connections[alias].close()


# Dumps


def test_resumed_dump_makes_the_missing_chunk_only(telling, tmp_path):
    """It comes to the failpoint once, where a dump from the start comes three times."""
    path = tmp_path / "site.syncline"
    words = dump_words(path, telling)
    done = resumed(words, SYNCLINE_FAILPOINT="dump-chunk:2")

    assert done.code == DONE, done.err
    assert_dumped(path, telling)
    killed(*words, at="dump-chunk:3")


def test_finished_chunks_are_taken_over_as_they_are(telling, tmp_path):
    path = tmp_path / "site.syncline"
    words = dump_words(path, telling)
    before, after = killed_twice(words)
    assert (len(before), len(after)) == (2, 3)

    assert called(*words, "--resume").code == DONE
    with zipfile.ZipFile(path) as file:
        members = [name for name in file.namelist() if name.startswith("rows/0/")]
        assert [file.read(name) for name in members] == [
            after[f"0-{number}.zst"][1] for number in range(3)
        ]
    assert_dumped(path, telling)


def test_resumed_dump_loads_and_verifies(telling, tmp_path):
    path, target = tmp_path / "site.syncline", telling.replace("_a", "_b")
    done = resumed(dump_words(path, telling))
    assert done.code == DONE, done.err

    assert called("load", path, "--database", target, "--verify").code == DONE
    assert differences(telling, target, [BigPk]) == []


@pytest.mark.parametrize("change", ["early row", "late row", "new row", "gone row"])
def test_dump_of_a_source_that_has_changed_starts_again(change, telling, tmp_path):
    path = tmp_path / "site.syncline"
    words = dump_words(path, telling)
    interrupted(words)
    rows = BigPk.objects.using(telling)
    match change:
        case "early row":
            rows.filter(pk=1).update(name="changed")
        case "late row":
            rows.filter(pk=ROWS).update(name="changed")
        case "new row":
            rows.create(number=ROWS + 1, name="new")
        case _:
            rows.filter(pk=1).delete()
    connections[telling].close()
    done = console(*words, "--resume")

    assert (done.code, len(done.sentences)) == (DONE, 1), done.err
    assert AGAIN in done.err
    assert telling in done.err
    assert_dumped(path, telling)


@pytest.mark.parametrize("changed", [False, True])
def test_dump_on_mariadb_starts_again_and_says_so(changed, untelling, tmp_path):
    path = tmp_path / "site.syncline"
    words = dump_words(path, untelling)
    interrupted(words)
    if changed:
        BigPk.objects.using(untelling).filter(pk=1).update(name="changed")
        connections[untelling].close()
    done = console(*words, "--resume")

    assert (done.code, len(done.sentences)) == (DONE, 1), done.err
    assert AGAIN in done.err
    assert_dumped(path, untelling)


def flip(folder):
    path = folder / "0-0.zst"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(folder):
    path = folder / "0-1.zst"
    path.write_bytes(path.read_bytes()[:-1])


def swap(folder):
    first, second = folder / "0-0.zst", folder / "0-1.zst"
    data = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(data)


def lose(folder):
    (folder / "0-0.json").unlink()


def empty(folder):
    (folder / "0-1.json").write_bytes(b"")


@pytest.mark.parametrize("alter", [flip, cut, swap, lose, empty])
def test_finished_chunk_that_was_altered_is_made_again(alter, telling, tmp_path):
    path = tmp_path / "site.syncline"
    words = dump_words(path, telling)
    alter(interrupted(words))
    done = console(*words, "--resume")

    assert done.code == DONE, done.err
    assert_dumped(path, telling)


def test_dump_is_not_resumed_with_the_chunks_of_other_apps(sqlite, tmp_path):
    """The database is the same, and yet a model's number means another model now."""
    fill(sqlite.source)
    connections[sqlite.source].close()
    path = tmp_path / "site.syncline"
    name = connections[sqlite.source].settings_dict["NAME"]
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(name)}
    apps = "django.contrib.contenttypes django.contrib.auth"
    project = {"SYNCLINE_TEST_DATABASES": json.dumps({"default": database})}
    project |= {"settings": BARE}
    killed("dump", path, at="dump-before-rename", SYNCLINE_TEST_APPS=apps, **project)
    more = f"django.contrib.sessions {apps}"
    done = console("dump", path, "--resume", SYNCLINE_TEST_APPS=more, **project)

    assert done.code == DONE, done.err
    rows = read_archive(path).rows
    assert [row["session_key"] for row in rows["sessions.Session"]] == ["k" * 32]
    kinds = ContentType.objects.using(sqlite.source).count()
    assert len(rows["contenttypes.ContentType"]) == kinds
    assert {row["name"] for row in rows["auth.Group"]} == groups(sqlite.source)


def test_dump_that_is_anonymised_takes_no_plain_rows_over(telling, tmp_path):
    path = tmp_path / "site.syncline"
    words = dump_words(path, telling)
    (tmp_path / "masks.py").write_text("ANONYMISE = {'zoo.BigPk.name': 'masked'}")
    interrupted(words)
    places = f"{PLACES}{os.pathsep}{tmp_path}"
    done = console(*words, "--resume", "--anonymise", "masks", PYTHONPATH=places)

    assert done.code == DONE, done.err
    rows = read_archive(path).rows["zoo.BigPk"]
    assert len(rows) == ROWS
    assert {row["name"] for row in rows} == {"masked"}


# Work folders


def test_what_a_dump_keeps_is_private_and_goes_at_the_end(source, tmp_path):
    words = dump_words(tmp_path / "site.syncline", source)
    folder = interrupted(words)
    assert stat.S_IMODE(folder.stat().st_mode) == PRIVATE
    assert len(kept(folder)) == 2

    assert called(*words, "--resume").code == DONE
    assert left_behind() == []


def test_what_is_kept_can_be_somewhere_else(telling, tmp_path):
    work = tmp_path / "work"
    words = (*dump_words(tmp_path / "site.syncline", telling), "--work-dir", work)
    killed(*words, at="dump-chunk:2")
    [folder] = work.iterdir()

    assert left_behind() == []
    assert stat.S_IMODE(folder.stat().st_mode) == PRIVATE
    assert called(*words, "--resume").code == DONE
    assert list(work.iterdir()) == []


@pytest.mark.parametrize("verb", ["dump", "load", "copy"])
def test_resume_without_an_interrupted_run_is_refused(verb, filled_file):
    words, target = filled_file
    with unchanged(target):
        done = console(*words[verb], "--resume")
    assert_one_sentence(done, ERROR, "No interrupted run", "--resume", "E043")

    # Nor is there one after a run that came to its end.
    assert called(*words[verb]).code == DONE
    with unchanged(target):
        done = called(*words[verb], "--resume")
    assert_one_sentence(done, ERROR, "E043")
    assert left_behind() == []


@pytest.fixture
def filled_file(sqlite, tmp_path):
    """The calls of three verbs, all of which would work, and the target."""
    source, target = sqlite.source, sqlite.target
    fill(source)
    path = tmp_path / "site.syncline"
    assert called("dump", path, "--database", source).code == DONE
    force = "--replace", "--no-input"
    words = {
        "dump": ("dump", tmp_path / "other.syncline", "--database", source),
        "load": ("load", path, "--database", target, *force),
        "copy": ("copy", source, target, *force),
    }
    return words, target


def test_run_of_another_command_is_not_resumed(telling, tmp_path):
    interrupted(dump_words(tmp_path / "site.syncline", telling))
    done = called(*dump_words(tmp_path / "other.syncline", telling), "--resume")

    assert_one_sentence(done, ERROR, "E043")


# Loads


@pytest.mark.parametrize("place", ["load-batch:3", "load-table:2"])
@pytest.mark.parametrize("verb", ["copy", "load"])
def test_resumed_load_ends_with_the_rows_of_the_source(verb, place, source, tmp_path):
    target, path = source.replace("_a", "_b"), tmp_path / "site.syncline"
    Group.objects.using(target).create(pk=3, name="old")
    connections[target].close()
    if verb == "load":
        assert called("dump", path, "--database", source).code == DONE
    words = {
        "copy": ("copy", source, target),
        "load": ("load", path, "--database", target),
    }[verb]
    words = (*words, "--replace", "--no-input")
    with unchanged(target):
        killed(*words, at=place)
    assert stat.S_IMODE(work_folder().stat().st_mode) == PRIVATE

    done = called(*words, "--resume")
    assert done.code == DONE, done.err
    assert differences(source, target) == []
    assert left_behind() == []


def test_resumed_load_of_standard_input_needs_no_input(source, tmp_path):
    target, path = source.replace("_a", "_b"), tmp_path / "site.syncline"
    assert called("dump", path, "--database", source).code == DONE
    words = ("load", "-", "--database", target, "--replace", "--no-input")
    with path.open("rb") as stdin, unchanged(target):
        killed(*words, at="load-batch:3", stdin=stdin)
    assert stat.S_IMODE(work_folder().stat().st_mode) == PRIVATE
    path.unlink()

    done = console(*words, "--resume")
    assert done.code == DONE, done.err
    assert differences(source, target) == []
    assert left_behind() == []
