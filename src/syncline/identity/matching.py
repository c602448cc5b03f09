"""Rows that each database numbers by itself, and that are found by their key."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.apps import apps

from syncline.changes.kinds import Value

Key = tuple[Value, ...]


@dataclass(kw_only=True)
class Matcher:
    """The rows of one model, by pk and by key; asked for as they are met."""

    alias: str
    label: str
    lookups: tuple[str, ...]
    """What the key is, as Django's lookups."""

    _keys: dict[str, Key | None] = field(default_factory=dict)
    _pks: dict[Key, str | None] = field(default_factory=dict)

    def keys(self, pks: Iterable[str]) -> Mapping[str | None, Key | None]:
        """Give the keys of rows; None of one that is not there."""
        asked = [pk for pk in pks if pk not in self._keys]
        if asked:
            manager = apps.get_model(self.label)._base_manager.using(self.alias)
            found = manager.filter(pk__in=asked).values_list("pk", *self.lookups)
            self._keys |= dict.fromkeys(asked)
            self._keys |= {str(pk): tuple(key) for pk, *key in found}
        known: dict[str | None, Key | None] = {None: None}
        known.update(self._keys)
        return known

    def pks(self, keys: Iterable[Key]) -> Mapping[Key, str]:
        """Give the pks of rows; one that is not there is left out."""
        asked = [key for key in keys if key not in self._pks]
        if asked:
            manager = apps.get_model(self.label)._base_manager.using(self.alias)
            first = {f"{self.lookups[-1]}__in": {key[-1] for key in asked}}
            found = manager.filter(**first).values_list("pk", *self.lookups)
            self._pks |= dict.fromkeys(asked)
            self._pks |= {tuple(key): str(pk) for pk, *key in found}
        return {key: pk for key, pk in self._pks.items() if pk is not None}
