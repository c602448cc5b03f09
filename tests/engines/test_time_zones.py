"""An instant stays the same instant, whatever zones the two sides store it in."""

import contextlib
import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from syncline import LoadOptions, Mode, copy, dump, inspect, load, verify
from syncline.errors import RowsUnfit
from tests.awkward import models as awkward
from tests.engines.state import contents
from tests.zoo import models as zoo
from tests.zoo.compare import differences, stored_values
from tests.zoo.samples import fill_zoo
from tests.zoo.values import instant
from tests.zoo.writing import objects

REPLACE = LoadOptions(mode=Mode.REPLACE)
TIMED = [zoo.Everything, zoo.Required, zoo.DatabaseDefault, awkward.Stamped]
LABELS = [model._meta.label for model in TIMED]
ATHENS = ZoneInfo("Europe/Athens")
"""The project's own TIME_ZONE; see tests/settings.py."""


@contextlib.contextmanager
def zone_of(alias, name):
    """Have the alias store, and read, its times in a zone of its own."""
    connection = connections[alias]
    told = connection.settings_dict["TIME_ZONE"]
    set_zone(connection, name)
    try:
        yield
    finally:
        set_zone(connection, told)


def set_zone(connection, name):
    """Change a connection's zone, as Django does when a test changes TIME_ZONE."""
    connection.close()
    connection.settings_dict["TIME_ZONE"] = name
    for cached in ("timezone", "timezone_name"):
        connection.__dict__.pop(cached, None)


@pytest.fixture
def zoned(pair):
    """A pair of aliases with zones far apart; the source has some rows."""
    with (
        zone_of(pair.source, "America/New_York"),
        zone_of(pair.target, "Asia/Kolkata"),
    ):
        fill_timed(pair)
        yield pair


def fill_timed(pair):
    engines = {pair.source_engine, pair.target_engine}
    fill_zoo(pair.source, engines=engines, zones=True, rows=13)
    objects(awkward.Stamped, pair.source).create(name="stamped")
    stamp = {"made_at": instant(2001, 2, 3, 4, 5, 6, 7), "saved_time": dt.time(5, 6)}
    objects(awkward.Stamped, pair.source).update(**stamp)


def test_aliases_of_different_zones_keep_the_instant(zoned):
    copy(zoned.source, zoned.target, models=LABELS, options=REPLACE).run()

    assert differences(zoned.source, zoned.target, TIMED) == []
    assert verify(zoned.source, zoned.target, models=LABELS).run().equal
    if not (stores_instants(zoned.source) or stores_instants(zoned.target)):
        # Equal instants are stored as different clocks, so this proved something.
        before = stored_values(zoned.source, zoo.Required, "date_time")
        after = stored_values(zoned.target, zoo.Required, "date_time")
        assert all(str(before[key]) != str(after[key]) for key in before)


def stores_instants(alias):
    """Does the engine store instants, and not the clock of the alias's zone?"""
    return connections[alias].features.supports_timezones


def test_a_file_between_zones_keeps_the_instant(zoned, tmp_path):
    path = tmp_path / "times.syncline"
    dump(path, database=zoned.source, models=LABELS).run()
    load(path, database=zoned.target, options=REPLACE).run()

    assert differences(zoned.source, zoned.target, TIMED) == []


def test_without_use_tz_clocks_stay_as_they_are(pair, settings):
    settings.USE_TZ = False
    fill_timed(pair)
    copy(pair.source, pair.target, models=LABELS, options=REPLACE).run()

    assert differences(pair.source, pair.target, TIMED) == []
    assert verify(pair.source, pair.target, models=LABELS).run().equal
    stamp = objects(awkward.Stamped, pair.target).get()
    assert stamp.made_at == clock(2001, 2, 3, 4, 5, 6, 7)


def clock(*parts):
    """Return what a clock shows, without saying where."""
    return dt.datetime(*parts)  # noqa: DTZ001


CLOCKS = [
    clock(1970, 1, 1),
    clock(2021, 7, 1, 12, 30, 0, 1),
    clock(2021, 12, 31, 23, 59, 59, 999999),
]


@pytest.mark.parametrize("use_tz", [True, False], ids=["into", "out of"])
def test_a_file_takes_a_project_over_to_use_tz(pair, settings, tmp_path, use_tz):
    """A clock without a zone was the project's TIME_ZONE's all along."""
    aware = [shown.replace(tzinfo=ATHENS) for shown in CLOCKS]
    written, read = (CLOCKS, aware) if use_tz else (aware, CLOCKS)
    path = tmp_path / "times.syncline"

    settings.USE_TZ = not use_tz
    objects(zoo.Required, pair.source).bulk_create(
        [zoo.Required(id=key, date_time=at) for key, at in enumerate(written, 1)]
    )
    dump(path, database=pair.source, models=["zoo.Required"]).run()
    assert inspect(path).use_tz is not use_tz
    settings.USE_TZ = use_tz
    load(path, database=pair.target, options=REPLACE).run()

    found = objects(zoo.Required, pair.target).order_by("pk")
    assert list(found.values_list("date_time", flat=True)) == read


AUTUMN = [dt.datetime(2021, 11, 7, hour, 30, tzinfo=dt.UTC) for hour in (5, 6)]
"""Half past one in New York, twice."""


def test_an_hour_that_the_targets_clock_shows_twice_is_refused(pair):
    """Half of its instants would read as an hour earlier, and nobody would know."""
    rows = [zoo.Everything(id=key, date_time=at) for key, at in enumerate(AUTUMN, 1)]
    objects(zoo.Everything, pair.source).bulk_create(rows)
    models = ["zoo.Everything"]
    with zone_of(pair.target, "America/New_York"):
        if stores_instants(pair.target):
            copy(pair.source, pair.target, models=models, options=REPLACE).run()
            assert differences(pair.source, pair.target, TIMED) == []
            return
        before = contents(pair.target)
        with pytest.raises(RowsUnfit, match=r"zoo\.Everything\.date_time has 1 .*pk 2"):
            copy(pair.source, pair.target, models=models, options=REPLACE).run()
        assert contents(pair.target) == before
