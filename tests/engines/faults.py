"""Rows that one engine holds and another does not, and where they are to be found."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connections

from tests.zoo import models as zoo
from tests.zoo import samples
from tests.zoo.writing import objects


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One kind of value that does not fit everywhere."""

    add: Callable[[str], object]
    """Adds the rows to an alias."""

    fields: tuple[str, ...]
    """Fields of Everything; each row added has a value in one of them at least."""

    routes: tuple[str, ...]
    """From an engine that holds the values to one that does not."""


def unfit_rows(alias, fault):
    """Return the keys of the rows that do not fit, by field."""
    return {
        f"zoo.Everything.{name}": set(
            objects(zoo.Everything, alias)
            .filter(**{f"{name}__isnull": False})
            .exclude(**({name: ""} if name in {"char", "file"} else {}))
            .values_list("pk", flat=True)
        )
        for name in fault.fields
    }


def insert(alias, column, *spelled):
    """Insert literals as the engine spells them, one a row."""
    rows = ", ".join(f"({value})" for value in spelled)
    with connections[alias].cursor() as cursor:
        cursor.execute(f"INSERT INTO zoo_everything ({column}) VALUES {rows}")


def add(**values):
    """Return a function that adds one row."""
    return lambda alias: objects(zoo.Everything, alias).create(**values)


def add_times(*spelled):
    """Return a function that adds days, and the same as instants."""

    def add_both(alias):
        insert(alias, "date", *spelled)
        insert(alias, "date_time", *spelled)

    return add_both


def add_unsigned(alias):
    """Add the greatest numbers of MariaDB's unsigned columns."""
    for name, bits in (("big_", 64), ("", 32), ("small_", 16)):
        objects(zoo.Everything, alias).create(
            **{f"positive_{name}integer": 2**bits - 1}
        )


TO_STRICT = ("sqlite-postgresql", "sqlite-mariadb")
TO_POSTGRESQL = ("sqlite-postgresql", "mariadb-postgresql")
TO_MARIADB = ("sqlite-mariadb", "postgresql-mariadb")
FROM_POSTGRESQL = ("postgresql-sqlite", "postgresql-mariadb")
FROM_MARIADB = ("mariadb-sqlite", "mariadb-postgresql")

FAULTS = {
    "too large": Fault(
        add=samples.add_oversized,
        fields=(
            "char",
            "slug",
            "integer",
            "small_integer",
            "positive_integer",
            "positive_small_integer",
        ),
        routes=TO_STRICT,
    ),
    "longer than its first NUL": Fault(
        add=add(char="\x00" + "x" * 100), fields=("char",), routes=TO_STRICT
    ),
    "NUL characters": Fault(
        add=samples.add_nul_text,
        fields=("char", "text", "slug", "email", "url", "json"),
        routes=TO_POSTGRESQL,
    ),
    "infinite or no number": Fault(
        add=samples.add_infinities, fields=("floating",), routes=TO_MARIADB
    ),
    "decimal NaN": Fault(
        add=samples.add_nan_decimal, fields=("decimal_15_4",), routes=FROM_POSTGRESQL
    ),
    "unsigned numbers": Fault(
        add=add_unsigned,
        fields=(
            "positive_big_integer",
            "positive_integer",
            "positive_small_integer",
        ),
        routes=("mariadb-postgresql",),
    ),
    "the largest unsigned number": Fault(
        add=add(positive_big_integer=2**64 - 1),
        fields=("positive_big_integer",),
        routes=("mariadb-sqlite",),
    ),
    "days of zeros": Fault(
        add=samples.add_zero_date, fields=("date",), routes=FROM_MARIADB
    ),
    "times beyond a day": Fault(
        add=lambda alias: insert(alias, "time", "'24:00:00'", "'-01:00:00'"),
        fields=("time",),
        routes=FROM_MARIADB,
    ),
    "days without end": Fault(
        add=add_times("'infinity'", "'-infinity'"),
        fields=("date", "date_time"),
        routes=FROM_POSTGRESQL,
    ),
    "days before Christ": Fault(
        add=add_times("'0044-03-15 BC'"),
        fields=("date", "date_time"),
        routes=FROM_POSTGRESQL,
    ),
    "days after the year 9999": Fault(
        add=add_times("'10000-01-01'"),
        fields=("date", "date_time"),
        routes=FROM_POSTGRESQL,
    ),
    "durations beyond 64 bits": Fault(
        add=lambda alias: insert(alias, "duration", "'1000000 years'"),
        fields=("duration",),
        routes=FROM_POSTGRESQL,
    ),
    "UUIDs that MariaDB refuses": Fault(
        add=samples.add_odd_uuid, fields=("uuid",), routes=TO_MARIADB
    ),
    "JSON deeper than MariaDB goes": Fault(
        add=add(json=json.loads("[" * 40 + "]" * 40)),
        fields=("json",),
        routes=TO_MARIADB,
    ),
    "half a character in JSON": Fault(
        add=add(json={"half": "\ud800"}), fields=("json",), routes=TO_STRICT
    ),
}
"""What is reported before anything is written, whatever else is in the table."""
