"""Values as drivers give and take them, by kind, through Django's own conversions."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from syncline.changes.conversion import One
from syncline.changes.kinds import Kind, Value
from syncline.changes.spelling import (
    MICROSECOND,
    instant,
    parse_date,
    parse_datetime,
    parse_time,
    spell_datetime,
    spell_decimal,
)
from syncline.changes.values import READ as READ_WIRE
from syncline.engines.base import Connection

INTERNAL: dict[str, Kind] = {
    "BinaryField": Kind.BINARY,
    "BooleanField": Kind.BOOLEAN,
    "DateField": Kind.DATE,
    "DateTimeField": Kind.NAIVE,
    "DecimalField": Kind.DECIMAL,
    "DurationField": Kind.DURATION,
    "FloatField": Kind.FLOAT,
    "GenericIPAddressField": Kind.ADDRESS,
    "JSONField": Kind.JSON,
    "TimeField": Kind.TIME,
    "UUIDField": Kind.UUID,
    **dict.fromkeys(
        (
            "AutoField",
            "BigAutoField",
            "BigIntegerField",
            "IntegerField",
            "PositiveBigIntegerField",
            "PositiveIntegerField",
            "PositiveSmallIntegerField",
            "SmallAutoField",
            "SmallIntegerField",
        ),
        Kind.INTEGER,
    ),
}
"""What Django's introspection calls a column, as a kind; text for all others."""

FIELDS: dict[Kind, "models.Field[Any, Any]"] = {
    Kind.ADDRESS: models.GenericIPAddressField(),
    Kind.BINARY: models.BinaryField(),
    Kind.BOOLEAN: models.BooleanField(),
    Kind.DATE: models.DateField(),
    Kind.DATETIME: models.DateTimeField(),
    Kind.DURATION: models.DurationField(),
    Kind.FLOAT: models.FloatField(),
    Kind.INTEGER: models.BigIntegerField(),
    Kind.NAIVE: models.DateTimeField(),
    Kind.TEXT: models.TextField(),
    Kind.TIME: models.TimeField(),
    Kind.UUID: models.UUIDField(),
}
"""Plain fields that know how a backend wants each kind; never the model's own, which
may encrypt what is encrypted already."""

PYTHON: dict[Kind, One] = {
    kind: READ_WIRE[kind]
    for kind in (
        Kind.DATE,
        Kind.DATETIME,
        Kind.DURATION,
        Kind.NAIVE,
        Kind.TIME,
        Kind.UUID,
    )
}
"""From the wire to what Django's fields take; they read all others themselves."""


def reader(kind: Kind, zone: str, places: int | None) -> One:
    """Compile the way from what a driver gives to the wire."""
    return lambda value: READ.get(kind, _read_text)(value, zone, places)


def writer(kind: Kind, connection: Connection, places: int | None) -> One:
    """Compile the way from the wire to what a driver takes."""
    field = FIELDS.get(kind, FIELDS[Kind.TEXT])
    if kind is Kind.DECIMAL:
        decimal = models.DecimalField(max_digits=1000, decimal_places=places)
        return lambda value: decimal.get_db_prep_save(Decimal(value), connection)
    read = PYTHON.get(kind)
    if read is None:
        return lambda value: field.get_db_prep_save(value, connection)
    return lambda value: field.get_db_prep_save(read(value), connection)


MIDNIGHT = datetime(2000, 1, 1, tzinfo=UTC)


def _read_text(value: Value, zone: str, places: int | None) -> str:
    del zone, places
    # Large objects of some drivers are read first.
    return str(value.read() if hasattr(value, "read") else value)


def _read_bytes(value: Value, zone: str, places: int | None) -> bytes:
    del zone, places
    return bytes(value.read() if hasattr(value, "read") else value)


def _read_datetime(value: Value, zone: str, places: int | None) -> str:
    del places
    moment = value if isinstance(value, datetime) else parse_datetime(str(value))
    if moment.tzinfo is not None:
        return spell_datetime(moment.astimezone(UTC))
    return spell_datetime(instant(str(moment), zone))


def _read_naive(value: Value, zone: str, places: int | None) -> str:
    del zone, places
    moment = value if isinstance(value, datetime) else parse_datetime(str(value))
    return moment.replace(tzinfo=None).isoformat("T", "microseconds")


def _read_date(value: Value, zone: str, places: int | None) -> str:
    del zone, places
    if isinstance(value, datetime):
        value = value.date()
    return (value if isinstance(value, date) else parse_date(str(value))).isoformat()


def _read_time(value: Value, zone: str, places: int | None) -> str:
    del zone, places
    if isinstance(value, timedelta):
        value = (MIDNIGHT + value).time()
    clock = value if isinstance(value, time) else parse_time(str(value))
    return clock.isoformat("microseconds")


def _read_duration(value: Value, zone: str, places: int | None) -> int:
    del zone, places
    return value // MICROSECOND if isinstance(value, timedelta) else int(value)


def _read_json(value: Value, zone: str, places: int | None) -> str:
    if isinstance(value, dict | list):
        return json.dumps(value)
    return _read_text(value, zone, places)


Reader = Callable[[Value, str, int | None], Value]

READ: dict[Kind, Reader] = {
    Kind.BINARY: _read_bytes,
    Kind.BOOLEAN: lambda value, _, __: bool(value),
    Kind.DATE: _read_date,
    Kind.DATETIME: _read_datetime,
    Kind.DECIMAL: lambda value, _, places: spell_decimal(value, places),
    Kind.DURATION: _read_duration,
    Kind.FLOAT: lambda value, _, __: float(value),
    Kind.INTEGER: lambda value, _, __: int(value),
    Kind.JSON: _read_json,
    Kind.NAIVE: _read_naive,
    Kind.TIME: _read_time,
    Kind.UUID: lambda value, _, __: str(UUID(str(value))),
}
