"""Trees, cycles, through models, links by other columns than the key."""

from django.db import models

from tests.zoo.fields import ExactCharField


class Node(models.Model):
    """A tree; a parent may have a greater key than its child."""

    name = models.CharField(max_length=50)
    parent = models.ForeignKey("self", models.CASCADE, null=True)

    class Meta:
        order_with_respect_to = "parent"

    def __str__(self):
        return self.name


class Loop(models.Model):
    """A NOT NULL link to itself: the first row refers to its own key."""

    next = models.ForeignKey("self", models.CASCADE)

    def __str__(self):
        return f"Loop {self.pk}"


class Left(models.Model):
    """Half of a cycle that may be NULL."""

    right = models.ForeignKey("Right", models.CASCADE, null=True, related_name="+")

    def __str__(self):
        return f"Left {self.pk}"


class Right(models.Model):
    """The other half."""

    left = models.ForeignKey(Left, models.CASCADE, null=True, related_name="+")

    def __str__(self):
        return f"Right {self.pk}"


class Chicken(models.Model):
    """Half of a cycle that may not be NULL: neither row can come first."""

    egg = models.ForeignKey("Egg", models.CASCADE, related_name="+")

    def __str__(self):
        return f"Chicken {self.pk}"


class Egg(models.Model):
    """The other half."""

    chicken = models.ForeignKey(Chicken, models.CASCADE, related_name="+")

    def __str__(self):
        return f"Egg {self.pk}"


class Person(models.Model):
    """Friends go both ways, heroes one way."""

    name = models.CharField(max_length=50)
    friends = models.ManyToManyField("self", through="Friend")
    relatives = models.ManyToManyField("self")
    heroes = models.ManyToManyField("self", symmetrical=False, related_name="fans")

    class Meta:
        ordering = ("name",)

    def __str__(self):
        return self.name


class Friend(models.Model):
    """Two links to one table, and when it began."""

    one = models.ForeignKey(Person, models.CASCADE, related_name="+")
    other = models.ForeignKey(Person, models.CASCADE, related_name="+")
    since = models.DateField(null=True)

    def __str__(self):
        return f"Friend {self.pk}"


class Colour(models.Model):
    """One side of an automatic many-to-many table."""

    name = models.CharField(max_length=50, unique=True)

    def __str__(self):
        return self.name


class Group(models.Model):
    """Members through a model with more links than two."""

    name = models.CharField(max_length=50)
    members = models.ManyToManyField(
        Person, through="Membership", through_fields=("group", "person")
    )
    colours = models.ManyToManyField(Colour, db_table="awkward group's colours")

    def __str__(self):
        return self.name


class Membership(models.Model):
    """A through model with a second link to Person."""

    group = models.ForeignKey(Group, models.CASCADE)
    person = models.ForeignKey(Person, models.CASCADE)
    inviter = models.ForeignKey(
        Person, models.SET_NULL, null=True, related_name="invitations"
    )
    reason = models.TextField(blank=True)

    class Meta:
        unique_together = (("group", "person"),)
        ordering = ("person__name", "group__name")

    def __str__(self):
        return f"Membership {self.pk}"


class Passport(models.Model):
    """One to one, NOT NULL on one side and nullable on the other."""

    person = models.OneToOneField(Person, models.CASCADE)
    replaces = models.OneToOneField("self", models.SET_NULL, null=True)

    def __str__(self):
        return f"Passport {self.pk}"


class Country(models.Model):
    """Its code, not its key, is what others store."""

    code = ExactCharField(max_length=10, unique=True)

    def __str__(self):
        return self.code


class Town(models.Model):
    """`to_field`: the column holds text though Country's key is a number."""

    name = models.CharField(max_length=50)
    country = models.ForeignKey(Country, models.CASCADE, to_field="code")
    twin = models.ForeignKey(
        Country, models.CASCADE, to_field="code", null=True, related_name="twins"
    )

    def __str__(self):
        return self.name


class Step(models.Model):
    """`to_field` onto its own table."""

    code = models.CharField(max_length=10, unique=True)
    after = models.ForeignKey("self", models.CASCADE, to_field="code", null=True)

    def __str__(self):
        return self.code


class Dangling(models.Model):
    """No constraint in the database: its links may lead nowhere."""

    person = models.ForeignKey(Person, models.DO_NOTHING, db_constraint=False)
    town = models.ForeignKey(
        Town, models.DO_NOTHING, db_constraint=False, null=True, db_index=False
    )
    colours = models.ManyToManyField(Colour, db_constraint=False)

    def __str__(self):
        return f"Dangling {self.pk}"
