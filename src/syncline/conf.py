"""Syncline's settings: the keys of `settings.SYNCLINE`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any

from django.conf import settings

from syncline.errors import BadSetting


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What `settings.SYNCLINE` says; a key is an attribute's name in capitals."""

    models: Any = ()
    """Which models of apps that are not yours are tracked? Names of apps and models.
    Default: none. See docs/reference/declarations."""


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
    if reasons:
        raise BadSetting(reasons=reasons)
    return Settings(**{name.lower(): value for name, value in said.items()})


def _unknown(name: str) -> str:
    near = get_close_matches(name.upper(), NAMES)
    question = f" (did you mean {' or '.join(near)}?)" if near else ""
    return f"there is no {name!r}{question}; known: {', '.join(NAMES)}"
