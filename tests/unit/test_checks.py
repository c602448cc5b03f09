"""`manage.py check` tells what is wrong with declarations."""

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import models
from django.test import override_settings

from syncline.changes.kinds import Kind
from syncline.checks.columns import narrowness
from syncline.checks.declarations import check_declarations
from syncline.engines.base import Column
from syncline.engines.features import Features
from syncline.registry import registry
from tests.awkward.models import Edition, Label
from tests.zoo.models import TextPk


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    """The project's registry, without anything in it."""
    monkeypatch.setattr(registry, "_declarations", [])
    monkeypatch.setattr(registry, "_compiled", {})


def test_nothing_declared_is_nothing_to_tell():
    assert run_checks(tags=["syncline"]) == []


def test_a_reference_without_rule_is_an_error_with_the_line_to_paste():
    registry.register(Edition, key=())
    [message] = run_checks(tags=["syncline"])

    assert message.id == "syncline.E102"
    assert message.obj is Edition
    assert message.is_serious()
    assert message.msg == (
        "book points at awkward.Book, which is not tracked, and may not be NULL."
    )
    assert 'register(Edition, references={"book": "match"})' in str(message.hint)


def test_a_model_without_key_is_a_warning():
    registry.register(Label)
    [message] = run_checks(tags=["syncline"])

    assert (message.id, message.is_serious()) == ("syncline.W101", False)


def test_an_unknown_name_in_the_settings_is_an_error():
    with override_settings(SYNCLINE={"MODELS": ["awkwrd"]}):
        [message] = run_checks(tags=["syncline"])

    assert message.id == "syncline.E101"
    assert message.msg.startswith("settings.SYNCLINE[\"MODELS\"]: 'awkwrd' is no")


def test_an_unknown_setting_is_an_error():
    with override_settings(SYNCLINE={"MODLES": []}):
        [message] = run_checks(tags=["syncline"])

    assert message.id == "syncline.E104"
    assert "did you mean MODELS?" in message.msg


def test_only_the_apps_that_are_asked_for_are_checked():
    registry.register(Label)
    registry.register(TextPk, exclude="code")

    found = check_declarations([apps.get_app_config("zoo")])

    assert [message.id for message in found] == ["syncline.E101"]


def test_all_that_is_wrong_is_told_though_nothing_could_be_tracked():
    registry.register([Edition, Label], key="nam")

    assert len(run_checks(tags=["syncline"])) == 3


SERVER = Features(
    transactional_ddl=True,
    defers_foreign_keys=True,
    checks_on_restore=True,
    keeps_nul=True,
    keeps_nan=True,
    keeps_infinity=True,
    decimal_digits_max=15,
    single_floats=frozenset({"real"}),
    checks_types=True,
)


@pytest.mark.parametrize(
    ("field", "kind", "column", "lost"),
    [
        (models.FloatField(), Kind.FLOAT, {"native": "real"}, "7 digits"),
        (models.FloatField(), Kind.FLOAT, {"native": "double"}, ""),
        (models.TimeField(), Kind.TIME, {"native": "time", "places": 0}, "fractions"),
        (models.TimeField(), Kind.TIME, {"native": "time", "places": 6}, ""),
        (models.TimeField(), Kind.TIME, {"native": "time"}, ""),
        (
            models.DecimalField(max_digits=9, decimal_places=3),
            Kind.DECIMAL,
            {"native": "numeric", "digits": 9, "places": 2},
            "2 of 3 decimal places",
        ),
        (
            models.DecimalField(max_digits=9, decimal_places=2),
            Kind.DECIMAL,
            {"native": "numeric", "digits": 7, "places": 2},
            "7 of 9 digits",
        ),
        (
            models.DecimalField(max_digits=20, decimal_places=2),
            Kind.DECIMAL,
            {"native": "decimal", "digits": 20, "places": 2},
            "keeps 15 of 20 digits",
        ),
        (
            models.CharField(max_length=9),
            Kind.TEXT,
            {"native": "varchar", "length_max": 8},
            "8 of 9 characters",
        ),
        (
            models.CharField(max_length=8),
            Kind.TEXT,
            {"native": "varchar", "length_max": 9},
            "",
        ),
    ],
)
def test_a_column_tells_what_it_loses_of_its_field(field, kind, column, lost):
    said = narrowness(field, Column(name="it", **column), kind, SERVER)
    assert lost in said if lost else said == ""
