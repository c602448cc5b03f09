"""Rows into a file."""

import contextlib
import os
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import django
from django.conf import settings

from syncline.changes.clock import Clock, wall_clock
from syncline.errors import FileTrouble, UsageError
from syncline.failpoints import failpoint
from syncline.progress import Progress
from syncline.snapshot.chunks import Keeper, write_model
from syncline.snapshot.container import (
    ContainerReader,
    ContainerWriter,
    Contents,
    Manifest,
    StoredFile,
)
from syncline.snapshot.file_source import FileSource
from syncline.snapshot.files import FileDump
from syncline.snapshot.hooked import HookedRows
from syncline.snapshot.source import DatabaseSource, Source
from syncline.snapshot.transforms import Transforms
from syncline.tables.binding import Table
from syncline.version import VERSION

PROGRAM = f"syncline {VERSION}"
STDOUT = "-"


@dataclass(kw_only=True)
class DumpReport:
    """What a dump wrote."""

    path: str
    rows: dict[str, int] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    size: int = 0
    """Bytes of the file."""

    files: int = 0
    """How many different files are in it."""

    files_missing: list[str] = field(default_factory=list)
    """Files that rows name and their storage does not have."""

    notes: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All rows together."""
        return sum(self.rows.values())


def dump_rows(
    source: DatabaseSource,
    path: str,
    *,
    transforms: Transforms,
    keeper: Keeper,
    files: Path | None = None,
    clock: Clock = wall_clock,
) -> Generator[Progress, None, DumpReport]:
    """Write every model of a source into a file.

    Args:
        source: what to dump; its view is open.
        path: where to; `-` is standard output.
        transforms: whose `pre_walk` hooks see the rows.
        keeper: what finished chunks are remembered in.
        files: a private folder to take the content of file fields by, if it is taken.
        clock: tells when the dump was made.

    Raises:
        SynclineError: no file was made.
    """
    if files is not None and transforms.pre_walk:
        raise UsageError(
            "Files cannot be taken while rows are changed on the way: their names "
            "and content would leave as they are.",
            hint="Leave out --files, or --plugin and --anonymise.",
        )
    report = DumpReport(path=path, left_out=dict(source.left_out))
    with output(path) as stream, ContainerWriter(stream, program=PROGRAM) as writer:
        if transforms.pre_walk:
            contents = yield from _walked(source, transforms, writer).write()
        else:
            contents = yield from _write_models(source, writer, keeper)
        report.rows = {c.model.label: c.model.rows for c in contents}
        taken: tuple[StoredFile, ...] = ()
        if files is not None:
            dumped = FileDump(writer=writer, private=files)
            yield from dumped.run(source)
            taken, report.files_missing = tuple(dumped.stored.values()), dumped.missing
        report.files = len(taken)
        manifest = _manifest(source, tuple(contents), taken, clock)
        writer.close(manifest)
        report.size = writer.size
        failpoint("dump-before-rename")
    if path != STDOUT:
        report.size = Path(path).stat().st_size
    return report


def _walked(
    source: DatabaseSource, transforms: Transforms, writer: ContainerWriter
) -> HookedRows:
    """Show each row to the hooks that see rows as they are read."""
    return HookedRows(
        source=source,
        tables=source.tables,
        transforms=Transforms(),
        hooks=[("pre_walk", hook) for hook in transforms.pre_walk],
        writer=writer,
    )


def _write_models(
    source: DatabaseSource, writer: ContainerWriter, keeper: Keeper
) -> Generator[Progress, None, list[Contents]]:
    contents = []
    for number, label in enumerate(source.models):
        contents.append((yield from write_model(source, label, number, writer, keeper)))
        failpoint("dump-table")
    return contents


def spool_rows(
    source: Source,
    tables: Mapping[str, Table],
    transforms: Transforms,
    path: Path,
) -> Generator[Progress, None, FileSource]:
    """Run a source's rows through all hooks into a temporary file, and open that."""
    with (
        path.open("xb") as stream,
        ContainerWriter(stream, program=PROGRAM) as writer,
    ):
        path.chmod(PRIVATE_FILE)
        rows = HookedRows(
            source=source,
            tables=tables,
            transforms=transforms,
            hooks=transforms.hooks(walked=isinstance(source, FileSource)),
            writer=writer,
        )
        contents = yield from rows.write()
        writer.close(
            Manifest(
                created="",
                engine=source.engine_name,
                database=source.title,
                django=django.get_version(),
                syncline=VERSION,
                use_tz=settings.USE_TZ,
                models=tuple(contents),
                migrations=tuple(sorted(source.migrations)),
                left_out=source.left_out,
            )
        )
    return FileSource(ContainerReader(path))


PRIVATE_FILE = 0o600


def _manifest(
    source: DatabaseSource,
    contents: tuple[Contents, ...],
    files: tuple[StoredFile, ...],
    clock: Clock,
) -> Manifest:
    return Manifest(
        created=clock().isoformat(timespec="seconds"),
        engine=source.engine.name,
        database=source.connection.alias,
        django=django.get_version(),
        syncline=VERSION,
        use_tz=settings.USE_TZ,
        models=contents,
        migrations=tuple(sorted(source.migrations)),
        left_out=dict(source.left_out),
        files=files,
    )


@contextmanager
def output(path: str) -> Iterator[IO[bytes]]:
    """Open a private file under a temporary name; it gets its own only when whole."""
    final = Path(path)
    try:
        if path == STDOUT:
            if sys.stdout is None:
                raise FileTrouble(path="standard output", reason="it is closed")
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
            return
        if final.exists() and not final.is_file():
            raise FileTrouble(path=path, reason="it is there, and it is no file")
        with _partial(final) as stream:
            yield stream
    except OSError as error:
        if path == STDOUT:
            _forget_output()
        raise FileTrouble(
            path="standard output" if path == STDOUT else path,
            reason=(error.strerror or str(error)).lower(),
        ) from error


@contextmanager
def _partial(final: Path) -> Iterator[IO[bytes]]:
    """Write a file beside its place, and move it there when it is whole."""
    with NamedTemporaryFile(
        dir=final.parent, prefix=f".{final.name}.", suffix=".partial", delete=False
    ) as stream:
        path = Path(stream.name)
        try:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
            stream.close()
            path.replace(final)
        except BaseException:
            with contextlib.suppress(OSError):
                stream.close()
            path.unlink(missing_ok=True)
            raise
    _sync_folder(final.parent)


def _forget_output() -> None:
    """Let the interpreter end without writing to a pipe that nobody reads."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system can."""
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
