"""Syncline's settings: the keys of `settings.SYNCLINE`."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from django.conf import settings

from syncline.errors import BadSetting

KEEP_DAYS: Mapping[str, int] = MappingProxyType(
    {"runs": 90, "receipts": 30, "before": 30, "conflicts": 90}
)
"""How many days entries of the ledger are kept, where the settings do not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `settings.SYNCLINE` says; a key is an attribute's name in capitals."""

    models: Any = ()
    """Which models of apps that are not yours are tracked? Names of apps and models.
    Default: none. See docs/reference/declarations."""

    keep: Mapping[str, int] = field(default_factory=lambda: KEEP_DAYS)
    """For how many days are runs, receipts of changesets, rows as they were before a
    run, and decided conflicts kept? Default: `KEEP_DAYS`."""


NAMES = tuple(field.name.upper() for field in fields(Settings))


def read() -> Settings:
    """Read the settings.

    Raises:
        BadSetting: they are no dict, or a name in it is not known.
    """
    said = getattr(settings, "SYNCLINE", {})
    if not isinstance(said, Mapping):
        raise BadSetting(reasons=[f"SYNCLINE is a {type(said).__name__}, not a dict"])
    reasons = [_unknown(str(name)) for name in said if name not in NAMES]
    values = {name.lower(): value for name, value in said.items()}
    if "keep" in values:
        reasons += _bad_keep(values["keep"])
    if reasons:
        raise BadSetting(reasons=reasons)
    if "keep" in values:
        values["keep"] = {**KEEP_DAYS, **values["keep"]}
    return Settings(**values)


def _bad_keep(said: object) -> list[str]:
    """Say what is wrong with `KEEP`."""
    if not isinstance(said, Mapping):
        return [f"KEEP is a {type(said).__name__}, not a dict"]
    unknown = [
        f"KEEP has no {name!r}; known: {', '.join(KEEP_DAYS)}"
        for name in said
        if name not in KEEP_DAYS
    ]
    return unknown + [
        f"KEEP[{name!r}] is {days!r}, not a number of days"
        for name, days in said.items()
        if not isinstance(days, int) or isinstance(days, bool) or days < 0
    ]


def _unknown(name: str) -> str:
    near = get_close_matches(name.upper(), NAMES)
    question = f" (did you mean {' or '.join(near)}?)" if near else ""
    return f"there is no {name!r}{question}; known: {', '.join(NAMES)}"
