"""Databases, drivers and disks that fail: one sentence, and nothing half written."""

import json
import os
import resource
import shutil
import subprocess
import sys

import pytest
from django.db import connections

from tests.address import TITLES
from tests.faces.running import (
    BARE,
    DONE,
    ERROR,
    assert_one_sentence,
    called,
    console,
    ended,
    environment,
    fill,
    groups,
    held,
    run,
    script,
    unchanged,
)
from tests.machine import free_port
from tests.settings import DATABASES

SERVERS = [
    pytest.param(
        engine,
        marks=pytest.mark.skipif(
            f"{engine}_a" not in DATABASES, reason=f"no {TITLES[engine]}"
        ),
    )
    for engine in ("postgresql", "mariadb")
]
SERVER = pytest.mark.parametrize("engine_name", SERVERS)


def bare(*words, command=None, apps=None, **databases):
    """Call the console script in a project of these databases."""
    changes = {"SYNCLINE_TEST_DATABASES": json.dumps(databases)}
    if apps is not None:
        changes["SYNCLINE_TEST_APPS"] = apps
    if command is None:
        return console(*words, settings=BARE, **changes)
    return run([*command, *words, "--settings", BARE], **changes)


def sqlite_at(path):
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """A SQLite file with the tables of the bare project."""
    path = tmp_path_factory.mktemp("bare") / "migrated.sqlite3"
    django = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
    done = bare(command=django, default=sqlite_at(path))
    assert (done.code, done.out, done.err) == (DONE, "", "")
    return path


@pytest.fixture
def source(migrated, tmp_path):
    """A copy of it that a test may change."""
    return sqlite_at(shutil.copy(migrated, tmp_path / "source.sqlite3"))


# Servers


@SERVER
def test_server_that_does_not_answer_is_named(engine_name, source):
    broken = {**DATABASES[f"{engine_name}_a"], "HOST": "127.0.0.1"}
    broken["PORT"] = str(free_port())
    databases = {"default": source, "new": broken}
    for words in (("copy", "default", "new"), ("copy", "new", "default")):
        done = bare(*words, **databases)
        assert_one_sentence(
            done, ERROR, "'new' cannot be reached", "Check DATABASES['new']"
        )


@SERVER
def test_wrong_password_is_told_and_not_shown(engine_name, source):
    settings = DATABASES[f"{engine_name}_a"]
    if not settings["PASSWORD"]:
        pytest.skip("this server asks for no password")
    broken = {**settings, "PASSWORD": "wr0ng-and-secret"}
    done = bare("copy", "default", "new", default=source, new=broken)

    assert_one_sentence(done, ERROR, "'new' cannot be reached")
    assert "wr0ng-and-secret" not in done.err


@SERVER
def test_database_that_is_not_there_is_named(engine_name, source):
    broken = {**DATABASES[f"{engine_name}_a"], "NAME": "no_such_database"}
    done = bare("copy", "default", "new", default=source, new=broken)

    assert_one_sentence(done, ERROR, "'new' cannot be reached", "no_such_database")


@pytest.mark.parametrize("engine_name", ["postgresql", "mariadb"])
@pytest.mark.parametrize("verb", ["copy", "dump"])
def test_missing_driver_is_met_with_the_command_that_installs_it(
    engine_name, verb, source, tmp_path
):
    backend = {"postgresql": "postgresql", "mariadb": "mysql"}[engine_name]
    new = {"ENGINE": f"django.db.backends.{backend}", "NAME": "x"}
    program = (
        "import sys; sys.modules.update(psycopg=None, psycopg2=None, MySQLdb=None)\n"
        "from syncline.cli import main; main()"
    )
    words = {
        "copy": ("copy", "default", "new"),
        "dump": ("dump", str(tmp_path / "file"), "--database", "new"),
    }[verb]
    command = [sys.executable, "-c", program]
    done = bare(*words, command=command, default=source, new=new)

    assert_one_sentence(done, ERROR, f"pip install 'syncline[{engine_name}]'")
    assert not (tmp_path / "file").exists()


