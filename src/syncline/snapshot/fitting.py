"""Which values a target column cannot hold: asked before anything is written."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Literal

from syncline.changes.kinds import TEXTUAL, Kind, Value
from syncline.changes.spelling import (
    WIDE_CONTEXT,
    instant,
    local,
    parse_datetime,
    spell_datetime,
)
from syncline.engines.base import Column, Features
from syncline.schema.description import FieldDescription, Statistics

Action = Literal["refuse", "clip", "null"]
ACTIONS: tuple[Action, ...] = ("refuse", "clip", "null")

TIMES = frozenset({Kind.DATE, Kind.DATETIME, Kind.NAIVE, Kind.TIME})
NUL_ESCAPE = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
"""An escaped NUL in JSON; the backslash before it is no escaped backslash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one target column can hold of a field's wire values."""

    kind: Kind
    null: bool = True
    length_max: int | None = None
    bytes_max: int | None = None
    keeps_nul: bool = True
    least: int | None = None
    greatest: int | None = None
    digits_max: int | None = None
    places: int | None = None
    whole_max: int | None = None
    """Digits before the decimal point."""

    keeps_nan: bool = True
    keeps_infinity: bool = True
    zone: str = "UTC"
    """The zone whose clock a DATETIME is kept by; UTC where instants are kept."""

    refuses: Callable[[Value], str] | None = None
    """What this very column has against a value."""

    refuses_odd: bool = False
    """Does it refuse only what statistics count as odd?"""

    def misfit(self, value: Value) -> str:
        """Say what is wrong with a value; an empty text if it fits."""
        if value is None:
            return "" if self.null else "NULL where none is allowed"
        check = CHECKS.get(self.kind)
        found = check(self, value) if check else ""
        return found or ("" if self.refuses is None else self.refuses(value))

    def clipped(self, value: Value) -> Value:
        """Give the nearest value that fits."""
        clip = CLIPS.get(self.kind)
        return value if value is None or clip is None else clip(self, value)

    def suspects(self, statistics: Statistics) -> bool:
        """Could a column with these statistics hold a value that does not fit?"""
        s = statistics
        return (
            bool(s.nulls and not self.null)
            or bool(s.nuls and not self.keeps_nul)
            or bool(s.odd)
            or (self.refuses is not None and not self.refuses_odd)
            or (s.longest is not None and self._too_long(s.longest))
            or self._beyond([end for end in (s.least, s.greatest) if end is not None])
        )

    def _beyond(self, ends: Sequence[Value]) -> bool:
        if self.kind is Kind.DECIMAL or self.zone != "UTC":
            return bool(ends)  # What is in between cannot be told from the ends.
        try:
            return any(self.misfit(end) for end in ends)
        except (ArithmeticError, AttributeError, TypeError, ValueError):
            return True  # Ends of another type; a closer look will tell.

    def _too_long(self, length: int) -> bool:
        # A character takes up to four bytes.
        return (self.length_max is not None and length > self.length_max) or (
            self.bytes_max is not None and 4 * length > self.bytes_max
        )


def limits_of(
    column: Column, kind: Kind, features: Features, clock: str = "UTC"
) -> Limits:
    """Give the limits of a target column for wire values of a kind.

    Args:
        column: what the database says about it.
        kind: what its values mean.
        features: of its engine.
        clock: the zone that its database keeps instants by, if it does.
    """
    textual = kind in TEXTUAL or kind is Kind.BINARY
    return Limits(
        kind=kind,
        null=column.null,
        length_max=column.length_max if textual else None,
        bytes_max=column.bytes_max if textual else None,
        keeps_nul=features.keeps_nul or kind is Kind.BINARY,
        least=column.least,
        greatest=column.greatest,
        digits_max=min(column.digits or 1000, features.decimal_digits_max),
        places=column.places if kind is Kind.DECIMAL else None,
        whole_max=_whole_digits(column) if kind is Kind.DECIMAL else None,
        keeps_nan=features.keeps_nan,
        keeps_infinity=features.keeps_infinity,
        zone=clock if kind is Kind.DATETIME else "UTC",
        refuses=column.refuses,
        refuses_odd=column.refuses_odd,
    )


