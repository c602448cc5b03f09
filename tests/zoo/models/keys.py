"""Kinds of primary key, and rows that refer to them."""

from django.db import models

from tests.zoo.fields import ExactCharField


class AutoPk(models.Model):
    """A 32-bit automatic key and nothing else: a row without other columns."""

    id = models.AutoField(primary_key=True)

    def __str__(self):
        return str(self.pk)


class SmallPk(models.Model):
    """A 16-bit automatic key."""

    id = models.SmallAutoField(primary_key=True)
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class BigPk(models.Model):
    """A 64-bit automatic key with another name than `id`."""

    number = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class PlainIntegerPk(models.Model):
    """An integer key that the database never assigns."""

    code = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class TextPk(models.Model):
    """A text key in the database's own collation."""

    code = models.CharField(max_length=200, primary_key=True)
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.code


class ExactTextPk(models.Model):
    """A text key that tells case, accents and trailing spaces apart."""

    code = ExactCharField(max_length=200, primary_key=True)
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.code


class UuidPk(models.Model):
    """A UUID key: native on PostgreSQL and MariaDB 10.7, char(32) elsewhere."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=50)
    texts = models.ManyToManyField(TextPk)

    def __str__(self):
        return self.name


class DatePk(models.Model):
    """A day as key."""

    day = models.DateField(primary_key=True)
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class DecimalPk(models.Model):
    """An exact number as key."""

    amount = models.DecimalField(primary_key=True, max_digits=10, decimal_places=2)
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class AddressPk(models.Model):
    """An IP address as key: `inet` on PostgreSQL, which spells some another way."""

    address = models.GenericIPAddressField(primary_key=True)
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class OneToOnePk(models.Model):
    """The key is the relation."""

    uuid_pk = models.OneToOneField(UuidPk, models.CASCADE, primary_key=True)
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class CompositePk(models.Model):
    """Two columns are the key; one of them is a foreign key."""

    pk = models.CompositePrimaryKey("text_pk", "position")
    text_pk = models.ForeignKey(TextPk, models.CASCADE)
    position = models.IntegerField()
    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class Reference(models.Model):
    """One nullable foreign key to each kind of key."""

    auto = models.ForeignKey(AutoPk, models.CASCADE, null=True)
    small = models.ForeignKey(SmallPk, models.CASCADE, null=True)
    big = models.ForeignKey(BigPk, models.CASCADE, null=True)
    plain = models.ForeignKey(PlainIntegerPk, models.CASCADE, null=True)
    text = models.ForeignKey(TextPk, models.CASCADE, null=True)
    exact_text = models.ForeignKey(ExactTextPk, models.CASCADE, null=True)
    uuid = models.ForeignKey(UuidPk, models.CASCADE, null=True)
    day = models.ForeignKey(DatePk, models.CASCADE, null=True)
    amount = models.ForeignKey(DecimalPk, models.CASCADE, null=True)
    address = models.ForeignKey(AddressPk, models.CASCADE, null=True)
    one_to_one = models.ForeignKey(OneToOnePk, models.CASCADE, null=True)

    def __str__(self):
        return f"Reference {self.pk}"
