"""Small snapshot files, whole and hostile, made without the package's own writer.

Only `zipfile` and the standard library's JSON are used, so that a file may lie in any
way that the format allows a liar.
"""

import copy
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from syncline.snapshot import zstd

HEAD: dict[str, Any] = {"format": 1, "program": "syncline 0.1.0"}
FIELDS: list[dict[str, Any]] = [
    {"name": "id", "column": "id", "kind": "integer"},
    {"name": "name", "column": "name", "kind": "text", "length_max": 150},
]
ROWS = [[1, "editors"], [2, "wüst 🦒"], [3, ""]]
CHUNK = "rows/0/0.jsonl.zst"
LABEL = "auth.Group"


class Recipe:
    """Head, manifest and members of a file; a test spoils some of it.

    The manifest's chunks are filled in from `chunks`, unless a test has set them.
    """

    def __init__(self, rows=ROWS, *, chunk_rows=2):
        self.head = dict(HEAD)
        self.members: dict[str, bytes] = {}
        self.manifest: dict[str, Any] = {
            "created": "2024-02-29T12:00:00+00:00",
            "engine": "sqlite",
            "database": "default",
            "django": "5.2",
            "syncline": "0.1.0",
            "use_tz": True,
            "models": [],
        }
        self.add_model(LABEL, FIELDS, rows, chunk_rows=chunk_rows)

    def add_model(self, label, fields, rows, *, chunk_rows=2):
        """Add a model with its chunks."""
        number = len(self.manifest["models"])
        chunks: list[dict[str, Any]] = []
        for start in range(0, len(rows), chunk_rows):
            part = rows[start : start + chunk_rows]
            name = f"rows/{number}/{len(chunks)}.jsonl.zst"
            chunks.append(self.add_chunk(name, lines(part), len(part)))
        model = {
            "label": label,
            "table": label.lower().replace(".", "_"),
            "fields": copy.deepcopy(fields),
            "pk": [fields[0]["name"]],
            "rows": len(rows),
        }
        self.manifest["models"].append({"model": model, "chunks": chunks})

    def add_chunk(self, name, raw, rows):
        """Add a member, and give what the manifest says about it."""
        packed = zstd.compress(raw)
        self.members[name] = packed
        return {"name": name, "rows": rows, "size": len(raw), "sha256": sha256(packed)}

    @property
    def model(self):
        """The first model's description."""
        return self.manifest["models"][0]["model"]

    @property
    def chunks(self):
        """The first model's chunks."""
        return self.manifest["models"][0]["chunks"]

    @property
    def chunk(self):
        """The first chunk."""
        return self.chunks[0]

    def replace_chunk(self, raw, *, rows=None, size=None):
        """Put other bytes, packed, into the first chunk, with the right digest."""
        declared = self.add_chunk(CHUNK, raw, self.chunk["rows"])
        self.chunk.update(declared)
        if rows is not None:
            self.model["rows"] += rows - self.chunk["rows"]
            self.chunk["rows"] = rows
        if size is not None:
            self.chunk["size"] = size

    def write(self, path: Path, *, compression=zipfile.ZIP_STORED) -> Path:
        """Write the file, with the members in the order of the format."""
        spelled = {
            "syncline.json": json.dumps(self.head).encode(),
            **self.members,
            "manifest.json": json.dumps(self.manifest).encode(),
        }
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, data in spelled.items():
                archive.writestr(name, data)
        return path


def lines(rows):
    """Rows as a chunk spells them."""
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def append(path: Path, name: str, data: bytes) -> None:
    """Add a member to a finished file, under a name that it may have already."""
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, data)


def _set(holder, key, value):
    holder[key] = value


def _manifest(key, value):
    return lambda recipe: _set(recipe.manifest, key, value)


def _model(key, value):
    return lambda recipe: _set(recipe.model, key, value)


def _chunk(key, value):
    return lambda recipe: _set(recipe.chunk, key, value)


def _field(key, value):
    return lambda recipe: _set(recipe.model["fields"][1], key, value)


def _raw(raw, **declared):
    return lambda recipe: recipe.replace_chunk(raw, **declared)


def _twice(recipe):
    recipe.manifest["models"] *= 2


def _repeated_chunk(recipe):
    recipe.chunks.append(recipe.chunk)
    recipe.model["rows"] += recipe.chunk["rows"]


def _repeated_field(recipe):
    recipe.model["fields"].append(recipe.model["fields"][1])


def _traversal(recipe):
    name = "rows/0/../../../../tmp/evil.jsonl.zst"
    recipe.members[name] = recipe.members.pop(CHUNK)
    recipe.chunk["name"] = name


