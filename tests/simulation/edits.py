"""What users write: through the ORM, in bulk and in SQL, whatever they see."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random  # noqa: TID251 - here it is passed in, and seeded
from typing import Any

from django.db import connections, transaction
from django.db.models import Manager, Model, Q

from tests.stations import models

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
Edit = Callable[["Edits", str], None]
CODES = 4
"""So few keys that two nodes often make the same record."""


@dataclass(kw_only=True)
class Edits:
    """Draws one write after another."""

    random: Random
    weights: "dict[Edit, int]" = field(default_factory=dict)
    """What may be drawn, and how often."""

    lacking: set[str] = field(default_factory=set)
    """Aliases whose tables lack the column of readings."""

    last: int = 100

    def fresh(self) -> int:
        """Give a number that nobody has written yet."""
        self.last += 1
        return self.last

    def draw(self) -> tuple[str, Callable[[str], None]]:
        """Give a write and its name."""
        [edit] = self.random.choices(list(self.weights), list(self.weights.values()))
        return edit.__name__, lambda alias: edit(self, alias)

    def draw_lonely(self) -> Callable[[str], None]:
        """Give a write that waits for no row of another transaction."""
        edit = self.random.choice((Edits.make_harbour, Edits.make_region))
        return lambda alias: edit(self, alias)

    def rows(self, model: type[Model], alias: str) -> "Manager[Any]":
        return model._base_manager.db_manager(alias)

    def any(self, model: type[Model], alias: str, **wanted: Any) -> Any:
        """Give some row, or None."""
        rows = self.rows(model, alias).filter(**wanted).order_by("pk")
        found = list(rows.defer("reading") if self.lacks(model, alias) else rows)
        return self.random.choice(found) if found else None

    def lacks(self, model: type[Model], alias: str) -> bool:
        """Does a table lack a column of the model's?"""
        return model is models.Observation and alias in self.lacking

    # Records that begin

    def make_region(self, alias: str) -> None:
        code = f"R{self.random.randrange(CODES)}"
        if not self.rows(models.Region, alias).filter(code=code).exists():
            self.rows(models.Region, alias).create(code=code, name=f"n{self.fresh()}")

    def make_instrument(self, alias: str) -> None:
        serial = self.random.choice(["x" * 200, "I/1", " I", "ß%s"])
        if not self.rows(models.Instrument, alias).filter(serial=serial).exists():
            name = f"n{self.fresh()}"
            rows = self.rows(models.Instrument, alias)
            rows.bulk_create([models.Instrument(serial=serial, model_name=name)])

    def make_station(self, alias: str) -> None:
        code = f"S{self.random.randrange(CODES)}"
        region = self.any(models.Region, alias)
        stations = self.rows(models.Station, alias)
        if region and not stations.filter(code=code).exists():
            station = stations.create(
                code=code,
                name=f"n{self.fresh()}",
                region=region,
                neighbour=self.any(models.Station, alias),
                secret=alias,
            )
            if self.random.random() < 0.3:
                station.neighbour = station
                station.save(using=alias)

    def make_observations(self, alias: str) -> None:
        station = self.any(models.Station, alias)
        if station is None:
            return
        rows = self.rows(models.Observation, alias)
        taken = set(rows.filter(station=station).values_list("taken_at", flat=True))
        times = [NOON + timedelta(hours=hour) for hour in range(CODES)]
        free = [time for time in times if time not in taken][
            : self.random.choice((1, 2))
        ]
        if not self.lacks(models.Observation, alias):
            rows.bulk_create(
                models.Observation(station=station, taken_at=time, reading=self.fresh())
                for time in free
            )
            return
        for time in free:
            sql = "INSERT INTO stations_observation (station_id, taken_at, details, "
            raw(
                alias,
                f"{sql}changed_at) VALUES (%s, %s, %s, %s)",
                [station.pk, plain(time), "{}", plain(time)],
            )

    def make_remark(self, alias: str) -> None:
        model = self.random.choice((models.Station, models.Region, models.Harbour))
        self.rows(models.Remark, alias).create(
            text=f"n{self.fresh()}", subject=self.any(model, alias)
        )

    def make_harbour(self, alias: str) -> None:
        self.rows(models.Harbour, alias).create(
            title=f"n{self.fresh()}", depth=self.fresh()
        )

    def make_label(self, alias: str) -> None:
        text = f"L{self.random.randrange(CODES)}"
        if not self.rows(models.Label, alias).filter(text=text).exists():
            self.rows(models.Label, alias).create(text=text)

    # Records that change

    def rename(self, alias: str) -> None:
        model, name = self.random.choice(NAMED)
        row = self.any(model, alias)
        if row is not None:
            setattr(row, name, f"n{self.fresh()}")
            only = self.random.choice(([name], None))
            row.save(using=alias, update_fields=only)

    def rename_all(self, alias: str) -> None:
        rows = list(self.rows(models.Station, alias).order_by("pk"))
        for row in rows:
            row.name = f"n{self.fresh()}"
        self.rows(models.Station, alias).bulk_update(rows, ["name"])

    def measure(self, alias: str) -> None:
        station = self.any(models.Station, alias)
        if station is not None:
            self.rows(models.Station, alias).filter(pk=station.pk).update(
                height=Decimal(self.fresh()) + Decimal("0.50")
            )

    def observe(self, alias: str) -> None:
        row = self.any(models.Observation, alias)
        if row is not None:
            if not self.lacks(models.Observation, alias):
                row.reading = float(self.fresh())
            row.details = {"n": self.fresh(), "a": [None, True, "ä"]}
            row.save(using=alias)

    def deepen(self, alias: str) -> None:
        row = self.any(models.Harbour, alias)
        if row is not None:
            row.depth = self.fresh()
            row.save(using=alias)

    def change_case(self, alias: str) -> None:
        row = self.any(models.Region, alias)
        if row is not None:
            raw(
                alias,
                "UPDATE stations_region SET name = %s WHERE id = %s",
                [f"n{self.fresh()} ", row.pk],
            )

    def star(self, alias: str) -> None:
        row = self.any(models.Remark, alias)
        if row is not None:
            stars = self.random.randrange(9)
            raw(
                alias,
                "UPDATE stations_remark SET stars = %s WHERE id = %s",
                [stars, row.pk],
            )

    def hide(self, alias: str) -> None:
        row = self.any(models.Label, alias)
        if row is not None:
            row.hidden = not row.hidden
            self.rows(models.Label, alias).bulk_update([row], ["hidden"])

    # References

    def move(self, alias: str) -> None:
        station, region = (
            self.any(models.Station, alias),
            self.any(models.Region, alias),
        )
        if station is not None:
            station.region = region
            station.save(using=alias)

    def make_capital(self, alias: str) -> None:
        region = self.any(models.Region, alias)
        if region is not None:
            region.capital = self.any(models.Station, alias)
            region.save(using=alias, update_fields=["capital"])

    def make_neighbours(self, alias: str) -> None:
        station = self.any(models.Station, alias)
        if station is not None:
            other = self.random.choice((self.any(models.Station, alias), None))
            self.rows(models.Station, alias).filter(pk=station.pk).update(
                neighbour=other
            )

    def equip(self, alias: str) -> None:
        station = self.any(models.Station, alias)
        tool = self.any(models.Instrument, alias)
        if station is None or tool is None:
            return
        match self.random.choice(("add", "remove", "set", "clear")):
            case "add":
                station.instruments.add(tool)
            case "remove":
                tool.station_set.remove(station)
            case "set":
                station.instruments.set([tool])
            case _:
                station.instruments.clear()

    def turn(self, alias: str) -> None:
        """Let a remark be about something else."""
        remark = self.any(models.Remark, alias)
        model = self.random.choice((models.Station, models.Region, models.Instrument))
        if remark is not None:
            remark.subject = self.any(model, alias)
            remark.save(using=alias)

    # Records that end

    def delete(self, alias: str) -> None:
        model = self.random.choice(DELETED)
        row = self.any(model, alias)
        if row is not None:
            self.rows(model, alias).filter(pk=row.pk).delete()

    def make_anew(self, alias: str) -> None:
        row = self.any(models.Label, alias)
        if row is not None:
            text = row.text
            row.delete(using=alias)
            self.rows(models.Label, alias).create(text=text, hidden=True)

    def delete_observations(self, alias: str) -> None:
        raw(
            alias,
            "DELETE FROM stations_observation WHERE taken_at > %s",
            [plain(NOON + timedelta(hours=1))],
        )

    def roll_back(self, alias: str) -> None:
        """Write, and think better of it."""
        with transaction.atomic(using=alias):
            self.rows(models.Region, alias).update(name="never")
            self.make_harbour(alias)
            transaction.set_rollback(True, using=alias)

    # Unique values, keys

    def change_key(self, alias: str) -> None:
        station = self.any(models.Station, alias)
        code = f"S{self.random.randrange(CODES)}"
        if station and not self.rows(models.Station, alias).filter(code=code).exists():
            self.rows(models.Station, alias).filter(pk=station.pk).update(code=code)

    def take_slot(self, alias: str) -> None:
        """Take a free one."""
        station = self.any(models.Station, alias)
        slot = self.random.randrange(CODES)
        taken = self.rows(models.Station, alias).filter(slot=slot)
        if station and not taken.exists():
            self.rows(models.Station, alias).filter(pk=station.pk).update(slot=slot)

    def pass_on_slots(self, alias: str) -> None:
        """Let some stations rotate their slots."""
        rows = self.rows(models.Station, alias).filter(~Q(slot=None)).order_by("pk")
        found = list(rows.values_list("pk", "slot"))
        for pk, _ in found:
            self.rows(models.Station, alias).filter(pk=pk).update(slot=None)
        for (pk, _), (_, slot) in zip(found, found[1:] + found[:1], strict=True):
            self.rows(models.Station, alias).filter(pk=pk).update(slot=slot)

    def change_code(self, alias: str) -> None:
        region = self.any(models.Region, alias)
        code = f"R{self.random.randrange(CODES)}"
        if region and not self.rows(models.Region, alias).filter(code=code).exists():
            self.rows(models.Region, alias).filter(pk=region.pk).update(code=code)