def test_psycopg2_alone_is_refused_with_what_to_install(source):
    """Django itself works with it; COPY as we use it does not."""
    pytest.importorskip("psycopg2")
    new = {"ENGINE": "django.db.backends.postgresql", "NAME": "x"}
    program = (
        "import sys; sys.modules.update(psycopg=None)\n"
        "from syncline.cli import main; main()"
    )
    command = [sys.executable, "-c", program]
    done = bare("copy", "default", "new", command=command, default=source, new=new)

    assert_one_sentence(
        done,
        ERROR,
        "psycopg2 alone cannot stream COPY",
        "Django uses psycopg 3 as soon as it is importable",
        "pip install 'syncline[postgresql]'",
    )


def test_missing_driver_of_a_database_that_is_not_used_does_not_matter(
    source, tmp_path
):
    program = (
        "import sys; sys.modules.update(psycopg=None, psycopg2=None, MySQLdb=None)\n"
        "from syncline.cli import main; main()"
    )
    new = {"ENGINE": "django.db.backends.postgresql", "NAME": "x"}
    done = bare(
        "dump", str(tmp_path / "file"),
        command=[sys.executable, "-c", program], default=source, new=new,
    )  # fmt: skip

    assert (done.code, done.err) == (DONE, "")


@SERVER
@pytest.mark.parametrize("side", ["source", "target"])
def test_server_that_is_lost_halfway_leaves_the_target_as_it_was(
    engine_name, side, request
):
    request.getfixturevalue("restored_both")(engine_name)
    source, target = f"{engine_name}_a", f"{engine_name}_b"
    fill(source, groups=9)
    fill(target, groups=3)
    words = ("copy", source, target, "--replace", "--no-input")
    lost = source if side == "source" else target
    with unchanged(target), held(*words, at="load-batch", hold=3) as process:
        hang_up(engine_name, lost)
        done = ended(process)

    assert_one_sentence(done, ERROR, f"'{lost}'")
    assert called(*words, "--verify").code == DONE
    assert len(groups(target)) == 9


def hang_up(engine, alias):
    """End every other connection to a database, as a server does that stops."""
    name = connections[alias].settings_dict["NAME"]
    with connections[alias].cursor() as cursor:
        if engine == "postgresql":
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = %s AND pid <> pg_backend_pid()",
                [name],
            )
            found = cursor.rowcount
        else:
            cursor.execute(
                "SELECT id FROM information_schema.processlist "
                "WHERE db = %s AND id <> connection_id()",
                [name],
            )
            numbers = [number for (number,) in cursor.fetchall()]
            for number in numbers:
                cursor.execute(f"KILL {number}")
            found = len(numbers)
    assert found
    connections[alias].close()


# SQLite files


def test_sqlite_file_in_no_folder_is_named(source, tmp_path):
    new = sqlite_at(tmp_path / "no" / "such" / "folder" / "db.sqlite3")
    done = bare("copy", "default", "new", default=source, new=new)

    assert_one_sentence(done, ERROR, "'new' cannot be reached", "unable to open")


