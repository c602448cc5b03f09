"""Content types and permissions are matched by what they name, not by their number."""

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType

from syncline import LoadOptions, Mode, copy, dump, load, verify
from tests.awkward import models as awkward
from tests.awkward.samples import add_dangling_generic_keys, fill_awkward
from tests.zoo.compare import differences
from tests.zoo.writing import objects

REPLACE = LoadOptions(mode=Mode.REPLACE)
POINTING = [awkward.Tag, awkward.TextTag, User.user_permissions.through]
TAKEN = ["contenttypes", "auth", "awkward.Tag", "awkward.TextTag"]
NUMBERED = [ContentType, Permission]


@pytest.fixture
def renumbered(pair, databases):
    """A pair whose target numbers its content types and permissions the other way."""
    (target,) = databases.require(pair.target)
    with target.unchecked() as cursor:
        for table in ("django_content_type", "auth_permission"):
            reverse(cursor, table, "id")
        reverse(cursor, "auth_permission", "content_type_id", "django_content_type")
    fill_awkward(pair.source)
    add_dangling_generic_keys(pair.source)
    source, target = numbers(pair.source), numbers(pair.target)
    changed = [
        key for key in source.keys() & target.keys() if source[key] != target[key]
    ]
    assert len(changed) > 100
    return pair


def reverse(cursor, table, column, numbered=None):
    """Number a column's values from the other end; twice as far away in between."""
    cursor.execute(f"SELECT max(id), min(id) FROM {numbered or table}")
    greatest, least = cursor.fetchone()
    cursor.execute(f"UPDATE {table} SET {column} = {column} + {2 * greatest}")
    cursor.execute(f"UPDATE {table} SET {column} = {3 * greatest + least} - {column}")


def numbers(alias):
    """Return what content types and permissions are called, and their numbers."""
    types = objects(ContentType, alias).values_list("app_label", "model", "pk")
    permissions = objects(Permission, alias).values_list(
        "content_type__app_label", "content_type__model", "codename", "pk"
    )
    return {tuple(key): number for *key, number in [*types, *permissions]}


def test_links_to_them_follow_to_the_targets_numbers(renumbered):
    before = numbers(renumbered.target)

    copy(renumbered.source, renumbered.target, models=TAKEN, options=REPLACE).run()

    assert differences(renumbered.source, renumbered.target, NUMBERED + POINTING) == []
    assert verify(renumbered.source, renumbered.target, models=TAKEN).run().equal
    after = numbers(renumbered.target)
    assert {key: after[key] for key in before} == before
    assert after.keys() - before.keys() == {("gone", "forever")}


def test_links_from_a_file_follow_too(renumbered, tmp_path):
    path = tmp_path / "all.syncline"
    dump(path, database=renumbered.source, models=TAKEN).run()
    load(path, database=renumbered.target, options=REPLACE).run()

    assert differences(renumbered.source, renumbered.target, NUMBERED + POINTING) == []


def test_links_follow_when_only_some_models_are_copied(renumbered):
    """Content types are matched whether or not somebody asked for them."""
    models = ["awkward.Tag", "awkward.TextTag"]
    copy(renumbered.source, renumbered.target, models=models, options=REPLACE).run()

    taken = [awkward.Tag, awkward.TextTag]
    assert differences(renumbered.source, renumbered.target, taken) == []
    assert verify(renumbered.source, renumbered.target, models=models).run().equal


def test_those_that_the_target_lacks_are_added(renumbered):
    objects(Permission, renumbered.target).filter(codename__endswith="_label").delete()
    objects(ContentType, renumbered.target).filter(model="label").delete()

    copy(renumbered.source, renumbered.target, models=TAKEN, options=REPLACE).run()

    assert differences(renumbered.source, renumbered.target, NUMBERED + POINTING) == []


def test_those_that_only_the_target_has_stay(renumbered):
    own = objects(ContentType, renumbered.target).create(app_label="own", model="model")
    objects(Permission, renumbered.target).create(
        content_type=own, codename="x", name="X"
    )

    copy(renumbered.source, renumbered.target, models=TAKEN, options=REPLACE).run()

    found = differences(renumbered.source, renumbered.target, NUMBERED + POINTING)
    assert [line for line in found if "rows became" not in line] == [
        "contenttypes.ContentType ('own', 'model'): only on the target",
        "auth.Permission ('x', 'own', 'model'): only on the target",
    ]
    report = verify(renumbered.source, renumbered.target, models=TAKEN).run()
    assert report.equal
    assert len(report.notes) == 2


def test_rows_that_point_at_them_are_the_sources_whatever_their_number(renumbered):
    """So a copy may be repeated, though the stored numbers differ."""
    copy(renumbered.source, renumbered.target, models=TAKEN).run()
    copy(renumbered.source, renumbered.target, models=TAKEN).run()

    assert differences(renumbered.source, renumbered.target, POINTING) == []


def test_a_changed_link_is_a_difference(renumbered):
    copy(renumbered.source, renumbered.target, models=TAKEN, options=REPLACE).run()
    tags = objects(awkward.Tag, renumbered.target)
    other = objects(ContentType, renumbered.target).get(model="book")
    tags.filter(name="label").update(content_type=other)
    tags.filter(name="a permission").update(object_id=3)

    report = verify(renumbered.source, renumbered.target, models=TAKEN).run()

    assert {found.label: found.fields for found in report.differences} == {
        "awkward.Tag": {"content_type": 1, "object_id": 1}
    }
