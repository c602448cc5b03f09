"""A network of weather stations: every kind of key, and every kind of reference."""

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models


class Region(models.Model):
    """Keyed by a unique code."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=100)
    capital = models.ForeignKey(
        "Station", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    """Half of a circle: a station belongs to a region."""


class Instrument(models.Model):
    """Keyed by an explicit primary key."""

    serial = models.CharField(max_length=200, primary_key=True)
    model_name = models.CharField(max_length=50, default="unknown")


class Station(models.Model):
    """Keyed by its declaration."""

    code = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    region = models.ForeignKey(Region, models.CASCADE)
    neighbour = models.ForeignKey("self", models.SET_NULL, null=True, blank=True)
    height = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    slot = models.IntegerField(unique=True, null=True)
    """A unique value that stations pass on to each other."""

    instruments = models.ManyToManyField(Instrument)
    secret = models.CharField(max_length=20, default="ours")
    """Never sent."""

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )
    """Points at a model that is not tracked."""


class Observation(models.Model):
    """Keyed by its station and its time."""

    station = models.ForeignKey(Station, models.CASCADE)
    taken_at = models.DateTimeField()
    reading = models.FloatField(null=True)
    details = models.JSONField(default=dict)
    changed_at = models.DateTimeField(auto_now=True)


class Remark(models.Model):
    """Without a key, about anything."""

    text = models.TextField()
    stars = models.IntegerField(default=0)
    content_type = models.ForeignKey(ContentType, models.CASCADE, null=True)
    object_id = models.CharField(max_length=200, null=True)
    subject = GenericForeignKey()


class Place(models.Model):
    """A parent table, without a key."""

    title = models.CharField(max_length=50)


class Harbour(Place):
    """A child table: its record is another than its parent's."""

    depth = models.IntegerField(default=1)


class Basin(models.Model):
    """What others point at by its name."""

    name = models.CharField(max_length=20, unique=True)


class Ship(models.Model):
    """Half of a circle in which nobody may point at nothing."""

    name = models.CharField(max_length=20, unique=True)
    captain = models.ForeignKey("Captain", models.CASCADE, related_name="+")


class Captain(models.Model):
    """The other half."""

    name = models.CharField(max_length=20, unique=True)
    ship = models.ForeignKey(Ship, models.CASCADE, related_name="+")


class Tide(models.Model):
    """Whose values have to go together, and which points at no primary key."""

    harbour = models.CharField(max_length=20, unique=True)
    basin = models.ForeignKey(Basin, models.CASCADE, null=True, to_field="name")
    low = models.IntegerField()
    high = models.IntegerField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                name="stations_tide_order",
                condition=models.Q(low__lte=models.F("high")),
            ),
        )


class Label(models.Model):
    """With a natural key, and soft deletion."""

    class Present(models.Manager["Label"]):
        def get_queryset(self):
            return super().get_queryset().filter(hidden=False)

        def get_by_natural_key(self, text):
            return self.get(text=text)

    text = models.CharField(max_length=50, unique=True)
    hidden = models.BooleanField(default=False)
    objects = Present()

    def natural_key(self):
        return (self.text,)
