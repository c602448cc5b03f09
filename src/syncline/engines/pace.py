"""How many rows a batch has: as many as stay under a size."""

from collections.abc import Sequence
from typing import Any

ROWS_MAX = 5_000
"""Rows of one batch at the most."""

BATCH_BYTES_MAX = 4 * 1024 * 1024
"""Bytes that a batch should stay under, judged by the batches before it."""


class Pace:
    """How many rows the next batch may have, so that batches stay under a size."""

    def __init__(self, *, rows_max: int = ROWS_MAX, first: int = 500) -> None:
        self.rows_max, self.rows = rows_max, min(first, rows_max)

    def observe(self, *, rows: int, size: int) -> None:
        """Learn from a batch of so many rows and bytes."""
        if rows:
            fitting = BATCH_BYTES_MAX * rows // max(size, 1)
            self.rows = max(1, min(self.rows_max, fitting, self.rows * 4))


def size_of(rows: Sequence[Sequence[Any]]) -> int:
    """Estimate the bytes of a batch from the long values of a few of its rows."""
    sampled = rows[:: max(1, len(rows) // 50)]
    size = sum(
        len(value) if isinstance(value, str | bytes) else 8
        for row in sampled
        for value in row
    )
    return size * len(rows) // len(sampled)
