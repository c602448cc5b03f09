"""Rows that point at nothing, under a constraint that forbids it."""

from typing import Any

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, transaction

from syncline import LoadOptions, Mode, copy, dump, load, verify
from syncline.errors import Orphans
from tests.awkward import models as awkward
from tests.engines.state import contents, schema
from tests.zoo import models as zoo
from tests.zoo.writing import objects

GONE = 999
LIBRARY = ["awkward.Author", "awkward.Book", "awkward.Edition"]
CYCLE = ["awkward.Left", "awkward.Right"]


def told(rule="refuse"):
    return LoadOptions(mode=Mode.REPLACE, orphans=rule)


@pytest.fixture
def unchecked(databases):
    """Give a function that inserts rows without looking at their links.

    SQLite with foreign keys off holds such rows, and so do servers on which somebody
    once switched the checks off.
    """

    def insert(alias, model, *rows):
        (database,) = databases.require(alias)
        with database.unchecked():
            for row in rows:
                # Raw: of a child its own row only, not its parent's.
                model(**row).save_base(raw=True, using=alias, force_insert=True)

    return insert


@pytest.fixture
def library(pair, unchecked):
    """A source with a good book, two without their author, and editions of each."""
    unchecked(pair.source, awkward.Author, {"id": 1, "first": "Jane", "last": "A"})
    unchecked(
        pair.source,
        awkward.Book,
        {"id": 1, "title": "good", "author_id": 1},
        {"id": 2, "title": "orphan", "author_id": GONE},
        {"id": 3, "title": "orphan", "author_id": GONE + 1},
    )
    unchecked(
        pair.source,
        awkward.Edition,
        {"id": 10, "book_id": 1, "year": 1},
        {"id": 20, "book_id": 2, "year": 2},
    )
    return pair


@pytest.fixture
def unchanged(pair):
    """Check at the end that the target is as it was when the test began to copy."""
    objects(awkward.Author, pair.target).create(id=7, first="was", last="here")
    before = contents(pair.target), schema(pair.target)
    yield
    assert (contents(pair.target), schema(pair.target)) == before


@pytest.mark.usefixtures("unchanged")
def test_orphans_are_counted_and_refused(library):
    with pytest.raises(Orphans) as caught:
        copy(library.source, library.target, models=LIBRARY, options=told()).run()

    assert caught.value.findings == (
        "awkward.Book.author has 2 rows without their awkward.Author (pk 2, 3)",
    )


@pytest.mark.usefixtures("unchanged")
def test_orphans_in_a_file_are_refused_too(library, tmp_path):
    path = tmp_path / "library.syncline"
    dump(path, database=library.source, models=LIBRARY).run()
    with pytest.raises(Orphans, match=r"awkward\.Book\.author has 2 rows"):
        load(path, database=library.target, options=told()).run()


@pytest.mark.usefixtures("unchanged")
def test_null_is_refused_where_the_key_may_not_be_null(library):
    with pytest.raises(Orphans, match=r"awkward\.Book\.author has 2 rows"):
        copy(library.source, library.target, models=LIBRARY, options=told("null")).run()


def test_skip_leaves_orphans_out_and_what_hangs_on_them(library):
    skip = told("skip")
    report = copy(library.source, library.target, models=LIBRARY, options=skip).run()

    assert keys(awkward.Book, library.target) == [1]
    assert keys(awkward.Edition, library.target) == [10]
    assert report.set_aside == {
        "awkward.Book.author has 2 rows without their awkward.Author (pk 2, 3)": 2,
        "awkward.Edition.book has 1 rows without their awkward.Book (pk 20)": 1,
    }
    assert report.rows == {
        "awkward.Author": 1,
        "awkward.Book": 1,
        "awkward.Edition": 1,
    }
    assert_enforced(library.target)


def assert_enforced(alias):
    """Check that the constraint is back, and looks at rows."""
    with pytest.raises(IntegrityError), transaction.atomic(using=alias):
        objects(awkward.Edition, alias).create(book_id=GONE, year=0)


def keys(model, alias):
    return sorted(objects(model, alias).values_list("pk", flat=True))


def test_null_empties_the_links_that_lead_nowhere_and_no_others(pair, unchecked):
    unchecked(pair.source, awkward.Right, {"id": 1}, {"id": 2})
    left = [(1, 1), (2, GONE), (3, None)]
    rows = [{"id": key, "right_id": right} for key, right in left]
    unchecked(pair.source, awkward.Left, *rows)

    report = copy(pair.source, pair.target, models=CYCLE, options=told("null")).run()

    links = objects(awkward.Left, pair.target).order_by("pk")
    assert list(links.values_list("pk", "right_id")) == [(1, 1), (2, None), (3, None)]
    assert any("awkward.Left.right has 1 rows" in note for note in spoken(report))


def spoken(report):
    """Return all that a report says about rows that are not as they were."""
    return [*report.notes, *report.mended, *report.set_aside]


