"""A task that is left in the middle is rolled back, and its connections go on."""

import gc

import pytest
from django.db import connections

from syncline import LoadOptions, Mode, copy, dump, load, verify
from tests.engines.state import contents, schema
from tests.zoo import models as zoo
from tests.zoo.writing import objects

REPLACE = LoadOptions(mode=Mode.REPLACE)
MODELS = ["zoo.AutoPk", "zoo.BigPk"]
ROWS = 1_200
"""More than the first batch has, so that rows are left to be read."""


def crowd(source, target):
    """Give a source several batches of rows, and a target others."""
    for model in (zoo.AutoPk, zoo.BigPk):
        rows = [model(pk=key) for key in range(1, ROWS + 1)]
        objects(model, source).bulk_create(rows)
        objects(model, target).create(pk=5_000)


@pytest.fixture
def crowded(engine):
    """A crowded source and another target of one engine."""
    aliases = f"{engine}_a", f"{engine}_b"
    crowd(*aliases)
    return aliases


class Stop(Exception):
    """What stops a task, as Ctrl-C would."""


def leave(task, *, stage):
    """Follow a task until a table's first rows are done, and raise an error there.

    Returns:
        The error; as long as it is held, the frames that it went through are, too.
    """
    steps = iter(task)
    for step in steps:
        if step.stage == stage and 0 < step.done < ROWS:
            stop = Stop()
            with pytest.raises(Stop):
                steps.throw(stop)
            return stop
    pytest.fail(f"no step in the middle of {stage!r}")


def let_go(error, *aliases):
    """Close the connections, then drop the frames: what was left open complains now."""
    for alias in aliases:
        connections[alias].close()
    error.__traceback__ = None
    gc.collect()


def test_a_copy_that_is_left_changes_nothing(pair):
    crowd(pair.source, pair.target)
    before = contents(pair.target), schema(pair.target)
    task = copy(pair.source, pair.target, models=MODELS, options=REPLACE)
    error = leave(task, stage="write")

    assert not connections[pair.source].in_atomic_block
    assert (contents(pair.target), schema(pair.target)) == before
    copy(pair.source, pair.target, models=MODELS, options=REPLACE).run()
    assert objects(zoo.BigPk, pair.target).count() == ROWS
    let_go(error, pair.source, pair.target)


def test_a_load_that_is_left_changes_nothing(crowded, tmp_path):
    source, target = crowded
    path = tmp_path / "rows.syncline"
    dump(path, database=source, models=MODELS).run()
    before = contents(target), schema(target)
    error = leave(load(path, database=target, options=REPLACE), stage="write")

    assert (contents(target), schema(target)) == before
    let_go(error, target)


def test_a_dump_that_is_left_makes_no_file(crowded, tmp_path):
    source, _ = crowded
    path = tmp_path / "rows.syncline"
    error = leave(dump(path, database=source, models=MODELS), stage="read")

    assert [found for found in tmp_path.iterdir() if found.is_file()] == []
    assert not connections[source].in_atomic_block
    assert objects(zoo.BigPk, source).count() == ROWS
    let_go(error, source)


def test_a_comparison_that_is_left_lets_go(crowded):
    error = leave(verify(*crowded, models=MODELS), stage="verify")

    for alias in crowded:
        assert not connections[alias].in_atomic_block
        assert objects(zoo.BigPk, alias).exists()
    let_go(error, *crowded)
