"""Content types and permissions: matched by what they name, never by their number.

Every database numbers its own, in the order of its migrations. A dump by pk once
turned `auth.group` into `auth.permission` in silence.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps

from syncline.changes.conversion import One
from syncline.engines.base import Connection, Row
from syncline.snapshot.source import Source
from syncline.tables.selection import CONTENT_TYPE, PERMISSION

MATCHED = (CONTENT_TYPE, PERMISSION)
"""Models whose rows are matched by natural key and never emptied."""

TypeKey = tuple[str, str]
PermissionKey = tuple[TypeKey, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """How the source's content types and permissions are numbered on the target."""

    maps: Mapping[str, Mapping[int, int]] = field(default_factory=dict)
    """By label: the source's pk to the target's."""

    types: Mapping[int, str] = field(default_factory=dict)
    """The source's content type pk to the label of the model, in lower case."""

    strangers: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """By label: pks on the target that none of the source's rows has there."""

    def step(self, target: str) -> One | None:
        """Give the step for a foreign key to one of these models, if any is needed."""
        mapping = self.maps.get(target, {})
        if not (self._differs(target) or self.strangers.get(target)):
            return None

        def renumbered(pk: int) -> int:
            # A key that leads nowhere must not come to lead somewhere: pks are
            # positive, so its negative is an orphan on the target, too.
            return mapping.get(pk, -abs(pk))

        return renumbered

    def _differs(self, label: str) -> bool:
        return any(old != new for old, new in self.maps.get(label, {}).items())

    def generic(self, type_index: int, id_index: int) -> "GenericKeys | None":
        """Give the rewriting of object ids that point at these models, if needed."""
        changed = {
            type_pk: self.maps[label]
            for type_pk, lowered in self.types.items()
            for label in MATCHED
            if label.lower() == lowered and self._differs(label)
        }
        if not changed:
            return None
        return GenericKeys(type_index=type_index, id_index=id_index, maps=changed)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericKeys:
    """Rewrites object ids of generic foreign keys to matched models, row by row."""

    type_index: int
    id_index: int
    maps: Mapping[int, Mapping[int, int]]

    def __call__(self, rows: Sequence[Row]) -> Sequence[Row]:
        return [self._rewritten(row) for row in rows]

    def _rewritten(self, row: Row) -> Row:
        mapping = self.maps.get(row[self.type_index])
        value = row[self.id_index]
        if mapping is None or value is None:
            return row
        try:
            changed: Any = mapping[int(value)]
        except (KeyError, ValueError):
            return row  # A dangling generic key stays as it is: nothing enforces it.
        new = list(row)
        new[self.id_index] = changed if isinstance(value, int) else str(changed)
        return new


def source_types(source: Source) -> dict[int, TypeKey]:
    """Read the source's content types."""
    if CONTENT_TYPE not in source.models:
        return {}
    rows = read_all(source, CONTENT_TYPE, ["id", "app_label", "model"])
    return {pk: (app_label, model) for pk, app_label, model in rows}


def source_permissions(
    source: Source, types: Mapping[int, TypeKey]
) -> dict[int, tuple[PermissionKey, str]]:
    """Read the source's permissions: their key, and their name."""
    if PERMISSION not in source.models:
        return {}
    rows = read_all(source, PERMISSION, ["id", "content_type", "codename", "name"])
    return {
        pk: ((types[type_pk], codename), name)
        for pk, type_pk, codename, name in rows
        if type_pk in types
    }


def match_numbers(source: Source, connection: Connection) -> Numbers:
    """Match the source's rows with the target's, and add those that it lacks."""
    types = source_types(source)
    if not types:
        return Numbers()
    type_pks = _match_types(types, connection)
    permissions = source_permissions(source, types)
    maps = {CONTENT_TYPE: {pk: type_pks[key] for pk, key in types.items()}}
    if permissions:
        maps[PERMISSION] = _match_permissions(permissions, type_pks, connection)
    return Numbers(
        maps=maps,
        types={pk: f"{app}.{model}" for pk, (app, model) in types.items()},
        strangers={
            label: _pks(label, connection) - set(mapping.values())
            for label, mapping in maps.items()
        },
    )


def _pks(label: str, connection: Connection) -> frozenset[int]:
    manager = apps.get_model(label)._base_manager.using(connection.alias)
    return frozenset(manager.values_list("pk", flat=True))


def _match_types(
    types: Mapping[int, TypeKey], connection: Connection
) -> dict[TypeKey, int]:
    manager = apps.get_model(CONTENT_TYPE)._base_manager.using(connection.alias)

    def known() -> dict[TypeKey, int]:
        return {
            (app, model): pk
            for pk, app, model in manager.values_list("pk", "app_label", "model")
        }

    missing = [key for key in types.values() if key not in known()]
    if missing:
        manager.bulk_create(
            [manager.model(app_label=app, model=model) for app, model in missing]
        )
    # Django keeps content types in a cache of the process.
    apps.get_model(CONTENT_TYPE).objects.clear_cache()
    return known()


def _match_permissions(
    permissions: Mapping[int, tuple[PermissionKey, str]],
    type_pks: Mapping[TypeKey, int],
    connection: Connection,
) -> dict[int, int]:
    manager = apps.get_model(PERMISSION)._base_manager.using(connection.alias)

    def known() -> dict[tuple[int, str], int]:
        values = manager.values_list("pk", "content_type_id", "codename")
        return {(type_pk, codename): pk for pk, type_pk, codename in values}

    before = known()
    wanted = {
        pk: (type_pks[type_key], codename, name)
        for pk, ((type_key, codename), name) in permissions.items()
    }
    missing = [
        manager.model(content_type_id=type_pk, codename=codename, name=name)
        for type_pk, codename, name in wanted.values()
        if (type_pk, codename) not in before
    ]
    if missing:
        manager.bulk_create(missing)
        before = known()
    return {
        pk: before[type_pk, codename] for pk, (type_pk, codename, _) in wanted.items()
    }


def read_all(source: Source, label: str, names: Sequence[str]) -> list[Row]:
    """Read a small table whole, as wire values."""
    stream = source.stream(label, dict.fromkeys(names))
    return [row for batch in stream.batches for row in batch]
