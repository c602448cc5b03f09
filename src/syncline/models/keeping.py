"""What must not get lost: values that lost, changes that wait, rows as they were."""

from django.db import models

from syncline.models.fields import NODE_LENGTH, UID_BYTES, Bytes, ExactText


class Conflict(models.Model):
    """A value that was overwritten by one whose author had not seen it."""

    id = models.BigAutoField(primary_key=True)
    uid = Bytes(max_length=UID_BYTES, db_index=True)
    table_id = models.IntegerField()
    part = models.CharField(max_length=200)
    held = models.BooleanField(default=False)
    """Do all values stay, until a person chooses?"""

    lost = models.BinaryField()
    """The values with their versions, as MessagePack."""

    kept = models.BinaryField()
    at = models.DateTimeField()
    run_id = models.BigIntegerField(null=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "syncline_conflict"


class Quarantined(models.Model):
    """A change that could not be applied yet; it is served on, and tried again."""

    id = models.BigAutoField(primary_key=True)
    uid = Bytes(max_length=UID_BYTES, db_index=True)
    table_id = models.IntegerField()
    change = models.BinaryField()
    """A changeset of this one change, with what its sender knew."""

    frozen = models.BinaryField()
    """What this node knew of the record before."""

    reason = models.TextField()
    source = ExactText(max_length=NODE_LENGTH)
    transfer = ExactText(max_length=NODE_LENGTH)
    undone = models.BooleanField(default=False)
    """Was it taken back by a person? Then only a person has it tried again."""

    at = models.DateTimeField()
    attempts = models.IntegerField(default=1)

    class Meta:
        db_table = "syncline_quarantine"


class Before(models.Model):
    """The records of one changeset as they were before a run wrote them."""

    id = models.BigAutoField(primary_key=True)
    run_id = models.BigIntegerField(db_index=True)
    source = ExactText(max_length=NODE_LENGTH)
    records = models.BinaryField()
    """See `apply.before`."""

    at = models.DateTimeField()

    class Meta:
        db_table = "syncline_before"


class Unresolved(models.Model):
    """A reference whose target is not here; the row shows NULL until it comes."""

    id = models.BigAutoField(primary_key=True)
    target = Bytes(max_length=UID_BYTES, db_index=True)
    uid = Bytes(max_length=UID_BYTES)

    class Meta:
        db_table = "syncline_unresolved"
