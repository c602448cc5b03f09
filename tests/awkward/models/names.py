"""Tables and columns whose names must be quoted.

Not here: `"`, backtick, dollar and percent. Django does not escape its own quote
character in names, refuses a dollar on PostgreSQL, and reads percent as a parameter.
"""

# ruff: noqa: PLC2401

from django.db import models


class Order(models.Model):
    """A reserved word for a table, and for each column."""

    select = models.IntegerField()
    order = models.IntegerField(db_column="order", db_index=True)
    group = models.CharField(max_length=50)
    default = models.BooleanField(db_column="default", default=False)
    user = models.ForeignKey(
        "self", models.CASCADE, null=True, db_column="user", related_name="+"
    )
    rowid = models.IntegerField(db_column="primary")

    class Meta:
        db_table = "order"

    def __str__(self):
        return f"Order {self.pk}"


class Select(models.Model):
    """Spaces and punctuation in the table's name and its columns'."""

    id = models.AutoField(primary_key=True, db_column="the id")
    spaced = models.CharField(max_length=50, db_column="two  spaces", unique=True)
    quoted = models.CharField(max_length=50, db_column="it's; --")
    marks = models.CharField(max_length=50, db_column="a?b:c,{d}[e](f)")
    slashes = models.CharField(max_length=50, db_column=r"back\slash/n")
    digits = models.CharField(max_length=50, db_column="1st")
    dotted = models.CharField(max_length=50, db_column="dash-ed.dotted")
    orders = models.ManyToManyField(Order, related_name="+")

    class Meta:
        db_table = "select from where"

    def __str__(self):
        return self.spaced


class Unicode(models.Model):
    """Letters beyond ASCII; all within the plane that MariaDB takes in names."""

    größe = models.IntegerField()
    naïve = models.CharField(max_length=50, db_column="naïve Größe ☃")
    名前 = models.CharField(max_length=50)
    select = models.ForeignKey(Select, models.CASCADE, db_column="Ελληνικά")

    class Meta:
        db_table = "日本語"

    def __str__(self):
        return self.名前


class MixedCase(models.Model):
    """Upper case, and columns that differ from their fields."""

    Upper = models.CharField(max_length=50)
    lower = models.CharField(max_length=50, db_column="LOWER")
    swapped = models.IntegerField(db_column="other")
    other = models.IntegerField(db_column="swapped")
    Related = models.ForeignKey("self", models.CASCADE, null=True, db_column="FK")

    class Meta:
        db_table = "Awkward_MixedCase"

    def __str__(self):
        return self.Upper
