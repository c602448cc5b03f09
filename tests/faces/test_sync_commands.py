"""Track, pull, push and sync, as a user calls them."""

import json
import os
import signal
import subprocess
import time

import pytest
from django.db import connections

from syncline.identity.database import NodeDatabase
from syncline.management.commands.syncline import UNREAD
from syncline.models import Chunk, Journal, Run
from tests.faces.running import (
    DONE,
    ERROR,
    SET_ASIDE,
    USAGE,
    assert_one_sentence,
    called,
    console,
    contents,
    ended,
    ending,
    environment,
    killed,
    script,
)
from tests.faces.test_kill import FAILPOINTS
from tests.stations.models import Region, Remark, Station


def clear(*aliases):
    """Take the triggers off, so that the next test's rows are nobody's business."""
    for alias in aliases:
        database = NodeDatabase.open(alias)
        with connections[alias].cursor() as cursor:
            tables = connections[alias].introspection.table_names(cursor)
        database.engine.capture.remove(
            database.connection, [t for t in tables if not t.startswith("syncline_")]
        )
        connections[alias].close()


def fill(alias):
    """Some rows that point at each other."""
    north = Region.objects.using(alias).create(code="N", name="North")
    Station.objects.using(alias).create(code="N1", name="Cape", region=north)
    Station.objects.using(alias).create(code="N2", name="Bay", region=north)
    connections[alias].close()


def regions(alias):
    found = dict(Region.objects.using(alias).values_list("code", "name"))
    connections[alias].close()
    return found


@pytest.fixture
def apart(pair):
    """Two databases of which none is tracked; the source has rows."""
    fill(pair.source)
    yield pair.source, pair.target
    clear(pair.source, pair.target)


@pytest.fixture
def two(apart):
    """The same, tracked."""
    for alias in apart:
        done = called("track", "--database", alias)
        assert done.code == DONE, done.err
    return apart


@pytest.fixture
def files(sqlite):
    """Two databases in files, tracked, for what no engine does otherwise."""
    fill(sqlite.source)
    for alias in (sqlite.source, sqlite.target):
        done = called("track", "--database", alias)
        assert done.code == DONE, done.err
    yield sqlite.source, sqlite.target
    clear(sqlite.source, sqlite.target)


def user_rows(alias):
    """Every row that is the user's."""
    found = contents(alias)
    return {name: rows for name, rows in found.items() if "syncline_" not in name}


# In step


def test_track_then_sync_brings_both_in_step(two):
    here, there = two
    Region.objects.using(there).create(code="S", name="South")
    done = called("sync", there, "--database", here)

    assert done.code == DONE, done.err
    assert regions(here) == regions(there) == {"N": "North", "S": "South"}
    assert f"{here} → {there}: 3 created" in done.out


def test_pull_writes_here_only_and_push_there_only(two):
    here, there = two
    Region.objects.using(there).create(code="S", name="South")
    assert called("pull", there, "--database", here).code == DONE
    assert regions(here) == {"N": "North", "S": "South"}
    assert regions(there) == {"S": "South"}

    assert called("push", there, "--database", here).code == DONE
    assert regions(there) == regions(here)


def test_a_second_sync_finds_nothing_to_do(two):
    here, there = two
    assert called("sync", there, "--database", here).code == DONE
    document = called("sync", there, "--database", here, "--json").document

    for half in ("pulled", "pushed"):
        assert document[half]["created"] == document[half]["updated"] == {}


def test_the_console_script_syncs_too(files):
    here, there = files
    done = console("sync", there, "--database", here, "--quiet")

    assert (done.code, done.out, done.err) == (DONE, "", "")
    assert regions(there) == {"N": "North"}


def test_models_and_exclude_narrow_what_moves(files):
    here, there = files
    assert called("push", there, "stations.region", "--database", here).code == DONE
    assert regions(there) == {"N": "North"}
    assert not Station.objects.using(there).exists()

    words = ("push", there, "--database", here, "--exclude", "stations.Station")
    assert called(*words).code == DONE
    assert not Station.objects.using(there).exists()


# Tell before doing


def test_dry_run_tells_each_record_and_writes_nothing(two):
    here, there = two
    assert called("sync", there, "--database", here).code == DONE
    Region.objects.using(here).filter(code="N").update(name="Nord")
    Region.objects.using(here).create(code="E", name="East")
    Station.objects.using(there).get(code="N2").delete()
    for alias in two:
        connections[alias].close()
    before = [user_rows(alias) for alias in two]
    document = called("sync", there, "--database", here, "--dry-run", "--json").document

    assert [user_rows(alias) for alias in two] == before
    told = {
        (one["model"], one["outcome"], one["key"], tuple(one["fields"]))
        for half in ("pulled", "pushed")
        for one in document[half]["details"]
    }
    assert told == {
        ("stations.Station", "delete", "N2", ()),
        ("stations.Region", "update", "N", ("name",)),
        ("stations.Region", "create", "E", ()),
    }
    assert called("sync", there, "--database", here).code == DONE
    assert regions(there) == {"N": "Nord", "E": "East"}


