"""The file: a ZIP with stored members that `unzip` and `zstd` open.

`syncline.json` comes first, chunks of rows and files follow, `manifest.json` is last.
Digests detect damage; they are no signature.
"""

import hashlib
import re
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Self, TypeVar

import msgspec
from msgspec import Struct

from syncline.errors import DamagedFile, FileTrouble, NewerFile
from syncline.schema.description import ModelDescription
from syncline.snapshot import zstd

Decoded = TypeVar("Decoded")

FORMAT_VERSION = 1
HEAD, MANIFEST = "syncline.json", "manifest.json"
CHUNK_NAME = re.compile(r"rows/\d{1,6}/\d{1,9}\.jsonl\.zst")
FILE_NAME = re.compile(r"files/[0-9a-f]{64}")

MANIFEST_BYTES_MAX = 256 * 1024 * 1024
HEAD_BYTES_MAX = 64 * 1024
CHUNK_BYTES_MAX = 64 * 1024 * 1024
"""Bytes that a chunk of several rows may unpack to."""

ROW_BYTES_MAX = 1024 * 1024 * 1024
"""Bytes that a chunk of a single row may unpack to."""

MODE = 0o100600 << 16
"""Members unpack as private files; the archive holds everything a database does."""


class Head(Struct, frozen=True, kw_only=True):
    """What the first member says, so that any reader knows what it has."""

    format: int
    program: str


class Chunk(Struct, frozen=True, kw_only=True):
    """One member with rows of one model."""

    name: str
    rows: int
    size: int
    """Bytes when unpacked."""

    sha256: str
    """Of the member's bytes as stored."""


class StoredFile(Struct, frozen=True, kw_only=True):
    """One member with a file of a FileField."""

    name: str
    """The member's name; its last part is the SHA-256 of the content."""

    size: int
    used_as: tuple[str, ...] = ()
    """The names under which rows know it."""


class Contents(Struct, frozen=True, kw_only=True):
    """A model in a file: its description and its chunks."""

    model: ModelDescription
    chunks: tuple[Chunk, ...] = ()


class Manifest(Struct, frozen=True, kw_only=True):
    """What a file holds."""

    created: str
    engine: str
    database: str
    django: str
    syncline: str
    use_tz: bool
    models: tuple[Contents, ...]
    migrations: tuple[tuple[str, str], ...] = ()
    left_out: dict[str, str] = {}
    files: tuple[StoredFile, ...] = ()


class ContainerWriter:
    """Writes members one after another; nothing is ever sought back to."""

    def __init__(self, stream: IO[bytes], *, program: str) -> None:
        self.archive = zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True)
        self.size = 0
        head = Head(format=FORMAT_VERSION, program=program)
        try:
            self._add(HEAD, msgspec.json.encode(head))
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # After an error there is no manifest, so nobody takes this for a whole file.
        with suppress(OSError, ValueError):
            self.archive.close()

    def add_chunk(self, name: str, raw: bytes, rows: int) -> tuple[Chunk, bytes]:
        """Compress and add one chunk of rows; give it and its bytes as stored."""
        packed = zstd.compress(raw)
        chunk = Chunk(name=name, rows=rows, size=len(raw), sha256=digest(packed))
        return self.add_packed(packed, chunk), packed

    def add_packed(self, packed: bytes, chunk: Chunk) -> Chunk:
        """Add a chunk that is compressed already."""
        self._add(chunk.name, packed)
        return chunk

    def close(self, manifest: Manifest) -> None:
        """Add the manifest and the archive's directory."""
        spelled = msgspec.json.format(msgspec.json.encode(manifest), indent=1)
        self._add(MANIFEST, spelled)
        self.archive.close()

    def add_file(self, name: str, path: Path) -> None:
        """Add a file's content under its name."""
        info = self._info(name)
        info.file_size = path.stat().st_size
        with path.open("rb") as source, self.archive.open(info, "w") as member:
            while block := source.read(1024 * 1024):
                member.write(block)

    def _add(self, name: str, data: bytes) -> None:
        self.archive.writestr(self._info(name), data)
        self.size += len(data)

    def _info(self, name: str) -> zipfile.ZipInfo:
        info = zipfile.ZipInfo(name)
        info.external_attr = MODE
        return info


