"""Every execution of a verb, and the chunks that it was made of."""

from django.db import models

from syncline.models.fields import NODE_LENGTH, ExactText


class Run(models.Model):
    """One execution of a verb."""

    id = models.BigAutoField(primary_key=True)
    verb = models.CharField(max_length=20)
    arguments = models.JSONField(default=dict)
    """What it takes to run it again."""

    state = models.CharField(max_length=12, db_index=True)
    """One of `syncline.runs.ledger.State`."""

    started_at = models.DateTimeField(db_index=True)
    ended_at = models.DateTimeField(null=True)
    begun_by = ExactText(max_length=NODE_LENGTH, default="")
    """The node whose run this is a part of; empty of this node's own runs."""

    host = models.CharField(max_length=255, default="")
    pid = models.BigIntegerField(default=0)
    process = models.CharField(max_length=100, default="")
    """When that process started, so that another one with its number is not it."""

    report = models.JSONField(default=dict)
    error = models.TextField(default="")

    class Meta:
        db_table = "syncline_run"


class Chunk(models.Model):
    """A changeset of a run; committed together with it."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, models.CASCADE, db_constraint=False)
    """Unchecked: what the ledger remembers never stands in the way of the data."""

    transfer = ExactText(max_length=NODE_LENGTH)
    number = models.IntegerField()
    """With the transfer, the changeset's receipt."""

    counts = models.JSONField(default=dict)
    """By outcome and label, how many records."""

    at = models.DateTimeField()

    class Meta:
        db_table = "syncline_chunk"


class Pruning(models.Model):
    """When old entries were last removed; one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()

    class Meta:
        db_table = "syncline_pruning"
