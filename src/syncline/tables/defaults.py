"""What a field gets that nobody gives a value, spelled as the wire does."""

import json
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from django.db.models import NOT_PROVIDED

from syncline.changes.conversion import One
from syncline.changes.kinds import Kind, Value
from syncline.changes.spelling import MICROSECOND, spell_datetime
from syncline.schema.description import FieldDescription
from syncline.tables.binding import Field, Table, leaf_of


def default_of(table: Table, described: FieldDescription) -> Value:
    """Give the wire value of a field's default."""
    field = table.field(described.name)
    value = leaf_of(field).get_default() if field.has_default() else None
    if not field.has_default() and has_plain_default(field):
        value = field.db_default
    if value is None and not described.null and field.empty_strings_allowed:
        value = ""
    if value is None:
        return None
    if described.kind is Kind.JSON:
        return json.dumps(value, cls=getattr(field, "encoder", None))
    return spelled(field.get_prep_value(value), described.kind)


def has_plain_default(field: Field) -> bool:
    """Has a field a default that is the same on every database?"""
    given = getattr(field, "db_default", NOT_PROVIDED)
    plain = given is not NOT_PROVIDED and not hasattr(given, "resolve_expression")
    return field.has_default() or plain


def is_computed(field: Field) -> bool:
    """May a field's default be another one each time?"""
    # `dict` and `list` are asked for a new value each time, which is always the same.
    return callable(field.default) and field.default not in (NOT_PROVIDED, dict, list)


def spelled(value: Value, kind: Kind) -> Value:
    """Spell what a driver would have been given as the wire does."""
    if isinstance(value, datetime):
        if kind is Kind.DATETIME:
            return spell_datetime(value.astimezone(UTC) if value.tzinfo else value)
        return value.replace(tzinfo=None).isoformat("T", "microseconds")
    for type_, spell in SPELLED.items():
        if isinstance(value, type_):
            return spell(value)
    return getattr(value, "adapted", value)


SPELLED: dict[type, One] = {
    Decimal: lambda value: format(value, "f"),
    UUID: str,
    bytearray: bytes,
    date: date.isoformat,
    memoryview: bytes,
    time: lambda value: value.isoformat("microseconds"),
    timedelta: lambda value: value // MICROSECOND,
}
