"""A database into a file, and the file into a database of any engine."""

import base64
import contextlib
import os
import shutil
import stat
import subprocess
import zipfile
from decimal import Decimal
from typing import Any

import django
import pytest

from syncline import LoadOptions, Mode, dump, inspect, load
from tests.engines.archive import read_archive
from tests.engines.state import contents
from tests.zoo import models as zoo
from tests.zoo.compare import differences, stored_values
from tests.zoo.limits import limits_of
from tests.zoo.samples import add_infinities, add_nul_text, fill_zoo
from tests.zoo.writing import objects

REPLACE = LoadOptions(mode=Mode.REPLACE)
ORDERED = {
    "date",
    "datetime",
    "decimal",
    "duration",
    "float",
    "integer",
    "naive",
    "time",
}
MEASURED = {"binary", "json", "text"}


def test_every_field_of_every_row_comes_back(filled, tmp_path):
    path = tmp_path / "all.syncline"
    dumped = dump(path, database=filled.source).run()
    loaded = load(path, database=filled.target, options=REPLACE).run()

    assert differences(filled.source, filled.target) == []
    stored = stored_values(filled.source, zoo.Custom, "encrypted")
    assert stored_values(filled.target, zoo.Custom, "encrypted") == stored
    assert (
        dumped.rows["zoo.Everything"] == objects(zoo.Everything, filled.source).count()
    )
    assert loaded.rows.items() <= dumped.rows.items()


def test_a_load_can_be_verified(pair, tmp_path):
    fill_zoo(pair.source, engines={pair.source_engine, pair.target_engine}, rows=20)
    path, taken = tmp_path / "zoo.syncline", ["zoo.Everything", "zoo.Custom"]
    dump(path, database=pair.source, models=taken).run()

    told = LoadOptions(mode=Mode.REPLACE, verify=True)
    report = load(path, database=pair.target, options=told).run()

    assert report.verified.equal
    assert report.verified.rows == report.rows


def test_a_dump_changes_nothing(engine, tmp_path):
    fill_zoo(f"{engine}_a", rows=1)
    before = contents(f"{engine}_a")
    dump(tmp_path / "all.syncline", database=f"{engine}_a").run()
    assert contents(f"{engine}_a") == before


@pytest.fixture
def dumped(engine, tmp_path):
    """A file of an engine's database `a`, filled with what that engine can hold."""
    fill_zoo(f"{engine}_a", rows=20)
    path = tmp_path / "all.syncline"
    mask = os.umask(0)
    try:
        dump(path, database=f"{engine}_a").run()
    finally:
        os.umask(mask)
    return path


def test_the_file_is_private_and_alone_in_its_folder(dumped, tmp_path):
    assert stat.S_IMODE(dumped.stat().st_mode) == 0o600
    assert [path for path in tmp_path.iterdir() if path.is_file()] == [dumped]


def test_members_are_stored_in_the_promised_order(dumped):
    members = read_archive(dumped).members
    names = [member.filename for member in members]

    assert names[0] == "syncline.json"
    assert names[-1] == "manifest.json"
    assert all(name.startswith("rows/") for name in names[1:-1])
    assert len(set(names)) == len(names)
    assert {member.compress_type for member in members} == {zipfile.ZIP_STORED}
    assert {member.external_attr >> 16 & 0o777 for member in members} == {0o600}


def test_unzip_and_zstd_accept_the_file(dumped, tmp_path):
    """Where these programs are missing, zipfile and Python's own zstd have read it."""
    archive = read_archive(dumped)
    if not (shutil.which("unzip") and shutil.which("zstd")):
        pytest.skip("unzip or zstd is not installed: only Python has read the file")
    subprocess.run(["unzip", "-q", "-t", dumped], check=True)
    subprocess.run(["unzip", "-q", dumped, "-d", tmp_path / "un"], check=True)
    chunks = [path for path in (tmp_path / "un" / "rows").rglob("*") if path.is_file()]
    assert len(chunks) == len(archive.members) - 2
    subprocess.run(["zstd", "-q", "-t", *chunks], check=True)


