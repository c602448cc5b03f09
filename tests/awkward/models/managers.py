"""Managers that hide rows, and natural keys."""

from django.db import models


class Visible(models.Manager):  # type: ignore[type-arg]
    """Rows that were not deleted softly."""

    def get_queryset(self):
        return super().get_queryset().filter(deleted=False)


class Soft(models.Model):
    """The default manager hides deleted rows."""

    name = models.CharField(max_length=50)
    deleted = models.BooleanField(default=False)

    objects = Visible()

    def __str__(self):
        return self.name


class HiddenAlways(models.Model):
    """The base manager hides them as well."""

    name = models.CharField(max_length=50)
    deleted = models.BooleanField(default=False)
    soft = models.ForeignKey(Soft, models.CASCADE, null=True)

    everything = models.Manager()
    visible = Visible()

    class Meta:
        base_manager_name = "visible"
        default_manager_name = "visible"

    def __str__(self):
        return self.name


class DefaultManaged(models.Model):
    """There is no `objects`, and the first manager is not the default one."""

    name = models.CharField(max_length=50)
    deleted = models.BooleanField(default=False)

    visible = Visible()
    plain = models.Manager()

    class Meta:
        default_manager_name = "plain"

    def __str__(self):
        return self.name


class NoRows(models.Model):
    """A table that stays empty unless a receiver runs."""

    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class Beacon(models.Model):
    """Its breaking receivers raise."""

    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class Echo(models.Model):
    """Its breaking receivers change the row and write another one."""

    name = models.CharField(max_length=50)

    def __str__(self):
        return self.name


class AuthorManager(models.Manager):  # type: ignore[type-arg]
    """Finds an author by name."""

    def get_by_natural_key(self, first, last):
        return self.get(first=first, last=last)


class Author(models.Model):
    """A natural key of two columns."""

    first = models.CharField(max_length=50)
    last = models.CharField(max_length=50)

    objects = AuthorManager()

    class Meta:
        unique_together = (("first", "last"),)

    def __str__(self):
        return f"{self.first} {self.last}"

    def natural_key(self):
        return (self.first, self.last)


class BookManager(models.Manager):  # type: ignore[type-arg]
    """Finds a book by title and author."""

    def get_by_natural_key(self, title, first, last):
        author = Author.objects.db_manager(self.db).get_by_natural_key(first, last)
        return self.get(title=title, author=author)


class Book(models.Model):
    """A natural key that goes through a relation."""

    title = models.CharField(max_length=100)
    author = models.ForeignKey(Author, models.CASCADE)

    objects = BookManager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("title", "author"), name="awkward_book_once"
            ),
        )
        ordering = ("author__last", "title")

    def __str__(self):
        return self.title

    def natural_key(self):
        return (self.title, *self.author.natural_key())

    natural_key.dependencies = ("awkward.author",)  # type: ignore[attr-defined]


class Edition(models.Model):
    """Refers to a row that has a natural key."""

    book = models.ForeignKey(Book, models.CASCADE)
    year = models.IntegerField()

    class Meta:
        ordering = ("book",)

    def __str__(self):
        return f"Edition {self.pk}"
