"""Files of FileFields travel in a dump by the hash of their content."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from syncline import LoadOptions, Mode, dump, inspect, load
from syncline.errors import TargetNotEmpty
from tests.zoo.models import Everything


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def dumped(engine, media, tmp_path):
    source = f"{engine}_a"
    for pk, (name, content) in enumerate(
        [("a.txt", b"alpha"), ("deep/b.txt", b"beta"), ("same.txt", b"alpha")], start=1
    ):
        default_storage.save(name, ContentFile(content))
        Everything.objects.using(source).create(pk=pk, file=name)
    path = tmp_path / "with files.syncline"
    dump(path, database=source, models=["zoo.Everything"], files=True).run()
    return path, f"{engine}_b"


def held(media):
    return {
        str(path.relative_to(media)): path.read_bytes()
        for path in media.rglob("*")
        if path.is_file()
    }


def test_equal_content_is_in_the_file_once(dumped):
    files = inspect(dumped[0]).files

    assert sorted(file.size for file in files) == [4, 5]
    assert sum(len(file.used_as) for file in files) == 3


def test_files_come_back_under_their_names(dumped, media):
    path, target = dumped
    before = held(media)
    for name in before:
        default_storage.delete(name)

    load(path, database=target).run()

    assert held(media) == before


def test_a_second_load_writes_no_file_again(dumped, media):
    path, target = dumped
    before = {path: path.stat().st_mtime_ns for path in media.rglob("*.txt")}

    load(path, database=target).run()

    assert {path: path.stat().st_mtime_ns for path in media.rglob("*.txt")} == before


def test_other_content_under_a_name_is_kept_and_said(dumped, media):
    path, target = dumped
    (media / "a.txt").write_bytes(b"mine")

    report = load(path, database=target).run()

    assert (media / "a.txt").read_bytes() == b"mine"
    assert list(report.set_aside) == [
        "zoo.Everything.file:a.txt: there is another file of that name"
    ]


def test_replace_writes_over_other_content(dumped, media):
    path, target = dumped
    (media / "a.txt").write_bytes(b"mine")

    load(path, database=target, options=LoadOptions(mode=Mode.REPLACE)).run()

    assert (media / "a.txt").read_bytes() == b"alpha"


def test_files_of_a_load_that_fails_are_taken_back(dumped, media):
    path, target = dumped
    for name in held(media):
        default_storage.delete(name)
    Everything.objects.using(target).create(pk=99)

    with pytest.raises(TargetNotEmpty):
        load(path, database=target).run()

    assert held(media) == {}


def test_a_file_that_the_storage_lost_is_named(engine, media, tmp_path):
    Everything.objects.using(f"{engine}_a").create(pk=1, file="gone.txt")

    report = dump(
        tmp_path / "d.syncline",
        database=f"{engine}_a",
        models=["zoo.Everything"],
        files=True,
    ).run()

    assert report.files_missing == ["zoo.Everything.file:gone.txt"]
