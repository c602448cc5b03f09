"""What becomes of foreign keys, what merges together, and what nodes agree on."""

# These models are declared only, never shown.
# ruff: noqa: DJ008

import pytest
from django.contrib.auth.models import Group, User
from django.contrib.sites.models import Site
from django.db import models
from django.test.utils import isolate_apps

from syncline.changes.dots import Dot
from syncline.conflict import resolvers
from syncline.conflict.versions import Version, Versioned
from syncline.registry import (
    Fill,
    ReferenceKind,
    by_side,
    differences,
    hold,
    largest,
    newest,
    node_priority,
    smallest,
    source,
    target,
)
from syncline.registry.sides import SideUnknown
from tests.awkward import models as awkward
from tests.unit.test_registry_keys import declare, refusal
from tests.zoo import models as zoo


def longest(left, right):
    """A merge rule of a user's own."""
    return max(left, right, key=lambda text: (len(text), text))


def renamed(value, uid):
    """What a user makes of a clash."""
    return f"{value} {uid[:4]}"


def tracked(model, *others, **options):
    registry = declare(model, **options)
    registry.register(others)
    return registry.declared().of(model)


def part(model, name, **options):
    [found] = [each for each in tracked(model, **options).parts if name in each.fields]
    return found


def test_a_reference_to_a_tracked_model_is_that_of_a_record():
    rule = tracked(awkward.Edition, awkward.Book, awkward.Author).references["book"]

    assert (rule.kind, rule.target) == (ReferenceKind.RECORD, "awkward.Book")


def test_a_reference_through_a_proxy_is_one_to_its_model():
    rule = tracked(awkward.Visit, awkward.Place).references["place"]

    assert (rule.kind, rule.target) == (ReferenceKind.RECORD, "awkward.Place")


def test_a_reference_out_of_what_is_tracked_is_null_where_it_may_be():
    found = tracked(zoo.Reference)

    assert {rule.kind for rule in found.references.values()} == {ReferenceKind.NULL}
    assert "auto" in found.fields


def test_a_reference_that_may_not_be_null_needs_a_rule():
    registry = declare(awkward.Edition)
    problem = registry.compiled().problems[0]

    assert problem.check == "syncline.E102"
    assert problem.hint == (
        'add: register(Book), or say: register(Edition, references={"book": "match"})'
    )
    assert problem.hint in refusal(registry)


def test_what_every_database_has_is_always_matched():
    found = tracked(awkward.Tag)

    assert found.references["content_type"].kind is ReferenceKind.MATCH
    assert found.references["content_type"].paths == ("app_label", "model")


def test_permissions_are_matched_through_their_content_type():
    declared = declare(Group).declared()
    rule = declared.tracked["auth.Group_permissions"].references["permission"]

    assert rule.kind is ReferenceKind.MATCH
    assert rule.paths == (
        "content_type__app_label",
        "content_type__model",
        "codename",
    )


@isolate_apps("tests.awkward")
def test_sites_are_matched_though_they_are_tracked():
    class Page(models.Model):
        site = models.ForeignKey(Site, models.CASCADE)

        class Meta:
            app_label = "awkward"

    rule = tracked(Page, Site).references["site"]

    assert (rule.kind, rule.paths) == (ReferenceKind.MATCH, ("domain",))


def test_a_match_goes_by_what_identifies_the_target():
    rule = tracked(awkward.Edition, references={"book": "match"}).references["book"]

    assert rule.kind is ReferenceKind.MATCH
    assert rule.paths == ("title", "author__first", "author__last")


def test_fill_names_the_row():
    options = {"references": {"country": Fill("GR")}}
    rule = tracked(awkward.Town, **options).references["country"]

    assert (rule.kind, rule.paths, rule.fill) == (
        ReferenceKind.FILL,
        ("code",),
        ("GR",),
    )


@isolate_apps("tests.awkward")
def test_a_local_reference_does_not_travel():
    class Note(models.Model):
        by = models.ForeignKey(User, models.CASCADE, null=True)
        text = models.CharField(max_length=5)

        class Meta:
            app_label = "awkward"

    found = tracked(Note, references={"by": "local"})

    assert found.references["by"].kind is ReferenceKind.LOCAL
    assert found.fields == ("text",)
    assert [each.name for each in found.parts] == ["text"]


