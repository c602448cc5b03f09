"""Which columns keep less than what their fields may hold."""

from django.db import models

from syncline.changes.kinds import Kind
from syncline.engines.base import Column
from syncline.engines.features import Features
from syncline.tables.binding import Field, leaf_of

FRACTION_DIGITS = 6
"""Digits of a second's fraction that Python keeps."""

TIMES = frozenset({Kind.DATETIME, Kind.NAIVE, Kind.TIME})


def narrowness(field: Field, column: Column, kind: Kind, features: Features) -> str:
    """Say what a column loses of a field's values; empty if nothing.

    Args:
        field: the model's.
        column: what the database says of it.
        kind: what its values are.
        features: of the engine.
    """
    leaf = leaf_of(field)
    if kind is Kind.FLOAT and column.native in features.single_floats:
        return f"{column.native} keeps 7 digits of a float"
    if kind in TIMES and column.places is not None and column.places < FRACTION_DIGITS:
        return f"{column.native}({column.places}) cuts off fractions of a second"
    if kind is Kind.DECIMAL and isinstance(leaf, models.DecimalField):
        return _decimal(leaf, column, features)
    if kind is Kind.TEXT and column.length_max is not None:
        length = getattr(leaf, "max_length", None)
        if length is not None and length > column.length_max:
            return f"the column has {column.length_max} of {length} characters"
    return ""


def _decimal(
    field: "models.DecimalField[object, object]", column: Column, features: Features
) -> str:
    digits, places = field.max_digits or 0, field.decimal_places or 0
    if digits > features.decimal_digits_max:
        kept = features.decimal_digits_max
        return f"this engine keeps {kept} of {digits} digits"
    if column.places is not None and column.places < places:
        return f"the column has {column.places} of {places} decimal places"
    if column.digits is not None and column.digits < digits:
        return f"the column has {column.digits} of {digits} digits"
    return ""
