"""Is every row of a small table equal to the source's row of the same key?"""

from collections.abc import Sequence

from syncline.changes.canonical import canonical_rows
from syncline.engines.base import Row
from syncline.snapshot.pairing import TablePair
from syncline.snapshot.selection import Selection
from syncline.snapshot.source import DatabaseSource, Source
from syncline.snapshot.target import Target

ROWS_MAX = 10_000
"""More rows than that were not made by migrations; they are not looked at."""


def holds_only(source: Source, target: Target, pair: TablePair) -> bool:
    """Are all rows of a target's table among the source's, equal in every field?"""
    if target.count(pair.label) > ROWS_MAX:
        return False
    ours = DatabaseSource(
        connection=target.connection,
        engine=target.engine,
        selection=Selection(models=(pair.table.model,)),
    )
    with ours.view():
        missing = set(_rows(ours, pair.label, [p.target.name for p in pair.fields]))
    for row in _rows(source, pair.source_label, [p.source.name for p in pair.fields]):
        missing.discard(row)
        if not missing:
            return True
    return not missing


def _rows(source: Source, label: str, names: Sequence[str]) -> Sequence[Row]:
    stream = source.stream(label, dict.fromkeys(names))
    return [
        row for batch in stream.batches for row in canonical_rows(batch, stream.cells)
    ]
