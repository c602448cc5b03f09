"""A truncated, flipped, newer or hostile file is refused, and nothing is written (43).

`tests/unit/test_container.py` tries every byte without a database; here the command
loads what it can, and the target is looked at.
"""

import contextlib
import json
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.auth.models import Group
from django.db import connections

from syncline import load
from syncline.errors import FileTrouble
from tests.damage import (
    CHUNK,
    DAMAGE,
    FIELDS,
    LABEL,
    ROWS,
    Recipe,
    append,
    flipped,
    lines,
    spoiled,
)
from tests.faces.running import (
    BARE,
    DONE,
    ERROR,
    USAGE,
    assert_one_sentence,
    called,
    contents,
    environment,
    unchanged,
)

HINT = "Nothing was written"
CONTENT_TYPES = [
    {"name": "id", "column": "id", "kind": "integer"},
    {"name": "app_label", "column": "app_label", "kind": "text"},
    {"name": "model", "column": "model", "kind": "text"},
]
LOAD = ("--replace", "--no-input")
"""With rows in the way, so that a target that is emptied too early is seen."""


@pytest.fixture
def target(engine):
    """A database with a row that must stay."""
    alias = f"{engine}_b"
    Group.objects.using(alias).create(pk=7, name="was here")
    connections[alias].close()
    return alias


@pytest.fixture
def sqlite_target(sqlite):
    """The same on SQLite alone, for files in their hundreds."""
    Group.objects.using(sqlite.target).create(pk=7, name="was here")
    connections[sqlite.target].close()
    return sqlite.target


def groups_of(alias):
    found = Group.objects.using(alias).order_by("pk").values_list("pk", "name")
    rows = [list(row) for row in found]
    connections[alias].close()
    return rows


def test_file_that_nothing_is_wrong_with_is_loaded(target, tmp_path):
    """The recipe that every file below starts from."""
    path = Recipe().write(tmp_path / "whole.syncline")

    assert called("load", path, "--database", target, *LOAD).code == DONE
    assert groups_of(target) == ROWS


@pytest.mark.parametrize("what", DAMAGE)
def test_damaged_or_hostile_file_is_refused(what, target, tmp_path):
    path = spoiled(what, tmp_path / "bad.syncline")
    with unchanged(target):
        done = called("load", path, "--database", target, *LOAD)

    assert_one_sentence(done, ERROR)
    assert HINT in done.err or "The schemas differ" in done.err


@pytest.mark.parametrize("what", DAMAGE)
def test_damaged_or_hostile_file_is_inspected_without_a_traceback(what, tmp_path):
    """Only what the manifest says is looked at; the rows may be anything."""
    done = called("inspect", spoiled(what, tmp_path / "bad.syncline"))

    assert done.code in (DONE, ERROR)
    if done.code == ERROR:
        assert_one_sentence(done, ERROR, "bad.syncline")


def test_newer_file_is_met_with_the_command_that_upgrades(target, tmp_path):
    recipe = Recipe()
    recipe.head["format"] = 99
    path = recipe.write(tmp_path / "new.syncline")
    with unchanged(target):
        done = called("load", path, "--database", target, *LOAD)

    assert_one_sentence(done, ERROR, "99", "pip install --upgrade syncline")


def loaded(path, alias):
    """Load a file; says whether it was, and lets errors out that are not about it."""
    try:
        load(path, database=alias).run()
    except FileTrouble:
        return False
    finally:
        connections[alias].close()
    return True


def test_file_cut_off_anywhere_is_refused(sqlite, tmp_path):
    path = Recipe().write(tmp_path / "cut.syncline")
    data = path.read_bytes()
    with unchanged(sqlite.target):
        for length in range(0, len(data), 7):
            path.write_bytes(data[:length])
            assert not loaded(path, sqlite.target), length


def test_flipped_byte_is_refused_or_changes_nothing(sqlite, tmp_path):
    """Never a silent difference, and never another error."""
    path = Recipe().write(tmp_path / "flipped.syncline")
    data = path.read_bytes()
    before = contents(sqlite.target)
    for offset in range(0, len(data), 5):
        path.write_bytes(flipped(data, offset, 1 << (offset % 8)))
        if loaded(path, sqlite.target):
            assert groups_of(sqlite.target) == ROWS, offset
            Group.objects.using(sqlite.target).all().delete()
            connections[sqlite.target].close()
    assert contents(sqlite.target) == before


