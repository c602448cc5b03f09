"""Merging: written over what matches, added otherwise, and nothing is deleted."""

import pytest
from django.contrib.contenttypes.models import ContentType

from syncline import LoadOptions, Match, Mode, copy
from syncline.errors import Orphans, UsageError
from tests.awkward.models import Account, Author, Book, Colour, Group, Node, Tag
from tests.zoo.models import TextPk

MERGE = LoadOptions(mode=Mode.MERGE)
BY_KEY = LoadOptions(mode=Mode.MERGE, match=Match.KEY)


def merge(pair, *models, options=MERGE):
    return copy(pair.source, pair.target, models=models, options=options).run()


def rows(model, alias, *names):
    return set(model._base_manager.using(alias).values_list(*names))


def test_merge_by_pk_updates_adds_and_deletes_nothing(pair):
    for alias, named in (
        (pair.source, {"both": "new", "only source": "s"}),
        (pair.target, {"both": "old", "only target": "t"}),
    ):
        for code, name in named.items():
            TextPk.objects.using(alias).create(code=code, name=name)

    report = merge(pair, "zoo.TextPk")

    assert rows(TextPk, pair.target, "code", "name") == {
        ("both", "new"),
        ("only source", "s"),
        ("only target", "t"),
    }
    assert report.set_aside == {}
    assert report.rows == {"zoo.TextPk": 2}


def test_merging_twice_changes_nothing_more(pair):
    Author.objects.using(pair.source).create(pk=1, first="Jane", last="Austen")
    merge(pair, "awkward.Author", options=BY_KEY)
    first = rows(Author, pair.target, "pk", "first", "last")

    merge(pair, "awkward.Author", options=BY_KEY)

    assert rows(Author, pair.target, "pk", "first", "last") == first


def test_a_unique_value_of_another_row_sets_the_row_aside(pair):
    Account.objects.using(pair.source).create(pk=1, login="ada", balance=1)
    Account.objects.using(pair.source).create(pk=2, login="bob", balance=2)
    Account.objects.using(pair.target).create(pk=9, login="ada", balance=9)

    report = merge(pair, "awkward.Account")

    assert rows(Account, pair.target, "pk", "login", "balance") == {
        (9, "ada", 9),
        (2, "bob", 2),
    }
    assert list(report.set_aside) == [
        "awkward.Account: 1 rows whose login another row holds (pk 1)"
    ]


def test_merge_by_key_gives_new_pks_and_foreign_keys_follow(pair):
    source, target = pair.source, pair.target
    jane = Author.objects.using(source).create(pk=1, first="Jane", last="Austen")
    leo = Author.objects.using(source).create(pk=2, first="Leo", last="Tolstoy")
    Book.objects.using(source).create(pk=1, title="Emma", author=jane)
    Book.objects.using(source).create(pk=2, title="War and Peace", author=leo)
    # The same numbers mean something else over there.
    Author.objects.using(target).create(pk=1, first="Mary", last="Shelley")
    there = Author.objects.using(target).create(pk=7, first="Jane", last="Austen")
    Book.objects.using(target).create(pk=2, title="Emma", author=there)

    report = merge(pair, "awkward.Author", "awkward.Book", options=BY_KEY)

    assert report.set_aside == {}
    assert rows(Author, target, "first", "last") == {
        ("Mary", "Shelley"),
        ("Jane", "Austen"),
        ("Leo", "Tolstoy"),
    }
    assert rows(Book, target, "title", "author__first") == {
        ("Emma", "Jane"),
        ("War and Peace", "Leo"),
    }
    assert rows(Book, target, "pk", "title") > {(2, "Emma")}


def test_the_next_row_after_a_merge_gets_a_fresh_pk(pair):
    Account.objects.using(pair.source).create(pk=41, login="ada")
    merge(pair, "awkward.Account")

    assert Account.objects.using(pair.target).create(login="bob").pk > 41


def test_generic_foreign_keys_follow_a_new_pk(pair):
    source, target = pair.source, pair.target
    Author.objects.using(source).create(pk=1, first="Jane", last="Austen")
    Author.objects.using(target).create(pk=1, first="Mary", last="Shelley")
    kind = ContentType.objects.db_manager(source).get_for_model(Author)
    Tag.objects.using(source).create(pk=1, name="t", content_type=kind, object_id=1)

    with pytest.raises(UsageError, match=r"awkward\.Tag"):
        merge(pair, "awkward.Author", "awkward.Tag", options=BY_KEY)

    assert Author.objects.using(target).count() == 1


def test_a_tree_merges_whatever_the_order_of_its_rows(pair):
    root = Node.objects.using(pair.source).create(pk=5, name="root", _order=0)
    Node.objects.using(pair.source).create(pk=1, name="leaf", parent=root, _order=0)

    merge(pair, "awkward.Node")

    assert rows(Node, pair.target, "name", "parent__name") == {
        ("root", None),
        ("leaf", "root"),
    }


def test_a_missing_parent_refuses_the_merge_and_changes_nothing(pair):
    jane = Author.objects.using(pair.source).create(pk=1, first="Jane", last="Austen")
    Book.objects.using(pair.source).create(pk=1, title="Emma", author=jane)

    with pytest.raises(Orphans, match=r"awkward\.Book has 1 rows .* \(pk 1\)"):
        merge(pair, "awkward.Book")

    assert not Book.objects.using(pair.target).exists()


def test_children_of_a_row_set_aside_are_set_aside_too(pair):
    source, target = pair.source, pair.target
    jane = Author.objects.using(source).create(pk=1, first="Jane", last="Austen")
    Book.objects.using(source).create(pk=1, title="Emma", author=jane)
    Author.objects.using(target).create(pk=2, first="Jane", last="Austen")

    report = merge(pair, "awkward.Author", "awkward.Book")

    assert sum(report.set_aside.values()) == 2
    assert rows(Author, target, "pk") == {(2,)}
    assert not Book.objects.using(target).exists()


def test_links_are_matched_by_their_ends_whatever_their_numbers(pair):
    """Neither is a link made twice, nor written over another one."""
    link = Group.colours.through
    for alias in (pair.source, pair.target):
        for key in (1, 2, 3):
            Group.objects.using(alias).create(pk=key, name=f"group {key}")
            Colour.objects.using(alias).create(pk=key, name=f"colour {key}")
    for alias, links in (
        (pair.source, {1: (1, 1), 2: (2, 2), 3: (3, 3)}),
        (pair.target, {1: (3, 1), 2: (1, 2), 9: (2, 2)}),
    ):
        for key, (group_pk, colour_pk) in links.items():
            link._base_manager.using(alias).create(
                pk=key, group_id=group_pk, colour_id=colour_pk
            )

    report = merge(pair, "awkward.Group", "awkward.Colour")

    assert report.set_aside == {}
    found = list(link._base_manager.using(pair.target).values_list("group", "colour"))
    assert sorted(found) == [(1, 1), (1, 2), (2, 2), (3, 1), (3, 3)]
