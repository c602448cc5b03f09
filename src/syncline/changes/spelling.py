"""The canonical spelling of dates, times and numbers, and how strictly it is read."""

import json
import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

from syncline.changes.kinds import Value

SQLITE_DIGITS = 15
"""Digits that SQLite's REAL keeps of a decimal: Django reads it back with these."""

MICROSECOND = timedelta(microseconds=1)
REAL_CONTEXT = Context(prec=SQLITE_DIGITS)
LOOSE_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T].*)?$")
LOOSE_TIME = re.compile(r"(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,6})\d*)?)?$")

zone_of = lru_cache(maxsize=64)(ZoneInfo)


def parse_date(text: str) -> date:
    """Read a date as Django would, also one without leading zeros."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        match = LOOSE_DATE.match(text)
        if match is None:
            raise
        return date(*map(int, match.groups()))


def parse_time(text: str) -> time:
    """Read a time of day as Django would."""
    try:
        return time.fromisoformat(text)
    except ValueError:
        match = LOOSE_TIME.match(text)
        if match is None:
            raise
        hour, minute, second, fraction = match.groups()
        return time(
            int(hour),
            int(minute),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")),
        )


def parse_datetime(text: str) -> datetime:
    """Read a date and time as Django would; aware only if the text has an offset."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        day, _, clock = text.replace("T", " ").partition(" ")
        return datetime.combine(parse_date(day), parse_time(clock))


def instant(text: str, zone: str) -> datetime:
    """Read a local date and time of a zone as an instant in UTC."""
    moment = parse_datetime(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC if zone == "UTC" else zone_of(zone))
    return moment.astimezone(UTC)


def local(moment: datetime, zone: str) -> datetime:
    """Give an instant as the clock of a zone shows it, without the zone."""
    return moment.astimezone(UTC if zone == "UTC" else zone_of(zone)).replace(
        tzinfo=None
    )


def spell_datetime(moment: datetime) -> str:
    """Spell an instant as `YYYY-MM-DDTHH:MM:SS.ffffffZ`."""
    return moment.replace(tzinfo=None).isoformat("T", "microseconds") + "Z"


def spell_decimal(value: float | str | Decimal, places: int | None) -> str:
    """Spell a decimal with its field's places, reading floats as Django does."""
    try:
        number = (
            REAL_CONTEXT.create_decimal_from_float(value)
            if isinstance(value, float)
            else Decimal(value)
        )
    except InvalidOperation as error:
        message = "it is no decimal number"
        raise ValueError(message) from error
    if places is not None and number.is_finite():
        number = number.quantize(Decimal(1).scaleb(-places), context=WIDE_CONTEXT)
    return format(number, "f")


WIDE_CONTEXT = Context(prec=200)
"""Wide enough for every decimal column that an engine offers."""


def canonical_json(text: str) -> str:
    """Spell JSON so that equal documents are equal text, whatever an engine made of it.

    Keys are sorted, white space goes, and numbers are compared by value, because
    PostgreSQL's jsonb writes 1e2 as 100 and SQLite keeps the text. Text that is not
    JSON (an encrypted field, say) stays as it is.
    """
    try:
        value = json.loads(text, parse_float=Decimal, parse_int=Decimal)
        return _spell_json(value)
    except (ArithmeticError, ValueError, RecursionError):
        return text


def _spell_json(value: Value) -> str:
    match value:
        case dict():
            items = sorted(value.items())
            spelled = (f"{json.dumps(key)}:{_spell_json(item)}" for key, item in items)
            return "{" + ",".join(spelled) + "}"
        case list():
            return "[" + ",".join(map(_spell_json, value)) + "]"
        case Decimal():
            number = value.normalize(JSON_CONTEXT)
            return "0" if number == 0 else str(number)
        case _:
            return json.dumps(value)


JSON_CONTEXT = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""Numbers in JSON are compared with all their digits."""