@pytest.mark.parametrize(
    ("model", "rule", "reason"),
    [
        (awkward.Edition, {"book": "null"}, '"null", but it may not be NULL'),
        (awkward.Edition, {"book": "local"}, "no row can be made without it"),
        (awkward.Edition, {"book": "nul"}, "references has 'nul' for book"),
        (awkward.Edition, {"book": Fill("a")}, "Fill for book has 1 values, but"),
        (awkward.Edition, {"bok": "null"}, "did you mean book?"),
        (awkward.Edition, {"year": "null"}, "year, which is no foreign key"),
        (awkward.Wheels, {"restaurant": "match"}, "nothing identifies awkward.Resta"),
        (awkward.Tag, {"content_type": "skip"}, "but contenttypes.ContentType needs"),
        (awkward.Loop, {"next": "skip"}, "but awkward.Loop needs none"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(model, rule, reason):
    assert reason in refusal(declare(model, references=rule))


def test_a_rule_for_what_does_not_travel_is_refused():
    registry = declare(zoo.Reference, exclude="auto", references={"auto": "null"})

    assert "references names auto, which does not travel" in refusal(registry)


def test_newest_is_the_rule_unless_another_is_declared():
    found = tracked(zoo.Everything, merge={"integer": largest, "floating": smallest})
    rules = {each.name: each.resolver for each in found.parts}

    assert rules["integer"] is resolvers.largest
    assert rules["floating"] is resolvers.smallest
    assert rules["text"] is resolvers.newest
    assert found.rules.resolver("integer") is resolvers.largest


def test_hold_stays_the_resolver_that_the_merge_knows():
    assert part(zoo.TextPk, "name", merge={"name": hold}).resolver is resolvers.hold


def test_a_users_function_is_a_rule_by_its_name():
    found = part(zoo.TextPk, "name", merge={"name": longest})
    siblings = tuple(
        Versioned(value, Version(number, Dot("a", number)))
        for number, value in enumerate(("longer", "short"), 1)
    )

    assert found.rule == "tests.unit.test_registry_rules.longest"
    assert found.resolver(siblings).kept[0].value == "longer"


def test_a_priority_of_nodes_is_a_rule_by_the_nodes():
    found = part(zoo.TextPk, "name", merge={"name": node_priority(["hub", "b"])})

    assert found.rule == "node_priority(hub, b)"


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        (
            {"nam": newest},
            "merge names 'nam', which is no field or group (did you mean",
        ),
        ({"id": newest}, "merge names id, which does not travel"),
        ({"json": largest}, "documents have no order"),
        ({"text": "newest"}, "'newest' is no function"),
        ({"text": lambda a, b: a}, "define it in a module"),
        ({"text": len}, "len does not take two values"),
        ({"text": source}, 'source needs direction="pull" or direction="push"'),
    ],
)
def test_a_merge_rule_that_cannot_be_is_refused(rules, reason):
    class_ = zoo.Everything if "nam" not in rules else zoo.BigPk

    assert reason in refusal(declare(class_, merge=rules))


def test_largest_of_a_reference_is_refused():
    assert "this is a foreign key" in refusal(
        declare(awkward.Loop, merge={"next": largest})
    )


def test_a_side_wins_in_one_direction():
    found = part(zoo.TextPk, "name", merge={"name": source}, direction="pull")
    mine = Versioned("mine", Version(9, Dot("me", 1)))
    theirs = Versioned("theirs", Version(1, Dot("it", 1)))
    wins = by_side(found.resolver, {theirs.version.dot})
    stays = by_side(target, {theirs.version.dot})

    assert wins((theirs, mine)).kept == (theirs,)
    assert stays((theirs, mine)).kept == (mine,)
    assert not wins((theirs, mine)).renewed
    assert by_side(newest, {theirs.version.dot}) is newest


def test_declared_groups_merge_together_in_the_models_order():
    found = part(zoo.Everything, "text", groups=[("url", "text")])

    assert (found.name, found.fields) == ("text+url", ("text", "url"))


def test_one_group_needs_no_list_around_it():
    assert part(zoo.Everything, "text", groups=("url", "text")).name == "text+url"


def test_generic_keys_and_composite_keys_merge_together():
    assert part(awkward.Tag, "object_id").name == "content_type+object_id"
    found = tracked(zoo.CompositePk, zoo.TextPk)
    assert [each.name for each in found.parts] == ["text_pk+position", "name"]
    assert part(awkward.Author, "first").name == "first+last"


def test_groups_that_share_a_field_are_one():
    found = part(awkward.Tag, "name", groups=[("name", "object_id")])

    assert found.name == "name+content_type+object_id"


@isolate_apps("tests.awkward")
def test_a_picture_merges_with_its_size():
    class Picture(models.Model):
        image = models.ImageField(width_field="width", height_field="height")
        title = models.CharField(max_length=5)
        width = models.IntegerField(default=0)
        height = models.IntegerField(default=0)

        class Meta:
            app_label = "awkward"

    assert part(Picture, "image").name == "image+width+height"
    assert part(Picture, "image", exclude="width").name == "image+height"


def test_a_group_is_given_a_rule_by_its_name_or_a_field():
    groups = [("url", "text")]
    by_name = part(zoo.Everything, "url", groups=groups, merge={"text+url": hold})
    by_field = part(zoo.Everything, "url", groups=groups, merge={"url": hold})

    assert by_name.resolver is by_field.resolver is resolvers.hold


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"groups": [("text", "txt")]}, "groups names 'txt', which is no field of it"),
        ({"groups": [("text", "id")]}, "groups names id, which does not travel"),
        ({"groups": [("text",)]}, "a group of text groups nothing"),
        ({"groups": [("text", "url"), ("url", "slug")]}, "url is in two groups"),
        (
            {"groups": ["text", "url"], "merge": {"text": hold, "url": newest}},
            "text and url merge together, but have two rules",
        ),
        (
            {"groups": ["text", "url"], "merge": {"text": largest}},
            "largest compares single values",
        ),
        ({"groups": ["text", "url"], "ignored": "url"}, "url cannot be ignored"),
        ({"ignored": "url", "merge": {"url": hold}}, "ignored and has a merge rule"),
        ({"ignored": "ulr"}, "did you mean url?"),
    ],
)
def test_a_group_that_cannot_be_is_refused(options, reason):
    assert reason in refusal(declare(zoo.Everything, **options))


