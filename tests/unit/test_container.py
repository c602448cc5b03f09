"""The file: what is whole is read as it was written, and what is not is refused."""

import contextlib
import io
import json
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path

import pytest

from syncline.changes.kinds import Kind
from syncline.errors import DamagedFile, FileTrouble, NewerFile
from syncline.schema.description import FieldDescription, ModelDescription
from syncline.snapshot import zstd
from syncline.snapshot.container import (
    Chunk,
    ContainerReader,
    ContainerWriter,
    Contents,
    Manifest,
)
from syncline.snapshot.file_source import FileSource
from tests.damage import (
    CHUNK,
    DAMAGE,
    FLIPS,
    LABEL,
    ROWS,
    Recipe,
    append,
    flipped,
    lines,
    sha256,
    spoiled,
)


def read(path):
    """Everything that a load would take from a file, all of it checked."""
    reader = ContainerReader(path)
    try:
        for _ in reader.check():
            pass
        source = FileSource(reader)
        return [
            (
                model,
                [
                    tuple(row)
                    for batch in source.stream(
                        label, dict.fromkeys(model.names)
                    ).batches
                    for row in batch
                ],
            )
            for label, model in source.models.items()
        ]
    finally:
        reader.close()


def write(stream, rows=ROWS):
    """Write a file as dump does."""
    writer = ContainerWriter(stream, program="tests")
    packed = zstd.compress(lines(rows))
    chunk = Chunk(
        name=CHUNK, rows=len(rows), size=len(lines(rows)), sha256=sha256(packed)
    )
    writer.add_packed(packed, chunk)
    fields = (
        FieldDescription(name="id", column="id", kind=Kind.INTEGER),
        FieldDescription(name="name", column="name", kind=Kind.TEXT),
    )
    model = ModelDescription(
        label=LABEL, table="auth_group", fields=fields, pk=("id",), rows=len(rows)
    )
    manifest = Manifest(
        created="2024-02-29T12:00:00+00:00",
        engine="sqlite",
        database="default",
        django="5.2",
        syncline="0.1.0",
        use_tz=True,
        models=(Contents(model=model, chunks=(chunk,)),),
    )
    writer.close(manifest)
    return manifest


@pytest.fixture
def whole(tmp_path) -> Path:
    """A file that nothing is wrong with."""
    return Recipe().write(tmp_path / "whole.syncline")


def test_file_comes_back_as_it_was_written(tmp_path):
    path = tmp_path / "a.syncline"
    with path.open("wb") as stream:
        manifest = write(stream)
    reader = ContainerReader(path)

    assert reader.manifest == manifest
    [(_, rows)] = read(path)
    assert rows == [tuple(row) for row in ROWS]


def test_file_made_by_hand_is_read(whole):
    """The recipe that the damage below starts from is itself a good file."""
    [(model, rows)] = read(whole)

    assert model.label == LABEL
    assert rows == [tuple(row) for row in ROWS]


def test_members_are_stored_private_and_in_order(tmp_path):
    path = tmp_path / "a.syncline"
    with path.open("wb") as stream:
        write(stream)
    members = zipfile.ZipFile(path).infolist()

    assert [member.filename for member in members] == [
        "syncline.json",
        CHUNK,
        "manifest.json",
    ]
    assert {member.compress_type for member in members} == {zipfile.ZIP_STORED}
    modes = {stat.S_IMODE(member.external_attr >> 16) for member in members}
    assert modes == {0o600}


def test_file_can_be_written_to_a_pipe(tmp_path):
    class Pipe(io.BytesIO):
        """Takes bytes, and cannot be sought in."""

        def seekable(self):
            return False

        def seek(self, *args):
            raise io.UnsupportedOperation

        tell = seek

    pipe = Pipe()
    write(pipe)
    path = tmp_path / "a.syncline"
    path.write_bytes(pipe.getvalue())

    [(_, rows)] = read(path)
    assert rows == [tuple(row) for row in ROWS]


@pytest.mark.skipif(
    not (shutil.which("unzip") and shutil.which("zstd")), reason="no unzip or no zstd"
)
def test_other_tools_open_a_file(whole):
    command = f"unzip -p {whole} {CHUNK} | zstd -dc"
    out = subprocess.run(["sh", "-c", command], capture_output=True, check=True).stdout

    assert [json.loads(line) for line in out.splitlines()] == ROWS[:2]


@pytest.mark.parametrize("what", DAMAGE)
def test_damaged_or_hostile_file_is_refused(what, tmp_path):
    with pytest.raises(DamagedFile) as caught:
        read(spoiled(what, tmp_path / "bad.syncline"))
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("format_version", [2, 10**6, 2**70])
def test_newer_file_says_what_to_upgrade(format_version, tmp_path):
    recipe = Recipe()
    recipe.head["format"] = format_version
    recipe.manifest = {"something": "else"}

    with pytest.raises(NewerFile, match="pip install --upgrade syncline") as caught:
        read(recipe.write(tmp_path / "new.syncline"))
    assert caught.value.format_version == format_version


