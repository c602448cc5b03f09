"""Writes that move rows, push others out, or touch what is not tracked."""

from typing import Any

from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.db import connections
from django.db.models import Model

from tests.simulation.edits import CODES, Edits, raw
from tests.stations import models

AWAY = 1_000
"""So far apart are the pks that are given, beyond those that a sequence gives."""


def move_remark(edits: Edits, alias: str) -> None:
    """Let a row have another pk, and maybe another row the one that it had."""
    row = edits.any(models.Remark, alias)
    if row is not None:
        raw(
            alias,
            "UPDATE stations_remark SET id = %s WHERE id = %s",
            [AWAY * edits.fresh(), row.pk],
        )
        if edits.random.random() < 0.5:
            edits.rows(models.Remark, alias).create(
                pk=row.pk, text=f"n{edits.fresh()}", subject=None
            )


def swap_labels(edits: Edits, alias: str) -> None:
    """Let two rows have each other's pk."""
    rows = list(edits.rows(models.Label, alias).order_by("pk")[:2])
    if len(rows) == 2:
        one, other = rows[0].pk, rows[1].pk
        free = AWAY * edits.fresh()
        for new, old in ((free, one), (one, other), (other, free)):
            raw(alias, "UPDATE stations_label SET id = %s WHERE id = %s", [new, old])


def move_region(edits: Edits, alias: str) -> None:
    """Let a row that others point at have another pk, and these follow."""
    row = edits.any(models.Region, alias)
    if row is None or immediate(alias):
        return
    new = AWAY * edits.fresh()
    raw(alias, "UPDATE stations_region SET id = %s WHERE id = %s", [new, row.pk])
    raw(
        alias,
        "UPDATE stations_station SET region_id = %s WHERE region_id = %s",
        [new, row.pk],
    )
    follow(edits, alias, row, str(new))


def change_serial(edits: Edits, alias: str) -> None:
    """Change a pk that is the record's key, too."""
    row = edits.any(models.Instrument, alias)
    serial = edits.random.choice(["I/1", "I/2", " I"])
    taken = edits.rows(models.Instrument, alias).filter(serial=serial)
    if row is None or taken.exists() or immediate(alias):
        return
    for table, name in (
        ("stations_instrument", "serial"),
        ("stations_station_instruments", "instrument_id"),
    ):
        sql = f"UPDATE {table} SET {name} = %s WHERE {name} = %s"
        raw(alias, sql, [serial, row.pk])
    follow(edits, alias, row, serial)


def follow(edits: Edits, alias: str, row: Model, pk: str) -> None:
    """Let remarks stay with the row that they are about."""
    kind = ContentType.objects.db_manager(alias).get_for_model(row)
    rows = edits.rows(models.Remark, alias)
    rows.filter(content_type=kind, object_id=str(row.pk)).update(object_id=pk)


def immediate(alias: str) -> bool:
    """Are foreign keys checked at once?"""
    return connections[alias].vendor == "mysql"


# REPLACE


def replace_label(edits: Edits, alias: str) -> None:
    """Push a row out by a unique value, from under another pk."""
    if connections[alias].vendor == "postgresql":
        return
    text = f"L{edits.random.randrange(CODES)}"
    same = edits.any(models.Label, alias, text=text)
    fresh = AWAY * edits.fresh()
    replace(
        edits, alias, edits.random.choice((fresh, same.pk if same else fresh)), text
    )


def replace_two_labels(edits: Edits, alias: str) -> None:
    """Push one row out by its unique value, and another one by its pk."""
    label = edits.any(models.Label, alias)
    if label is not None and connections[alias].vendor != "postgresql":
        replace(edits, alias, label.pk, f"L{edits.random.randrange(CODES)}")


def replace(edits: Edits, alias: str, pk: int, text: str) -> None:
    hidden = edits.random.random() < 0.5
    raw(
        alias,
        "REPLACE INTO stations_label (id, text, hidden) VALUES (%s, %s, %s)",
        [pk, text, hidden],
    )


def replace_instrument(edits: Edits, alias: str) -> None:
    """Write a row anew, under its own pk."""
    if connections[alias].vendor != "sqlite":
        return
    row = edits.any(models.Instrument, alias)
    if row is not None:
        raw(
            alias,
            "REPLACE INTO stations_instrument (serial, model_name) VALUES (%s, %s)",
            [row.pk, f"n{edits.fresh()}"],
        )


def take_slot_by_force(edits: Edits, alias: str) -> None:
    """Push a row out by an update; only one that nobody points at."""
    if connections[alias].vendor != "sqlite":
        return
    one, other = (edits.any(models.Station, alias) for _ in range(2))
    if one is None or one.pk == other.pk or other.slot is None or pointed(other, alias):
        return
    raw(
        alias,
        "UPDATE OR REPLACE stations_station SET slot = %s WHERE id = %s",
        [other.slot, one.pk],
    )


def pointed(station: Any, alias: str) -> bool:
    """Does any row point at a station?"""
    here = station.pk
    return any(
        rows.exists()
        for rows in (
            models.Station.objects.using(alias).filter(neighbour=here),
            models.Region.objects.using(alias).filter(capital=here),
            models.Observation.objects.using(alias).filter(station=here).only("pk"),
            models.Station.instruments.through._base_manager.using(alias).filter(
                station=here
            ),
        )
    )


# What is not tracked


def sign(edits: Edits, alias: str) -> None:
    """Let a station point at a row of a model that is not tracked."""
    station = edits.any(models.Station, alias)
    if station is None:
        return
    user, _ = User.objects.using(alias).get_or_create(
        username=edits.random.choice(("ann", "ben"))
    )
    edits.rows(models.Station, alias).filter(pk=station.pk).update(created_by=user)


def keep_secret(edits: Edits, alias: str) -> None:
    """Write a field that is not sent."""
    station = edits.any(models.Station, alias)
    if station is not None:
        edits.rows(models.Station, alias).filter(pk=station.pk).update(
            secret=f"s{edits.fresh()}"
        )


MOVING = {
    move_remark: 2,
    swap_labels: 2,
    move_region: 2,
}
REPLACING = {replace_label: 3, replace_instrument: 2}
FORCING = {take_slot_by_force: 2, replace_two_labels: 2, change_serial: 2}
LOCAL = {sign: 2, keep_secret: 1}
