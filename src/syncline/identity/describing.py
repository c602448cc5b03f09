"""What the columns of tracked tables are like, kept so that nobody has to look again.

Two nodes tell each other at every contact what their fields hold. Asking the database
takes a statement or more a table, so the answer is kept when triggers are installed;
for as long as the model's code is the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from syncline.changes.kinds import Kind
from syncline.identity.bound import Bound
from syncline.identity.database import NodeDatabase
from syncline.models import TrackedTable
from syncline.registry import Tracked

DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A field as its column is."""

    kind: Kind
    null: bool


def description(bound: Bound) -> dict[str, Any]:
    """Give what is kept of a table; nothing if it lacks a column that is to come."""
    tracked = bound.tracked
    names = [name for part in tracked.parts for name in part.fields]
    if not all(name in bound.table.columns for name in names):
        return {}
    return {
        "code": digest_of_code(tracked),
        "fields": {field.name: [field.kind, field.null] for field in bound.described},
    }


def described(database: NodeDatabase, label: str) -> Mapping[str, Described]:
    """Give a table's fields as they are kept, or else as they are found."""
    row, tracked = database.rows[label], database.declared.tracked[label]
    if row.described.get("code") != digest_of_code(tracked):
        return {
            field.name: Described(kind=field.kind, null=field.null)
            for field in database.bound(label).described
        }
    return {
        name: Described(kind=Kind(kind), null=null)
        for name, (kind, null) in row.described["fields"].items()
    }


def keep(database: NodeDatabase) -> None:
    """Keep what all tracked tables are like now."""
    rows = TrackedTable.objects.using(database.alias)
    for bound in database.all_bound():
        kept = description(bound)
        if kept != database.rows[bound.label].described:
            rows.filter(number=bound.number).update(described=kept)


def digest_of_code(tracked: Tracked) -> str:
    """Digest what the code says of a model's columns, and of what travels."""
    said = [
        (
            field.name,
            field.column,
            field.get_internal_type(),
            field.null,
            field.max_length,
            getattr(field, "decimal_places", None),
        )
        for field in tracked.model._meta.local_concrete_fields
    ]
    parts = [(part.name, part.fields) for part in tracked.parts]
    rules = sorted((name, str(rule.kind)) for name, rule in tracked.references.items())
    text = repr((said, parts, rules))
    return blake2b(text.encode(), digest_size=DIGEST_BYTES).hexdigest()
