"""Dump, load, copy, verify and inspect: what the commands and the Python API call."""

from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from syncline.errors import FileTrouble
from syncline.progress import Progress, Task
from syncline.snapshot.chunks import FolderKeeper, Keeper, NoKeeper
from syncline.snapshot.container import ContainerReader, Manifest, digest
from syncline.snapshot.dump import STDOUT, DumpReport, dump_rows, spool_rows
from syncline.snapshot.file_source import FileSource
from syncline.snapshot.files import FileLoad
from syncline.snapshot.filters import read_filters
from syncline.snapshot.load import load_rows
from syncline.snapshot.options import LoadOptions, LoadReport, Mode
from syncline.snapshot.pairing import pair_tables
from syncline.snapshot.source import DatabaseSource, Source
from syncline.snapshot.target import Target
from syncline.snapshot.transforms import Transforms, read_transforms
from syncline.snapshot.work import WorkFolder
from syncline.tables.selection import Selection
from syncline.transfer.backup import back_up
from syncline.transfer.migrating import forget_migrated, migrate_target, remembered
from syncline.transfer.noting import loaded, noted, noted_when_done, said
from syncline.transfer.opening import (
    What,
    open_source,
    open_target,
    refuse_same,
    source_view,
)
from syncline.transfer.spooling import STDIN, spool_input
from syncline.verify.compare import VerifyReport, compare
from syncline.version import VERSION


def dump(  # noqa: PLR0913 - a keyword for each question
    path: str | Path,
    *,
    database: str = "default",
    models: Sequence[str] = (),
    exclude: Sequence[str] = (),
    where: Sequence[str] = (),
    closure: bool = False,
    files: bool = False,
    transforms: Transforms | None = None,
    work_dir: str | Path | None = None,
    resume: bool = False,
) -> Task[DumpReport]:
    """Write a database's rows into a file.

    Args:
        path: the file; `-` is standard output.
        database: the alias to read.
        models: labels of apps or models; none means all.
        exclude: labels of apps, models or fields to leave out.
        where: filters such as `app.Model:field=value`.
        closure: take the rows that these point at, too.
        files: take the content of file fields, too.
        transforms: whose `pre_walk` hooks see each row.
        work_dir: where runs keep their private folders; None is the user's own place.
        resume: go on with an interrupted dump of the same command.
    """
    what = What(
        models=tuple(models),
        exclude=tuple(exclude),
        where=tuple(where),
        closure=closure,
    )

    def steps() -> Generator[Progress, None, DumpReport]:
        source = open_source(database, what)
        changes = transforms or read_transforms()
        with source_view(source, what):
            if str(path) == STDOUT:
                return (yield from _dump_to_output(source, changes, files=files))
            final = Path(path).absolute()
            folder = WorkFolder(f"dump {database} {final} {what}", parent=work_dir)
            keeper = yield from _keeper(source, folder, resume=resume)
            with folder.private() as private:
                report = yield from dump_rows(
                    source,
                    str(path),
                    transforms=changes,
                    keeper=keeper,
                    files=private if files else None,
                )
        folder.remove()
        return report

    arguments = {"file": str(path), **asdict(what), "files": files}
    return Task(noted_when_done(steps(), "dump", arguments, database))


def _dump_to_output(
    source: DatabaseSource, transforms: Transforms, *, files: bool
) -> Generator[Progress, None, DumpReport]:
    """Dump to standard output, which nothing can be resumed from."""
    with TemporaryDirectory(prefix="syncline-") as private:
        return (
            yield from dump_rows(
                source,
                STDOUT,
                transforms=transforms,
                keeper=NoKeeper(),
                files=Path(private) if files else None,
            )
        )


def load(
    path: str | Path,
    *,
    database: str = "default",
    options: LoadOptions | None = None,
    work_dir: str | Path | None = None,
    resume: bool = False,
) -> Task[LoadReport]:
    """Load a file's rows into a database: all of them, or none.

    Args:
        path: the file; `-` is standard input, which is kept and checked first.
        database: the alias to write to.
        options: what to do with rows that are there, and with those that do not fit.
        work_dir: where runs keep their private folders; None is the user's own place.
        resume: go on with an interrupted load of the same command.
    """

    def steps() -> Generator[Progress, None, LoadReport]:
        piped = str(path) == STDOUT
        name = STDOUT if piped else str(Path(path).absolute())
        folder = WorkFolder(f"load {name} {database}", parent=work_dir)
        folder.open(resume=resume)
        spooled = spool_input(folder) if piped else Path(path)
        with ExitStack() as opened:
            try:
                reader = opened.enter_context(
                    open_file(spooled, title=STDIN if piped else "")
                )
                for chunk in reader.check():
                    yield Progress(stage="check", subject=chunk.name)
            except FileTrouble:
                # A resumed run would meet the same damage again.
                folder.remove()
                raise
            target = open_target(database)
            source = FileSource(reader)
            with noted("load", {"file": name, **said(options)}, database) as note:
                report = yield from _load_with_files(source, target, options, folder)
                note.report = loaded(report)
        folder.remove()
        return report

    return Task(steps())


