"""The kinds of values that a column holds, and the forms that they are spelled in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

Value = Any
"""What a column may hold; only its cell tells which type that is."""


class Kind(StrEnum):
    """What a value means; its spelling in a file is fixed per kind."""

    INTEGER = "integer"
    BOOLEAN = "boolean"
    FLOAT = "float"
    DECIMAL = "decimal"
    TEXT = "text"
    BINARY = "binary"
    DATE = "date"
    TIME = "time"
    DATETIME = "datetime"
    NAIVE = "naive"
    """A date and time without a zone, as Django stores them with USE_TZ off."""
    DURATION = "duration"
    UUID = "uuid"
    JSON = "json"
    ADDRESS = "address"
    GEOMETRY = "geometry"
    """A shape as `SRID;WKB`: see `engines.shapes`."""
    NATIVE = "native"
    """A type that only one engine has; its text is moved as it is."""


TEXTUAL = frozenset({Kind.TEXT, Kind.JSON, Kind.ADDRESS, Kind.NATIVE})
"""Kinds whose wire form is their stored text, so that one may stand for another."""


class Form(StrEnum):
    """How a value is spelled in Python between a reader and a writer."""

    WIRE = "wire"
    """The canonical spelling: see docs/reference/file-format."""

    FLAG = "flag"
    """A boolean as 0 or 1."""

    REAL = "real"
    """A decimal as SQLite gives it: int, float or text."""

    LOCAL = "local"
    """`YYYY-MM-DD HH:MM:SS[.ffffff]` in the cell's zone, or a bare date or time."""

    HEX = "hex"
    """A UUID as 32 digits."""

    PACKED = "packed"
    """Bytes of an engine's own binary format; the cell brings its converter."""

    NATIVE = "native"
    """Whatever a driver gives or takes; the cell brings its converters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One column of a row stream: what it means and how it is spelled."""

    kind: Kind
    form: Form
    zone: str = "UTC"
    """The zone of a LOCAL form, and the zone that a NAIVE value was written in."""

    places: int | None = None
    """Decimal places of a DECIMAL, where the field fixes them."""

    native: str = ""
    """The engine's own type, where a PACKED form depends on it."""

    encode: Callable[[Any], Any] | None = None
    """From the wire to this form, where the form belongs to one engine."""

    decode: Callable[[Any], Any] | None = None
    """From this form to the wire, likewise."""

    accepts: Mapping[Form, Callable[[Any], Any] | None] = field(default_factory=dict)
    """Other forms that can be had without passing through the wire; UTC only."""

    def as_wire(self) -> "Cell":
        """Give the same cell as it is spelled in files."""
        return replace(
            self, form=Form.WIRE, native="", encode=None, decode=None, accepts={}
        )
