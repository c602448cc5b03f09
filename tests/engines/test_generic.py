"""Databases that Django alone knows: slow and untested by us, and still whole.

No such database is here. Each of ours is taken for one instead, by the one function
that names engines, so that its values pass through Django's compiler.
"""

import contextlib

import pytest
from django.db import connections

from syncline import LoadOptions, Mode, copy, dump, load, verify
from syncline.engines import lookup
from syncline.engines.generic import Generic
from syncline.errors import BackupFailed, ConstraintBroken, UsageError
from tests.databases import engine_of
from tests.engines.state import contents, fill
from tests.zoo import models as zoo
from tests.zoo.compare import differences, stored_values
from tests.zoo.writing import objects

REPLACE = LoadOptions(mode=Mode.REPLACE)
EVERYWHERE = {"sqlite", "postgresql", "mariadb"}
"""Rows that each engine holds: of an unknown one, less is hoped for than of ours."""

OURS_ONLY = ["zoo_postgresql"]
"""Left out, for its fields have types that Django itself does not name."""

ROUTES = pytest.mark.parametrize(
    "route",
    [
        "sqlite-sqlite",
        "postgresql-postgresql",
        "mariadb-mariadb",
        "sqlite-postgresql",
        "postgresql-mariadb",
        "mariadb-sqlite",
    ],
    indirect=True,
)


@pytest.fixture
def unknown(monkeypatch):
    """A function that has an alias taken for a database of an unknown engine."""
    chosen: set[str] = set()
    known = lookup._name

    def name(connection):
        return "generic" if connection.alias in chosen else known(connection)

    def choose(alias):
        chosen.add(alias)
        assert isinstance(lookup.engine_of(connections[alias]), Generic)

    monkeypatch.setattr(lookup, "_name", name)
    return choose


@pytest.fixture
def rows(route):
    """A source that holds all zoos, with rows that every engine can hold."""
    fill(route.source, engines=EVERYWHERE)
    drop_long_decimals(route.source)
    return route


def drop_long_decimals(alias):
    """Remove rows with more digits than are hoped for of an unknown engine."""
    for row in objects(zoo.Custom, alias):
        if len(row.amount.as_tuple().digits) > Generic.features.decimal_digits_max:
            row.delete()


def assert_arrived(pair):
    """Every row is there, as Django reads it, and text that is encrypted as stored."""
    assert differences(pair.source, pair.target) == []
    stored = stored_values(pair.source, zoo.Custom, "encrypted")
    assert stored_values(pair.target, zoo.Custom, "encrypted") == stored


# Reading


@ROUTES
def test_dump_of_an_unknown_engine_loads_into_one_of_ours(rows, unknown, tmp_path):
    path = tmp_path / "generic.syncline"
    unknown(rows.source)
    dump(path, database=rows.source, exclude=OURS_ONLY).run()
    load(path, database=rows.target, options=REPLACE).run()

    assert_arrived(rows)


@ROUTES
def test_copy_from_an_unknown_engine_arrives(rows, unknown):
    unknown(rows.source)
    copy(rows.source, rows.target, exclude=OURS_ONLY, options=REPLACE).run()

    assert_arrived(rows)


# Writing


@ROUTES
def test_copy_into_an_unknown_engine_arrives(rows, unknown):
    unknown(rows.target)
    copy(rows.source, rows.target, exclude=OURS_ONLY, options=REPLACE).run()

    assert_arrived(rows)


@ROUTES
def test_load_of_a_file_into_an_unknown_engine_arrives(rows, unknown, tmp_path):
    path = tmp_path / "ours.syncline"
    dump(path, database=rows.source, exclude=OURS_ONLY).run()
    unknown(rows.target)
    load(path, database=rows.target, options=REPLACE).run()

    assert_arrived(rows)


def test_next_key_is_free_after_a_load_into_an_unknown_engine(engine, unknown):
    source, target = f"{engine}_a", f"{engine}_b"
    objects(zoo.SmallPk, source).create(id=300, name="last")
    unknown(target)
    copy(source, target, models=["zoo.SmallPk"], options=REPLACE).run()

    assert objects(zoo.SmallPk, target).create(name="next").pk > 300


# Saying so


def test_both_ends_of_an_unknown_engine_verify_as_equal(engine, unknown):
    source, target = f"{engine}_a", f"{engine}_b"
    fill(source, engines=EVERYWHERE)
    drop_long_decimals(source)
    unknown(source)
    unknown(target)
    copy(source, target, exclude=OURS_ONLY, options=REPLACE).run()

    report = verify(source, target, exclude=OURS_ONLY).run()
    assert [str(difference) for difference in report.differences] == []
    assert differences(source, target) == []
    objects(zoo.TextPk, target).filter(code="a").update(name="changed")
    report = verify(source, target, models=["zoo.TextPk"]).run()
    assert [found.fields for found in report.differences] == [{"name": 1}]


def test_report_says_that_the_engine_is_not_tested(engine, unknown):
    source, target = f"{engine}_a", f"{engine}_b"
    unknown(target)
    report = copy(source, target, models=["zoo.TextPk"], options=REPLACE).run()

    title = connections[target].display_name
    [note] = [note for note in report.notes if note.startswith(f"{target}: {title}")]
    assert "is not tested with Syncline" in note


# What it does not do


def test_merging_into_an_unknown_engine_is_refused(engine, unknown):
    source, target = f"{engine}_a", f"{engine}_b"
    objects(zoo.TextPk, source).create(code="both", name="new")
    objects(zoo.TextPk, target).create(code="both", name="old")
    unknown(target)
    before = contents(target)
    merge = LoadOptions(mode=Mode.MERGE)

    with pytest.raises(UsageError) as caught:
        copy(source, target, models=["zoo.TextPk"], options=merge).run()
    title = connections[target].display_name
    assert caught.value.message == f"Merging into {title} is not possible."
    assert "--replace" in caught.value.hint
    assert contents(target) == before


def test_backup_of_an_unknown_engine_is_refused_before_any_write(engine, unknown):
    source, target = f"{engine}_a", f"{engine}_b"
    objects(zoo.TextPk, source).create(code="new")
    objects(zoo.TextPk, target).create(code="old")
    unknown(target)
    before = contents(target)
    options = LoadOptions(mode=Mode.REPLACE, backup=True)

    with pytest.raises(BackupFailed) as caught:
        copy(source, target, models=["zoo.TextPk"], options=options).run()
    assert connections[target].display_name in caught.value.reason
    assert contents(target) == before


def test_failed_load_into_an_unknown_engine_rolls_back(engine, unknown):
    source, target = f"{engine}_a", f"{engine}_b"
    taken = ["zoo.TextPk", "zoo.BigPk"]
    for number in (1, 2):
        objects(zoo.BigPk, source).create(number=number, name="twin")
    objects(zoo.BigPk, target).create(number=7, name="stays")
    objects(zoo.TextPk, target).create(code="stays")
    unknown(target)
    before = contents(target)

    with unique_names(target), pytest.raises(ConstraintBroken):
        copy(source, target, models=taken, options=REPLACE).run()
    assert contents(target) == before


@contextlib.contextmanager
def unique_names(alias):
    """Have the target refuse a second row of one name."""
    where = " ON zoo_bigpk" if engine_of(alias) == "mariadb" else ""
    with connections[alias].cursor() as cursor:
        cursor.execute("CREATE UNIQUE INDEX own ON zoo_bigpk (name)")
    try:
        yield
    finally:
        with connections[alias].cursor() as cursor:
            cursor.execute(f"DROP INDEX own{where}")
