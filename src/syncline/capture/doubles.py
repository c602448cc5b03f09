"""Records that share a key, though each has a uid of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

from syncline.errors import SAMPLES_MAX
from syncline.identity.births import keys_of
from syncline.identity.bound import Bound
from syncline.identity.database import NodeDatabase
from syncline.identity.references import References
from syncline.registry.terms import KeyKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Double:
    """Two of the rows of one model that share a key."""

    label: str
    key: str
    pks: tuple[str, str]
    rows: int
    """How many rows share it."""


def doubles(database: NodeDatabase) -> Iterator[Double]:
    """Give some keys that several rows of a model have, one statement a model.

    A key may be edited until it equals another's. Where the database itself allows but
    one row of a key there is nothing to look for.
    """
    for bound in database.all_bound():
        if _may_have(bound):
            with bound.engine.reading_view(bound.connection):
                yield from _of_model(database, bound)


def _may_have(bound: Bound) -> bool:
    key, description = bound.tracked.key, bound.table.description
    if key.kind not in (KeyKind.DECLARED, KeyKind.NATURAL):
        return False
    if not set(key.fields) <= bound.table.columns.keys():
        return False  # Migrations are behind the code.
    uniques = [*description.uniques, description.pk]
    return not any(set(names) <= set(key.fields) for names in uniques)


def _of_model(database: NodeDatabase, bound: Bound) -> Iterator[Double]:
    references = References(database=database, genesis="")
    for first, second, rows in _found(bound):
        images = bound.images_of([first, second])
        keys = keys_of(bound, references, list(images.values()))
        # A collation may take keys for equal that are two by their bytes.
        if len(keys) > 1 and keys[0] == keys[1] and keys[0] is not None:
            key = ", ".join(
                value.hex() if isinstance(value, bytes) else str(value)
                for value in keys[0]
            )
            yield Double(label=bound.label, key=key, pks=(first, second), rows=rows)


def _found(bound: Bound) -> list[tuple[str, str, int]]:
    quote = bound.engine.quote
    fields = bound.tracked.key.fields
    columns = [f"t.{quote(bound.table.columns[name].name)}" for name in fields]
    present = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    pks = f"MIN({bound.pk_sql}), MAX({bound.pk_sql})"
    rows = bound.engine.execute(
        bound.connection,
        f"SELECT {pks}, COUNT(*) FROM {bound.name} t WHERE {present} "
        f"GROUP BY {', '.join(columns)} HAVING COUNT(*) > 1 LIMIT {SAMPLES_MAX}",
    )
    return [(str(first), str(second), int(count)) for first, second, count in rows]
