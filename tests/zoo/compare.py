"""An oracle: are two databases equal, as Django itself reads them?

It shares no code with the package. Rows are read with plain querysets (a manager
may hide some), table by table, parents apart from children, and held in memory.
"""

import datetime as dt
import ipaddress
import math
from decimal import Decimal

from django.apps import apps
from django.contrib.contenttypes.fields import GenericForeignKey
from django.db import connections, models, router
from django.db.models.query import QuerySet

SAMPLES_MAX = 5
"""Differences spelled out per model and kind; the others are counted."""

_MISSING = object()


def differences(source_alias, target_alias, models=None) -> list[str]:
    """Return one line per difference; none when the databases are equal.

    `models` are classes; without it, every managed model that the routers allow on
    both aliases, with automatic many-to-many tables. Rows pair by primary key;
    content types and permissions, and links to them, by natural key.
    """
    found = []
    source, target = _Side(source_alias), _Side(target_alias)
    for model in (
        _default_models(source_alias, target_alias) if models is None else models
    ):
        present = [side.has_table(model) for side in (source, target)]
        label = model._meta.label
        if all(present):
            found += _model_differences(label, source.rows(model), target.rows(model))
        elif any(present):
            missing = target_alias if present[0] else source_alias
            found.append(f"{label}: no table on {missing}")
    return found


def stored_values(alias, model, field_name) -> dict[object, object]:
    """Return the column as the driver gives it, by primary key: no converters."""
    quote = connections[alias].ops.quote_name
    meta = model._meta
    names = [meta.pk.column, meta.get_field(field_name).column]
    columns = ", ".join(quote(name) for name in names)
    with connections[alias].cursor() as cursor:
        cursor.execute(f"SELECT {columns} FROM {quote(meta.db_table)}")
        return dict(cursor.fetchall())


def _default_models(source_alias, target_alias):
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if _is_stored(model)
        and router.allow_migrate_model(source_alias, model)
        and router.allow_migrate_model(target_alias, model)
    ]


def _is_stored(model):
    meta = model._meta
    maker = meta.auto_created._meta if meta.auto_created else meta
    return (
        meta.managed
        and maker.managed
        and not (meta.proxy or meta.swapped or maker.swapped)
        and meta.app_label != "syncline"
    )


class _Side:
    """One database, read through the ORM."""

    def __init__(self, alias):
        self.alias = alias
        self.tables = frozenset(connections[alias].introspection.table_names())
        self.natural = {
            label: self._natural_keys(label)
            for label in ("contenttypes.ContentType", "auth.Permission")
        }

    def has_table(self, model):
        return model._meta.db_table in self.tables

    def _natural_keys(self, label):
        """Return natural keys by primary key, for rows whose keys are no identity."""
        if not apps.is_installed(f"django.contrib.{label.split('.')[0]}"):
            return {}
        model = apps.get_model(label)
        if not self.has_table(model):
            return {}
        parts = {
            "contenttypes.ContentType": ("app_label", "model"),
            "auth.Permission": (
                "codename",
                "content_type__app_label",
                "content_type__model",
            ),
        }[label]
        rows = self._all(model).values_list("pk", *parts)
        return {key: tuple(natural) for key, *natural in rows}

    def _all(self, model):
        return QuerySet(model=model, using=self.alias).order_by()

    def rows(self, model):
        """Return {key: {field: comparable value}}."""
        meta = model._meta
        fields = meta.local_concrete_fields
        nulls = self._sql_nulls(model, fields)
        found = {}
        rows = self._all(model).values_list(*[field.attname for field in fields])
        for values in rows:
            row = {
                field.attname: self._comparable(field, value)
                for field, value in zip(fields, values, strict=True)
            }
            raw = dict(zip(row, values, strict=True))
            parts = [part.attname for part in meta.pk_fields]
            key = _key([raw[part] for part in parts])
            for name, keys in nulls.items():
                row[f"{name} is SQL NULL"] = key in keys
            self._follow_generic_keys(model, row)
            if meta.label in self.natural:
                del row[meta.pk.attname]
                found[self.natural[meta.label][key]] = row
            else:
                found[_key([row[part] for part in parts])] = row
        return found

    def _sql_nulls(self, model, fields):
        """Return pks by JSON field: the ORM reads SQL NULL and JSON null as None."""
        return {
            field.attname: set(
                self._all(model)
                .filter(**{f"{field.name}__isnull": True})
                .values_list("pk", flat=True)
            )
            for field in fields
            if isinstance(field, models.JSONField) and field.null
        }

    def _comparable(self, field, value):
        """Return `value` in the form in which both sides can be held equal."""
        target = field.remote_field.model._meta.label if field.is_relation else None
        if target in self.natural and value is not None:
            return self.natural[target].get(value, ("dangling", value))
        while field.is_relation and field.remote_field:
            field = field.target_field
        if isinstance(field, models.GenericIPAddressField) and value is not None:
            # inet spells some addresses its own way: ::102:304 as ::1.2.3.4.
            return _address(value)
        return value

    def _follow_generic_keys(self, model, row):
        """Put the natural key for a generic link to a content type or permission."""
        for generic in model._meta.private_fields:
            if not isinstance(generic, GenericForeignKey):
                continue
            kind = row.get(model._meta.get_field(generic.ct_field).attname)
            label = {
                ("contenttypes", "contenttype"): "contenttypes.ContentType",
                ("auth", "permission"): "auth.Permission",
            }.get(kind)
            name = model._meta.get_field(generic.fk_field).attname
            if label and row[name] is not None:
                keys = self.natural[label]
                row[name] = keys.get(int(row[name]), ("dangling", row[name]))


