"""Which models are tracked, and what is said of a declaration that cannot be."""

import sys
from textwrap import dedent

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.test import override_settings
from django.test.utils import isolate_apps

import syncline
from syncline.errors import BadDeclaration, BadSetting, RulesFailed
from syncline.models import Journal
from syncline.registry import Registry, registry
from tests.awkward import models as awkward
from tests.unit.test_registry_keys import declare, refusal
from tests.zoo import models as zoo

IN_SETTINGS = 'settings.SYNCLINE["MODELS"]'


def labels(said):
    """The labels that a setting tracks."""
    with override_settings(SYNCLINE={"MODELS": said}):
        return set(Registry().declared().tracked)


def test_a_model_without_options_sends_all_its_fields():
    found = declare(zoo.Required).declared().of(zoo.Required)

    names = [field.name for field in zoo.Required._meta.local_concrete_fields]
    assert found.fields == tuple(name for name in names if name != "id")
    assert [part.name for part in found.parts] == list(found.fields)


def test_a_primary_key_that_no_database_counts_up_travels():
    declared = declare(zoo.TextPk, zoo.OneToOnePk, zoo.UuidPk).declared()

    assert declared.of(zoo.TextPk).fields == ("code", "name")
    assert declared.of(zoo.OneToOnePk).fields == ("uuid_pk", "name")
    assert declared.of(zoo.UuidPk).fields == ("id", "name")


def test_what_the_database_computes_does_not_travel():
    found = declare(zoo.Generated).declared().of(zoo.Generated)

    assert found.fields == ("width", "height", "name")


def test_excluded_fields_stay():
    found = declare(zoo.Everything, exclude=["json", "text"]).declared()

    assert not {"json", "text"} & set(found.of(zoo.Everything).fields)


def test_only_the_listed_fields_travel_and_those_of_the_key():
    registry = declare(zoo.TextPk, fields=["name"])
    registry.register(zoo.Required, fields="url", key=["slug", "email"])
    declared = registry.declared()

    assert declared.of(zoo.TextPk).fields == ("code", "name")
    assert declared.of(zoo.Required).fields == ("email", "slug", "url")


@pytest.mark.parametrize(
    ("model", "options", "reason"),
    [
        (zoo.TextPk, {"exclude": "code"}, "code is the primary key and cannot be left"),
        (
            zoo.TextPk,
            {"exclude": "nam"},
            "exclude names 'nam', which is no field of it",
        ),
        (zoo.TextPk, {"exclude": "nam"}, "did you mean name?"),
        (zoo.TextPk, {"fields": "name", "exclude": "name"}, "both fields and exclude"),
        (zoo.BigPk, {"fields": "author_id"}, "fields names 'author_id'"),
        (awkward.Checked, {"exclude": "low"}, "no row can be made without it"),
        (awkward.Restaurant, {"exclude": "name"}, "name, a field of awkward.Place"),
        (zoo.BigPk, {"direction": "up"}, "direction is 'up' (known: both, pull, push)"),
        (zoo.BigPk, {"deletes": "never"}, "known: edit_wins, delete_wins"),
        (zoo.BigPk, {"on_clash": "null"}, "no field may be NULL"),
        (zoo.BigPk, {"on_clash": "hold"}, 'known: None, "null", a function'),
        (zoo.BigPk, {"on_clash": lambda value, uid: uid}, "define it in a module"),
        (zoo.BigPk, {"transforms": ["drop"]}, "'drop', which is no function"),
    ],
)
def test_what_cannot_be_is_told(model, options, reason):
    assert reason in refusal(declare(model, **options))


def test_all_that_is_wrong_is_told_at_once():
    registry = declare(zoo.TextPk, exclude="nam", direction="up")
    registry.register(zoo.BigPk, key="nam")

    with pytest.raises(BadDeclaration) as caught:
        registry.declared()

    assert len(caught.value.reasons) == 3
    assert caught.value.what == "zoo.TextPk, zoo.BigPk"
    assert caught.value.reasons[2].startswith("zoo.BigPk: ")


def test_a_child_brings_its_parents_along():
    declared = declare(awkward.Trattoria, direction="pull").declared()

    assert set(declared.tracked) == {
        "awkward.Place",
        "awkward.Place_neighbours",
        "awkward.Restaurant",
        "awkward.Trattoria",
        "awkward.Trattoria_suppliers",
    }
    assert declared.of(awkward.Place).direction == "pull"
    assert declared.of(awkward.Restaurant).where == "awkward.Trattoria"