def test_fields_that_a_newer_writer_adds_are_read_over(tmp_path):
    recipe = Recipe()
    recipe.head["colour"] = recipe.manifest["colour"] = recipe.model["colour"] = "red"

    [(_, rows)] = read(recipe.write(tmp_path / "a.syncline"))
    assert len(rows) == len(ROWS)


@pytest.mark.filterwarnings("ignore:Duplicate name:UserWarning")
@pytest.mark.parametrize("name", ["syncline.json", CHUNK, "manifest.json", "other"])
def test_two_members_of_one_name_are_refused(name, whole):
    """Another reader might see the first where we see the last."""
    with zipfile.ZipFile(whole) as archive:
        data = archive.read(name) if name != "other" else b"x"
    append(whole, name, data)
    if name == "other":
        append(whole, name, b"y")

    with pytest.raises(DamagedFile, match="two members have one name"):
        read(whole)


def test_member_that_climbs_out_is_never_unpacked(whole, tmp_path):
    append(whole, "../evil", b"x")
    append(whole, "/tmp/syncline-evil", b"x")
    with contextlib.suppress(DamagedFile):  # Refused is as good.
        read(whole)
    assert not (tmp_path.parent / "evil").exists()
    assert not Path("/tmp/syncline-evil").exists()


def test_compressed_members_are_refused(tmp_path):
    """A ZIP that deflates could be a bomb of its own."""
    path = Recipe().write(tmp_path / "a.syncline", compression=zipfile.ZIP_DEFLATED)

    with pytest.raises(DamagedFile, match="not stored"):
        read(path)


@pytest.mark.parametrize("size", [2**20, 2**33])
def test_head_larger_than_it_may_be_is_not_read(size, whole):
    """The directory's own word for a size is not believed."""
    data = bytearray(whole.read_bytes())
    entry = data.index(b"PK\x01\x02")
    data[entry + 24 : entry + 28] = min(size, 2**32 - 2).to_bytes(4, "little")
    whole.write_bytes(data)

    with pytest.raises(DamagedFile):
        read(whole)


@pytest.mark.parametrize("name", ["syncline.json", "manifest.json"])
def test_member_that_every_file_has_is_required(name, tmp_path):
    source = Recipe().write(tmp_path / "a.syncline")
    path = tmp_path / "b.syncline"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for member in old.infolist():
            if member.filename != name:
                new.writestr(member, old.read(member))

    with pytest.raises(DamagedFile, match=f"it has no {name}"):
        read(path)


@pytest.mark.parametrize(
    "data", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"\0" * 4096, b"{}", b"x" * 70_000]
)
def test_file_of_another_kind_is_refused(data, tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(data)

    with pytest.raises(DamagedFile, match=r"photo\.jpg"):
        read(path)


def test_path_that_is_no_file_is_refused(tmp_path):
    with pytest.raises(FileTrouble, match="there is no such file"):
        ContainerReader(tmp_path / "nothing")
    with pytest.raises(FileTrouble, match=r"(?i)directory"):
        ContainerReader(tmp_path)


def test_file_cut_off_anywhere_is_refused(whole):
    data = whole.read_bytes()
    for length in range(len(data)):
        whole.write_bytes(data[:length])
        with pytest.raises(DamagedFile):
            read(whole)


def test_every_flipped_byte_is_refused_or_changes_nothing(whole):
    """What changes nothing is in the ZIP's own records: times, versions, modes."""
    data, wanted = whole.read_bytes(), read(whole)
    harmless = 0
    for by in FLIPS:
        for offset in range(len(data)):
            whole.write_bytes(flipped(data, offset, by))
            try:
                found = read(whole)
            except (DamagedFile, NewerFile):
                continue
            assert found == wanted, f"byte {offset} changed by {by:#x}"
            harmless += 1
    assert harmless < len(data) / 2


def test_bytes_before_and_after_the_archive_change_nothing_or_are_refused(whole):
    data, wanted = whole.read_bytes(), read(whole)
    for changed in (b"#!/bin/sh\n" + data, data + b"\0" * 9, data + data):
        whole.write_bytes(changed)
        try:
            assert read(whole) == wanted
        except DamagedFile:
            continue


def test_reader_closes_a_file_that_it_refuses(tmp_path, recwarn):
    """Else Windows could not remove it; here Python would warn."""
    path = spoiled("head is a list", tmp_path / "bad.syncline")
    with pytest.raises(DamagedFile) as caught:
        ContainerReader(path)
    frames = caught.traceback
    handles = [frame.frame.f_locals.get("self") for frame in frames]
    readers = [handle for handle in handles if isinstance(handle, ContainerReader)]

    assert readers
    assert all(reader.archive.fp is None for reader in readers)