def test_flipped_byte_of_a_real_dump_is_refused_or_changes_nothing(filled, tmp_path):
    path = tmp_path / "site.syncline"
    assert called("dump", path, "--database", filled.source, "auth").code == DONE
    data, wanted = path.read_bytes(), groups_of(filled.source)
    words = ("load", path, "--database", filled.target, *LOAD, "--quiet")
    for offset in range(0, len(data), len(data) // 40):
        path.write_bytes(flipped(data, offset, 0xFF))
        done = called(*words)
        assert done.code in (DONE, ERROR)
        assert groups_of(filled.target) == (wanted if done.code == DONE else [])
        if done.code == DONE:
            Group.objects.using(filled.target).all().delete()
            connections[filled.target].close()
        else:
            assert_one_sentence(done, ERROR)


# What the manifest may say about models, and what must come of it


def hostile(alias, path, **changes):
    """Load a file whose model is described otherwise."""
    recipe = Recipe()
    recipe.model.update(changes)
    return called("load", recipe.write(path), "--database", alias, *LOAD)


def test_table_of_the_manifest_is_never_written_to(target, tmp_path):
    """What is written is the table of the installed model, whatever a file says."""
    spoilt = 'auth_user"; DROP TABLE auth_user; --'
    before = contents(target)
    done = hostile(target, tmp_path / "bad.syncline", table=spoilt)
    after = contents(target)

    assert done.code in (DONE, ERROR)
    assert after.keys() == before.keys()
    assert after["auth_user"] == before["auth_user"]


def test_column_of_the_manifest_is_never_written_to(target, tmp_path):
    fields = [dict(field) for field in FIELDS]
    fields[1]["column"] = "id"
    done = hostile(target, tmp_path / "bad.syncline", fields=fields)

    if done.code == DONE:
        assert groups_of(target) == ROWS
    else:
        assert groups_of(target) == [[7, "was here"]]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"label": "auth.Quux"}, "auth.Quux"),
        ({"label": "auth"}, "auth"),
        ({"label": "a.b.c"}, "a.b.c"),
        ({"label": "auth.User"}, "auth.User"),
        ({"label": "sessions.Session"}, "sessions.Session"),
    ],
)
def test_model_that_is_another_one_is_refused(changes, told, sqlite_target, tmp_path):
    with unchanged(sqlite_target):
        done = hostile(sqlite_target, tmp_path / "bad.syncline", **changes)

    assert done.code == ERROR
    assert_one_sentence(done, ERROR, told)


@pytest.mark.parametrize(
    "changes",
    [
        {"pk": ["nothing"]},
        {"pk": []},
        {"pk": ["name"]},
        {"generic": [["id", "name"]]},
        {"generic": [["nothing", "nothing"]]},
        {"uniques": [["nothing"]]},
        {"natural_key": ["nothing"]},
        {"generated": ["name"]},
    ],
    ids=str,
)
def test_description_that_lies_does_no_harm(changes, target, tmp_path):
    """Rows are loaded as they are, or the file is refused; there is nothing else."""
    done = hostile(target, tmp_path / "bad.syncline", **changes)

    if done.code == DONE:
        assert groups_of(target) == ROWS
    else:
        assert_one_sentence(done, ERROR)
        assert groups_of(target) == [[7, "was here"]]


@pytest.mark.parametrize(
    "field",
    [
        {"kind": "datetime"},
        {"kind": "naive", "zone": "Nowhere/Bad"},
        {"kind": "naive", "zone": "../../etc/passwd"},
        {"kind": "decimal", "places": -5},
        {"kind": "decimal", "places": 10**9},
        {"kind": "json"},
        {"kind": "uuid"},
        {"kind": "address"},
        {"kind": "native", "native": "text; DROP TABLE auth_user"},
        {"length_max": -1},
        {"places": 10**30},
        {"target": "auth.Permission", "target_field": "id"},
        {"target": "nothing"},
        {"statistics": {"least": []}},
        {"statistics": {"longest": -(10**30)}},
        {"statistics": {"longest": 10**9}},
        {"statistics": {"nulls": 5}},
        {"name": "id"},
        {"name": "permissions"},
        {"name": "__class__"},
        {"name": 'name"; DROP TABLE auth_user; --'},
    ],
    ids=str,
)
def test_field_that_lies_does_no_harm(field, target, tmp_path):
    fields = [dict(FIELDS[0]), {**FIELDS[1], **field}]
    before = contents(target)
    done = hostile(target, tmp_path / "bad.syncline", fields=fields)

    assert "Traceback" not in done.err
    if done.code == DONE:
        assert groups_of(target) == ROWS
    else:
        assert_one_sentence(done, done.code)
        assert done.code in (ERROR, USAGE)
        assert contents(target) == before