def plain(moment: datetime) -> datetime:
    """Give a time as it is stored where there are no time zones."""
    return moment.replace(tzinfo=None)


def raw(alias: str, sql: str, params: list[Any]) -> None:
    """Run a statement that Django does not see."""
    with connections[alias].cursor() as cursor:
        cursor.execute(sql, params)


NAMED: tuple[tuple[type[Model], str], ...] = (
    (models.Region, "name"),
    (models.Instrument, "model_name"),
    (models.Station, "name"),
    (models.Remark, "text"),
    (models.Harbour, "title"),
)
DELETED: tuple[type[Model], ...] = (
    models.Region,
    models.Station,
    models.Station,
    models.Observation,
    models.Remark,
    models.Instrument,
    models.Harbour,
    models.Label,
)

EDITS: dict[Edit, int] = {
    Edits.make_region: 4,
    Edits.make_instrument: 2,
    Edits.make_station: 6,
    Edits.make_observations: 4,
    Edits.make_remark: 3,
    Edits.make_harbour: 2,
    Edits.make_label: 2,
    Edits.rename: 6,
    Edits.rename_all: 1,
    Edits.measure: 2,
    Edits.observe: 2,
    Edits.deepen: 1,
    Edits.change_case: 1,
    Edits.star: 1,
    Edits.hide: 1,
    Edits.move: 2,
    Edits.make_capital: 2,
    Edits.make_neighbours: 2,
    Edits.equip: 4,
    Edits.turn: 2,
    Edits.delete: 4,
    Edits.make_anew: 1,
    Edits.delete_observations: 1,
    Edits.roll_back: 1,
}
CLASHING: dict[Edit, int] = {
    Edits.change_key: 3,
    Edits.take_slot: 4,
    Edits.pass_on_slots: 3,
    Edits.change_code: 2,
}
