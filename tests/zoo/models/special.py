"""Columns that the database fills, compares or stores in its own way."""

from django.db import models
from django.db.models import F
from django.db.models.functions import Lower, Now

from tests.zoo.fields import (
    AmountField,
    CompressedTextField,
    EncryptedTextField,
    ExactCharField,
)


class HugeDecimal(models.Model):
    """A 65-digit decimal, MariaDB's widest; SQLite keeps 15 digits of it."""

    amount = models.DecimalField(max_digits=65, decimal_places=30)

    def __str__(self):
        return str(self.amount)


class Generated(models.Model):
    """Columns that the database computes; declared between those they come from."""

    width = models.IntegerField()
    area = models.GeneratedField(
        expression=F("width") * F("height"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    height = models.IntegerField()
    lower_name = models.GeneratedField(
        expression=Lower("name"),
        output_field=models.CharField(max_length=50),
        db_persist=True,
    )
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class DatabaseDefault(models.Model):
    """Defaults that live in the schema."""

    name = models.CharField(max_length=50, db_default="it's a default")
    number = models.IntegerField(db_default=42)
    made_at = models.DateTimeField(db_default=Now())
    active = models.BooleanField(db_default=True)
    note = models.TextField(null=True, db_default="not null")  # noqa: DJ001

    def __str__(self):
        return self.name


class Collated(models.Model):
    """Unique under an exact collation, beside a column under the default one."""

    exact = ExactCharField(max_length=100, unique=True)
    plain = models.CharField(max_length=100)

    def __str__(self):
        return self.exact


class Custom(models.Model):
    """Fields of the project's own, nullable and not."""

    encrypted = EncryptedTextField()
    encrypted_or_null = EncryptedTextField(null=True)
    compressed = CompressedTextField()
    compressed_or_null = CompressedTextField(null=True)
    amount = AmountField()
    amount_or_null = AmountField(null=True)

    def __str__(self):
        return f"Custom {self.pk}"
