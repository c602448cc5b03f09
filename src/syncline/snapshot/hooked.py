"""Rows through a user's hooks, into a file: one code for dump, load and copy.

Hooks may split a row into several models' rows, so what comes out is written to a
file first, and loaded from there like any other.
"""

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from syncline.errors import PluginFailed
from syncline.progress import Progress
from syncline.schema.description import FieldDescription, ModelDescription
from syncline.schema.tally import Tally
from syncline.snapshot.chunks import NoKeeper, wire_shaper, write_model
from syncline.snapshot.container import Chunk, ContainerWriter, Contents
from syncline.snapshot.contenttypes import MATCHED
from syncline.snapshot.source import Source
from syncline.snapshot.spelling import WrongType, row_encoder
from syncline.snapshot.transforms import Hook, RowDict, Transforms, run_hooks
from syncline.tables.binding import Table
from syncline.tables.defaults import default_of

ROWS_MAX = 1_000
"""Rows of a model that wait for their chunk to be written."""

MISSING = object()


@dataclass(kw_only=True)
class Output:
    """What comes out of the hooks for one model."""

    number: int
    table: Table
    model: ModelDescription
    tallies: list[Tally]
    waiting: list[tuple[Any, ...]] = field(default_factory=list)
    chunks: list[Chunk] = field(default_factory=list)
    defaults: dict[str, Any] = field(default_factory=dict)

    def add(self, row: RowDict, hook: str) -> None:
        """Take a row in, with defaults for the fields that it lacks."""
        unknown = row.keys() - set(self.model.names) - set(self.model.generated)
        if unknown:
            names = ", ".join(sorted(unknown))
            reason = f"it has no field {names}; delete it from the row"
            raise PluginFailed(hook=hook, label=self.model.label, reason=reason)
        values = []
        for described in self.model.fields:
            value = row.get(described.name, MISSING)
            values.append(self.default(described) if value is MISSING else value)
        for tally, value in zip(self.tallies, values, strict=True):
            tally.add(value)
        self.waiting.append(tuple(values))

    def default(self, described: FieldDescription) -> object:
        """Give the default of a field that a row lacks."""
        if described.name not in self.defaults:
            self.defaults[described.name] = default_of(self.table, described)
        return self.defaults[described.name]

    def flush(self, writer: ContainerWriter, hook: str) -> None:
        """Write the rows that wait as one chunk."""
        if not self.waiting:
            return
        encode = row_encoder([described.kind for described in self.model.fields])
        try:
            raw = encode(self.waiting)
        except WrongType as error:
            name = self.model.names[error.column]
            reason = f"{name} holds {error}"
            raise PluginFailed(
                hook=hook, label=self.model.label, reason=reason
            ) from error
        name = f"rows/{self.number}/{len(self.chunks)}.jsonl.zst"
        chunk, _ = writer.add_chunk(name, raw, len(self.waiting))
        self.chunks.append(chunk)
        self.waiting.clear()

    def contents(self) -> Contents:
        """Describe what was written."""
        model = msgspec.structs.replace(
            self.model,
            rows=sum(chunk.rows for chunk in self.chunks),
            fields=tuple(
                msgspec.structs.replace(described, statistics=tally.statistics())
                for described, tally in zip(
                    self.model.fields, self.tallies, strict=True
                )
            ),
        )
        return Contents(model=model, chunks=tuple(self.chunks))


@dataclass(kw_only=True)
class HookedRows:
    """A source's rows on their way through hooks."""

    source: Source
    tables: Mapping[str, Table]
    """The models that rows may become, by label."""

    transforms: Transforms
    hooks: Sequence[tuple[str, Hook]]
    """What rows are shown to, in turn, each with its name for messages."""

    writer: ContainerWriter
    outputs: dict[str, Output] = field(default_factory=dict)

    def write(self) -> Generator[Progress, None, list[Contents]]:
        """Write every row that comes out of the hooks."""
        untouched: list[Contents] = []
        for label in self.source.models:
            if label in MATCHED:
                number = len(self.source.models) + len(untouched)
                contents = yield from write_model(
                    self.source, label, number, self.writer, NoKeeper()
                )
                untouched.append(contents)
            else:
                yield from self._write(label)
        for output in self.outputs.values():
            output.flush(self.writer, self.hooks[-1][0])
        return [*untouched, *(output.contents() for output in self.outputs.values())]

    def _write(self, label: str) -> Generator[Progress, None, None]:
        if self.transforms.label(label) in self.tables:
            self._output(label)  # A model without rows is in the file too.
        names = self.source.models[label].names
        total, done = self.source.count(label), 0
        shaper, batches = wire_shaper(self.source, label)
        for rows in batches:
            for row in shaper.shape(rows):
                result = dict(zip(names, row, strict=True))
                for new, values in run_hooks(self.hooks, label, result):
                    self._take(new, values)
            done += len(rows)
            yield Progress(
                stage=self.hooks[-1][0], subject=label, done=done, total=total
            )

    def _take(self, label: str, row: RowDict) -> None:
        if self.transforms.label(label) not in self.tables and (
            label in self.source.models
        ):
            return  # The target has no such model; the load says why.
        output = self._output(label)
        fields = self.transforms.field
        output.add({fields(label, name): row[name] for name in row}, self.hooks[-1][0])
        if len(output.waiting) >= ROWS_MAX:
            output.flush(self.writer, self.hooks[-1][0])

    def _output(self, label: str) -> Output:
        new = self.transforms.label(label)
        if new not in self.outputs:
            if new not in self.tables:
                reason = "there is no table for it"
                raise PluginFailed(hook=self.hooks[-1][0], label=new, reason=reason)
            model = self._described(label, self.tables[new].description)
            self.outputs[new] = Output(
                number=len(self.outputs),
                table=self.tables[new],
                model=model,
                tallies=[Tally(described.kind) for described in model.fields],
            )
        return self.outputs[new]

    def _described(self, label: str, model: ModelDescription) -> ModelDescription:
        """Describe a model's rows: fields that the source has keep its spelling."""
        source = self.source.models.get(label)
        theirs = {
            self.transforms.field(label, described.name): described
            for described in (source.fields if source else ())
        }
        fields = tuple(
            msgspec.structs.replace(
                described,
                kind=theirs[described.name].kind,
                zone=theirs[described.name].zone,
                places=theirs[described.name].places,
                target=theirs[described.name].target,
            )
            if described.name in theirs
            else described
            for described in model.fields
        )
        return msgspec.structs.replace(model, fields=fields)
