"""Unique and check constraints of each kind."""

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from tests.zoo.fields import ExactCharField


class Account(models.Model):
    """One unique column, and nothing else to match by."""

    login = models.CharField(max_length=50, unique=True)
    balance = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    def __str__(self):
        return self.login


class Coordinates(models.Model):
    """Several unique constraints, over columns that may be NULL."""

    row = models.IntegerField(null=True)
    column = models.IntegerField(null=True)
    label = models.CharField(max_length=10, unique=True, null=True)  # noqa: DJ001

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("row", "column"), name="awkward_coordinates_once"
            ),
        )

    def __str__(self):
        return f"Coordinates {self.pk}"


class Conditional(models.Model):
    """Unique on a condition, and by an expression; MariaDB makes neither."""

    name = models.CharField(max_length=50)
    active = models.BooleanField(default=True)
    code = models.CharField(max_length=50)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("name",),
                condition=Q(active=True),
                name="awkward_conditional_active",
            ),
            models.UniqueConstraint(Lower("code"), name="awkward_conditional_lower"),
        )

    def __str__(self):
        return self.name


class CaseTwin(models.Model):
    """Unique values that differ in case, accents or a trailing space alone."""

    name = ExactCharField(max_length=50, unique=True)

    def __str__(self):
        return self.name


class Shelf(models.Model):
    """Unique, and checked at commit where the engine can."""

    position = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("position",),
                name="awkward_shelf_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
        )

    def __str__(self):
        return f"Shelf {self.position}"


class Checked(models.Model):
    """Check constraints over one and two columns."""

    low = models.IntegerField()
    high = models.IntegerField(null=True)
    kind = models.CharField(max_length=10)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(low__lte=F("high")), name="awkward_checked_in_order"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["a", "b'c", ""]), name="awkward_checked_kind"
            ),
        )

    def __str__(self):
        return f"Checked {self.pk}"