def test_stamps_make_no_conflict():
    saved, made = part(awkward.Stamped, "saved_at"), part(awkward.Stamped, "made_at")

    assert (saved.resolver, saved.silent) == (resolvers.largest, True)
    assert (made.resolver, made.silent) == (resolvers.newest, True)
    assert not saved.ignored
    assert "saved_at" in tracked(awkward.Stamped).rules.silent


def test_a_stamp_with_a_rule_is_a_field_like_others():
    found = part(awkward.Stamped, "saved_at", merge={"saved_at": hold})

    assert (found.resolver, found.silent) == (resolvers.hold, False)


def test_the_last_login_is_of_no_consequence():
    found = part(User, "last_login", exclude="groups")

    assert (found.ignored, found.silent) == (True, True)


def test_ignored_fields_are_silent():
    found = part(zoo.Everything, "text", ignored="text")

    assert (found.ignored, found.silent, found.rule) == (True, True, "newest")


def contract(**options):
    return tracked(zoo.Everything, **options)


def test_equal_declarations_have_one_contract():
    one = contract(groups=[("text", "url")], merge={"integer": largest})
    other = contract(groups=[("url", "text")], merge={"integer": largest})

    assert one.contract == other.contract
    assert differences(one.contract_text, other.contract_text) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"key": "slug"}, "the key: none here, slug there"),
        ({"merge": {"text": longest}}, "text: each by itself here, tests.unit."),
        ({"groups": ["text", "url"]}, "text+url: each by itself here, newest there"),
        ({"ignored": "text"}, "newest without a conflict record there"),
        ({"deletes": "delete_wins"}, "edit_wins here, delete_wins there"),
        ({"on_clash": renamed}, "what clashes: hold here, tests.unit."),
    ],
)
def test_a_difference_is_told_in_words(options, words):
    one, other = contract(), contract(**options)
    [told] = differences(one.contract_text, other.contract_text)

    assert one.contract != other.contract
    assert words in told


def test_a_field_that_only_one_side_has_makes_no_difference():
    one, other = contract(), contract(exclude="text")

    assert one.contract == other.contract


def test_nor_does_its_rule():
    one, other = contract(merge={"text": hold}), contract(exclude="text")

    assert one.contract != other.contract
    assert differences(one.contract_text, other.contract_text) == []


def test_what_does_not_decide_a_merge_is_not_in_the_contract():
    assert contract().contract == contract(direction="pull").contract


def test_what_enters_a_key_is_in_the_contract():
    key = ["country", "name"]
    one = tracked(awkward.Town, awkward.Country, key=key)
    other = tracked(
        awkward.Town, key=key, references={"country": "match", "twin": "match"}
    )

    assert differences(one.contract_text, other.contract_text) == [
        "the key: country, name here, country (matched), name there"
    ]


def test_a_side_cannot_win_before_the_sides_are_known():
    one = Versioned("one", Version(1, Dot("a", 1)))

    for rule in (source, target):
        with pytest.raises(SideUnknown):
            rule((one, one))
