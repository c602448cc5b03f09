"""Is every row of a small table equal to the source's row of the same key?"""

from collections.abc import Iterator
from typing import Any

from syncline.snapshot.contenttypes import MATCHED
from syncline.snapshot.pairing import TablePair
from syncline.snapshot.sides import Names, Side, both_sides
from syncline.snapshot.source import DatabaseSource, Source
from syncline.snapshot.target import Target
from syncline.tables.selection import Selection

ROWS_MAX = 10_000
"""More rows than that were not made by migrations; they are not looked at."""


def holds_only(source: Source, target: Target, pair: TablePair) -> bool:
    """Are all rows of a target's table among the source's, equal in every field?"""
    if target.count(pair.label) > ROWS_MAX:
        return False
    matched = [
        target.tables[label].model for label in MATCHED if label in target.tables
    ]
    ours = DatabaseSource(
        connection=target.connection,
        engine=target.engine,
        selection=Selection(models=(*matched, pair.table.model)),
    )
    with ours.view():
        names = Names(source), Names(ours)
        theirs, here = both_sides(pair, source, ours, names)
        missing = set(_rows(here))
    for row in _rows(theirs):
        missing.discard(row)
        if not missing:
            return True
    return not missing


def _rows(side: Side) -> Iterator[tuple[Any, ...]]:
    for batch in side.rows():
        for _, row in batch:
            yield tuple(row)