def copy(  # noqa: PLR0913 - a keyword for each question
    source: str,
    target: str,
    *,
    models: Sequence[str] = (),
    exclude: Sequence[str] = (),
    where: Sequence[str] = (),
    closure: bool = False,
    options: LoadOptions | None = None,
    work_dir: str | Path | None = None,
    resume: bool = False,
) -> Task[LoadReport]:
    """Copy a database's rows into another database: all of them, or none.

    Args:
        source: the alias to read.
        target: the alias to write to.
        models: labels of apps or models; none means all.
        exclude: labels of apps, models or fields to leave out.
        where: filters such as `app.Model:field=value`.
        closure: take the rows that these point at, too.
        options: what to do with rows that are there, and with those that do not fit.
        work_dir: where runs keep their private folders; None is the user's own place.
        resume: go on with an interrupted copy of the same command.
    """
    what = What(
        models=tuple(models),
        exclude=tuple(exclude),
        where=tuple(where),
        closure=closure,
    )

    def steps() -> Generator[Progress, None, LoadReport]:
        opened = open_source(source, what)
        into = open_target(target)
        refuse_same(opened, into)
        folder = WorkFolder(f"copy {source} {target}", parent=work_dir)
        folder.open(resume=resume)
        arguments = {"source": source, "target": target, **asdict(what)}
        with noted("copy", {**arguments, **said(options)}, source, target) as note:
            with source_view(opened, what):
                report = yield from _load(opened, into, options, folder)
            note.report = loaded(report)
        folder.remove()
        return report

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
    what = What(models=tuple(models), exclude=tuple(exclude), where=tuple(where))

    def steps() -> Generator[Progress, None, VerifyReport]:
        ours = open_source(source, what)
        theirs = open_target(target)
        refuse_same(ours, theirs)
        return (yield from _verify(ours, theirs, Transforms(), what.where))

    return Task(steps())


def inspect(path: str | Path) -> Manifest:
    """Read what a file says about itself, without a database.

    Raises:
        FileTrouble: it cannot be read.
    """
    with open_file(path) as reader:
        return reader.manifest


@contextmanager
def open_file(path: str | Path, *, title: str = "") -> Iterator[ContainerReader]:
    """Open a file for reading; messages call it by its path, or by a title."""
    reader = ContainerReader(Path(path), title=title)
    try:
        yield reader
    finally:
        reader.close()


def _keeper(
    source: DatabaseSource, folder: WorkFolder, *, resume: bool
) -> Generator[Progress, None, Keeper]:
    """Keep finished chunks; go on with those of an interrupted run if that is safe."""
    token = _token(source)
    state = folder.open(resume=resume)
    if resume and (token is None or state.token != token):
        yield Progress(
            stage="read",
            note=f"{source.title} has changed since, or its engine cannot tell: "
            "the dump starts again, so that it shows one moment.",
        )
        state = folder.open(resume=False)
    state.token = token
    folder.save(state)
    return FolderKeeper(folder=folder.path)


def _token(source: DatabaseSource) -> str | None:
    """Give a text that changes when chunks of an earlier dump would not fit in."""
    state = source.engine.state_token(source.connection)
    if state is None:
        return None
    # Chunks are known by their model's place in the file, and rows by that of fields.
    shape = msgspec.json.encode([VERSION, list(source.models.values())])
    return f"{state} {digest(shape)}"


def _load_with_files(
    source: FileSource,
    target: Target,
    options: LoadOptions | None,
    folder: WorkFolder,
) -> Generator[Progress, None, LoadReport]:
    """Load a file's rows, its files first; they go again if the rows do not come."""
    replace_files = options is not None and options.mode is Mode.REPLACE
    with folder.private() as private:
        files = FileLoad(reader=source.reader, private=private, replace=replace_files)
        try:
            if options is None or not options.dry_run:
                yield from files.run()
            report = yield from _load(source, target, options, folder)
        except BaseException:
            files.take_back()
            raise
    report.files = files.count
    for use in files.set_aside:
        report.set_aside[f"{use}: there is another file of that name"] = 1
    return report


def _load(
    source: Source,
    target: Target,
    options: LoadOptions | None,
    folder: WorkFolder,
) -> Generator[Progress, None, LoadReport]:
    options = options or LoadOptions(transforms=read_transforms())
    saved = None
    if options.backup and not options.dry_run:
        yield Progress(stage="backup", subject=target.alias)
        saved = back_up(target, folder.parent)
        yield Progress(stage="backup", note=f"{target.alias} was saved as {saved}")
    if options.migrate and not options.dry_run:
        yield from migrate_target(target, folder.parent)
    options = replace(options, replaceable=remembered(target, folder.parent))
    with (
        source.view(),
        folder.private() as private,
        ExitStack() as opened,
    ):
        if options.transforms.hooks(walked=isinstance(source, FileSource)):
            labels = [options.transforms.label(label) for label in source.models]
            target.require_tables(labels)
            path = private / "hooked.syncline"
            spooled = yield from spool_rows(
                source, target.tables, options.transforms, path
            )
            opened.callback(spooled.reader.close)
            source = spooled
            options = replace(options, transforms=Transforms())
        report = yield from load_rows(source, target, options)
        if options.verify and not options.dry_run:
            report.verified = yield from _verify(source, target, options.transforms)
    if not options.dry_run:
        forget_migrated(target, folder.parent)
    report.backup = str(saved or "")
    return report


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
