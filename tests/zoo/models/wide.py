"""Every field type in one row: once nullable, once NOT NULL with defaults."""

# Text may be NULL here on purpose: empty string and NULL must stay apart.
# ruff: noqa: DJ001

import datetime as dt
import uuid
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import models


def zoo_folder() -> str:
    """Return the folder of this app; a callable, so that no migration names it."""
    return str(Path(__file__).parent.parent)


def leap_day() -> dt.datetime:
    """Return an instant; a callable, so that it is naive where USE_TZ is off."""
    zone = dt.UTC if settings.USE_TZ else None
    return dt.datetime(2000, 2, 29, 12, 0, 0, 1, tzinfo=zone)


class Everything(models.Model):
    """All field types, all nullable; ImageField is a FileField that needs Pillow."""

    big_integer = models.BigIntegerField(null=True)
    binary = models.BinaryField(null=True)
    boolean = models.BooleanField(null=True)
    char = models.CharField(max_length=100, null=True)
    date = models.DateField(null=True)
    date_time = models.DateTimeField(null=True)
    decimal_5_2 = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    decimal_15_4 = models.DecimalField(max_digits=15, decimal_places=4, null=True)
    decimal_30_10 = models.DecimalField(max_digits=30, decimal_places=10, null=True)
    duration = models.DurationField(null=True)
    email = models.EmailField(null=True)
    file = models.FileField(null=True)
    file_path = models.FilePathField(path=zoo_folder, null=True)
    floating = models.FloatField(null=True)
    ip = models.GenericIPAddressField(null=True)
    ip_v4 = models.GenericIPAddressField(protocol="IPv4", null=True)
    integer = models.IntegerField(null=True)
    json = models.JSONField(null=True)
    positive_big_integer = models.PositiveBigIntegerField(null=True)
    positive_integer = models.PositiveIntegerField(null=True)
    positive_small_integer = models.PositiveSmallIntegerField(null=True)
    slug = models.SlugField(null=True)
    small_integer = models.SmallIntegerField(null=True)
    text = models.TextField(null=True)
    time = models.TimeField(null=True)
    url = models.URLField(null=True)
    uuid = models.UUIDField(null=True)

    def __str__(self):
        return f"Everything {self.pk}"


class Required(models.Model):
    """All field types, none nullable, each with a default."""

    big_integer = models.BigIntegerField(default=-(2**40))
    binary = models.BinaryField(default=b"\x00\xff")
    boolean = models.BooleanField(default=True)
    char = models.CharField(max_length=100, default="")
    date = models.DateField(default=dt.date(2000, 2, 29))
    date_time = models.DateTimeField(default=leap_day)
    decimal = models.DecimalField(
        max_digits=12, decimal_places=2, default=Decimal("-0.10")
    )
    duration = models.DurationField(default=dt.timedelta(microseconds=-1))
    email = models.EmailField(default="someone@example.org")
    file = models.FileField(default="")
    file_path = models.FilePathField(path=zoo_folder, default="")
    floating = models.FloatField(default=0.1)
    ip = models.GenericIPAddressField(default="::1")
    integer = models.IntegerField(default=-1)
    json = models.JSONField(default=dict)
    positive_big_integer = models.PositiveBigIntegerField(default=2**40)
    positive_integer = models.PositiveIntegerField(default=1)
    positive_small_integer = models.PositiveSmallIntegerField(default=1)
    slug = models.SlugField(default="a-slug")
    small_integer = models.SmallIntegerField(default=-1)
    text = models.TextField(default="")
    time = models.TimeField(default=dt.time(23, 59, 59, 999999))
    url = models.URLField(default="https://example.org/")
    uuid = models.UUIDField(default=uuid.UUID(int=0))

    def __str__(self):
        return f"Required {self.pk}"
