"""Arrays, ranges and search vectors.

HStoreField is left out: its extension has to be created first, which a test
database's owner may not be allowed to.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import (
    ArrayField,
    BigIntegerRangeField,
    DateRangeField,
    DateTimeRangeField,
    DecimalRangeField,
    IntegerRangeField,
    RangeOperators,
)
from django.contrib.postgres.search import SearchVectorField
from django.db import models


class Arrays(models.Model):
    """Arrays of one and two dimensions."""

    integers = ArrayField(models.IntegerField(null=True), null=True)
    texts = ArrayField(models.TextField(null=True), null=True)
    matrix = ArrayField(ArrayField(models.IntegerField(), size=2), null=True)
    decimals = ArrayField(
        models.DecimalField(max_digits=30, decimal_places=10), null=True
    )
    instants = ArrayField(models.DateTimeField(), null=True)
    uuids = ArrayField(models.UUIDField(), default=list)

    def __str__(self):
        return f"Arrays {self.pk}"


class Ranges(models.Model):
    """Each kind of range: empty, bounded, open on a side or on both."""

    integers = IntegerRangeField(null=True)
    big_integers = BigIntegerRangeField(null=True)
    decimals = DecimalRangeField(null=True)
    days = DateRangeField(null=True)
    instants = DateTimeRangeField(null=True)

    def __str__(self):
        return f"Ranges {self.pk}"


class Document(models.Model):
    """Text beside its search vector."""

    body = models.TextField()
    vector = SearchVectorField(null=True)

    def __str__(self):
        return self.body[:20]


class Booking(models.Model):
    """Days that may not overlap."""

    days = DateRangeField()

    class Meta:
        constraints = [  # noqa: RUF012
            ExclusionConstraint(
                name="zoo_booking_days_apart",
                expressions=[("days", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self):
        return str(self.days)