def test_dry_run_is_readable(files):
    here, there = files
    done = called("push", there, "--database", here, "--dry-run")

    assert done.code == DONE
    assert "Nothing was written." in done.out
    assert "  stations.Region   create" in done.out


# First contact


def test_first_contact_holds_what_differs_unless_told(two):
    here, there = two
    Region.objects.using(there).create(code="W", name="West")
    assert called("untrack", "--database", there, "--no-input").code == DONE
    Region.objects.using(there).create(code="N", name="Nord")
    assert called("track", "--database", there).code == DONE
    done = called("sync", there, "--database", here)

    assert done.code == SET_ASIDE, done.err
    assert "Held for a decision" in done.err


@pytest.mark.parametrize(("first", "name"), [("source", "Nord"), ("target", "North")])
def test_first_contact_takes_the_side_that_is_named(first, name, sqlite):
    fill(sqlite.source)
    Region.objects.using(sqlite.target).create(code="N", name="Nord")
    for alias in (sqlite.source, sqlite.target):
        assert called("track", "--database", alias).code == DONE
    words = ("sync", sqlite.target, "--database", sqlite.source, "--first", first)
    done = called(*words)
    found = regions(sqlite.source), regions(sqlite.target)
    clear(sqlite.source, sqlite.target)

    assert done.code == DONE, done.err
    assert found == ({"N": name}, {"N": name})


def test_first_contact_without_a_key_wants_an_answer(files):
    for alias in files:
        Remark.objects.using(alias).create(text=alias)
        connections[alias].close()
    here, there = files
    words = ("sync", there, "--database", here)
    assert_one_sentence(called(*words), USAGE, "--same-pks", "--independent")
    assert called(*words, "--independent").code == DONE
    assert Remark.objects.using(here).count() == 2


def test_what_the_source_lacks_is_deleted_if_that_is_said(sqlite):
    fill(sqlite.source)
    Region.objects.using(sqlite.target).create(code="O", name="Old")
    for alias in (sqlite.source, sqlite.target):
        assert called("track", "--database", alias).code == DONE
    words = ("push", sqlite.target, "--database", sqlite.source)
    absent = (*words, "--absent-means-deleted")
    assert_one_sentence(called(*absent), USAGE, "lose 1 of 1", "100%")
    told = called(*absent, "--absent-max", "100%", "--dry-run")
    document = called(*absent, "--absent-max", 1, "--json").document
    found = regions(sqlite.target)
    clear(sqlite.source, sqlite.target)

    assert "delete" in told.out
    assert "the source does not have it" in told.out
    assert document["pushed"]["deleted"] == {"stations.Region": 1}
    assert found == {"N": "North"}


@pytest.mark.parametrize("most", ["some", "101%", "-1", "1.5%"])
def test_a_cap_that_is_none_is_refused(most, sqlite):
    words = ("pull", sqlite.target, "--database", sqlite.source, "--absent-max")
    done = called(*words, most)

    assert done.code != DONE
    assert "--absent-max" in done.err


# Checkpoints and clocks


def test_a_checkpoint_is_reset_and_set(files):
    here, there = files
    assert called("pull", there, "--database", here).code == DONE
    assert called("push", there, "--database", here).code == DONE
    assert called("pull", there, "--database", here).code == DONE
    document = called("reset", "--database", here, "--json").document
    done = called("reset", there, "--to", document["before"], "--database", here)
    runs = called("runs", "--database", here).out

    assert (document["peer"], document["after"]) == (there, 0)
    assert f"was 0 and is {document['before']}" in done.out
    assert f"from {document['before']} to 0" in runs
    assert_one_sentence(
        called("reset", there, "--to", 999, "--database", here), USAGE, "ends at"
    )
    assert_one_sentence(
        called("reset", "nowhere", "--database", here), USAGE, "'nowhere'", there
    )


def test_clocks_are_compared(files):
    here, there = files
    done = called("clock", there, "--database", here)

    assert (done.code, done.err) == (DONE, "")
    assert f"the node '{there}'" in done.out
    document = called("clock", there, "--database", here, "--json").document
    assert len(document["clocks"]) == 3


