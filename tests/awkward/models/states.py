"""Models that Django does not manage, has swapped out, stamps or reorders."""

from django.conf import settings
from django.db import models


class Unmanaged(models.Model):
    """Not managed, and a table is there: a migration's SQL makes it."""

    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=50)

    class Meta:
        managed = False
        db_table = "awkward_unmanaged"

    def __str__(self):
        return self.name


class UnmanagedView(models.Model):
    """Not managed, and the table is a view."""

    id = models.IntegerField(primary_key=True)
    name = models.CharField(max_length=50)

    class Meta:
        managed = False
        db_table = "awkward_unmanaged_view"

    def __str__(self):
        return self.name


class UnmanagedWithoutTable(models.Model):
    """Not managed, and no table is there."""

    name = models.CharField(max_length=50)

    class Meta:
        managed = False
        db_table = "awkward_nowhere"

    def __str__(self):
        return self.name


class Gadget(models.Model):
    """Swapped out when the setting AWKWARD_GADGET_MODEL names another model."""

    name = models.CharField(max_length=50)

    class Meta:
        swappable = "AWKWARD_GADGET_MODEL"

    def __str__(self):
        return self.name


class CustomGadget(models.Model):
    """What Gadget is swapped for; another kind of key."""

    serial = models.CharField(max_length=50, primary_key=True)
    weight = models.FloatField()

    def __str__(self):
        return self.serial


class GadgetOwner(models.Model):
    """Refers to whichever gadget is in use."""

    gadget = models.ForeignKey(settings.AWKWARD_GADGET_MODEL, models.CASCADE)
    # The stubs cannot tell which model the setting names.
    spares = models.ManyToManyField(  # type: ignore[var-annotated]
        settings.AWKWARD_GADGET_MODEL, related_name="+"
    )

    def __str__(self):
        return f"GadgetOwner {self.pk}"


class Stamped(models.Model):
    """Fields that each save would overwrite."""

    name = models.CharField(max_length=50)
    made_at = models.DateTimeField(auto_now_add=True)
    saved_at = models.DateTimeField(auto_now=True)
    saved_on = models.DateField(auto_now=True)
    saved_time = models.TimeField(auto_now=True)

    def __str__(self):
        return self.name


class Reordered(models.Model):
    """Columns stand in another order: `second` was added by a later migration."""

    first = models.CharField(max_length=50)
    second = models.CharField(max_length=50, null=True)  # noqa: DJ001
    third = models.CharField(max_length=50)

    def __str__(self):
        return self.first