LINKS: list[tuple[Any, dict[str, object], str]] = [
    (awkward.Node, {"id": 1, "name": "", "parent_id": GONE, "_order": 0}, "parent"),
    (awkward.Step, {"id": 1, "code": "a", "after_id": "gone"}, "after"),
    (awkward.Town, {"id": 1, "name": "", "country_id": "gone"}, "country"),
    (awkward.Restaurant, {"place_ptr_id": 1, "serves_pizza": True}, "place_ptr"),
    (zoo.OneToOnePk, {"uuid_pk_id": f"{GONE:032}", "name": ""}, "uuid_pk"),
    (zoo.CompositePk, {"text_pk_id": "gone", "position": 1}, "text_pk"),
    (awkward.Group.colours.through, {"group_id": GONE, "colour_id": GONE}, "group"),
]
"""To itself, by another column than the key, to a parent, as the key, in a link."""


@pytest.mark.parametrize(
    ("model", "row", "name"), LINKS, ids=[f"{m.__name__}.{n}" for m, _, n in LINKS]
)
def test_links_of_every_kind_are_looked_at(engine, unchecked, model, row, name):
    """On one engine: what is done does not depend on where rows come from."""
    source, target = f"{engine}_a", f"{engine}_b"
    unchecked(source, model, row)
    taken = [model._meta.label, model._meta.get_field(name).related_model._meta.label]

    with pytest.raises(Orphans, match=rf"{model._meta.label}\.{name} has 1 rows"):
        copy(source, target, models=taken, options=told()).run()
    assert not objects(model, target).exists()

    copy(source, target, models=taken, options=told("skip")).run()
    assert not objects(model, target).exists()


def test_a_content_type_that_is_gone_is_an_orphan_too(pair, unchecked):
    kind = objects(ContentType, pair.source).get(app_label="awkward", model="label")
    unchecked(
        pair.source,
        awkward.Tag,
        {"id": 1, "name": "good", "content_type_id": kind.pk, "object_id": 1},
        {"id": 2, "name": "gone", "content_type_id": 98_765, "object_id": 1},
    )
    # One number that differs, so that links have to be followed.
    objects(ContentType, pair.source).create(app_label="later", model="model")
    taken = ["awkward.Tag", "contenttypes"]

    with pytest.raises(Orphans, match=r"awkward\.Tag\.content_type has 1 rows .*pk 2"):
        copy(pair.source, pair.target, models=taken, options=told()).run()
    assert not objects(awkward.Tag, pair.target).exists()

    copy(pair.source, pair.target, models=taken, options=told("skip")).run()
    assert keys(awkward.Tag, pair.target) == [1]


@pytest.fixture
def outside(engine):
    """Aliases; the target's books, which nobody copies, need authors 1 and 2."""
    source, target = f"{engine}_a", f"{engine}_b"
    for key in (1, 2):
        objects(awkward.Author, target).create(id=key, first=f"{key}", last="")
        objects(awkward.Book, target).create(id=key, title="", author_id=key)
    objects(awkward.Author, source).create(id=1, first="new", last="name")
    return source, target


@pytest.mark.parametrize("rule", ["refuse", "null", "skip"])
def test_rows_outside_the_copy_are_not_left_dangling(outside, rule):
    """Skipping would delete them, and that is not what was asked for."""
    source, target = outside
    before = contents(target), schema(target)

    with pytest.raises(Orphans) as caught:
        copy(source, target, models=LIBRARY[:1], options=told(rule)).run()

    finding = "awkward.Book.author has 1 rows outside the load without their"
    assert caught.value.findings == (f"{finding} awkward.Author (pk 2)",)
    assert (contents(target), schema(target)) == before


def test_rows_outside_the_copy_stay_where_their_rows_come_back(outside):
    source, target = outside
    objects(awkward.Author, source).create(id=2, first="second", last="")
    objects(awkward.Author, source).create(id=3, first="third", last="")

    copy(source, target, models=LIBRARY[:1], options=told()).run()

    names = objects(awkward.Book, target).order_by("pk")
    assert list(names.values_list("author__first", flat=True)) == ["new", "second"]
    assert keys(awkward.Author, target) == [1, 2, 3]
    assert_enforced(target)


def test_null_reaches_rows_outside_the_copy(engine):
    source, target = f"{engine}_a", f"{engine}_b"
    objects(awkward.Right, source).create(id=1)
    for key in (1, 2):
        objects(awkward.Right, target).create(id=key)
        objects(awkward.Left, target).create(id=key, right_id=key)

    copy(source, target, models=["awkward.Right"], options=told("null")).run()

    links = objects(awkward.Left, target).order_by("pk")
    assert list(links.values_list("pk", "right_id")) == [(1, 1), (2, None)]


def test_links_without_a_constraint_may_lead_nowhere(pair):
    """And verify calls them equal."""
    links = [(GONE, None), (1, GONE)]
    objects(awkward.Dangling, pair.source).bulk_create(
        [awkward.Dangling(person_id=person, town_id=town) for person, town in links]
    )
    copy(pair.source, pair.target, models=["awkward.Dangling"], options=told()).run()
    assert objects(awkward.Dangling, pair.target).count() == 2
    assert verify(pair.source, pair.target, models=["awkward.Dangling"]).run().equal
