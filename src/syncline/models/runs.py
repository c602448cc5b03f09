"""Every execution of a verb, and the chunks that it was made of."""

from django.db import models


class Run(models.Model):
    """One execution of a verb."""

    id = models.BigAutoField(primary_key=True)
    verb = models.CharField(max_length=20)
    arguments = models.JSONField(default=dict)
    state = models.CharField(max_length=12)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)
    error = models.TextField(default="")

    class Meta:
        db_table = "syncline_run"


class Chunk(models.Model):
    """A part of a run that commits by itself."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, models.CASCADE)
    number = models.IntegerField()
    counts = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        db_table = "syncline_chunk"
