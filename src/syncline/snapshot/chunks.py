"""One model's rows as chunks of a file."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

import msgspec

from syncline.changes.conversion import conversion
from syncline.engines.base import Row
from syncline.errors import ValueRefused
from syncline.failpoints import failpoint
from syncline.progress import Progress
from syncline.schema.description import ModelDescription
from syncline.snapshot.container import (
    CHUNK_BYTES_MAX,
    Chunk,
    ContainerWriter,
    Contents,
    digest,
)
from syncline.snapshot.file_source import wire_cell
from syncline.snapshot.shaping import Shaper
from syncline.snapshot.source import Source
from syncline.snapshot.spelling import WrongType, row_encoder


class Keeper(Protocol):
    """Remembers finished chunks, so that a resumed dump need not make them again."""

    def kept(self, number: int) -> Iterator[tuple[Chunk, bytes]]:
        """Give a model's finished chunks in their order."""

    def keep(self, number: int, chunk: Chunk, packed: bytes) -> None:
        """Remember a finished chunk."""


class NoKeeper:
    """Remembers nothing: for standard output and temporary files."""

    def kept(self, number: int) -> Iterator[tuple[Chunk, bytes]]:
        del number
        yield from ()

    def keep(self, number: int, chunk: Chunk, packed: bytes) -> None:
        del number, chunk, packed


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderKeeper:
    """Remembers chunks in a private folder; only those whose digest is right count."""

    folder: Path

    def kept(self, number: int) -> Iterator[tuple[Chunk, bytes]]:
        for index in count():
            try:
                spelled = self._path(number, index, "json").read_bytes()
                packed = self._path(number, index, "zst").read_bytes()
                chunk = msgspec.json.decode(spelled, type=Chunk)
            except (OSError, msgspec.DecodeError):
                return
            if digest(packed) != chunk.sha256:
                return
            yield chunk, packed

    def keep(self, number: int, chunk: Chunk, packed: bytes) -> None:
        index = int(chunk.name.rpartition("/")[2].partition(".")[0])
        self._path(number, index, "zst").write_bytes(packed)
        self._path(number, index, "json").write_bytes(msgspec.json.encode(chunk))

    def _path(self, number: int, index: int, suffix: str) -> Path:
        return self.folder / f"{number}-{index}.{suffix}"


def wire_shaper(
    source: Source, label: str
) -> tuple[Shaper, Generator[Sequence[Row], None, None]]:
    """Open a model's rows, and compile their way to the wire."""
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
    return shaper, stream.batches


def write_model(
    source: Source,
    label: str,
    number: int,
    writer: ContainerWriter,
    keeper: Keeper,
) -> Generator[Progress, None, Contents]:
    """Write one model's rows, and describe them with their statistics."""
    model = yield from _described(source, label)
    chunks = yield from _write(source, label, number, writer, keeper)
    return Contents(
        model=msgspec.structs.replace(model, rows=sum(c.rows for c in chunks)),
        chunks=tuple(chunks),
    )


def _described(
    source: Source, label: str
) -> Generator[Progress, None, ModelDescription]:
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
    source: Source,
    label: str,
    number: int,
    writer: ContainerWriter,
    keeper: Keeper,
) -> Generator[Progress, None, list[Chunk]]:
    total = source.count(label)
    chunks = [writer.add_packed(packed, chunk) for chunk, packed in keeper.kept(number)]
    done = sum(chunk.rows for chunk in chunks)
    yield Progress(stage="read", subject=label, total=total, done=done)
    shaper, batches = wire_shaper(source, label)
    kinds = [field.kind for field in source.models[label].fields]
    encode = row_encoder(kinds, trusted=source.enforces_types)
    for rows in _after(batches, done):
        shaped = shaper.shape(rows)
        try:
            raw = encode(shaped)
        except WrongType as error:
            raise _wrong(shaper, shaped, error) from error
        for part, rows_of_part in _bounded(raw, len(rows)):
            name = f"rows/{number}/{len(chunks)}.jsonl.zst"
            chunk, packed = writer.add_chunk(name, part, rows_of_part)
            keeper.keep(number, chunk, packed)
            chunks.append(chunk)
        failpoint("dump-chunk")
        done += len(rows)
        yield Progress(stage="read", subject=label, total=total, done=done)
    return chunks


def _after(batches: Iterator[Sequence[Row]], done: int) -> Iterator[Sequence[Row]]:
    """Skip rows that are in finished chunks."""
    for rows in batches:
        if done >= len(rows):
            done -= len(rows)
            continue
        yield rows[done:]
        done = 0


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
