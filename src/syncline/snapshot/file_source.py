"""Rows that come from a file."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from operator import itemgetter

import msgspec

from syncline.changes.kinds import Cell, Form
from syncline.engines.base import Connection, Row
from syncline.engines.lookup import detached
from syncline.schema.description import FieldDescription, Statistics
from syncline.snapshot.container import ContainerReader
from syncline.snapshot.source import Source, Stream
from syncline.snapshot.spelling import row_decoder

BAD_LINES = (
    KeyError,
    msgspec.DecodeError,
    msgspec.ValidationError,
)
"""What reading lines of JSON raises if they are not as the manifest says."""


class FileSource(Source):
    """Rows of a file, each chunk's digest checked as it is read."""

    enforces_types = True

    def __init__(self, reader: ContainerReader) -> None:
        self.reader = reader
        self.title = reader.title
        self.engine_name = reader.manifest.engine
        self.contents = {c.model.label: c for c in reader.manifest.models}
        self.models = {label: c.model for label, c in self.contents.items()}
        self.left_out = reader.manifest.left_out
        self.migrations = frozenset(reader.manifest.migrations)

    @property
    def likeness(self) -> Connection:
        return detached(self.reader.manifest.engine)

    @contextmanager
    def view(self) -> Iterator[None]:
        yield

    def count(self, label: str) -> int:
        return self.models[label].rows

    def stream(self, label: str, wants: Mapping[str, Cell | None]) -> Stream:
        fields = self.models[label].fields
        positions = [self.models[label].names.index(name) for name in wants]
        cells = tuple(wire_cell(fields[position]) for position in positions)
        return Stream(cells=cells, batches=self._batches(label, positions))

    def statistics(self, label: str, names: Sequence[str]) -> dict[str, Statistics]:
        model = self.models[label]
        return {name: model.field(name).statistics or Statistics() for name in names}

    def _batches(
        self, label: str, positions: list[int]
    ) -> Generator[Sequence[Row], None, None]:
        contents = self.contents[label]
        decode = row_decoder([field.kind for field in contents.model.fields])
        every = positions == list(range(len(contents.model.fields)))
        for chunk in contents.chunks:
            try:
                rows = decode(self.reader.rows(chunk))
            except BAD_LINES as error:
                raise self.reader.damaged(f"{chunk.name}: {error}") from error
            if len(rows) != chunk.rows:
                raise self.reader.damaged(f"{chunk.name} has {len(rows)} rows")
            yield rows if every else _picked(rows, positions)


def _picked(rows: Sequence[Row], positions: list[int]) -> Sequence[Row]:
    """Keep some columns of each row."""
    if len(positions) == 1:
        return [(row[positions[0]],) for row in rows]
    return list(map(itemgetter(*positions), rows)) if positions else [() for _ in rows]


def wire_cell(field: FieldDescription) -> Cell:
    """Give the cell of a field as a file spells it."""
    return Cell(kind=field.kind, form=Form.WIRE, zone=field.zone, places=field.places)