@pytest.mark.parametrize("side", ["source", "target"])
def test_file_that_is_no_database_is_named(side, source, tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("This is not a database. " * 100)
    words = ("new", "default") if side == "source" else ("default", "new")
    done = bare("copy", *words, default=source, new=sqlite_at(path))

    assert_one_sentence(done, ERROR, "'new'", "not a database")
    assert path.read_text().startswith("This is not")


def test_one_database_under_two_aliases_is_refused(source, tmp_path):
    link = tmp_path / "link.sqlite3"
    link.symlink_to(source["NAME"])
    done = bare("copy", "default", "new", default=source, new=sqlite_at(link))

    assert done.code != DONE
    assert_one_sentence(done, done.code, "are the same database")


@pytest.mark.parametrize("option", [(), ("--replace", "--no-input"), ("--dry-run",)])
def test_missing_tables_are_met_with_the_exact_command(option, source, tmp_path):
    """The command in the message is then run, word by word, and helps."""
    databases = {"default": source, "new": sqlite_at(tmp_path / "new.sqlite3")}
    done = bare("copy", "default", "new", *option, **databases)
    wanted = "manage.py migrate --database new"
    assert_one_sentence(done, ERROR, "'new' lacks", "auth_user", wanted)
    if option:
        return
    django = [sys.executable, "-m", "django", *wanted.split()[1:]]
    assert bare(command=django, **databases).code == DONE

    done = bare("copy", "default", "new", "--verify", **databases)
    assert (done.code, done.err) == (DONE, "")


def test_migrate_makes_the_missing_tables(source, tmp_path):
    databases = {"default": source, "new": sqlite_at(tmp_path / "new.sqlite3")}
    done = bare("copy", "default", "new", "--migrate", "--verify", **databases)

    assert (done.code, done.err) == (DONE, "")
    assert "Verified" in done.out


# A project without Syncline in INSTALLED_APPS


@pytest.mark.parametrize("apps", [None, "django.contrib.sites"])
def test_every_verb_works_in_a_project_that_has_not_installed_it(
    apps, source, tmp_path
):
    """With the second list, not even content types are installed."""
    path = tmp_path / "site.syncline"
    new = sqlite_at(tmp_path / "new.sqlite3")
    if apps is not None:
        source = sqlite_at(tmp_path / "sites.sqlite3")
        django = [sys.executable, "-m", "django", "migrate", "--verbosity", "0"]
        assert bare(command=django, default=source, apps=apps).code == DONE
    for words in (
        ("dump", str(path)),
        ("inspect", str(path)),
        ("load", str(path), "--database", "new", "--migrate", "--verify"),
        ("verify", "default", "new"),
        ("copy", "default", "new", "--replace", "--no-input", "--verify"),
    ):
        done = bare(*words, default=source, new=new, apps=apps)
        assert (done.code, done.err) == (DONE, ""), words


# Disks


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 16 KB, where root may mount one."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_dump_onto_a_full_disk_leaves_no_file(small_disk, filled):
    done = called("dump", small_disk / "site.syncline", "--database", filled.source)

    assert_one_sentence(done, ERROR, "site.syncline", "no space left on device")
    assert list(small_disk.iterdir()) == []


def test_dump_into_a_read_only_folder_leaves_no_file(small_disk, filled):
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    done = called("dump", small_disk / "site.syncline", "--database", filled.source)

    assert_one_sentence(done, ERROR, "site.syncline", "read-only file system")


@pytest.mark.skipif(os.name == "nt", reason="no resource limits")
def test_dump_beyond_a_limit_of_the_system_leaves_no_file(filled, tmp_path):
    path = tmp_path / "site.syncline"
    done = subprocess.run(
        [*script("dump", path, "--database", filled.source, "--settings"),
         "tests.settings"],
        capture_output=True,
        text=True,
        env=environment(),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (9_000, 9_000)),
        check=False,
    )  # fmt: skip

    assert done.returncode == ERROR
    assert "File too large".lower() in done.stderr.lower()
    assert len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["no/such/folder/file", "file/below/a/file"])
def test_dump_where_no_file_can_be_is_refused(path, filled, tmp_path):
    (tmp_path / "file").touch()
    done = called("dump", tmp_path / path, "--database", filled.source)

    assert_one_sentence(done, ERROR, path, "directory")


def test_dump_does_not_replace_what_is_no_file(filled, tmp_path):
    """Else `dump /dev/full`, run as root, would replace a device by a file."""
    folder, pipe = tmp_path / "folder", tmp_path / "pipe"
    folder.mkdir()
    os.mkfifo(pipe)
    for path in (folder, pipe):
        done = called("dump", path, "--database", filled.source)
        assert_one_sentence(done, ERROR, str(path))

    assert folder.is_dir()
    assert pipe.is_fifo()
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")  # noqa: PTH110
def test_dump_to_a_full_standard_output_is_one_sentence(filled):
    command = script("dump", "-", "--database", filled.source, "--settings")
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [*command, "tests.settings"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            check=False,
        )

    assert done.returncode == ERROR
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "no space left on device" in done.stderr.lower()


def test_dump_into_a_pipe_that_closes_is_one_sentence(filled):
    command = script("dump", "-", "--database", filled.source, "--settings")
    with subprocess.Popen(
        [*command, "tests.settings"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        err = process.stderr.read()

    assert process.returncode != DONE
    assert len(err.splitlines()) <= 1, err