def test_a_parent_comes_before_its_child():
    tracked = list(declare(awkward.Trattoria).declared().tracked)

    assert tracked.index("awkward.Place") < tracked.index("awkward.Restaurant")
    assert tracked.index("awkward.Restaurant") < tracked.index("awkward.Trattoria")


def test_a_proxy_stands_for_its_model():
    declared = declare(awkward.ProxyPlace).declared()

    assert declared.of(awkward.Place) is declared.of(awkward.ProxyPlace) is not None
    assert declared.of(awkward.Place).model is awkward.Place


def test_links_come_along_where_both_ends_are_tracked():
    declared = declare(User, Group).declared()

    assert "auth.User_groups" in declared.tracked
    assert "auth.User_user_permissions" in declared.tracked, "always matched"


def test_links_stay_where_the_other_end_is_not_tracked():
    registry = declare(User)
    [problem] = registry.compiled().problems

    assert "auth.User_groups" not in registry.declared().tracked
    assert "auth.Group" in registry.declared().left_out["auth.User_groups"]
    assert (problem.check, problem.subject) == ("syncline.W103", "auth.User")


@pytest.mark.parametrize("options", [{"exclude": "groups"}, {"fields": ["email"]}])
def test_links_that_are_left_out_are_not_missed(options):
    registry = declare(User, **options)

    assert registry.compiled().problems == ()
    assert "auth.User_groups" not in registry.declared().tracked


def test_what_identifies_a_record_goes_along_with_the_listed_fields():
    registry = declare(User, fields="email")
    registry.register(awkward.Account, fields=["balance"])
    declared = registry.declared()

    assert declared.of(User).fields == ("username", "email")
    assert declared.of(awkward.Account).fields == ("login", "balance")


def test_links_that_are_a_model_of_their_own_are_not_brought_along():
    registry = declare(awkward.Group, awkward.Person, awkward.Colour, key=())
    texts = [problem.text for problem in registry.compiled().problems]

    assert "awkward.Membership" not in registry.declared().tracked
    assert any("rows of awkward.Membership, which is not tracked" in t for t in texts)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (Journal, "Syncline's own tables are never tracked"),
        (awkward.Unmanaged, "it is unmanaged"),
        (awkward.Gadget, "it is swapped for awkward.CustomGadget"),
    ],
)
def test_a_model_that_is_never_tracked_is_refused_with_the_reason(model, reason):
    assert reason in refusal(declare(model))


@isolate_apps("tests.awkward")
def test_an_abstract_model_is_refused():
    class Base(models.Model):
        class Meta:
            abstract = True
            app_label = "awkward"

    assert "it is abstract" in refusal(declare(Base))


def test_what_is_no_model_is_refused():
    assert "takes classes of models, not 'auth.User'" in refusal(declare("auth.User"))


def test_several_models_are_registered_with_the_same_options():
    registry = Registry()
    registry.register((model for model in (zoo.TextPk, zoo.DatePk)), exclude="name")
    declared = registry.declared()

    assert declared.tracked["zoo.TextPk"].fields == ("code",)
    assert declared.tracked["zoo.DatePk"].fields == ("day",)


def test_a_model_is_registered_once():
    registry = declare(zoo.TextPk)
    registry.register(zoo.TextPk)

    assert "registered in register() and again in register()" in refusal(registry)


@pytest.mark.parametrize(
    "said",
    [
        "auth.User",
        "AUTH.user",
        ["auth.user"],
        {"auth": ["user"]},
        {"auth": "User"},
        [{"auth": ["USER"]}],
        [("auth", "User")],
        [["django.contrib.auth", "user"]],
        "django.contrib.auth.User",
    ],
)
def test_a_model_is_named_in_any_form(said):
    assert labels(said) == {"auth.User", "auth.User_user_permissions"}


@pytest.mark.parametrize(
    "said",
    [
        "auth",
        "AUTH",
        "django.contrib.auth",
        "django.contrib.auth.apps.AuthConfig",
        ["auth"],
        [("auth",)],
        {"auth": []},
        [("auth", "user", "GROUP", "Permission")],
    ],
)
def test_an_app_is_named_in_any_form(said):
    assert labels(said) == {
        "auth.Group",
        "auth.Group_permissions",
        "auth.Permission",
        "auth.User",
        "auth.User_groups",
        "auth.User_user_permissions",
    }


