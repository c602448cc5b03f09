"""What differs between two descriptions of the same models."""

import pytest

from syncline.changes.kinds import Kind
from syncline.schema.description import FieldDescription, ModelDescription
from syncline.schema.difference import differences


def model(*fields, label="shop.Item", generated=()):
    return ModelDescription(
        label=label,
        table=label.lower(),
        pk=("id",),
        generated=generated,
        fields=tuple(
            FieldDescription(name=name, column=name, kind=kind) for name, kind in fields
        ),
    )


ID, NAME = ("id", Kind.INTEGER), ("name", Kind.TEXT)


def between(source, target, converting=()):
    return differences({source.label: source}, {target.label: target}, converting)


def test_equal_models_do_not_differ():
    assert between(model(ID, NAME), model(ID, NAME)) == []
    assert differences({}, {}) == []


def test_order_of_fields_does_not_matter():
    assert between(model(ID, NAME), model(NAME, ID)) == []


def test_model_that_is_not_installed_is_named():
    assert differences({"shop.Item": model(ID)}, {}) == [
        "shop.Item is not installed here"
    ]


def test_model_that_only_the_target_has_is_no_difference():
    assert differences({}, {"shop.Item": model(ID)}) == []


def test_every_field_that_differs_is_named_once():
    source = model(ID, ("b", Kind.TEXT), ("a", Kind.TEXT), ("same", Kind.DATE))
    target = model(ID, ("new", Kind.TEXT), ("same", Kind.UUID))

    assert between(source, target) == [
        "shop.Item.a is not here",
        "shop.Item.b is not here",
        "shop.Item.new is new here",
        "shop.Item.same was date and is uuid",
    ]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (Kind.BOOLEAN, Kind.INTEGER),
        (Kind.INTEGER, Kind.DECIMAL),
        (Kind.JSON, Kind.TEXT),
        (Kind.NAIVE, Kind.DATETIME),
        (Kind.UUID, Kind.TEXT),
    ],
)
def test_kind_that_can_stand_for_another_is_no_difference(source, target):
    assert between(model(("x", source)), model(("x", target))) == []


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (Kind.TEXT, Kind.INTEGER),
        (Kind.FLOAT, Kind.INTEGER),
        (Kind.DATETIME, Kind.DATE),
        (Kind.BINARY, Kind.TEXT),
        (Kind.NATIVE, Kind.TEXT),
    ],
)
def test_kind_that_would_lose_something_is_a_difference(source, target):
    found = between(model(("x", source)), model(("x", target)))

    assert found == [f"shop.Item.x was {source} and is {target}"]


def test_field_with_a_conversion_of_its_own_may_be_stored_otherwise():
    source, target = model(("x", Kind.BINARY)), model(("x", Kind.TEXT))

    assert between(source, target, {("shop.Item", "x")}) == []
    assert between(source, target, {("shop.Other", "x")}) != []


@pytest.mark.parametrize("side", ["source", "target"])
def test_field_that_a_database_computes_is_no_difference(side):
    plain, computing = model(ID, NAME), model(ID, generated=("name",))
    pair = (computing, plain) if side == "source" else (plain, computing)

    assert between(*pair) == []


def test_difference_of_a_renamed_model_is_under_its_new_name():
    source = {"new.Item": model(ID, NAME, label="old.Item")}
    target = {"new.Item": model(ID, label="new.Item")}

    [found] = differences(source, target)

    assert found.endswith(".name is not here")
