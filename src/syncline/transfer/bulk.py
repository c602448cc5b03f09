"""Dump, load, copy, verify and inspect: what the commands and the Python API call."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from django.core.management import call_command

from syncline.progress import Progress, Task
from syncline.snapshot.container import ContainerReader, Manifest
from syncline.snapshot.dump import DumpReport, dump_rows
from syncline.snapshot.file_source import FileSource
from syncline.snapshot.filters import read_filters
from syncline.snapshot.load import LoadOptions, LoadReport, load_rows
from syncline.snapshot.pairing import pair_tables
from syncline.snapshot.selection import Selection
from syncline.snapshot.source import DatabaseSource, Source
from syncline.snapshot.target import Target
from syncline.snapshot.transforms import Transforms
from syncline.transfer.opening import open_source, open_target, refuse_same
from syncline.verify.compare import VerifyReport, compare


def dump(
    path: str | Path,
    *,
    database: str = "default",
    models: Sequence[str] = (),
    exclude: Sequence[str] = (),
    where: Sequence[str] = (),
) -> Task[DumpReport]:
    """Write a database's rows into a file.

    Args:
        path: the file; `-` is standard output.
        database: the alias to read.
        models: labels of apps or models; none means all.
        exclude: labels of apps, models or fields to leave out.
        where: filters such as `app.Model:field=value`.
    """

    def steps() -> Generator[Progress, None, DumpReport]:
        source = open_source(database, models=models, exclude=exclude, where=where)
        return (yield from dump_rows(source, str(path)))

    return Task(steps())


def load(
    path: str | Path,
    *,
    database: str = "default",
    options: LoadOptions | None = None,
) -> Task[LoadReport]:
    """Load a file's rows into a database: all of them, or none.

    Args:
        path: the file.
        database: the alias to write to.
        options: what to do with rows that are there, and with those that do not fit.
    """

    def steps() -> Generator[Progress, None, LoadReport]:
        with open_file(path) as reader:
            for chunk in reader.check():
                yield Progress(stage="check", subject=chunk.name)
            source = FileSource(reader)
            target = open_target(database)
            return (yield from _load(source, target, options or LoadOptions()))

    return Task(steps())


def copy(
    source: str,
    target: str,
    *,
    models: Sequence[str] = (),
    exclude: Sequence[str] = (),
    where: Sequence[str] = (),
    options: LoadOptions | None = None,
) -> Task[LoadReport]:
    """Copy a database's rows into another database: all of them, or none.

    Args:
        source: the alias to read.
        target: the alias to write to.
        models: labels of apps or models; none means all.
        exclude: labels of apps, models or fields to leave out.
        where: filters such as `app.Model:field=value`.
        options: what to do with rows that are there, and with those that do not fit.
    """

    def steps() -> Generator[Progress, None, LoadReport]:
        opened = open_source(source, models=models, exclude=exclude, where=where)
        into = open_target(target)
        refuse_same(opened, into)
        return (yield from _load(opened, into, options or LoadOptions()))

    return Task(steps())


def verify(
    source: str,
    target: str,
    *,
    models: Sequence[str] = (),
    exclude: Sequence[str] = (),
    where: Sequence[str] = (),
) -> Task[VerifyReport]:
    """Compare the rows of two databases, value by value.

    Args:
        source: one alias.
        target: the other alias.
        models: labels of apps or models; none means all.
        exclude: labels of apps, models or fields not to compare.
        where: filters such as `app.Model:field=value`.
    """

    def steps() -> Generator[Progress, None, VerifyReport]:
        ours = open_source(source, models=models, exclude=exclude, where=where)
        theirs = open_target(target)
        refuse_same(ours, theirs)
        return (yield from _verify(ours, theirs, Transforms(), where))

    return Task(steps())


def inspect(path: str | Path) -> Manifest:
    """Read what a file says about itself, without a database.

    Raises:
        FileTrouble: it cannot be read.
    """
    with open_file(path) as reader:
        return reader.manifest


@contextmanager
def open_file(path: str | Path) -> Iterator[ContainerReader]:
    """Open a file for reading."""
    reader = ContainerReader(Path(path))
    try:
        yield reader
    finally:
        reader.close()


def _load(
    source: Source,
    target: Target,
    options: LoadOptions,
) -> Generator[Progress, None, LoadReport]:
    if options.migrate and not options.dry_run:
        options = yield from _migrate(target, options)
    report = yield from load_rows(source, target, options)
    if options.verify and not options.dry_run:
        report.verified = yield from _verify(source, target, options.transforms)
    return report


def _migrate(
    target: Target, options: LoadOptions
) -> Generator[Progress, None, LoadOptions]:
    """Run the project's migrations; what rows they make may be replaced."""
    yield Progress(stage="migrate", subject=target.alias)
    before = target.filled()
    call_command("migrate", database=target.alias, verbosity=0, interactive=False)
    target.forget()
    return replace(options, replaceable=frozenset(target.filled() - before))


def _verify(
    source: Source,
    target: Target,
    transforms: Transforms,
    where: Sequence[str] = (),
) -> Generator[Progress, None, VerifyReport]:
    theirs = DatabaseSource(
        connection=target.connection,
        engine=target.engine,
        selection=Selection(models=target.selection.models),
        filters=read_filters(where, target.connection, target.engine),
    )
    pairs = pair_tables(source, target, transforms, list(source.models))
    report = yield from compare(source, theirs, pairs)
    paired = {pair.source_label for pair in pairs}
    for label in source.models:
        if label not in paired:
            report.left_out[label] = "not on the target"
    return report
