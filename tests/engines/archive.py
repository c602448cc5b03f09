"""A snapshot file read by hand, so that the package does not check itself."""

import json
import sys
import zipfile
from dataclasses import dataclass
from typing import Any

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """What a file holds: its members in their order, its manifest, its rows."""

    members: list[zipfile.ZipInfo]
    head: dict[str, Any]
    manifest: dict[str, Any]
    rows: dict[str, list[dict[str, Any]]]
    """By label: each row by field name."""


def read_archive(path) -> Archive:
    """Read a whole file; for tests only, it is held in memory."""
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        manifest = json.loads(file.read("manifest.json"))
        return Archive(
            members=file.infolist(),
            head=json.loads(file.read("syncline.json")),
            manifest=manifest,
            rows={
                contents["model"]["label"]: list(_rows(file, contents))
                for contents in manifest["models"]
            },
        )


def _rows(file, contents):
    names = [field["name"] for field in contents["model"]["fields"]]
    for chunk in contents["chunks"]:
        lines = zstd.decompress(file.read(chunk["name"])).splitlines()
        assert len(lines) == chunk["rows"]
        for line in lines:
            yield dict(zip(names, json.loads(line), strict=True))