class ContainerReader:
    """Reads a file that may be damaged or hostile."""

    def __init__(self, path: Path, *, title: str = "") -> None:
        self.title = title or str(path)
        try:
            self.archive = zipfile.ZipFile(path)
        except FileNotFoundError as error:
            raise FileTrouble(
                path=self.title, reason="there is no such file"
            ) from error
        except OSError as error:
            raise FileTrouble(
                path=self.title, reason=error.strerror or str(error)
            ) from error
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise self.damaged("it is truncated, or not a Syncline file") from error
        try:
            self.manifest = self._open()
            self._check_names()
        except BaseException:
            self.close()
            raise

    def _open(self) -> Manifest:
        head = self._decode(HEAD, Head, HEAD_BYTES_MAX)
        if head.format > FORMAT_VERSION:
            raise NewerFile(
                path=self.title, format_version=head.format, known=FORMAT_VERSION
            )
        if head.format < 1:
            raise self.damaged(f"there is no format {head.format}")
        return self._decode(MANIFEST, Manifest, MANIFEST_BYTES_MAX)

    def damaged(self, reason: str) -> DamagedFile:
        """Make the error for this file."""
        return DamagedFile(
            path=self.title,
            reason=reason,
            hint="Nothing was written. Make the file again, or fetch it again.",
        )

    def check(self) -> Iterator[Chunk]:
        """Compare every chunk with its digest, before anything is written."""
        for contents in self.manifest.models:
            for chunk in contents.chunks:
                self.packed(chunk)
                yield chunk

    def packed(self, chunk: Chunk) -> bytes:
        """Give a chunk as stored, its digest checked."""
        data = self._read(chunk.name, max(chunk.size, 1024) + 1024 * 1024)
        if digest(data) != chunk.sha256:
            raise self.damaged(f"the digest of {chunk.name} is wrong")
        return data

    def rows(self, chunk: Chunk) -> bytes:
        """Give a chunk's lines."""
        try:
            return zstd.decompress(self.packed(chunk), size=chunk.size)
        except ValueError as error:
            raise self.damaged(f"{chunk.name}: {error}") from error

    def extract(self, stored: StoredFile, path: Path) -> None:
        """Write a stored file's content to a path, its digest checked."""
        hashed = hashlib.sha256()
        try:
            with self.archive.open(stored.name) as member, path.open("wb") as out:
                while block := member.read(1024 * 1024):
                    hashed.update(block)
                    out.write(block)
        except (zipfile.BadZipFile, EOFError, RuntimeError) as error:
            raise self.damaged(f"{stored.name} is damaged") from error
        if hashed.hexdigest() != stored.name.rpartition("/")[2]:
            raise self.damaged(f"the digest of {stored.name} is wrong")

    def close(self) -> None:
        """Let go of the file."""
        self.archive.close()

    def _check_names(self) -> None:
        members = [info.filename for info in self.archive.infolist()]
        labels = [contents.model.label for contents in self.manifest.models]
        chunks = [c.name for contents in self.manifest.models for c in contents.chunks]
        for what, names in (("member", members), ("model", labels), ("chunk", chunks)):
            if len(set(names)) != len(names):
                raise self.damaged(f"two {what}s have one name")
        known = set(members)
        for contents in self.manifest.models:
            for chunk in contents.chunks:
                self._check_chunk(chunk, known)
            if sum(c.rows for c in contents.chunks) != contents.model.rows:
                raise self.damaged(f"the rows of {contents.model.label} do not add up")
        for file in self.manifest.files:
            self._check_file(file, known)

    def _check_file(self, file: StoredFile, members: set[str]) -> None:
        if not FILE_NAME.fullmatch(file.name) or file.name not in members:
            raise self.damaged(f"there is no file {file.name!r}")
        info = self.archive.getinfo(file.name)
        if info.compress_type != zipfile.ZIP_STORED or info.file_size != file.size:
            raise self.damaged(f"{file.name} declares an impossible size")

    def _check_chunk(self, chunk: Chunk, members: set[str]) -> None:
        limit = CHUNK_BYTES_MAX if chunk.rows > 1 else ROW_BYTES_MAX
        if not CHUNK_NAME.fullmatch(chunk.name) or chunk.name not in members:
            raise self.damaged(f"there is no chunk {chunk.name!r}")
        if not 0 <= chunk.size <= limit or chunk.rows < 0:
            raise self.damaged(f"{chunk.name} declares an impossible size")

    def _decode(self, name: str, type_: type[Decoded], limit: int) -> Decoded:
        try:
            return msgspec.json.decode(self._read(name, limit), type=type_)
        except (msgspec.DecodeError, msgspec.ValidationError, UnicodeDecodeError) as e:
            raise self.damaged(f"{name} cannot be read: {e}") from e

    def _read(self, name: str, limit: int) -> bytes:
        try:
            info = self.archive.getinfo(name)
            if info.file_size > limit or info.compress_type != zipfile.ZIP_STORED:
                raise self.damaged(f"{name} is larger than it may be, or not stored")
            return self.archive.read(info)
        except KeyError as error:
            raise self.damaged(f"it has no {name}") from error
        except (zipfile.BadZipFile, EOFError, RuntimeError, OSError) as error:
            raise self.damaged(f"{name} is damaged") from error


def digest(data: bytes) -> str:
    """Give the SHA-256 of some bytes in hexadecimal."""
    return hashlib.sha256(data).hexdigest()