def _absolute(recipe):
    name = "/etc/rows/0/0.jsonl.zst"
    recipe.members[name] = recipe.members.pop(CHUNK)
    recipe.chunk["name"] = name


DAMAGE = {
    "rows of the manifest are too many": _model("rows", 4),
    "rows of the manifest are too few": _model("rows", 2),
    "rows of the manifest are negative": _model("rows", -1),
    "rows of a chunk are negative": _chunk("rows", -2),
    "rows of a chunk are wrong": _raw(lines(ROWS[:1])),
    "chunk has no rows": _raw(b""),
    "chunk has more rows": _raw(lines(ROWS)),
    "digest is wrong": _chunk("sha256", "0" * 64),
    "digest is in capitals": lambda r: _chunk("sha256", r.chunk["sha256"].upper())(r),
    "digest is empty": _chunk("sha256", ""),
    "size is too small": _chunk("size", 1),
    "size is too large": _chunk("size", 10_000),
    "size is negative": _chunk("size", -1),
    "size is impossible": _chunk("size", 2**62),
    "size is larger than an integer": _chunk("size", 2**80),
    "chunk is a bomb": _raw(bytes(64 * 1024 * 1024), size=1000),
    "chunk is no zstd": lambda r: (
        _set(r.members, CHUNK, b"junk"),
        _set(r.chunk, "sha256", sha256(b"junk")),
    ),
    "chunk is missing": lambda r: r.members.pop(CHUNK),
    "chunk has an absolute name": _absolute,
    "chunk climbs out of its folder": _traversal,
    "chunk is named as the manifest": _chunk("name", "manifest.json"),
    "chunk is named twice": _repeated_chunk,
    "chunk's name is empty": _chunk("name", ""),
    "chunk's name ends in a new line": _chunk("name", CHUNK + "\n"),
    "model is there twice": _twice,
    "field is there twice": _repeated_field,
    "line is no JSON": _raw(b'[1, "a"]\n[2, "b"\n'),
    "line has a value too few": _raw(b"[1]\n[2]\n"),
    "line has a value too many": _raw(b'[1, "a", 1]\n[2, "b", 1]\n'),
    "line is an object": _raw(b'{"id": 1}\n{"id": 2}\n'),
    "value has another type": _raw(b'["1", "a"]\n["2", "b"]\n'),
    "value is a float": _raw(b'[1.0, "a"]\n[2.0, "b"]\n'),
    "value is no UTF-8": _raw(b'[1, "\xff"]\n[2, "b"]\n'),
    "value is deeply nested": _raw(b"[" * 100_000 + b"\n" + b"[" * 100_000),
    "kind is unknown": _field("kind", "quaternion"),
    "kind is a number": _field("kind", 1),
    "kind is another one": _field("kind", "boolean"),
    "name of a field is missing": lambda r: r.model["fields"][1].pop("name"),
    "fields are no list": _model("fields", "id"),
    "fields are null": _model("fields", None),
    "key is a number": _model("pk", 7),
    "label is null": _model("label", None),
    "generic keys are no pairs": _model("generic", [["a"]]),
    "statistics are a list": _field("statistics", []),
    "models are null": _manifest("models", None),
    "models are an object": _manifest("models", {}),
    "engine is missing": lambda r: r.manifest.pop("engine"),
    "engine is a list": _manifest("engine", ["sqlite"]),
    "migrations are no pairs": _manifest("migrations", [["auth"]]),
    "left_out is a list": _manifest("left_out", []),
    "files climb out": _manifest("files", [{"name": "files/../x", "size": 1}]),
    "file is missing": _manifest("files", [{"name": f"files/{'a' * 64}", "size": 1}]),
    "manifest is a list": lambda r: setattr(r, "manifest", []),
    "manifest is null": lambda r: setattr(r, "manifest", None),
    "head is a list": lambda r: setattr(r, "head", []),
    "head has no format": lambda r: r.head.pop("format"),
    "format is text": lambda r: _set(r.head, "format", "1"),
    "format is zero": lambda r: _set(r.head, "format", 0),
    "format is negative": lambda r: _set(r.head, "format", -1),
}
"""By what is wrong: the function that makes it so. Every one is to be refused."""


def spoiled(what: str, path: Path) -> Path:
    """Write a file with one thing wrong."""
    recipe = Recipe()
    DAMAGE[what](recipe)
    return recipe.write(path)


FLIPS = (0x01, 0xFF)
"""What a byte is changed by."""


def flipped(data: bytes, offset: int, by: int) -> bytes:
    """A file with one byte changed."""
    return data[:offset] + bytes([data[offset] ^ by]) + data[offset + 1 :]
