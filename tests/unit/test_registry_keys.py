"""What identifies the records of a model: chosen from its class, told in words."""

# These models are declared only, never shown.
# ruff: noqa: DJ008

import uuid

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sites.models import Site
from django.db import models
from django.test.utils import isolate_apps

from syncline.errors import BadDeclaration
from syncline.registry import KeyKind, Registry
from tests.awkward import models as awkward
from tests.zoo import models as zoo


def declare(*classes, **options):
    """A registry of its own, in which models are registered with the same options."""
    registry = Registry()
    registry.register(classes, **options)
    return registry


def key(model, *others, **options):
    """The key of a model that is registered with options, beside others without."""
    registry = declare(model, **options)
    registry.register(others)
    return registry.declared().of(model).key


def refusal(registry):
    """The text of the error."""
    with pytest.raises(BadDeclaration) as caught:
        registry.declared()
    return str(caught.value)


def of_natural_keys(*names):
    """What django-natural-keys adds to a model, whose lookups are these."""

    class NaturalManager(models.Manager):  # type: ignore[type-arg]
        def get_by_natural_key(self, *args):
            return self.get(**dict(zip(names, args, strict=True)))

    class NaturalKeyModel(models.Model):
        objects = NaturalManager()

        class Meta:
            abstract = True
            app_label = "awkward"

        @classmethod
        def get_natural_key_fields(cls):
            return list(names)

        def natural_key(self):
            return [getattr(self, name) for name in names]

    return NaturalKeyModel