# Calls that cannot be


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("sync", "nowhere", "--database", "sqlite_a"), USAGE, "'nowhere'"),
        (("sync", "sqlite_b", "--database", "nowhere"), USAGE, "'nowhere'"),
        (("sync", "sqlite_a", "--database", "sqlite_a"), USAGE, "same database"),
        (
            ("sync", "sqlite_b", "auth.User", "--database", "sqlite_a"),
            USAGE,
            "auth.User",
        ),
        (
            ("sync", "sqlite_b", "--database", "sqlite_a", "--first", "newest:quux"),
            USAGE,
            "quux",
        ),
        (("runs", "show", "77", "--database", "sqlite_a"), USAGE, "77"),
        (("runs", "show", "--database", "sqlite_a"), USAGE, "ID"),
        (("runs", "resume", "77", "--database", "sqlite_a"), USAGE, "77"),
    ],
)
def test_trouble_is_told_in_one_sentence(words, code, said, files):
    assert_one_sentence(called(*words), code, said)


def test_databases_that_are_not_tracked_are_told_apart(sqlite):
    words = ("sync", sqlite.target, "--database", sqlite.source)
    assert_one_sentence(called(*words), ERROR, repr(sqlite.source), "not tracked")
    assert called("track", "--database", sqlite.source).code == DONE
    try:
        assert_one_sentence(called(*words), ERROR, repr(sqlite.target), "not tracked")
    finally:
        clear(sqlite.source)


def test_the_only_node_besides_is_the_peer(files):
    here, there = files
    assert called("sync", "--database", here).code == DONE
    assert regions(there) == regions(here)


def test_no_peer_is_guessed(sqlite):
    done = called("sync", "--database", sqlite.source)
    assert_one_sentence(done, USAGE, "No peer was named", sqlite.target)


def test_two_aliases_of_one_database_are_told(files, monkeypatch):
    here, _ = files
    same = {
        **connections.settings[here],
        "NAME": str(connections[here].settings_dict["NAME"]),
    }
    monkeypatch.setitem(connections.settings, "alias", same)
    done = called("sync", "alias", "--database", here)
    connections["alias"].close()
    del connections["alias"]
    assert_one_sentence(done, USAGE, "same database")


MEMORY = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
APPS = "django.contrib.contenttypes django.contrib.auth syncline"


def test_verbs_that_need_our_tables_say_so_without_the_app():
    for words in (("track",), ("sync", "default"), ("status",), ("runs",)):
        done = console(
            *words,
            settings="tests.faces.bare_settings",
            SYNCLINE_TEST_DATABASES=json.dumps(MEMORY),
        )
        assert_one_sentence(done, USAGE, "INSTALLED_APPS")


def test_nothing_declared_is_met_with_what_to_write():
    for words in (("track",), ("sync", "default"), ("status",)):
        done = console(
            *words,
            settings="tests.faces.bare_settings",
            SYNCLINE_TEST_DATABASES=json.dumps(MEMORY),
            SYNCLINE_TEST_APPS=APPS,
        )
        assert_one_sentence(done, USAGE, "No model is declared", "register(")


def test_a_router_that_denies_our_tables_is_met_with_the_line_to_add(
    sqlite, monkeypatch
):
    class Deny:
        def allow_migrate(self, db, app_label, **hints):
            return False if app_label == "syncline" else None

    monkeypatch.setattr("django.db.router.routers", [Deny()])
    done = called("track", "--database", sqlite.source)
    assert_one_sentence(done, ERROR, "allow_migrate", "app_label == 'syncline'")


# Status


def test_status_says_what_is_tracked_and_why(files):
    here, there = files
    assert called("sync", there, "--database", here).code == DONE
    Region.objects.using(here).create(code="E", name="East")
    done = called("status", "--database", here, "--json")
    document = done.document
    models = {one["label"]: one for one in document["models"]}

    assert document["in_order"]
    assert document["pending"] == 1
    assert models["stations.Region"]["key"] == "code"
    assert models["stations.Station"]["rows"] == 2
    assert all(one["why"] for one in models.values())
    assert [one["name"] for one in document["peers"]] == [there]
    assert document["peers"][0]["last_sync"]
    lines = called("status", "--database", here).out.splitlines()
    assert any(line.split()[:2] == ["stations.Region", "code"] for line in lines)


def test_status_of_a_database_that_is_not_tracked(sqlite):
    done = called("status", "--database", sqlite.source)

    assert done.code == DONE
    assert "not tracked yet" in done.out
    assert f"track --database {sqlite.source}" in done.out


