"""What a node remembers of other nodes."""

from django.db import models

from syncline.models.fields import NODE_LENGTH, ExactText


class Peer(models.Model):
    """Another node that this one has met."""

    node = ExactText(max_length=NODE_LENGTH, primary_key=True)
    name = models.CharField(max_length=200)
    seq_in = models.BigIntegerField(default=0)
    """Up to where, in the peer's order, its changes are merged here."""

    met = models.BooleanField(default=False)
    """Has a transfer between the two come to its end?"""

    labels = models.JSONField(default=list)
    """The models that were tracked here when the last transfer came to its end."""

    narrowed = models.JSONField(default=dict)
    """By labels, as transfers of these alone name them: up to where such a transfer
    has brought them."""

    seq_out = models.BigIntegerField(default=0)
    """Up to where, in this node's order, changes were read for the peer."""

    last_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "syncline_peer"


class Context(models.Model):
    """What a sender knew of the records that it has sent so far in a transfer."""

    id = models.AutoField(primary_key=True)
    knowledge = models.BinaryField()

    class Meta:
        db_table = "syncline_context"


class Receipt(models.Model):
    """A changeset that was applied; applied again, it gives the same answer."""

    transfer = ExactText(max_length=NODE_LENGTH)
    number = models.IntegerField()
    report = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        db_table = "syncline_receipt"
        constraints = (
            models.UniqueConstraint(
                fields=("transfer", "number"), name="syncline_receipt_once"
            ),
        )
