"""Hypothesis strategies: rows of Everything that a set of engines can hold."""

import datetime as dt

from django.conf import settings
from django.db.models import JSONField, Value
from hypothesis import strategies as st

from tests.zoo.limits import Limits, limits_of, mariadb_refuses
from tests.zoo.values import digits_of, scaled, size_of

JSON_NULL = Value(None, JSONField())

_DECIMALS = ("decimal_5_2", "decimal_15_4", "decimal_30_10")


def everything(engines, *, zones=False):
    """Return a strategy of keyword arguments for Everything; each may be NULL."""
    columns = _columns(limits_of(engines, zones=zones))
    return st.fixed_dictionaries(
        {name: st.none() | values for name, values in columns.items()}
    )


def texts(limits: Limits, size_max: int | None = None):
    """Return text of at most `size_max` characters, with NUL where it can be."""
    characters = st.characters(
        codec="utf-8", exclude_characters="" if limits.nul_text else "\x00"
    )
    return st.text(characters, max_size=size_max)


def decimals(limits: Limits, digits: int, places: int):
    """Return decimals with `places` decimal places and no more than `digits`."""
    significant = min(digits, limits.decimal_digits_max)
    most = 10**significant - 1
    return st.builds(
        lambda number, shift: scaled(number, shift - places),
        st.integers(-most, most),
        st.integers(0, digits - significant),
    )


def instants(limits: Limits):
    """Return datetimes from year 1 to 9999: in UTC, or naive without USE_TZ."""
    margin = dt.timedelta(days=limits.instant_days_min)
    return st.datetimes(
        dt.datetime.min + margin,  # noqa: DTZ901
        dt.datetime.max - margin,  # noqa: DTZ901
        timezones=st.just(dt.UTC) if settings.USE_TZ else st.none(),
    )


def jsons(limits: Limits):
    """Return JSON values; None at the top is JSON's null, not SQL's."""
    leaves = (
        st.none()
        | st.booleans()
        | st.integers(-(10**40), 10**40)
        | st.floats(allow_nan=False, allow_infinity=False)
        | texts(limits)
    )
    values = st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(texts(limits, 10), inner, max_size=4)
        ),
        max_leaves=limits.json_depth_max // 2,
    )
    return values.map(lambda value: JSON_NULL if value is None else value)


def _columns(limits: Limits):
    us_max = limits.duration_us_max
    columns = {
        "binary": st.binary(max_size=300),
        "boolean": st.booleans(),
        "date": st.dates(),
        "date_time": instants(limits),
        "duration": st.integers(-us_max - 1, us_max).map(
            lambda us: dt.timedelta(microseconds=us)
        ),
        "floating": st.floats(allow_nan=limits.nan, allow_infinity=limits.infinities),
        "ip": st.ip_addresses().map(str),
        "ip_v4": st.ip_addresses(v=4).map(str),
        "json": jsons(limits),
        "text": texts(limits),
        "time": st.times(),
        "uuid": st.uuids().filter(
            lambda value: limits.any_uuid or not mariadb_refuses(value)
        ),
    }
    for name, (least, greatest) in limits.integers.items():
        columns[name] = st.integers(least, greatest)
    for name in _DECIMALS:
        columns[name] = decimals(limits, *digits_of(name))
    for name in ("char", "email", "file", "file_path", "slug", "url"):
        columns[name] = texts(limits, size_of(name))
    return columns
