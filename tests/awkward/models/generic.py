"""Generic foreign keys: a content type and a key in two columns."""

from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Tag(models.Model):
    """Points at rows with integer keys; at content types and permissions too."""

    name = models.CharField(max_length=50)
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.BigIntegerField()
    target = GenericForeignKey("content_type", "object_id")

    class Meta:
        indexes = (models.Index(fields=("content_type", "object_id")),)

    def __str__(self):
        return self.name


class TextTag(models.Model):
    """Points at rows with any key, kept as text; may point nowhere."""

    name = models.CharField(max_length=50)
    kind = models.ForeignKey(ContentType, models.CASCADE, null=True)
    key = models.CharField(max_length=200, null=True)  # noqa: DJ001
    target = GenericForeignKey("kind", "key")

    def __str__(self):
        return self.name


class Label(models.Model):
    """The other end: rows that know their tags."""

    name = models.CharField(max_length=50)
    tags = GenericRelation(Tag)

    def __str__(self):
        return self.name
