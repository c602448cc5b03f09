"""Transforms: rename, drop, compute, fill and split on the way, on every pair."""

import pytest

from syncline import LoadOptions, copy, dump, load, read_transforms
from syncline.errors import PluginFailed, SchemaDiffers
from syncline.snapshot.transforms import Transforms
from tests.awkward.models import Account, Author
from tests.zoo.models import TextPk


def options(*renames, pre_save=()):
    renamed = read_transforms(renames=renames)
    return LoadOptions(
        transforms=Transforms(
            pre_save=tuple(pre_save), models=renamed.models, fields=renamed.fields
        )
    )


def rows(model, alias, *names):
    return set(model._base_manager.using(alias).values_list(*names))


@pytest.fixture
def accounts(pair):
    for pk, login in ((1, "ada"), (2, "bob"), (3, "gone")):
        Account.objects.using(pair.source).create(pk=pk, login=login, balance=pk)
    return pair


def test_a_hook_changes_and_drops_rows(accounts):
    def shout(label, row):
        assert label == "awkward.Account"
        return None if row["login"] == "gone" else row | {"login": row["login"].upper()}

    report = copy(
        accounts.source,
        accounts.target,
        models=["awkward.Account"],
        options=options(pre_save=[shout]),
    ).run()

    assert report.rows == {"awkward.Account": 2}
    assert rows(Account, accounts.target, "pk", "login", "balance") == {
        (1, "ADA", 1),
        (2, "BOB", 2),
    }


def test_a_hook_splits_a_model_in_two(accounts):
    def split(label, row):
        text = {"code": row["login"], "name": f"balance {row['balance']}"}
        return [(label, row), ("zoo.TextPk", text)]

    copy(
        accounts.source,
        accounts.target,
        models=["awkward.Account"],
        options=options(pre_save=[split]),
    ).run()

    assert Account.objects.using(accounts.target).count() == 3
    assert rows(TextPk, accounts.target, "code", "name") == {
        ("ada", "balance 1.00"),
        ("bob", "balance 2.00"),
        ("gone", "balance 3.00"),
    }


def test_a_model_and_its_fields_are_renamed(accounts):
    copy(
        accounts.source,
        accounts.target,
        models=["awkward.Account"],
        exclude=["awkward.Account.balance", "awkward.Account.id"],
        options=options(
            "awkward.Account=zoo.TextPk", "awkward.Account.login=code"
        ).__class__(
            transforms=options(
                "awkward.Account=zoo.TextPk", "awkward.Account.login=code"
            ).transforms,
            ignore_migrations=True,
        ),
    ).run()

    assert rows(TextPk, accounts.target, "code", "name") == {
        ("ada", ""),
        ("bob", ""),
        ("gone", ""),
    }


def test_a_field_that_the_hook_leaves_out_gets_its_default(accounts):
    def poor(_, row):
        del row["balance"]
        return row

    copy(
        accounts.source,
        accounts.target,
        models=["awkward.Account"],
        options=options(pre_save=[poor]),
    ).run()

    assert rows(Account, accounts.target, "balance") == {(0,)}


@pytest.mark.parametrize(
    ("hook", "reason"),
    [
        (lambda _, row: row | {"colour": "red"}, "it has no field colour"),
        (lambda _, row: row | {"login": 5}, "login holds int where text is declared"),
        (lambda _, __: "row", "it returned str"),
        (lambda _, row: row["nothing"], "KeyError: 'nothing'"),
        (lambda _, row: [("no.Model", row)], "there is no table for it"),
    ],
)
def test_a_hook_that_goes_wrong_stops_everything(engine, hook, reason):
    source, target = f"{engine}_a", f"{engine}_b"
    Account.objects.using(source).create(pk=1, login="ada")

    with pytest.raises(PluginFailed, match=reason):
        copy(
            source,
            target,
            models=["awkward.Account"],
            options=options(pre_save=[hook]),
        ).run()

    assert not Account.objects.using(target).exists()


def test_pre_walk_changes_what_a_dump_holds(engine, tmp_path):
    source, target = f"{engine}_a", f"{engine}_b"
    Author.objects.using(source).create(pk=1, first="Jane", last="Austen")
    path = tmp_path / "authors.syncline"

    def initial(_, row):
        return row | {"first": row["first"][0]}

    dump(
        path,
        database=source,
        models=["awkward.Author"],
        transforms=Transforms(pre_walk=(initial,)),
    ).run()
    load(path, database=target).run()

    assert rows(Author, target, "first", "last") == {("J", "Austen")}


def test_an_older_file_needs_a_transform_or_consent(engine, tmp_path):
    source, target = f"{engine}_a", f"{engine}_b"
    Account.objects.using(source).create(pk=1, login="ada", balance=5)
    path = tmp_path / "old.syncline"
    dump(
        path,
        database=source,
        models=["awkward.Account"],
        exclude=["awkward.Account.balance"],
    ).run()

    with pytest.raises(SchemaDiffers, match=r"awkward\.Account\.balance is new here"):
        load(path, database=target).run()
    assert not Account.objects.using(target).exists()

    load(path, database=target, options=LoadOptions(ignore_migrations=True)).run()
    assert rows(Account, target, "login", "balance") == {("ada", 0)}
