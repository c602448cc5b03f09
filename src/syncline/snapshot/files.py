"""The content of FileFields: into a dump by its hash, and back into storage."""

import hashlib
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.core.exceptions import SuspiciousOperation
from django.core.files import File
from django.core.files.storage import Storage
from django.core.files.utils import validate_file_name
from django.db import models

from syncline.errors import DamagedFile, FileTrouble
from syncline.progress import Progress
from syncline.snapshot.chunks import wire_shaper
from syncline.snapshot.container import ContainerReader, ContainerWriter, StoredFile
from syncline.snapshot.source import DatabaseSource

BLOCK = 1024 * 1024
"""Bytes of a file that are in memory at once."""


def hash_file(stream: IO[bytes]) -> str:
    """Give the SHA-256 of a stream, read in blocks."""
    hashed = hashlib.sha256()
    while block := stream.read(BLOCK):
        hashed.update(block)
    return hashed.hexdigest()


def file_fields(model: type[models.Model]) -> list[str]:
    """Give the names of a model's file fields."""
    return [
        field_.name
        for field_ in model._meta.local_concrete_fields
        if isinstance(field_, models.FileField)
    ]


def storage_of(label: str, name: str) -> Storage:
    """Give the storage of a file field."""
    found: Any = apps.get_model(label)._meta.get_field(name)
    storage: Storage = found.storage
    return storage


@dataclass(kw_only=True)
class FileDump:
    """Files on their way into a dump."""

    writer: ContainerWriter
    private: Path
    """A folder for copies; a storage need not be on this machine."""

    stored: dict[str, StoredFile] = field(default_factory=dict)
    """By SHA-256."""

    missing: list[str] = field(default_factory=list)
    """Names that rows know and the storage does not."""

    def run(self, source: DatabaseSource) -> Generator[Progress, None, None]:
        """Add every file that a row names."""
        seen: set[str] = set()
        for label, table in source.tables.items():
            for name in file_fields(table.model):
                if name not in table.columns:
                    continue
                for path in _names(source, label, name):
                    use = f"{label}.{name}:{path}"
                    if path and use not in seen:
                        seen.add(use)
                        self._add(label, name, path)
                        yield Progress(stage="files", subject=label, done=len(seen))

    def _add(self, label: str, name: str, path: str) -> None:
        use = f"{label}.{name}:{path}"
        storage = storage_of(label, name)
        copy = self.private / "file"
        try:
            with storage.open(path, "rb") as stream, copy.open("wb") as kept:
                for block in stream.chunks(BLOCK):
                    kept.write(block)
        except (OSError, SuspiciousOperation):
            self.missing.append(use)
            return
        with copy.open("rb") as stream:
            sha256 = hash_file(stream)
        known = self.stored.get(sha256)
        if known is None:
            self.writer.add_file(f"files/{sha256}", copy)
        self.stored[sha256] = StoredFile(
            name=f"files/{sha256}",
            size=copy.stat().st_size,
            used_as=(*(known.used_as if known else ()), use),
        )


def _names(source: DatabaseSource, label: str, name: str) -> Iterator[str]:
    """Give the file names in a column."""
    shaper, batches = wire_shaper(source, label)
    index = shaper.names.index(name)
    for rows in batches:
        for row in shaper.shape(rows):
            if row[index]:
                yield row[index]


@dataclass(kw_only=True)
class FileLoad:
    """Files on their way out of a dump; taken back if the load fails."""

    reader: ContainerReader
    private: Path
    """A folder for what is under way, and for old content."""

    replace: bool
    """May other content under the same name be written over?"""

    made: list[tuple[Storage, str]] = field(default_factory=list)
    replaced: list[tuple[Storage, str, Path]] = field(default_factory=list)
    """What was written over, and where its old content is kept meanwhile."""

    set_aside: list[str] = field(default_factory=list)
    """Uses whose name the storage has already, with other content."""

    count: int = 0

    def run(self) -> Generator[Progress, None, None]:
        """Save every file that its storage does not have yet.

        Raises:
            DamagedFile: a digest or a name is wrong.
            FileTrouble: a storage refuses a file.
        """
        path = self.private / "file"
        for stored in self.reader.manifest.files:
            self.reader.extract(stored, path)
            for use in stored.used_as:
                self._save(use, stored, path)
                self.count += 1
                yield Progress(stage="files", subject=use, done=self.count)

    def take_back(self) -> None:
        """Remove the files that were made: the load did not come to its end."""
        for storage, name in self.made:
            storage.delete(name)
        for storage, name, kept in self.replaced:
            with kept.open("rb") as stream:
                storage.save(name, File(stream, name=name))

    def _save(self, use: str, stored: StoredFile, path: Path) -> None:
        storage, name = self._place(use)
        try:
            if storage.exists(name):
                with storage.open(name, "rb") as stream:
                    same = hash_file(stream) == stored.name.rpartition("/")[2]
                if same:
                    return
                if not self.replace:
                    self.set_aside.append(use)
                    return
                self._keep_old(storage, name)
                storage.delete(name)
            with path.open("rb") as stream:
                saved = storage.save(name, File(stream, name=name))
        except (OSError, SuspiciousOperation) as error:
            raise FileTrouble(path=use, reason=str(error)) from error
        self.made.append((storage, saved))
        if saved != name:
            raise FileTrouble(path=use, reason=f"its storage called it {saved!r}")

    def _keep_old(self, storage: Storage, name: str) -> None:
        kept = self.private / str(len(self.replaced))
        with storage.open(name, "rb") as stream, kept.open("wb") as copy:
            for block in stream.chunks(BLOCK):
                copy.write(block)
        self.replaced.append((storage, name, kept))

    def _place(self, use: str) -> tuple[Storage, str]:
        """Read `app.Model.field:name`, trusting none of it."""
        where, _, name = use.partition(":")
        label, _, field_name = where.rpartition(".")
        try:
            validate_file_name(name, allow_relative_path=True)
            known = field_name in file_fields(apps.get_model(label))
        except (SuspiciousOperation, LookupError, ValueError) as error:
            raise self._damaged(use) from error
        if not known:
            raise self._damaged(use)
        return storage_of(label, field_name), name

    def _damaged(self, use: str) -> DamagedFile:
        return self.reader.damaged(f"no file can be put at {use!r}")
