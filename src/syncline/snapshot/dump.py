"""Rows into a file."""

import contextlib
import os
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import django
import msgspec
from django.conf import settings

from syncline.changes.clock import Clock, wall_clock
from syncline.changes.conversion import conversion
from syncline.engines.base import Row
from syncline.errors import FileTrouble, ValueRefused
from syncline.failpoints import failpoint
from syncline.progress import Progress
from syncline.schema.description import ModelDescription
from syncline.snapshot.container import (
    CHUNK_BYTES_MAX,
    Chunk,
    ContainerWriter,
    Contents,
    Manifest,
)
from syncline.snapshot.file_source import wire_cell
from syncline.snapshot.shaping import Shaper
from syncline.snapshot.source import DatabaseSource, Source
from syncline.snapshot.spelling import WrongType, row_encoder
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

    notes: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """All rows together."""
        return sum(self.rows.values())


def dump_rows(
    source: DatabaseSource, path: str, *, clock: Clock = wall_clock
) -> Generator[Progress, None, DumpReport]:
    """Write every model of a source into a file.

    Args:
        source: what to dump, seen at one moment.
        path: where to; `-` is standard output.
        clock: tells when the dump was made.

    Raises:
        SynclineError: no file was made.
    """
    report = DumpReport(path=path, left_out=dict(source.left_out))
    with source.view(), output(path) as stream:
        writer = ContainerWriter(stream, program=PROGRAM)
        contents = []
        for number, label in enumerate(source.models):
            model = yield from _describe(source, label)
            chunks = yield from _write(source, label, number, writer)
            rows = sum(chunk.rows for chunk in chunks)
            report.rows[label] = rows
            contents.append(
                Contents(
                    model=msgspec.structs.replace(model, rows=rows),
                    chunks=tuple(chunks),
                )
            )
            failpoint("dump-table")
        writer.close(_manifest(source, tuple(contents), clock))
        report.size = writer.size
        failpoint("dump-before-rename")
    return report


def _describe(
    source: Source, label: str
) -> Generator[Progress, None, ModelDescription]:
    """Add each field's statistics to a model's description."""
    yield Progress(stage="check", subject=label)
    model = source.models[label]
    statistics = source.statistics(label, model.names)
    return msgspec.structs.replace(
        model,
        fields=tuple(
            msgspec.structs.replace(field, statistics=statistics.get(field.name))
            for field in model.fields
        ),
    )


def _write(
    source: Source, label: str, number: int, writer: ContainerWriter
) -> Generator[Progress, None, list[Chunk]]:
    total = source.count(label)
    step = Progress(stage="read", subject=label, total=total)
    yield step
    model = source.models[label]
    stream = source.stream(label, {f.name: wire_cell(f) for f in model.fields})
    shaper = Shaper(
        label=label,
        names=model.names,
        steps=tuple(
            conversion(cell, wire_cell(field))
            for cell, field in zip(stream.cells, model.fields, strict=True)
        ),
        pk=tuple(model.names.index(name) for name in model.pk if name in model.names),
    )
    encode = row_encoder([field.kind for field in model.fields])
    chunks: list[Chunk] = []
    done = 0
    for rows in stream.batches:
        shaped = shaper.shape(rows)
        try:
            raw = encode(shaped)
        except WrongType as error:
            raise _wrong(shaper, shaped, error) from error
        for part, count in _bounded(raw, len(rows)):
            name = f"rows/{number}/{len(chunks)}.jsonl.zst"
            chunks.append(writer.add_chunk(name, part, count))
        failpoint("dump-chunk")
        done += len(rows)
        yield Progress(stage="read", subject=label, total=total, done=done)
    return chunks


def _bounded(raw: bytes, rows: int) -> Iterator[tuple[bytes, int]]:
    """Cut a batch that is larger than a chunk may be into its lines."""
    if len(raw) <= CHUNK_BYTES_MAX:
        yield raw, rows
        return
    for line in raw.splitlines(keepends=True):
        yield line, 1


def _wrong(shaper: Shaper, rows: Sequence[Row], error: WrongType) -> Exception:
    """Name the row that holds a value of the wrong type."""
    for row in rows:
        value = row[error.column]
        if type(value) in error.types:
            key = [row[index] for index in shaper.pk]
            return ValueRefused(
                field=f"{shaper.label}.{shaper.names[error.column]}",
                pk=key[0] if len(key) == 1 else tuple(key),
                value=value,
                reason=str(error),
            )
    return error


def _manifest(
    source: DatabaseSource, contents: tuple[Contents, ...], clock: Clock
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
    )


@contextmanager
def output(path: str) -> Iterator[IO[bytes]]:
    """Open a private file under a temporary name; it gets its own only when whole."""
    if path == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    final = Path(path)
    try:
        with NamedTemporaryFile(
            dir=final.parent, prefix=f".{final.name}.", suffix=".partial", delete=False
        ) as stream:
            try:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            except BaseException:
                stream.close()
                Path(stream.name).unlink(missing_ok=True)
                raise
        Path(stream.name).replace(final)
        _sync_folder(final.parent)
    except OSError as error:
        raise FileTrouble(
            path=path, reason=(error.strerror or str(error)).lower()
        ) from error


def _sync_folder(folder: Path) -> None:
    """Make the new name durable, where the system can."""
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