def _whole_digits(column: Column) -> int | None:
    if column.digits is None or column.places is None:
        return None
    return column.digits - column.places


def at_risk(
    field: FieldDescription,
    theirs: Limits | None,
    ours: Limits,
    *,
    checked: bool = False,
) -> bool:
    """Could the source hold a value of this field that the target cannot?

    Args:
        field: as the source describes it.
        theirs: the limits of the source's column, if the source is a live database.
        ours: those of the target's.
        checked: does the source's engine hold values of their columns' type only?
    """
    if theirs is None:
        return True
    if (theirs.null and not ours.null) or theirs.refuses != ours.refuses:
        return True
    if not checked and field.kind in TEXTUAL | {Kind.BINARY}:
        return ours.length_max is not None or not ours.keeps_nul
    if field.kind in TIMES:
        return (checked and theirs != ours) or ours.zone not in ("UTC", theirs.zone)
    return _narrower(theirs, ours)


def _narrower(theirs: Limits, ours: Limits) -> bool:
    """Does the source's column take values that the target's does not?"""
    lengths = (
        (theirs.length_max, ours.length_max),
        (theirs.bytes_max, ours.bytes_max),
        (theirs.greatest, ours.greatest),
        (theirs.digits_max, ours.digits_max),
        (theirs.places, ours.places),
    )
    if any(b is not None and (a is None or a > b) for a, b in lengths):
        return True
    least = theirs.least, ours.least
    return (
        (least[1] is not None and (least[0] is None or least[0] < least[1]))
        or (theirs.keeps_nul and not ours.keeps_nul)
        or (theirs.kind in ENDLESS and _endless(theirs) > _endless(ours))
    )


ENDLESS = frozenset({Kind.DECIMAL, Kind.FLOAT})


def _endless(limits: Limits) -> tuple[bool, bool]:
    return limits.keeps_infinity, limits.keeps_nan


def _check_text(limits: Limits, value: str) -> str:
    if limits.length_max is not None and len(value) > limits.length_max:
        return f"longer than {limits.length_max} characters"
    if limits.bytes_max is not None and len(value.encode()) > limits.bytes_max:
        return f"longer than {limits.bytes_max} bytes"
    if not limits.keeps_nul and _has_nul(limits.kind, value):
        return "with a NUL character"
    return ""


def _has_nul(kind: Kind, value: str) -> bool:
    return "\0" in value or (kind is Kind.JSON and NUL_ESCAPE.search(value) is not None)


def _check_bytes(limits: Limits, value: bytes) -> str:
    if limits.length_max is not None and len(value) > limits.length_max:
        return f"longer than {limits.length_max} bytes"
    return ""


def _check_integer(limits: Limits, value: Value) -> str:
    if not isinstance(value, int):
        return "not a whole number"
    if limits.least is not None and value < limits.least:
        return f"below {limits.least}"
    if limits.greatest is not None and value > limits.greatest:
        return f"above {limits.greatest}"
    return ""


def _check_float(limits: Limits, value: Value) -> str:
    if isinstance(value, str):
        return "not a number"
    if math.isnan(value) and not limits.keeps_nan:
        return "not a number (NaN)"
    if math.isinf(value) and not limits.keeps_infinity:
        return "infinite"
    return ""


def _check_decimal(limits: Limits, value: Value) -> str:
    number = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
    _, digits, exponent = number.normalize(WIDE_CONTEXT).as_tuple()
    if not isinstance(exponent, int):
        # A column of so many digits has no room for infinity (PostgreSQL, "Numeric").
        endless = limits.keeps_infinity and limits.whole_max is None
        kept = limits.keeps_nan if exponent == "n" else endless
        return "" if kept else "not a finite number"
    if not any(digits):
        return ""
    if limits.places is not None and -exponent > limits.places:
        return f"with more than {limits.places} decimal places"
    if limits.whole_max is not None and len(digits) + exponent > limits.whole_max:
        return f"with more than {limits.whole_max} digits before the point"
    if limits.digits_max is not None and len(digits) > limits.digits_max:
        return f"with more than {limits.digits_max} digits"
    return ""


