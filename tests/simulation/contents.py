"""What a database holds, read without the code that is tested.

Only the table of records is believed, as far as it says which row is which record.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connections
from django.db.models import Field, ForeignKey, Model

from syncline.changes.dots import Dot
from syncline.changes.messages import Extra, Mark, decode
from syncline.models import Journal, RecordRow, TrackedTable
from syncline.models import Node as NodeRow
from tests.stations import models

MODELS: tuple[type[Model], ...] = (
    models.Region,
    models.Instrument,
    models.Station,
    models.Observation,
    models.Remark,
    models.Place,
    models.Harbour,
    models.Label,
    models.Station.instruments.through,
)
BY_LABEL = {model._meta.label: model for model in MODELS}
LOCAL = {"secret", "created_by"}
"""Fields that are not sent."""

GONE = "gone "
"""Before what something pointed at that is deleted here, or was and came back under
another pk."""

Dots = Callable[[str], Dot | None]
Row = dict[str, Any]
Rows = dict[str, dict[str, Row]]
"""By label and pk."""


def fields_of(model: type[Model]) -> "list[Field[Any, Any]]":
    """Give the fields that are the same on all nodes."""
    return [
        one
        for one in model._meta.local_concrete_fields
        if one.name not in LOCAL and one.get_internal_type() != "BigAutoField"
    ]


def spread(part: tuple[str, Any]) -> list[tuple[str, Any]]:
    """Give by field what there is of a group of them."""
    return [(name, part[1]) for name in part[0].split("+")]


def same(value: Any) -> Any:
    return value


def sorted_json(value: Any) -> str:
    known = json.loads(value) if isinstance(value, str | bytes) else value
    return json.dumps(known, sort_keys=True)


def plain_decimal(value: Any) -> str:
    return str(Decimal(str(value)).normalize())


def instant(value: Any) -> str:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return str(moment.isoformat(" ", "microseconds"))


PLAIN: dict[str, Callable[[Any], Any]] = {
    "BooleanField": bool,
    "DateTimeField": instant,
    "DecimalField": plain_decimal,
    "JSONField": sorted_json,
}
"""By kind of field, what makes values of all engines comparable, and hashable."""


@dataclass(kw_only=True)
class Contents:
    """The rows of one database, read when they are asked for."""

    alias: str
    lacks: frozenset[str] = frozenset()
    """Fields that have no column here."""

    _rows: Rows | None = None
    tables: dict[int, str] = field(default_factory=dict)

    def forget(self) -> None:
        """Read again: something was written."""
        self._rows = None

    @property
    def rows(self) -> Rows:
        """All rows; references are pks."""
        if self._rows is None:
            self._rows = {
                label: self._of_model(model) for label, model in BY_LABEL.items()
            }
        return self._rows

    def fields_of(self, model: type[Model]) -> "list[Field[Any, Any]]":
        """Give the fields that are here, and the same on all nodes."""
        return [one for one in fields_of(model) if one.name not in self.lacks]

    def local(self) -> dict[str, Row]:
        """Give by the station's pk what is not sent of it."""
        names = "secret", "created_by"
        rows = models.Station._base_manager.using(self.alias)
        return {
            str(pk): dict(zip(names, values, strict=True))
            for pk, *values in rows.values_list("pk", *names)
        }

    def _of_model(self, model: type[Model]) -> dict[str, Row]:
        fields = self.fields_of(model)
        names = [one.attname for one in fields]
        steps = [PLAIN.get(one.get_internal_type(), same) for one in fields]
        connection = connections[self.alias]
        quote = connection.ops.quote_name
        columns = [model._meta.pk.column, *(one.column for one in fields)]
        listed = ", ".join(quote(str(column)) for column in columns)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {listed} FROM {quote(model._meta.db_table)}")
            found = cursor.fetchall()
        return {
            str(pk): {
                name: None if value is None else step(value)
                for name, step, value in zip(names, steps, values, strict=True)
            }
            for pk, *values in found
        }

    def uids(self) -> dict[tuple[str, str], str]:
        """Give by label and pk the records' uids."""
        if not self.tables:
            rows = TrackedTable.objects.using(self.alias)
            self.tables = dict(rows.values_list("number", "label"))
        found = RecordRow.objects.using(self.alias).filter(pk_text__isnull=False)
        return {
            (self.tables[table], str(pk)): bytes(uid).hex()[:8]
            for uid, table, pk in found.values_list("uid", "table_id", "pk_text")
        }

    def gone(self) -> dict[tuple[str, str], str]:
        """Give by label and former pk the records that were deleted here once."""
        found = RecordRow.objects.using(self.alias).filter(gone_pk__isnull=False)
        return {
            (self.tables[table], str(pk)): bytes(uid).hex()[:8]
            for uid, table, pk in found.values_list("uid", "table_id", "gone_pk")
        }

    def records(self) -> dict[tuple[str, str], Row]:
        """Give all rows by label and uid; references are uids."""
        uids = self.uids()
        types = {
            one.pk: f"{one.app_label}.{one.model}"
            for one in ContentType.objects.using(self.alias).filter(
                app_label="stations"
            )
        }
        found: dict[tuple[str, str], Row] = {}
        for label, rows in self.rows.items():
            for pk, row in rows.items():
                uid = uids.get((label, pk))
                assert uid is not None, f"{self.alias}: {label} {pk} is no record"
                found[label, uid] = dict(self._spelled(label, row, uids, types))
        assert len(found) == len(uids), self._strays(uids)
        return found

    def pending(self) -> bool:
        """Is there a write that has no version yet?"""
        return Journal.objects.using(self.alias).exists()

    def versions(self) -> Iterator[tuple[str, str, Row, Dots]]:
        """Give by record its label, uid, row, and what gives a field's dot.

        A field that this node has filled in by itself has none.
        """
        self.uids()
        names = dict(NodeRow.objects.using(self.alias).values_list("number", "name"))

        def dots(mark: Mark, data: bytes | memoryview | None) -> Dots:
            extra = None if data is None else decode(bytes(data), Extra)

            parts = {} if extra is None else extra.parts
            by_field = {n: marks for part in parts.items() for n, marks in spread(part)}

            def dot(name: str) -> Dot | None:
                marks = by_field.get(name, (mark,))
                if not marks:
                    return None
                _, node, counter = max(
                    marks, key=lambda one: (one[0], names[one[1]], one[2])
                )
                return Dot(names[node], counter)

            return dot

        rows = RecordRow.objects.using(self.alias).filter(pk_text__isnull=False)
        for one in rows:
            label = self.tables[one.table_id]
            row = self.rows[label].get(str(one.pk_text))
            if row is not None:
                mark = (one.clock, one.node_id, one.counter)
                yield label, bytes(one.uid).hex()[:8], row, dots(mark, one.extra)

    def _strays(self, uids: dict[tuple[str, str], str]) -> str:
        gone = {
            (label, pk): uid
            for (label, pk), uid in uids.items()
            if pk not in self.rows.get(label, {})
        }
        return f"{self.alias}: records without a row, or two of one uid: {gone}"

    def _spelled(
        self,
        label: str,
        row: Row,
        uids: dict[tuple[str, str], str],
        types: dict[int, str],
    ) -> Iterator[tuple[str, Any]]:
        lowered = {known.lower(): known for known in BY_LABEL}
        for one in self.fields_of(BY_LABEL[label]):
            value = row[one.attname]
            if one.name == "content_type":
                yield one.name, types.get(value, value)
            elif one.name == "object_id":
                kind = lowered.get(types.get(row["content_type_id"], ""), "")
                place = kind, str(value)
                gone = self.gone() if place not in uids else {}
                yield one.name, uids.get(place) or f"{GONE}{gone.get(place, '')}"
            elif isinstance(one, ForeignKey):
                target = one.related_model._meta.label
                yield one.name, value and uids[target, str(value)]
            else:
                yield one.name, value

    def broken(self) -> list[Any]:
        """Give rows whose foreign keys point at nothing."""
        connection = connections[self.alias]
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA foreign_key_check")
                return list(cursor.fetchall())
        found: list[Any] = []
        for label, model in BY_LABEL.items():
            for one in fields_of(model):
                if isinstance(one, ForeignKey):
                    rows = model._base_manager.using(self.alias)
                    rows = rows.filter(**{f"{one.attname}__isnull": False})
                    target = one.related_model._base_manager.using(self.alias)
                    known = set(target.values_list("pk", flat=True))
                    found += [
                        (label, one.name, pk)
                        for pk, value in rows.values_list("pk", one.attname)
                        if value not in known
                    ]
        return found
