"""Abstract, proxy and multi-table inheritance."""

from django.db import models


class Named(models.Model):
    """Abstract: has no table; its field becomes each child's."""

    name = models.CharField(max_length=100)

    class Meta:
        abstract = True

    def __str__(self):
        return self.name


class Place(Named):
    """The top of two levels of tables."""

    neighbours = models.ManyToManyField("self")


class ProxyPlace(Place):
    """Another class over the same rows."""

    class Meta:
        proxy = True


class Restaurant(Place):
    """The first child; its key is `place_ptr`."""

    serves_pizza = models.BooleanField(default=False)


class Trattoria(Restaurant):
    """The second level: the parent link has a name of its own."""

    link = models.OneToOneField(
        Restaurant, models.CASCADE, parent_link=True, primary_key=True
    )
    cook = models.CharField(max_length=100)
    suppliers = models.ManyToManyField(Place, related_name="customers")


class Car(Named):
    """One of two parents of Amphibian."""

    car_id = models.AutoField(primary_key=True)


class Boat(Named):
    """The other parent; its name column is not Car's."""

    boat_id = models.AutoField(primary_key=True)
    name = models.CharField(max_length=50, db_column="boat_name")
    car_name = models.CharField(max_length=50)


class Wheels(models.Model):
    """Refers to a child by its parent's key."""

    restaurant = models.ForeignKey(Restaurant, models.CASCADE)
    trattoria = models.ForeignKey(
        Trattoria, models.CASCADE, null=True, related_name="+"
    )

    def __str__(self):
        return f"Wheels {self.pk}"


class Amphibian(Boat):
    """A child whose other parent is a plain relation, not the key."""

    car = models.OneToOneField(Car, models.CASCADE)
    depth = models.DecimalField(max_digits=5, decimal_places=2)


class Visit(models.Model):
    """Refers to rows through their proxy."""

    place = models.ForeignKey(ProxyPlace, models.CASCADE)
    places = models.ManyToManyField(ProxyPlace, related_name="group_visits")

    def __str__(self):
        return f"Visit {self.pk}"
