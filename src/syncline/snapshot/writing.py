"""One model's rows into one table."""

from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import replace

from syncline.engines.base import RowRefused
from syncline.failpoints import failpoint
from syncline.progress import Progress
from syncline.snapshot.contenttypes import Numbers
from syncline.snapshot.fitting import Action
from syncline.snapshot.pairing import TablePair, open_way
from syncline.snapshot.source import Source
from syncline.snapshot.target import Target

WRITING_ERRORS = (AttributeError, OverflowError, TypeError, ValueError)
"""What a driver raises in Python on a value that it cannot pack."""


def write_pair(
    pair: TablePair,
    ends: tuple[Source, Target],
    numbers: Numbers,
    actions: Mapping[str, Action],
    table: str,
) -> Generator[Progress, None, int]:
    """Write a model's rows, and give how many they were.

    Args:
        pair: the model on both sides.
        ends: where rows come from and where they go.
        numbers: how content types and permissions are numbered there.
        actions: by field, what to do with values that do not fit.
        table: the table to write to: the model's own, or a temporary one like it.
    """
    source, target = ends
    step = Progress(
        stage="write", subject=pair.label, total=source.count(pair.source_label)
    )
    yield step
    if not pair.columns:
        return 0
    way = open_way(pair, source, target, numbers, actions)
    try:
        with (
            closing(way.stream.batches),
            target.engine.writer(target.connection, table, way.columns) as writer,
        ):
            for rows in way.stream.batches:
                shaped = way.shaper.shape(rows)
                try:
                    writer.write(shaped)
                except WRITING_ERRORS as error:
                    raise way.shaper.refusal(rows, error) from error
                failpoint("load-batch")
                yield replace(step, done=writer.written)
    except RowRefused as error:
        raise way.blamed(error) from error
    return writer.written
