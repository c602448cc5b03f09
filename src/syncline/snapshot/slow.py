"""The slow way: through the field's own Python, where storage types differ."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from syncline.changes.conversion import One
from syncline.changes.kinds import Kind, Value
from syncline.engines.base import Connection
from syncline.tables.binding import Field
from syncline.tables.defaults import spelled

PYTHON: dict[Kind, One] = {
    Kind.DATE: date.fromisoformat,
    Kind.DATETIME: datetime.fromisoformat,
    Kind.DECIMAL: Decimal,
    Kind.DURATION: lambda value: timedelta(microseconds=value),
    Kind.NAIVE: datetime.fromisoformat,
    Kind.TIME: time.fromisoformat,
    Kind.UUID: UUID,
}
"""From the wire to what a cursor would have given; others are that already."""


def has_own_conversion(field: Field) -> bool:
    """Does the field turn stored values into Python by itself?"""
    return hasattr(field, "from_db_value")


def field_conversion(
    field: Field,
    source: Kind,
    target: Kind,
    connections: tuple[Connection, Connection],
) -> One:
    """Compile the way from a stored value, wire to wire, through the field.

    Args:
        field: whose `from_db_value` and `get_db_prep_save` know both storages.
        source: what the source stores.
        target: what the target stores.
        connections: the source's, or one like it that is not connected; the target's.
    """
    read = PYTHON.get(source)
    from_stored = getattr(field, "from_db_value", None)

    def step(value: Value) -> Value:
        if read is not None:
            value = read(value)
        if from_stored is not None:
            value = from_stored(value, None, connections[0])
        return spelled(field.get_db_prep_save(value, connections[1]), target)

    return step
