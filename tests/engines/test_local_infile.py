"""MariaDB that may not load files: INSERT does it, it is said, nothing is lost."""

import pytest
from django.db import connections

from syncline import LoadOptions, Mode, copy, verify
from syncline.errors import ConstraintBroken
from tests.conftest import ENGINES
from tests.engines.state import contents, fill
from tests.engines.test_unfit import routes
from tests.zoo import models as zoo
from tests.zoo.compare import differences
from tests.zoo.writing import objects

REPLACE = LoadOptions(mode=Mode.REPLACE)
INTO_MARIADB = routes(*(f"{engine}-mariadb" for engine in ENGINES))


@pytest.fixture(autouse=True)
def _forbidden(route):
    """The server allows nobody to load files while the test runs."""
    switch(route.target, 0)
    yield
    switch(route.target, 1)


def switch(alias, number):
    with connections[alias].cursor() as cursor:
        cursor.execute("SET GLOBAL local_infile = %s", [number])


@INTO_MARIADB
def test_every_field_of_every_row_arrives_by_insert(route):
    fill(route.source, engines={route.source_engine, "mariadb"})

    report = copy(route.source, route.target, options=REPLACE).run()

    assert any(
        "local_infile is off" in note and "SET GLOBAL local_infile = 1" in note
        for note in report.notes
    )
    assert differences(route.source, route.target) == []
    assert verify(route.source, route.target).run().equal


@routes("sqlite-mariadb")
def test_a_broken_constraint_rolls_inserts_back(route):
    """Text that differs by case only is one key in MariaDB's usual collation."""
    for code in ("Emma", "EMMA"):
        objects(zoo.TextPk, route.source).create(code=code, name="")
    objects(zoo.TextPk, route.target).create(code="was", name="here")
    before = contents(route.target)

    with pytest.raises(ConstraintBroken, match="Duplicate entry"):
        copy(route.source, route.target, models=["zoo.TextPk"], options=REPLACE).run()

    assert contents(route.target) == before
