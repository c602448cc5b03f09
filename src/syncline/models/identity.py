"""Who this node is, and which records its rows are."""

from django.db import models

from syncline.models.fields import (
    NODE_LENGTH,
    PK_LENGTH_MAX,
    UID_BYTES,
    Bytes,
    ExactText,
)


class Node(models.Model):
    """A node that some version names; its number stands for it in our tables."""

    number = models.AutoField(primary_key=True)
    name = ExactText(max_length=NODE_LENGTH, unique=True)

    class Meta:
        db_table = "syncline_node"


class State(models.Model):
    """What this node counts and knows; one row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    node = ExactText(max_length=NODE_LENGTH)
    genesis = ExactText(max_length=NODE_LENGTH)
    """From what uids of records without a key are made."""

    counter = models.BigIntegerField(default=0)
    """The number of this node's last change."""

    seq = models.BigIntegerField(default=0)
    """The last position in this node's order of records."""

    knowledge = models.BinaryField(default=bytes)
    """What other nodes' changes are merged, held or refused here."""

    class Meta:
        db_table = "syncline_state"


class Alias(models.Model):
    """A record that was found to be another: its uid leads there for ever."""

    uid = Bytes(max_length=UID_BYTES, primary_key=True)
    winner = Bytes(max_length=UID_BYTES, db_index=True)
    """The record at the end, which is no alias itself."""

    class Meta:
        db_table = "syncline_alias"


class RecordRow(models.Model):
    """A record: its uid, its row here, and its versions."""

    uid = Bytes(max_length=UID_BYTES, primary_key=True)
    table_id = models.IntegerField()
    pk_text = ExactText(max_length=PK_LENGTH_MAX, null=True, db_column="pk")
    """The row's pk, as the engine spells it; NULL once the record is deleted."""

    life = models.IntegerField()
    """The causal length: odd while it lives."""

    clock = models.BigIntegerField()
    node_id = models.IntegerField()
    counter = models.BigIntegerField()
    """The version of all that `extra` does not name."""

    seq = models.BigIntegerField(db_index=True)
    digest = models.BigIntegerField(null=True)
    """Of the row as it was read back when it was last numbered or applied."""

    extra = models.BinaryField(null=True)
    """Versions that differ from the record's own, and values that the row cannot
    show."""

    context_id = models.IntegerField(null=True)
    """What the senders of this record knew, beyond what this node does."""

    gone_pk = ExactText(max_length=PK_LENGTH_MAX, null=True)
    """Of a deleted record: the pk that its row had, in case it comes back."""

    class Meta:
        db_table = "syncline_record"
        constraints = (
            models.UniqueConstraint(
                fields=("table_id", "pk_text"), name="syncline_record_pk"
            ),
        )
