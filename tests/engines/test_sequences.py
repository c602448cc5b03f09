"""After a load the database goes on counting where the rows end."""

import datetime as dt
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db import connections, models, transaction

from syncline import LoadOptions, Mode, copy
from syncline.tables.selection import OUR_APP
from tests.awkward import models as awkward
from tests.zoo import models as zoo
from tests.zoo.compare import differences
from tests.zoo.fields import AmountField, CompressedTextField
from tests.zoo.samples import add_zero_key
from tests.zoo.values import instant
from tests.zoo.writing import objects

REPLACE = LoadOptions(mode=Mode.REPLACE)
FRESH = 31_000
"""A number, and the digits of a text, that no sample holds."""

VALUES: list[tuple[Any, object]] = [
    ((models.TextField, models.CharField, CompressedTextField), str(FRESH)),
    ((models.IntegerField, models.FloatField), FRESH),
    ((models.DecimalField, AmountField), Decimal(FRESH)),
    (models.BooleanField, False),
    (models.DateTimeField, instant(1990, 1, 1)),
    (models.DateField, dt.date(1990, 1, 1)),
    (models.TimeField, dt.time(1)),
    (models.UUIDField, UUID(int=FRESH)),
]
"""What a row without its key is made of; DateTimeField is a DateField."""


def test_next_insert_takes_a_fresh_key_in_every_table(filled):
    copy(filled.source, filled.target, options=REPLACE).run()

    for model in counting_models(filled.target):
        taken = set(objects(model, filled.target).values_list("pk", flat=True))
        row = inserted(model, filled.target)
        assert row.pk > max(taken, default=0), model._meta.label


def test_keys_go_on_counting_after_two_copies(pair):
    """Whatever the target counted before: its rows are gone."""
    objects(zoo.BigPk, pair.target).create(number=5_000, name="goes")
    for number in (7, 9):
        objects(zoo.BigPk, pair.source).create(number=number, name="comes")
        copy(pair.source, pair.target, models=["zoo.BigPk"], options=REPLACE).run()
        assert objects(zoo.BigPk, pair.target).create(name="next").pk > number


def test_the_greatest_key_of_a_column_arrives(pair):
    """There is no next key then, but that is no reason to refuse the rows."""
    objects(zoo.SmallPk, pair.source).create(id=2**15 - 1, name="last")
    copy(pair.source, pair.target, models=["zoo.SmallPk"], options=REPLACE).run()
    assert differences(pair.source, pair.target, [zoo.SmallPk]) == []


def test_a_key_of_zero_stays_zero(pair):
    """MariaDB would read it as "the next one"."""
    with connections[pair.source].cursor() as cursor:
        if pair.source_engine == "mariadb":
            cursor.execute("SET SESSION sql_mode = 'NO_AUTO_VALUE_ON_ZERO'")
    add_zero_key(pair.source)
    assert keys_of_big(pair.source) == [0]

    copy(pair.source, pair.target, models=["zoo.BigPk"], options=REPLACE).run()

    assert keys_of_big(pair.target) == [0]
    assert objects(zoo.BigPk, pair.target).create(name="next").pk > 0


def keys_of_big(alias):
    return list(objects(zoo.BigPk, alias).values_list("pk", flat=True))


def counting_models(alias):
    """Return every model with a table on the alias whose own key counts up."""
    tables = connections[alias].introspection.table_names()
    found = [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.managed
        and model._meta.app_label != OUR_APP  # Those are never moved.
        and not model._meta.proxy
        and model._meta.db_table in tables
        and model._meta.auto_field in model._meta.local_fields
    ]
    assert {zoo.AutoPk, zoo.SmallPk, zoo.BigPk, awkward.NoRows} <= set(found)
    return found


def inserted(model, alias):
    """Insert a row without its key, and take it back."""
    row = model(
        **{
            field.attname: fresh(field)
            for field in model._meta.local_concrete_fields
            if not (field.primary_key or field.null or field.generated)
            and not field.has_default()
            and not field.has_db_default()
        }
    )
    if isinstance(row, awkward.Checked):
        row.kind = "a"
    connection = connections[alias]
    # Links lead nowhere; PostgreSQL and SQLite would look at commit.
    with connection.constraint_checks_disabled(), transaction.atomic(using=alias):
        objects(model, alias).bulk_create([row])
        transaction.set_rollback(True, using=alias)
    return row


def fresh(field):
    """Return a value that no row of the samples holds."""
    while field.remote_field:
        field = field.target_field
    for kinds, value in VALUES:
        if isinstance(field, kinds):
            return value
    return days()


def days():
    """Return what the one field of another kind takes, a range."""
    ranges = pytest.importorskip("django.db.backends.postgresql.psycopg_any")
    return ranges.DateRange(dt.date(1990, 1, 1), dt.date(1990, 1, 2))
