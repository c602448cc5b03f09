"""What an engine holds and Python does not, between two databases of that engine."""

import pytest
from django.db import connections

from syncline import LoadOptions, Mode, copy, verify
from tests.engines.faults import insert
from tests.engines.test_unfit import routes
from tests.zoo import models as zoo
from tests.zoo.compare import differences, stored_values
from tests.zoo.samples import add_nan_decimal
from tests.zoo.writing import objects

REPLACE = LoadOptions(mode=Mode.REPLACE)
EVERYTHING = ["zoo.Everything"]


def spelled(alias, column, as_text):
    """Return a column as the engine spells it, by key: Python cannot read it."""
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT id, CAST({column} AS {as_text}) FROM zoo_everything")
        return dict(cursor.fetchall())


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("date", ["'infinity'", "'-infinity'", "'0044-03-15 BC'", "'10000-01-01'"]),
        ("date_time", ["'infinity'", "'-infinity'", "'0044-03-15 BC'"]),
        ("time", ["'24:00:00'"]),
        ("duration", ["'1 year'", "'-1 mon 3 days'", "'1000000 years'"]),
        ("ip", ["'10.1.2.3/8'", "'2001:db8::/32'"]),
        ("json", [r"""'{"n": 1e400, "long": 0.10000000000000000000000000001}'"""]),
    ],
)
@routes("postgresql-postgresql")
def test_postgresql_keeps_its_own_values(route, column, values):
    insert(route.source, column, *values)
    copy(route.source, route.target, models=EVERYTHING, options=REPLACE).run()

    before = spelled(route.source, column, "text")
    assert len(before) == len(values)
    assert spelled(route.target, column, "text") == before
    assert verify(route.source, route.target, models=EVERYTHING).run().equal


@routes("postgresql-postgresql")
def test_a_decimal_that_is_no_number_stays_one(route):
    add_nan_decimal(route.source)
    copy(route.source, route.target, models=EVERYTHING, options=REPLACE).run()
    assert differences(route.source, route.target, [zoo.Everything]) == []
    assert verify(route.source, route.target, models=EVERYTHING).run().equal


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("date", ["'0000-00-00'", "'2020-00-10'"]),
        ("date_time", ["'0000-00-00 00:00:00'"]),
        ("time", ["'-838:59:59'", "'838:59:59'"]),
    ],
)
@routes("mariadb-mariadb")
def test_mariadb_keeps_its_own_values(route, column, values):
    insert(route.source, column, *values)
    copy(route.source, route.target, models=EVERYTHING, options=REPLACE).run()

    before = spelled(route.source, column, "char")
    assert len(before) == len(values)
    assert spelled(route.target, column, "char") == before
    assert verify(route.source, route.target, models=EVERYTHING).run().equal


@routes("sqlite-sqlite")
def test_sqlite_keeps_what_is_of_another_type(route):
    insert(route.source, "char", "X'ff00'", "12", "1.5")
    insert(route.source, "integer", "'many'", "1.5")
    insert(route.source, "date_time", "'yesterday'")
    copy(route.source, route.target, models=EVERYTHING, options=REPLACE).run()

    for name in ("char", "integer", "date_time"):
        stored = stored_values(route.source, zoo.Everything, name)
        assert stored_values(route.target, zoo.Everything, name) == stored


@routes("postgresql-sqlite", "postgresql-postgresql", "postgresql-mariadb")
def test_months_and_years_last_as_long_as_django_reads_them(route):
    """An interval of a year is 365 days to psycopg, and 365.25 to PostgreSQL itself."""
    insert(route.source, "duration", "'1 year'", "'2 years -3 mons 1 day 00:00:01'")
    copy(route.source, route.target, models=EVERYTHING, options=REPLACE).run()

    assert differences(route.source, route.target, [zoo.Everything]) == []
    assert objects(zoo.Everything, route.target).count() == 2
