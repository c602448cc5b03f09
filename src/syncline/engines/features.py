"""What sets engines apart, as flags."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What an engine can do; every flag answers one question and names its source."""

    transactional_ddl: bool
    """Does DDL roll back? MariaDB KB, "SQL statements causing an implicit commit"."""

    defers_foreign_keys: bool
    """Can a foreign key be broken inside a transaction? Never on InnoDB."""

    checks_on_restore: bool
    """Does putting foreign keys back check the rows? See "ALTER TABLE", ADD."""

    keeps_nul: bool
    """Can text hold NUL? Not on PostgreSQL ("Character Types")."""

    keeps_nan: bool
    """Can a float be NaN? SQLite turns it into NULL, MariaDB refuses it."""

    keeps_infinity: bool
    """Can a float be infinite? Not on MariaDB ("Floating-point accuracy")."""

    decimal_digits_max: int
    """Digits that a decimal column keeps; SQLite's REAL keeps 15."""

    single_floats: frozenset[str]
    """Types whose floats have 4 bytes, and keep 7 digits. SQLite's have 8, whatever
    they are called ("Datatypes In SQLite")."""

    checks_types: bool
    """Does a column hold only its own type? Not on SQLite ("Flexible Typing")."""