@pytest.mark.parametrize(
    ("model", "others", "kind", "fields"),
    [
        (awkward.Author, (), KeyKind.NATURAL, ("first", "last")),
        (awkward.Book, (awkward.Author,), KeyKind.NATURAL, ("title", "author")),
        (User, (Group,), KeyKind.NATURAL, ("username",)),
        (Group, (), KeyKind.NATURAL, ("name",)),
        (Permission, (), KeyKind.NATURAL, ("content_type", "codename")),
        (ContentType, (), KeyKind.NATURAL, ("app_label", "model")),
        (Site, (), KeyKind.NATURAL, ("domain",)),
        (zoo.UuidPk, (zoo.TextPk,), KeyKind.UUID, ("id",)),
        (zoo.TextPk, (), KeyKind.EXPLICIT, ("code",)),
        (zoo.PlainIntegerPk, (), KeyKind.EXPLICIT, ("code",)),
        (
            zoo.CompositePk,
            (zoo.TextPk,),
            KeyKind.EXPLICIT,
            ("text_pk", "position"),
        ),
        (zoo.OneToOnePk, (zoo.UuidPk,), KeyKind.PARENT, ("uuid_pk",)),
        (awkward.Restaurant, (), KeyKind.PARENT, ("place_ptr",)),
        (awkward.Trattoria, (), KeyKind.PARENT, ("link",)),
        (awkward.Account, (), KeyKind.UNIQUE, ("login",)),
        (awkward.Shelf, (), KeyKind.UNIQUE, ("position",)),
        (awkward.Passport, (awkward.Person,), KeyKind.UNIQUE, ("person",)),
        (awkward.Person, (), KeyKind.NONE, ()),
        (awkward.Coordinates, (), KeyKind.NONE, ()),
        (awkward.Conditional, (), KeyKind.NONE, ()),
        (zoo.AutoPk, (), KeyKind.NONE, ()),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_a_model_offers_its_key(model, others, kind, fields):
    found = key(model, *others)

    assert (found.kind, found.fields) == (kind, fields)
    assert found.why


def test_what_is_declared_goes_before_what_the_model_offers():
    found = key(awkward.Author, key="last")

    assert (found.kind, found.fields) == (KeyKind.DECLARED, ("last",))


def test_links_are_identified_by_their_ends():
    declared = declare(zoo.UuidPk, zoo.TextPk).declared()
    through = declared.tracked["zoo.UuidPk_texts"]

    assert through.key.kind is KeyKind.THROUGH
    assert through.key.fields == ("uuidpk", "textpk")
    assert through.where == "zoo.UuidPk.texts"


def test_a_key_of_several_fields_keeps_the_order_that_is_declared():
    found = key(awkward.Checked, key=["kind", "low"])

    assert found.fields == ("kind", "low")


def test_a_dotted_key_is_the_foreign_key_it_leads_through():
    found = key(awkward.Town, awkward.Country, key=["country.code", "name"])

    assert found.fields == ("country", "name")


def test_a_dotted_key_may_name_all_that_identifies_the_parent():
    found = key(
        awkward.Edition,
        awkward.Author,
        awkward.Book,
        key=["book.title", "book.author.first", "book.author.last", "year"],
    )

    assert found.fields == ("book", "year")


def test_a_dotted_key_that_leads_elsewhere_is_refused_with_the_line_to_paste():
    registry = declare(awkward.Town, key=["country.id", "name"])
    registry.register(awkward.Country)

    text = refusal(registry)

    assert "its key has country.id" in text
    assert '"code" identifies awkward.Country' in text
    assert 'put "country" into the key' in text


def test_a_dot_after_a_plain_field_is_refused():
    assert "name in its key is no foreign key" in refusal(
        declare(awkward.Person, key="name.first")
    )


def test_half_of_the_parents_key_is_refused():
    registry = declare(awkward.Edition, key=["book.title", "year"])
    registry.register([awkward.Book, awkward.Author])

    assert "its key has book.title" in refusal(registry)


def test_a_key_through_an_untracked_model_is_refused():
    text = refusal(declare(awkward.Town, key=["country", "name"]))

    assert "country points at awkward.Country, which is not tracked" in text


def test_a_key_may_lead_to_what_every_database_has():
    assert key(awkward.Tag, key=["content_type", "name"]).fields == (
        "content_type",
        "name",
    )


def test_a_key_may_lead_to_what_is_matched():
    options = {"key": ["country", "name"], "references": {"country": "match"}}

    assert key(awkward.Town, **options).fields == ("country", "name")


def test_an_automatic_number_is_no_key():
    assert "id is counted up by each database" in refusal(
        declare(awkward.Person, key="id")
    )


def test_a_field_that_the_database_computes_is_no_key():
    assert "lower_name is computed by the database" in refusal(
        declare(zoo.Generated, key="lower_name")
    )


def test_documents_are_no_key():
    assert "json holds documents" in refusal(declare(zoo.Required, key="json"))


def test_an_unknown_field_is_refused_with_a_near_name():
    text = refusal(declare(awkward.Author, key="frist"))

    assert "key names 'frist', which is no field of it (did you mean first?)" in text


def test_an_empty_key_says_that_there_is_none():
    registry = declare(awkward.Account, key=())

    assert registry.declared().of(awkward.Account).key.kind is KeyKind.NONE
    assert registry.compiled().problems == ()


def test_a_model_without_key_is_tracked_and_told():
    registry = declare(awkward.Label)
    [problem] = registry.compiled().problems

    assert "awkward.Label" in registry.declared().tracked
    assert problem.check == "syncline.W101"


def test_a_key_that_may_be_null_is_told():
    registry = declare(awkward.Coordinates, key=["row", "column"])

    assert [each.check for each in registry.compiled().problems] == ["syncline.W102"]


def test_a_child_has_no_key_of_its_own():
    text = refusal(declare(awkward.Restaurant, key="serves_pizza"))

    assert "declare the key of awkward.Place" in text


@isolate_apps("tests.awkward")
def test_of_two_unique_constraints_none_is_chosen():
    class Twice(models.Model):
        code = models.CharField(max_length=5, unique=True)
        serial = models.UUIDField(default=uuid.uuid4, unique=True)

        class Meta:
            app_label = "awkward"

    registry = declare(Twice)
    [problem] = registry.compiled().problems

    assert problem.check == "syncline.E103"
    assert 'register(Twice, key="code") or register(Twice, key="serial")' in refusal(
        registry
    )
    assert key(Twice, key="serial").fields == ("serial",)


@isolate_apps("tests.awkward")
def test_a_unique_constraint_within_another_says_it_all():
    class Nested(models.Model):
        code = models.CharField(max_length=5, unique=True)
        year = models.IntegerField()

        class Meta:
            app_label = "awkward"
            unique_together = (("code", "year"),)

    assert key(Nested).fields == ("code",)


@isolate_apps("tests.awkward")
def test_a_folding_collation_forms_no_key():
    class Folding(models.Model):
        code = models.CharField(max_length=5, unique=True, db_collation="NOCASE")

        class Meta:
            app_label = "awkward"

    found = key(Folding)

    assert found.kind is KeyKind.NONE
    assert "takes different texts for equal" in found.why


@isolate_apps("tests.awkward")
def test_a_unique_field_that_stays_is_no_key():
    class Kept(models.Model):
        token = models.UUIDField(default=uuid.uuid4, unique=True)
        code = models.CharField(max_length=5, unique=True)

        class Meta:
            app_label = "awkward"

    assert key(Kept, exclude="token").fields == ("code",)


@isolate_apps("tests.awkward")
def test_models_of_django_natural_keys_work_as_they_are():
    class Writer(of_natural_keys("name")):  # type: ignore[misc]
        name = models.CharField(max_length=50)
        email = models.EmailField(unique=True)

        class Meta:
            app_label = "awkward"

    class Work(of_natural_keys("writer__name", "title")):  # type: ignore[misc]
        writer = models.ForeignKey(Writer, models.CASCADE)
        title = models.CharField(max_length=50)

        class Meta:
            app_label = "awkward"
            unique_together = (("writer", "title"),)

    assert key(Writer).fields == ("name",)
    assert key(Work, Writer).fields == ("writer", "title")
    assert key(Work, Writer).kind is KeyKind.NATURAL


@isolate_apps("tests.awkward")
def test_a_natural_key_without_names_is_told_by_its_length():
    class ByLength(models.Manager):  # type: ignore[type-arg]
        def get_by_natural_key(self, first, second):
            return self.get(code=first, year=second)

    class Dated(models.Model):
        code = models.CharField(max_length=5)
        year = models.IntegerField()
        serial = models.UUIDField(unique=True)
        objects = ByLength()

        class Meta:
            app_label = "awkward"
            unique_together = (("code", "year"),)

        def natural_key(self):
            return (self.code, self.year)

    assert key(Dated).fields == ("code", "year")


@isolate_apps("tests.awkward")
def test_a_natural_key_that_cannot_be_told_must_be_declared():
    class Odd(models.Model):
        code = models.CharField(max_length=5)

        class Meta:
            app_label = "awkward"

        def natural_key(self):
            return (self.code,)

    text = refusal(declare(Odd))

    assert "natural_key(), whose fields cannot be told" in text
    assert 'register(Odd, key="FIELD")' in text


@isolate_apps("tests.awkward")
def test_the_name_of_a_users_key_is_the_users_own():
    class Visitor(models.Model):
        USERNAME_FIELD = "email"
        email = models.EmailField()
        objects = User._default_manager.__class__()
        natural_key = User.natural_key

        class Meta:
            app_label = "awkward"

    assert key(Visitor).fields == ("email",)


@isolate_apps("tests.awkward")
def test_a_circle_of_keys_that_were_declared_is_refused():
    class Leaf(models.Model):
        parent = models.ForeignKey("self", models.CASCADE)
        name = models.CharField(max_length=5)

        class Meta:
            app_label = "awkward"

    text = refusal(declare(Leaf, key=["parent", "name"]))

    assert "its key (parent, name) leads back to itself" in text


@isolate_apps("tests.awkward")
def test_a_circle_of_unique_constraints_forms_no_key():
    class Head(models.Model):
        tail = models.OneToOneField("Tail", models.CASCADE, related_name="+")

        class Meta:
            app_label = "awkward"

    class Tail(models.Model):
        head = models.OneToOneField(Head, models.CASCADE, related_name="+")

        class Meta:
            app_label = "awkward"

    found = declare(Head, Tail).declared()

    assert found.of(Head).key.kind is found.of(Tail).key.kind is KeyKind.NONE
    assert "leads back to itself" in found.of(Head).key.why


def test_what_a_key_needs_comes_first():
    models_ = [awkward.Edition, awkward.Book, awkward.Author]
    labels = list(declare(*models_).declared().tracked)

    assert labels == ["awkward.Author", "awkward.Book", "awkward.Edition"]


def test_a_circle_of_references_is_ordered_all_the_same():
    labels = list(declare(awkward.Chicken, awkward.Egg).declared().tracked)

    assert sorted(labels) == ["awkward.Chicken", "awkward.Egg"]


def test_a_dotted_key_on_what_is_no_field_is_refused():
    text = refusal(declare(awkward.Town, key="contry.code"))

    assert "key names 'contry', which is no field of it (did you mean country?)" in text


def test_a_primary_key_that_is_a_link_needs_the_model_it_leads_to():
    registry = declare(zoo.OneToOnePk, references={"uuid_pk": "skip"})
    found = registry.declared().tracked["zoo.OneToOnePk"].key

    assert found.kind is KeyKind.NONE
    assert "uuid_pk points at zoo.UuidPk, which is not tracked" in found.why


@isolate_apps("tests.awkward")
def test_a_natural_key_that_leads_to_a_model_without_one_is_told_by_its_length():
    class Loose(of_natural_keys("person__name", "number")):  # type: ignore[misc]
        person = models.ForeignKey(awkward.Person, models.CASCADE)
        number = models.IntegerField()

        class Meta:
            app_label = "awkward"
            unique_together = (("person", "number"),)

        @classmethod
        def get_natural_key_fields(cls):
            return awkward.Person.get_natural_key_fields()  # type: ignore[attr-defined]

    assert key(Loose, awkward.Person).fields == ("person", "number")
