"""What the fixtures promise to every other test."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site
from django.db import connections, transaction

from tests.databases import Databases

TWICE = pytest.mark.parametrize("time", ["first", "second"])


@TWICE
def test_rows_of_one_test_are_gone_in_the_next(engine, time):
    alias = f"{engine}_a"
    assert not Group.objects.using(alias).exists()
    group = Group.objects.using(alias).create(name="editors")
    group.permissions.set(Permission.objects.using(alias).all()[:3])
    group.save(using=f"{engine}_b")


@TWICE
def test_rows_of_migrate_come_back(engine, time):
    alias = f"{engine}_a"
    types = ContentType.objects.using(alias)
    assert types.filter(app_label="auth", model="group").exists()
    assert Permission.objects.using(alias).filter(codename="add_group").exists()
    assert Site.objects.using(alias).get().domain == "example.com"
    types.filter(app_label="auth").delete()
    Site.objects.using(alias).update(domain="example.org")


@TWICE
def test_a_table_that_a_test_drops_comes_back(engine, time):
    connection = connections[f"{engine}_b"]
    assert not Group.objects.using(f"{engine}_b").exists()
    assert "odd" not in connection.introspection.table_names()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE django_session")
        cursor.execute("CREATE TABLE odd (id integer)")


def test_a_transaction_that_a_test_leaves_open_is_ended(engine):
    connection = connections[f"{engine}_a"]
    transaction.set_autocommit(False, using=f"{engine}_a")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO auth_group (name) VALUES ('left open')")


def test_pair_has_two_databases(pair):
    Group.objects.using(pair.source).create(name="source only")
    assert not Group.objects.using(pair.target).exists()
    assert pair.source == f"{pair.source_engine}_a"
    assert pair.target == f"{pair.target_engine}_b"


def test_dropping_leaves_nothing(engine, databases: Databases):
    alias = f"{engine}_b"
    (database,) = databases.require(alias)
    database.drop()
    database.build()
    assert database.tables_now() == database.tables
