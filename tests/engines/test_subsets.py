"""Subsets: filters, closure, and what is replaced on the way out."""

import pytest

from syncline import copy, dump, inspect, load, read_transforms, verify
from syncline.errors import UnknownModel, UsageError
from tests.awkward.models import Author, Book, Colour, Group, Node

ANONYMISE = {
    "awkward.Author.last": lambda last: last[0] + ".",
    "awkward.Author.first": "X",
}


def names(model, alias, field):
    return set(model._base_manager.using(alias).values_list(field, flat=True))


@pytest.fixture
def library(pair):
    for pk, (first, last, title) in enumerate(
        [("Jane", "Austen", "Emma"), ("Leo", "Tolstoy", "War"), ("A", "B", "100% 'C'")],
        start=1,
    ):
        author = Author.objects.using(pair.source).create(first=first, last=last, pk=pk)
        Book.objects.using(pair.source).create(title=title, author=author, pk=pk)
    return pair


def test_only_the_rows_of_a_filter_are_taken(library):
    copy(
        library.source,
        library.target,
        models=["awkward.Author"],
        where=["awkward.author:last=Austen"],
    ).run()

    assert names(Author, library.target, "last") == {"Austen"}


def test_closure_brings_the_parents_of_the_rows_taken(library):
    copy(
        library.source,
        library.target,
        models=["awkward.Book"],
        where=["awkward.Book:title__in=Emma,100% 'C'"],
        closure=True,
    ).run()

    assert names(Book, library.target, "title") == {"Emma", "100% 'C'"}
    assert names(Author, library.target, "last") == {"Austen", "B"}


def test_closure_climbs_a_tree_to_its_root(pair):
    parent = None
    for pk in range(1, 8):
        make = Node.objects.using(pair.source).create
        parent = make(pk=pk, name=f"n{pk}", parent=parent, _order=0)
    Node.objects.using(pair.source).create(pk=9, name="elsewhere", _order=0)

    copy(
        pair.source,
        pair.target,
        models=["awkward.Node"],
        where=["awkward.Node:name=n5"],
        closure=True,
    ).run()

    assert names(Node, pair.target, "name") == {"n1", "n2", "n3", "n4", "n5"}


def test_a_subset_verifies_against_its_source(library):
    where = ["awkward.Author:last__startswith=A"]
    source, target, models = library.source, library.target, ["awkward.Author"]
    copy(source, target, models=models, where=where).run()

    assert verify(source, target, models=models, where=where).run().equal
    assert not verify(source, target, models=models).run().equal


def test_what_is_anonymised_never_leaves_the_source(library, tmp_path):
    path = tmp_path / "staging.syncline"
    transforms = read_transforms(anonymise="tests.engines.test_subsets")

    dump(path, database=library.source, models=["awkward"], transforms=transforms).run()

    held = path.read_bytes()
    assert b"Austen" not in held
    load(path, database=library.target).run()
    assert names(Author, library.target, "last") == {"A.", "T.", "B."}
    [model] = [
        c.model for c in inspect(path).models if c.model.label == "awkward.Author"
    ]
    statistics = model.field("last").statistics
    assert statistics is not None
    assert statistics.longest == 2


@pytest.mark.parametrize(
    ("where", "error", "words"),
    [
        ("awkward.Author", UsageError, "is not understood"),
        ("awkward.Author:nothing=1", UsageError, "Cannot resolve keyword 'nothing'"),
        ("awkward.Author:id=x", UsageError, "expected a number"),
        ("awkward.Autor:id=1", UnknownModel, "Did you mean awkward.Author"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_refused(engine, where, error, words):
    with pytest.raises(error, match=words):
        copy(f"{engine}_a", f"{engine}_b", where=[where]).run()


def test_the_links_of_rows_left_behind_stay_behind(pair):
    make = Group.objects.using(pair.source)
    red = Colour.objects.using(pair.source).create(pk=1, name="red")
    blue = Colour.objects.using(pair.source).create(pk=2, name="blue")
    make.create(pk=1, name="in").colours.add(red)
    make.create(pk=2, name="out").colours.add(red, blue)

    copy(
        pair.source,
        pair.target,
        models=["awkward.Group"],
        where=["awkward.Group:name=in"],
        closure=True,
    ).run()

    assert names(Group, pair.target, "colours__name") == {"red"}
    assert names(Colour, pair.target, "name") == {"red"}
