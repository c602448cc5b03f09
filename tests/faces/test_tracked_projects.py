"""Projects that are tracked: their own tests and Django's commands work as before."""

import json
import sys
from textwrap import dedent

import pytest
from django.core.management import call_command
from django.db import connections

from syncline.identity.node import is_tracked
from syncline.models import RecordRow, TrackedTable
from tests.databases import on_server
from tests.faces.running import run
from tests.settings import database_name
from tests.stations.models import Instrument, Label, Region
from tests.sync.nodes import Node

PROJECT = {
    "manage.py": """
        import os
        import sys
        from django.core.management import execute_from_command_line
        os.environ["DJANGO_SETTINGS_MODULE"] = "project_settings"
        execute_from_command_line(sys.argv)
        """,
    "project_settings.py": """
        from tests.settings import DATABASES as SERVERS
        DATABASES = {{
            alias: {{**SERVERS[{alias!r}], "NAME": name, "TEST": {{"NAME": name}}}}
            for alias, name in {names!r}.items()
        }}
        INSTALLED_APPS = ["django.contrib.contenttypes", "syncline", "shop"]
        DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
        SECRET_KEY = "project"
        USE_TZ = True
        """,
    "shop/__init__.py": "",
    "shop/models.py": """
        from django.db import models
        class Book(models.Model):
            title = models.CharField(max_length=50, unique=True)
        """,
    "shop/migrations/__init__.py": "",
    "shop/migrations/0001_initial.py": """
        from django.db import migrations, models
        class Migration(migrations.Migration):
            initial = True
            operations = [
                migrations.CreateModel("Book", [
                    ("id", models.BigAutoField(primary_key=True)),
                    ("title", models.CharField(max_length=50, unique=True)),
                ])
            ]
        """,
    "shop/sync_rules.py": """
        from syncline import register
        from shop.models import Book
        register(Book)
        """,
    "shop/tests.py": """
        from django.core.management import call_command
        from django.test import TestCase, TransactionTestCase
        import syncline
        from syncline.errors import NotTracked
        from syncline.identity.node import is_tracked
        from syncline.models import Journal
        from shop.models import Book

        class Rolled(TestCase):
            def test_it_begins_empty(self):
                self.assertFalse(is_tracked("default"))
                Book.objects.create(title="Emma")
                self.assertEqual(Book.objects.count(), 1)

            def test_it_begins_empty_again(self):
                Book.objects.create(title="Emma")
                self.assertEqual(Book.objects.count(), 1)

        class Flushed(TransactionTestCase):
            # Django flushes the databases after each of these.

            databases = {"default", "other"}

            def test_a_write_outside_of_transactions(self):
                self.assertFalse(Book.objects.exists())
                Book.objects.create(title="Emma")

            def test_one_that_tracks(self):
                self.assertFalse(is_tracked("default"))
                syncline.track().run()
                Book.objects.create(title="Emma")
                self.assertTrue(Journal.objects.exists())

            def test_what_comes_after_it(self):
                self.assertFalse(is_tracked("default"))
                Book.objects.create(title="Emma")
                self.assertFalse(Journal.objects.exists())

            def test_what_is_flushed_is_deleted_nowhere_else(self):
                for alias in self.databases:
                    syncline.track(database=alias).run()
                Book.objects.create(title="Emma")
                syncline.sync("other").run()
                call_command("flush", interactive=False, verbosity=0)
                self.assertFalse(Book.objects.exists())
                Book.objects.create(title="Persuasion")
                self.assertFalse(Journal.objects.exists())
                with self.assertRaises(NotTracked):
                    syncline.sync("other").run()
                self.assertTrue(Book.objects.using("other").exists())

                syncline.track().run()
                syncline.sync("other").run()
                for alias in self.databases:
                    titles = Book.objects.using(alias).values_list("title", flat=True)
                    self.assertEqual(set(titles), {"Emma", "Persuasion"})
                self.assertEqual(syncline.sync("other").run().written, 0)
        """,
}


@pytest.fixture
def project(engine, tmp_path):
    """The folder of a project with an app that is tracked, and no database yet."""
    folder = str(tmp_path / "{}.sqlite3") if engine == "sqlite" else database_name("{}")
    names = {alias: folder.format(f"project_{alias}") for alias in ("default", "other")}
    for path, text in PROJECT.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        filled = text.format(names=names, alias=f"{engine}_a") if "{n" in text else text
        place.write_text(dedent(filled))
    yield tmp_path
    server = connections[f"{engine}_a"]
    for name in names.values() if engine != "sqlite" else ():
        on_server(server, f"DROP DATABASE IF EXISTS {server.ops.quote_name(name)}")


@pytest.fixture
def node(engine):
    """A tracked database with rows."""
    made = Node(f"{engine}_a")
    made.track()
    Region.objects.using(made.alias).create(code="N", name="North")
    Label.objects.using(made.alias).create(text="L")
    yield made
    made.untrack()


@pytest.fixture
def peer(engine, node):
    """Its peer, in step with it."""
    made = Node(f"{engine}_b")
    made.track()
    node.sync(made)
    yield made
    made.untrack()


def names(node):
    return sorted(Region.objects.using(node.alias).values_list("code", flat=True))


def test_its_tests_run_as_without_us(project):
    """Twice in one database: what one run leaves behind is no trouble to the next."""
    for _ in range(2):
        words = "test", "shop", "--keepdb", "--noinput"
        done = run([sys.executable, str(project / "manage.py"), *words])
        assert done.code == 0, done.err
        assert "Ran 6 tests" in done.err


def test_loaddata_is_seen(node, peer, tmp_path):
    fixture = tmp_path / "rows.json"
    rows = [
        {"model": "stations.region", "pk": 500, "fields": {"code": "S", "name": "S"}},
        {"model": "stations.instrument", "pk": "I", "fields": {"model_name": "m"}},
    ]
    fixture.write_text(json.dumps(rows))
    call_command("loaddata", str(fixture), database=node.alias, verbosity=0)
    node.sync(peer)
    assert names(peer) == ["N", "S"]
    assert Instrument.objects.using(peer.alias).get().model_name == "m"


def test_an_app_that_is_migrated_to_nothing_is_deleted_nowhere_else(node, peer):
    """Its tables go, and with them what was known of them; a peer keeps its rows."""
    call_command("migrate", "stations", "zero", database=node.alias, verbosity=0)
    assert is_tracked(node.alias)
    assert not TrackedTable.objects.using(node.alias).exists()
    assert not RecordRow.objects.using(node.alias).exists()
    call_command("migrate", "stations", database=node.alias, verbosity=0)
    node.database = node.open()
    node.track()
    node.sync(peer)
    assert names(node) == names(peer) == ["N"]
    assert Label.objects.using(node.alias).get().text == "L"
    assert [report.written for report in node.sync(peer)] == [0, 0]
