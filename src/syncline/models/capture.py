"""What triggers write, and which tables have them."""

from django.db import models

from syncline.models.fields import PK_LENGTH_MAX, ExactText


class TrackedTable(models.Model):
    """A table that is tracked here; its number stands for it everywhere else."""

    number = models.AutoField(primary_key=True)
    label = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=200)
    bits = models.JSONField(default=dict)
    """By column, the bit of the mask; a bit is never used for another column."""

    fields = models.JSONField(default=list)
    """The fields that records were digested with."""

    key = models.JSONField(default=dict)
    """What identifies its records, as chosen when it was first tracked."""

    late = models.BooleanField(default=False)
    """Had this node taken other nodes' changes before it tracked this table?"""

    triggers = models.CharField(max_length=64, default="")
    """The digest of the triggers that were installed."""

    described = models.JSONField(default=dict)
    """What its columns were like then, so that a peer can be told without a look."""

    class Meta:
        db_table = "syncline_table"


class Journal(models.Model):
    """Rows that were written and have no number yet."""

    id = models.BigAutoField(primary_key=True)
    table_id = models.IntegerField()
    operation = models.SmallIntegerField()
    pk_text = ExactText(max_length=PK_LENGTH_MAX, db_column="pk")
    old_pk = ExactText(max_length=PK_LENGTH_MAX, null=True)
    mask = models.BigIntegerField()
    """Which columns an update changed."""

    at = models.BigIntegerField()
    """Microseconds since 1970, by the database's clock."""

    origin = models.SmallIntegerField()

    class Meta:
        db_table = "syncline_journal"


class Mark(models.Model):
    """Who writes, where a session cannot say so: never committed."""

    origin = models.SmallIntegerField(primary_key=True)

    class Meta:
        db_table = "syncline_mark"