def test_the_manifest_says_what_the_file_holds(engine, dumped):
    archive = read_archive(dumped)
    manifest = inspect(dumped)

    assert archive.head["format"] == 1
    assert (manifest.engine, manifest.database) == (engine, f"{engine}_a")
    assert (manifest.django, manifest.use_tz) == (django.get_version(), True)
    assert ("zoo", "0001_initial") in manifest.migrations
    assert manifest.left_out["awkward.Unmanaged"] == "unmanaged"
    rows = {each.model.label: each.model.rows for each in manifest.models}
    assert rows == {label: len(found) for label, found in archive.rows.items()}
    for model in (zoo.Everything, zoo.CompositePk, zoo.UuidPk.texts.through):
        assert rows[model._meta.label] == objects(model, f"{engine}_a").count()
    assert "django_migrations" not in {each.model.table for each in manifest.models}


def test_generated_fields_stay_out_of_the_file(dumped):
    rows = read_archive(dumped).rows["zoo.Generated"]
    assert [row.keys() for row in rows] == [{"id", "width", "height", "name"}] * 4


def test_statistics_are_those_of_the_rows(engine, tmp_path):
    fill_zoo(f"{engine}_a")
    if limits_of({engine}).nul_text:
        add_nul_text(f"{engine}_a")
        long = "\x00" + "x" * 200_000
        objects(zoo.Everything, f"{engine}_a").create(text=long)
    path = tmp_path / "zoo.syncline"
    dump(path, database=f"{engine}_a", models=["zoo"]).run()

    archive = read_archive(path)
    wrong = {}
    for each in archive.manifest["models"]:
        model = each["model"]
        for field in model["fields"]:
            values = [row[field["name"]] for row in archive.rows[model["label"]]]
            told = field.get("statistics", {})
            expected = statistics_of(values, field["kind"])
            spelled = {name: plain(told.get(name), name, field) for name in expected}
            if spelled != expected:
                wrong[f"{model['label']}.{field['name']}"] = (spelled, expected)
    assert wrong == {}


def statistics_of(values, kind):
    """Return what a field's statistics have to say, from its values in the file."""
    present = [value for value in values if value is not None]
    expected: dict[str, Any] = {"nulls": len(values) - len(present)}
    if kind in MEASURED:
        sizes = [
            len(base64.b64decode(value) if kind == "binary" else value)
            for value in present
        ]
        expected["longest"] = max(sizes, default=None)
    if kind in {"json", "text"}:
        nul = "\\u0000" if kind == "json" else "\0"
        expected["nuls"] = sum(nul in value for value in present)
    if kind in ORDERED:
        comparable = [comparable_of(value, kind) for value in present]
        expected["least"] = min(comparable, default=None)
        expected["greatest"] = max(comparable, default=None)
    return expected


def plain(value, name, field):
    """Return a statistic as it can be compared; what is missing has its default."""
    if name in {"nulls", "nuls"}:
        return value or 0
    if value is None or name == "longest":
        return value
    return comparable_of(value, field["kind"])


def comparable_of(value, kind):
    """Return a value whatever its spelling: ends are spelled as the engine does."""
    if kind in {"date", "datetime", "naive", "time"}:
        text = str(value).replace("T", " ").removesuffix("Z")
        return (
            text if kind == "date" else f"{text}.000000"[: 15 if kind == "time" else 26]
        )
    return Decimal(str(value))


def test_floats_that_json_cannot_spell_survive(engine, tmp_path):
    if not limits_of({engine}).infinities:
        pytest.skip("the engine holds neither infinities nor NaN")
    add_infinities(f"{engine}_a")
    path = tmp_path / "floats.syncline"
    dump(path, database=f"{engine}_a", models=["zoo.Everything"]).run()
    spelled = {row["floating"] for row in read_archive(path).rows["zoo.Everything"]}
    assert {"Infinity", "-Infinity"} <= spelled
    assert None not in spelled

    load(path, database=f"{engine}_b", options=REPLACE).run()

    assert differences(f"{engine}_a", f"{engine}_b", [zoo.Everything]) == []


def steps_of(task):
    """Return a task's steps, which can be left early."""
    return iter(task)


def test_a_dump_replaces_an_older_file_only_when_it_is_whole(engine, tmp_path):
    path = tmp_path / "all.syncline"
    path.write_bytes(b"older")
    with contextlib.closing(steps_of(dump(path, database=f"{engine}_a"))) as steps:
        for _ in range(5):
            next(steps)
        assert path.read_bytes() == b"older"
    assert path.read_bytes() == b"older"
    assert [found for found in tmp_path.iterdir() if found.is_file()] == [path]

    dump(path, database=f"{engine}_a").run()
    assert read_archive(path).rows["sites.Site"]