@pytest.mark.parametrize("engine_name", ["oracle", "generic", "", "../x", "sqlite3"])
def test_engine_that_is_unknown_does_no_harm(engine_name, sqlite_target, tmp_path):
    recipe = Recipe()
    recipe.manifest["engine"] = engine_name
    path = recipe.write(tmp_path / "bad.syncline")
    done = called("load", path, "--database", sqlite_target, *LOAD)

    if done.code == DONE:
        assert groups_of(sqlite_target) == ROWS
    else:
        assert_one_sentence(done, ERROR)
        assert groups_of(sqlite_target) == [[7, "was here"]]


def test_content_types_that_are_hostile_are_refused_before_any_is_made(
    target, tmp_path
):
    """They are matched first, and those that are missing are added."""
    recipe = Recipe()
    rows = [[1, "evil", "one"], [2, "evil", 2]]
    recipe.add_model("contenttypes.ContentType", CONTENT_TYPES, rows)
    path = recipe.write(tmp_path / "bad.syncline")
    with unchanged(target):
        done = called("load", path, "--database", target, *LOAD)

    assert_one_sentence(done, ERROR, "bad.syncline", HINT)


def test_damage_in_the_last_chunk_is_seen_before_the_first_write(
    sqlite_target, tmp_path
):
    """The target is not emptied, filled and rolled back: it is not touched."""
    recipe = Recipe([[n, f"group {n}"] for n in range(1, 2001)], chunk_rows=100)
    recipe.chunks[-1]["sha256"] = "0" * 64
    path = recipe.write(tmp_path / "bad.syncline")
    file = Path(connections[sqlite_target].settings_dict["NAME"])
    before = file.read_bytes()
    done = called("load", path, "--database", sqlite_target, *LOAD)

    assert_one_sentence(done, ERROR, "the digest of rows/0/19.jsonl.zst is wrong")
    assert file.read_bytes() == before


def test_file_is_refused_before_migrations_are_run(tmp_path):
    """A new database stays empty of tables, too."""
    path = spoiled("digest is wrong", tmp_path / "bad.syncline")
    new = tmp_path / "new.sqlite3"
    settings = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(new)}
    command = [sys.executable, "-m", "syncline", "load", str(path), "--migrate"]
    done = subprocess.run(
        [*command, "--settings", BARE],
        capture_output=True,
        text=True,
        env=environment(SYNCLINE_TEST_DATABASES=json.dumps({"default": settings})),
        check=False,
    )

    assert done.returncode == ERROR
    assert "the digest" in done.stderr
    assert not new.exists() or new.stat().st_size == 0


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
def test_members_that_climb_out_or_come_twice_write_nothing(sqlite_target, tmp_path):
    path = Recipe().write(tmp_path / "sub.syncline")
    append(path, "../evil", b"x")
    append(path, "/tmp/syncline-evil", b"x")
    append(path, CHUNK, b"x")
    with unchanged(sqlite_target):
        done = called("load", path, "--database", sqlite_target, *LOAD)

    assert_one_sentence(done, ERROR, "two members have one name")
    assert not (tmp_path.parent / "evil").exists()
    assert not Path("/tmp/syncline-evil").exists()


@pytest.mark.parametrize(("rows", "size"), [(2, 1000), (2, None), (1, 1000)])
def test_bomb_does_not_take_the_memory_of_the_machine(
    rows, size, sqlite_target, tmp_path
):
    """Half a gigabyte of zeros in some kilobytes, in a process that may have one."""
    recipe = Recipe()
    recipe.replace_chunk(bytes(512 * 1024 * 1024), rows=rows, size=size)
    path = recipe.write(tmp_path / "bomb.syncline")
    assert path.stat().st_size < 100_000
    limit = 1024 * 1024 * 1024
    command = [sys.executable, "-m", "syncline", "load", str(path), *LOAD]
    with unchanged(sqlite_target):
        done = subprocess.run(
            [*command, "--database", sqlite_target, "--settings", "tests.settings"],
            capture_output=True,
            text=True,
            env=environment(),
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
            check=False,
        )  # fmt: skip

    assert done.returncode == ERROR, done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert HINT in done.stderr


def test_row_of_a_text_that_is_no_utf8_names_its_chunk(sqlite_target, tmp_path):
    recipe = Recipe()
    recipe.replace_chunk(lines(ROWS[:1]) + b'[2, "\xff\xfe"]\n')
    path = recipe.write(tmp_path / "bad.syncline")
    with contextlib.suppress(FileTrouble):
        load(path, database=sqlite_target).run()
        pytest.fail("it was loaded")
    done = called("load", path, "--database", sqlite_target, *LOAD)

    assert_one_sentence(done, ERROR, CHUNK)
    assert LABEL == "auth.Group"