def _check_time(limits: Limits, value: Value) -> str:
    try:
        READ_TIME[limits.kind](str(value).replace("Z", ""))
    except (ValueError, TypeError):
        return "outside what Python can hold"
    if _clip_instant(limits, value) != value:
        return f"in an hour that the clock of {limits.zone} shows twice"
    return ""


def _clip_instant(limits: Limits, value: str) -> str:
    """Give the instant that the clock of the target's zone is read as."""
    if limits.zone == "UTC":
        return value
    shown = local(parse_datetime(value), limits.zone)
    return spell_datetime(instant(str(shown), limits.zone))


def _read_clock(value: str) -> None:
    datetime.strptime(value.partition(".")[0], "%H:%M:%S")  # noqa: DTZ007 - a clock


READ_TIME: dict[Kind, Callable[[str], Any]] = {
    Kind.DATE: date.fromisoformat,
    Kind.DATETIME: datetime.fromisoformat,
    Kind.NAIVE: datetime.fromisoformat,
    Kind.TIME: _read_clock,
}

CHECKS: Mapping[Kind, Callable[[Limits, Any], str]] = {
    Kind.ADDRESS: _check_text,
    Kind.BINARY: _check_bytes,
    Kind.DATE: _check_time,
    Kind.DATETIME: _check_time,
    Kind.DECIMAL: _check_decimal,
    Kind.DURATION: _check_integer,
    Kind.FLOAT: _check_float,
    Kind.INTEGER: _check_integer,
    Kind.JSON: _check_text,
    Kind.NAIVE: _check_time,
    Kind.TEXT: _check_text,
    Kind.TIME: _check_time,
}


def _clip_text(limits: Limits, value: str) -> str:
    if not limits.keeps_nul:
        value = value.replace("\0", "")
        if limits.kind is Kind.JSON:
            value = NUL_ESCAPE.sub(r"\1", value)
    if limits.length_max is not None:
        value = value[: limits.length_max]
    if limits.bytes_max is not None:
        value = value.encode()[: limits.bytes_max].decode(errors="ignore")
    return value


def _clip_bytes(limits: Limits, value: bytes) -> bytes:
    return value[: limits.length_max]


def _clip_integer(limits: Limits, value: int) -> int:
    if limits.least is not None:
        value = max(value, limits.least)
    return value if limits.greatest is None else min(value, limits.greatest)


def _clip_float(limits: Limits, value: float) -> float | None:
    if math.isnan(value):
        return value if limits.keeps_nan else None
    biggest = math.copysign(1.7976931348623157e308, value)
    return biggest if math.isinf(value) and not limits.keeps_infinity else value


def _clip_decimal(limits: Limits, value: str) -> str | None:
    number = Decimal(value)
    if number.is_nan():
        return None
    if limits.whole_max is not None:
        step = Decimal(1).scaleb(-(limits.places or 0))
        most = Decimal(10) ** limits.whole_max - step
        number = max(min(number, most), -most)
    if not number.is_finite():
        return None
    if limits.digits_max is not None:
        number = Context(prec=limits.digits_max, rounding=ROUND_DOWN).plus(number)
    if limits.places is not None:
        rounding = ROUND_HALF_EVEN
        step = Decimal(1).scaleb(-limits.places)
        number = number.quantize(step, rounding, context=WIDE_CONTEXT)
        if limits.whole_max is not None:
            most = Decimal(10) ** limits.whole_max - step
            number = max(min(number, most), -most)
    return format(number, "f")


CLIPS: Mapping[Kind, Callable[[Limits, Any], Any]] = {
    Kind.BINARY: _clip_bytes,
    Kind.DATETIME: _clip_instant,
    Kind.DECIMAL: _clip_decimal,
    Kind.DURATION: _clip_integer,
    Kind.FLOAT: _clip_float,
    Kind.INTEGER: _clip_integer,
    Kind.JSON: _clip_text,
    Kind.TEXT: _clip_text,
}
