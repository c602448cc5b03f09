"""The one place that reads the wall clock; everyone else is handed a clock."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Give the current instant in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the place