def _address(value):
    try:
        return ipaddress.ip_address(value)
    except ValueError:  # Nothing validates on save.
        return value


def _key(parts):
    """Return one value as it is, several as a tuple: what `pk` reads as."""
    return parts[0] if len(parts) == 1 else tuple(parts)


def _model_differences(label, source, target):
    found = []
    if len(source) != len(target):
        found.append(f"{label}: {len(source)} rows became {len(target)}")
    missing = [key for key in source if key not in target]
    added = [key for key in target if key not in source]
    found += _sampled([f"{label} {key!r}: missing on the target" for key in missing])
    found += _sampled([f"{label} {key!r}: only on the target" for key in added])
    changed = []
    for key in source.keys() & target.keys():
        for name, value in source[key].items():
            other = target[key].get(name, _MISSING)
            if not equal(value, other):
                changed.append(
                    f"{label} {key!r}: {name} was {_short(value)}, is {_short(other)}"
                )
    return found + _sampled(sorted(changed))


def _sampled(lines):
    rest = len(lines) - SAMPLES_MAX
    return lines[:SAMPLES_MAX] + ([f"... and {rest} more like it"] if rest > 0 else [])


def _short(value):
    text = "nothing" if value is _MISSING else repr(value)
    return text if len(text) <= 120 else f"{text[:60]}...{text[-50:]}"


def equal(one, other) -> bool:
    """Are two values the same value of the same type? 1, True and 1.0 are not.

    NaN equals NaN. The sign of zero does not count: no engine keeps it when Django
    writes -0.0. An integer equals a float of its value: jsonb turns 1e16 into
    10000000000000000.
    """
    one, other = _plain(one), _plain(other)
    if {type(one), type(other)} == {int, float}:
        return float(one) == float(other)
    if type(one) is not type(other):
        return False
    if isinstance(one, float | Decimal):
        return one == other or (math.isnan(one) and math.isnan(other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(
            equal(value, other[key]) for key, value in one.items()
        )
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other)


def _plain(value):
    if isinstance(value, memoryview | bytearray):
        return bytes(value)
    if isinstance(value, dt.datetime) and value.tzinfo:
        # Between two zones, an hour that one of them repeats equals nothing (PEP 495).
        return value.astimezone(dt.UTC)
    # A str subclass, such as SafeString, is a str.
    return str(value) if isinstance(value, str) else value
