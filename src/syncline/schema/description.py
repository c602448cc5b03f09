"""What a model looks like to a reader who has only the manifest."""

from msgspec import Struct, field

from syncline.changes.kinds import Kind


class Statistics(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one pass over a field's values told; enough for a pre-flight."""

    nulls: int = 0
    longest: int | None = None
    """Characters of the longest text, or bytes of the longest binary."""

    least: int | float | str | None = None
    """The smallest number, date or time, as the source's engine spells it."""

    greatest: int | float | str | None = None
    """The largest value, likewise."""

    nuls: int = 0
    """How many texts contain a NUL character."""

    odd: int = 0
    """How many values are not finite numbers, not of the column's type, or documents
    that not every engine may take."""


class FieldDescription(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One concrete field of a model."""

    name: str
    column: str
    kind: Kind
    null: bool = False
    length_max: int | None = None
    places: int | None = None
    native: str = ""
    """The column's type in its own engine."""

    zone: str = "UTC"
    """The zone of a NAIVE field."""

    target: str = ""
    """The label of the model that a foreign key points at."""

    target_field: str = ""
    """The field that a foreign key points at."""

    statistics: Statistics | None = None


class ModelDescription(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One model with its table."""

    label: str
    """`app_label.ModelName`."""

    table: str
    fields: tuple[FieldDescription, ...]
    pk: tuple[str, ...]
    """The names of the fields that make the primary key."""

    generic: tuple[tuple[str, str], ...] = ()
    """Pairs of (content type field, object id field) of generic foreign keys."""

    uniques: tuple[tuple[str, ...], ...] = ()
    """Names of the fields of each unconditional unique constraint."""

    natural_key: tuple[str, ...] = ()
    """Names of the fields of the natural key, where the model declares one."""

    rows: int = 0
    generated: tuple[str, ...] = field(default=())
    """Names of the fields that the database computes; their values do not travel."""

    def field(self, name: str) -> FieldDescription:
        """Find a field by its name."""
        for described in self.fields:
            if described.name == name:
                return described
        raise KeyError(name)

    @property
    def names(self) -> tuple[str, ...]:
        """The fields' names in the order of a row."""
        return tuple(described.name for described in self.fields)