def test_an_app_leaves_out_what_cannot_be_tracked():
    with override_settings(SYNCLINE={"MODELS": "awkward"}):
        declared = Registry().declared()

    assert (
        declared.left_out["awkward.Gadget"] == "it is swapped for awkward.CustomGadget"
    )
    assert "unmanaged" in declared.left_out["awkward.Unmanaged"]
    assert "awkward.ProxyPlace" not in {*declared.tracked, *declared.left_out}


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            "auth.Usr",
            "'auth.Usr' is no installed app or model (did you mean auth.User?)",
        ),
        ({"auth": ["Usr"]}, "'auth.Usr' is no installed app or model"),
        ("awkwrd", "did you mean awkward?"),
        (["auth", 3], "'3' is no installed app or model"),
        (None, "'None' is no installed app or model"),
    ],
)
def test_an_unknown_name_in_the_settings_is_told(said, reason):
    with (
        override_settings(SYNCLINE={"MODELS": said}),
        pytest.raises(BadDeclaration) as caught,
    ):
        Registry().declared()

    assert reason in str(caught.value)
    assert caught.value.what == IN_SETTINGS


def test_our_own_tables_are_not_tracked_by_the_name_of_our_app():
    assert labels("syncline") == set()


def test_what_is_registered_goes_before_what_the_settings_name():
    with override_settings(SYNCLINE={"MODELS": ["zoo"]}):
        registry = declare(zoo.TextPk, exclude=[], key="name")
        declared = registry.declared()

    assert declared.of(zoo.TextPk).key.fields == ("name",)
    assert declared.of(zoo.DatePk).where == IN_SETTINGS


def test_routers_decide_what_is_on_a_database():
    registry = declare(zoo.TextPk)
    router = "tests.unit.test_registry.Nowhere"
    with override_settings(DATABASE_ROUTERS=[router]):
        declared = registry.declared("default")

    assert declared.tracked == {}
    assert declared.left_out == {"zoo.TextPk": "the routers keep it off 'default'"}


class Nowhere:
    """A router that wants no table anywhere."""

    def allow_migrate(self, db, app_label, **hints):
        return False


def test_registering_more_is_seen_at_once():
    registry = declare(zoo.TextPk)
    first = registry.declared()
    registry.register(zoo.DatePk)

    assert set(registry.declared().tracked) - set(first.tracked) == {"zoo.DatePk"}


@pytest.mark.parametrize("setting", [["zoo"], "zoo", 3])
def test_settings_that_are_no_dict_are_refused(setting):
    with (
        override_settings(SYNCLINE=setting),
        pytest.raises(BadSetting, match="not a di"),
    ):
        Registry().declared()


def test_an_unknown_setting_is_refused_with_a_near_name():
    with override_settings(SYNCLINE={"MODEL": []}), pytest.raises(BadSetting) as caught:
        Registry().declared()

    assert "there is no 'MODEL' (did you mean MODELS?)" in str(caught.value)


@pytest.fixture
def app(tmp_path, monkeypatch):
    """Makes an app with that `sync_rules`, and gives its name."""
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_declarations", [])
    monkeypatch.setattr(registry, "_compiled", {})

    def make(name, rules):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
        (tmp_path / name / "sync_rules.py").write_text(dedent(rules))
        return name

    yield make
    for name in list(sys.modules):
        if name.startswith("ruled_"):
            del sys.modules[name]


def test_rules_of_an_app_are_found_at_start_up(app):
    name = app(
        "ruled_well",
        """
        from syncline import newest, register
        from tests.zoo.models import TextPk

        register(TextPk, merge={"name": newest})
        """,
    )
    with override_settings(INSTALLED_APPS=["syncline", "tests.zoo", name]):
        tracked = registry.declared().of(zoo.TextPk)

    assert tracked is not None
    assert tracked.where == "ruled_well.sync_rules"
    assert tracked.key.kind == "explicit"


def test_rules_that_raise_are_named_with_the_error(app):
    name = app("ruled_badly", "import no_such_module")

    with pytest.raises(RulesFailed) as caught, override_settings(INSTALLED_APPS=[name]):
        registry.discover()

    assert caught.value.module == "ruled_badly.sync_rules"
    assert "ModuleNotFoundError: No module named 'no_such_module'" in str(caught.value)
    assert isinstance(caught.value.__cause__, ModuleNotFoundError)


def test_register_is_that_of_the_project():
    assert syncline.register == registry.register


def test_generic_keys_are_told():
    declared = declare(awkward.Tag, awkward.TextTag).declared()

    assert declared.of(awkward.Tag).generic == (("content_type", "object_id"),)
    assert declared.of(awkward.TextTag).generic == (("kind", "key"),)


def test_half_of_a_generic_key_is_refused():
    text = refusal(declare(awkward.TextTag, exclude="kind"))

    assert "kind and key point at one row together, but kind does not travel" in text


def test_a_model_that_is_not_tracked_is_not_found():
    assert declare(zoo.TextPk).declared().of(ContentType) is None
    assert declare(zoo.TextPk).declared().of(Permission) is None
