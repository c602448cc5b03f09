"""Rows for the PostgreSQL zoo, the same at each call."""

import datetime as dt
import uuid
from decimal import Decimal

from django.contrib.postgres.search import SearchVector
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import (
    DateRange,
    DateTimeTZRange,
    NumericRange,
)

from tests.zoo.values import TEXTS, instant
from tests.zoo.writing import objects
from tests.zoo_postgresql import models as zoo


def fill_zoo_postgresql(alias):
    """Fill every model of the PostgreSQL zoo."""
    rows = {
        zoo.Arrays: _arrays(),
        zoo.Ranges: _ranges(),
        zoo.Document: [{"body": text} for text in ["", "Two cats", "it's né"]],
        zoo.Booking: [
            {"days": DateRange(dt.date(2024, 1, 1), dt.date(2024, 2, 1))},
            {"days": DateRange(dt.date(2024, 2, 1), dt.date(2024, 3, 1))},
        ],
    }
    with transaction.atomic(using=alias):
        for model, values in rows.items():
            objects(model, alias).bulk_create([model(**row) for row in values])
        documents = objects(zoo.Document, alias).exclude(body="")
        documents.update(vector=SearchVector("body", config="simple"))


def _arrays():
    return [
        {},
        {
            "integers": [],
            "texts": [],
            "matrix": [],
            "decimals": [],
            "instants": [],
            "uuids": [],
        },
        {
            "integers": [-(2**31), None, 0, 2**31 - 1],
            "texts": [*TEXTS, None, "{a,b}", '"', "null"],
            "matrix": [[1, 2], [3, 4], [-5, 6]],
            "decimals": [Decimal("-0.0000000001"), Decimal(10**20 - 1)],
            "instants": [instant(1, 1, 1), instant(2000, 1, 1, 0, 0, 0, 1)],
            "uuids": [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)],
        },
    ]


def _ranges():
    day, next_day = dt.date(2000, 2, 29), dt.date(9999, 12, 31)
    start, end = instant(1, 1, 1), instant(2000, 1, 1, 0, 0, 0, 1)
    return [
        {},
        {
            "integers": NumericRange(empty=True),
            "big_integers": NumericRange(None, None),
            "decimals": NumericRange(empty=True),
            "days": DateRange(empty=True),
            "instants": DateTimeTZRange(None, None),
        },
        {
            "integers": NumericRange(-(2**31), 2**31 - 1),
            "big_integers": NumericRange(-(2**63), None),
            "decimals": NumericRange(Decimal("-0.1"), Decimal("0.10"), "(]"),
            "days": DateRange(day, next_day),
            "instants": DateTimeTZRange(start, end, "[]"),
        },
        {
            "integers": NumericRange(None, 0),
            "big_integers": NumericRange(0, 1),
            "decimals": NumericRange(None, Decimal(10**30), "()"),
            "days": DateRange(None, day),
            "instants": DateTimeTZRange(start, None, "()"),
        },
    ]