def test_status_sees_triggers_that_are_gone(files):
    here, _ = files
    database = NodeDatabase.open(here)
    database.engine.capture.remove(connections[here], ["stations_region"])
    document = called("status", "--database", here, "--json").document
    models = {one["label"]: one for one in document["models"]}

    assert not document["in_order"]
    assert models["stations.Region"]["drift"] == "its triggers are missing"
    assert called("track", "--database", here).code == DONE
    assert called("status", "--database", here, "--json").document["in_order"]


def test_untrack_leaves_nothing_but_the_rows(two):
    here, _ = two
    before = user_rows(here)
    before.pop("django_migrations")
    assert_one_sentence(called("untrack", "--database", here), ERROR, "--no-input")
    assert called("untrack", "--database", here, "--no-input").code == DONE
    after = user_rows(here)
    after.pop("django_migrations")

    assert after == before
    names = contents(here).keys()
    assert not [name for name in names if name.startswith("syncline_")]
    Region.objects.using(here).create(code="E", name="East")
    connections[here].close()


# Runs


def test_a_run_is_recorded_with_its_chunks(files):
    here, there = files
    Region.objects.using(there).create(code="S", name="South")
    number = called("sync", there, "--database", here, "--json").document["run"]
    runs = called("runs", "--database", here, "--json").document["runs"]
    shown = called("runs", "show", number, "--database", here, "--json").document

    assert [run["verb"] for run in runs] == ["sync", "track"]
    assert (shown["state"], shown["arguments"]["peer"]) == ("done", there)
    assert shown["report"]["push"]["created"] == {
        "stations.Region": 1,
        "stations.Station": 2,
    }
    [chunk] = shown["chunks"]
    assert chunk["counts"] == {"created": {"stations.Region": 1}}
    [guest] = Run.objects.using(there).filter(verb="sync")
    assert guest.begun_by == NodeDatabase.open(here).state().node
    assert Chunk.objects.using(there).filter(run=guest).count() == 1


def test_a_run_that_failed_says_why(files):
    here, there = files
    assert called("untrack", "--database", there, "--no-input").code == DONE
    assert called("sync", there, "--database", here).code == ERROR
    [run, *_] = called("runs", "--database", here, "--json").document["runs"]

    assert run["state"] == "failed"
    assert "not tracked" in run["error"]


@pytest.mark.parametrize("place", [n for n in FAILPOINTS if n.startswith("apply")])
def test_a_killed_sync_is_interrupted_and_completed_by_the_next(place, two):
    here, there = two
    Region.objects.using(there).create(code="S", name="South")
    for alias in two:
        connections[alias].close()
    killed("sync", there, "--database", here, at=place)

    [run, *_] = called("runs", "--database", here, "--json").document["runs"]
    assert run["state"] == "interrupted"
    assert called("runs", "resume", run["id"], "--database", here).code == DONE
    assert regions(here) == regions(there) == {"N": "North", "S": "South"}
    assert called("status", "--database", here, "--json").document["interrupted"] == []
    for alias in two:
        assert not Journal.objects.using(alias).exists()


def test_runs_are_pruned(files):
    here, there = files
    assert called("sync", there, "--database", here).code == DONE
    words = ("runs", "prune", "--database", here)
    assert called(*words).out == "Removed: nothing.\n"
    done = called(*words, "--older-than", 0)

    assert "runs" in done.out
    assert not Run.objects.using(here).exists()
    assert not Chunk.objects.using(here).exists()


# Again and again


def test_run_syncs_until_it_is_told_to_stop(files):
    here, there = files
    process = started("run", there, "--database", here, "--every", "1s")
    with ending(process):
        until(lambda: regions(there) == {"N": "North"})
        Region.objects.using(there).create(code="S", name="South")
        connections[there].close()
        syncs = Run.objects.using(here).filter(verb="sync", state="done")
        until(lambda: syncs.count() == 2)
        os.kill(process.pid, signal.SIGTERM)
        done = ended(process)

    assert (done.code, done.err) == (DONE, "")
    assert done.out.count("created") == 2
    [run] = Run.objects.using(here).filter(verb="run")
    assert (run.state, run.report["written"]) == ("done", 4)


def test_a_reader_that_leaves_ends_a_verb_quietly(files):
    here, _ = files
    process = started("status", "--database", here)
    with ending(process):
        process.stdout.close()
        told = process.stderr.read()

    assert (process.returncode, told) == (UNREAD, "")


def started(*words):
    """A process that goes on."""
    return subprocess.Popen(
        [*script(*words), "--settings", "tests.settings"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    )


def until(holds, seconds=20):
    """Wait for something."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.mark.parametrize("every", ["0s", "1d", "soon", "60"])
def test_an_interval_that_is_none_is_refused(every, sqlite):
    done = called("run", sqlite.target, "--database", sqlite.source, "--every", every)

    assert done.code != DONE
    assert every in done.err
