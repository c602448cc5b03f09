"""What a set of engines can all hold: the narrowest of their limits."""

from dataclasses import dataclass

_BIG = 2**63 - 1
_INTEGER = 2**31 - 1
_SMALL = 2**15 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The values that every engine of a set gives back as they were stored."""

    integers: dict[str, tuple[int, int]]
    """Least and greatest value by field of Everything. SQLite would hold 64 bits in
    each of them; its values beyond these are in `samples.add_oversized`."""

    decimal_digits_max: int
    """SQLite compares 15 significant digits (sqlite.org, "Datatypes", 3.1)."""

    duration_us_max: int
    """SQLite and MariaDB keep a 64-bit count, PostgreSQL an interval."""

    nul_text: bool
    """Can text hold NUL? PostgreSQL manual, 8.3: it cannot; jsonb neither."""

    infinities: bool
    """Can a float be infinite? MariaDB KB, "DOUBLE": it cannot."""

    nan: bool
    """Can a float be NaN? SQLite stores NULL instead."""

    zero_key: bool
    """Can an automatic key be 0? MariaDB reads it as "the next one"."""

    any_uuid: bool
    """MariaDB refuses some UUIDs: see `mariadb_refuses`."""

    instant_days_min: int
    """Days between an instant and either end of the calendar: one where aliases have
    other time zones than UTC, in which year 1 may begin before it is there."""

    json_depth_max: int
    """MariaDB's JSON functions stop at 32 levels."""


def limits_of(engines, *, zones=False) -> Limits:
    """Return what all of `engines` hold: a set of sqlite, postgresql, mariadb.

    `zones`: does any alias have another TIME_ZONE than UTC?
    """
    engines = frozenset(engines)
    unknown = engines - {"mariadb", "postgresql", "sqlite"}
    if unknown or not engines:
        raise ValueError(f"not engines: {sorted(unknown)} of {sorted(engines)}")
    only_mariadb = engines == {"mariadb"}
    return Limits(
        integers={
            "big_integer": (-_BIG - 1, _BIG),
            "integer": (-_INTEGER - 1, _INTEGER),
            "small_integer": (-_SMALL - 1, _SMALL),
            "positive_big_integer": (0, 2**64 - 1 if only_mariadb else _BIG),
            "positive_integer": (0, 2**32 - 1 if only_mariadb else _INTEGER),
            "positive_small_integer": (0, 2**16 - 1 if only_mariadb else _SMALL),
        },
        decimal_digits_max=15 if "sqlite" in engines else 65,
        duration_us_max=_BIG,
        nul_text="postgresql" not in engines,
        infinities="mariadb" not in engines,
        nan=engines == {"postgresql"},
        zero_key="mariadb" not in engines,
        any_uuid="mariadb" not in engines,
        instant_days_min=1 if zones else 0,
        json_depth_max=30 if "mariadb" in engines else 100,
    )


def mariadb_refuses(value) -> bool:
    """Does MariaDB's uuid type refuse this UUID (error 1292, since 10.7)?

    It stores time-based ones with their bytes swapped, and takes no other that would
    look swapped when read. The rule was found by trying all 65,536 pairs of these two
    bytes on 10.11. It hits one random 128-bit number in four, a version 8 UUID of RFC
    9562 now and then, and no other version.
    """
    version, variant = value.bytes[6], value.bytes[8]
    return bool(version >= 0x80 and 0 < variant <= 0x80)


def engine_of(connection) -> str:
    """Return sqlite, postgresql or mariadb."""
    return "mariadb" if connection.vendor == "mysql" else connection.vendor
