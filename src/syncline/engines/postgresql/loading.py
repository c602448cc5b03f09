"""What slows a load into PostgreSQL down: taken away first, put back at the end.

All of it is one transaction, because DDL rolls back ("Transactions", chapter 3.4).
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

Execute = Callable[..., list[tuple[Any, ...]]]

OWNED = """
SELECT to_regclass(name)::oid FROM unnest(%s::text[]) name
JOIN pg_class c ON c.oid = to_regclass(name)
WHERE c.relkind = 'r' AND NOT c.relispartition AND pg_has_role(c.relowner, 'USAGE')
"""

CONSTRAINTS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', k.conrelid::regclass, k.conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', k.conrelid::regclass, k.conname,
              pg_get_constraintdef(k.oid)),
       k.conname
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
WHERE k.conparentid = 0 AND pg_has_role(c.relowner, 'USAGE')
  AND (k.contype = 'f' AND (k.conrelid = ANY(%s) OR k.confrelid = ANY(%s))
       OR k.contype = 'u' AND k.conrelid = ANY(%s))
ORDER BY k.contype = 'f', k.conname
"""
"""Unique constraints come first, because foreign keys may lean on them."""

INDEXES = """
SELECT format('DROP INDEX %%s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid),
       i.indexrelid::regclass::text
FROM pg_index i
WHERE i.indrelid = ANY(%s) AND i.indisvalid AND NOT i.indisclustered
  AND NOT i.indisreplident AND obj_description(i.indexrelid) IS NULL
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid)
ORDER BY 3
"""

TRIGGERS = """
SELECT format('ALTER TABLE %%s DISABLE TRIGGER %%I', tgrelid::regclass, tgname),
       format('ALTER TABLE %%s ENABLE TRIGGER %%I', tgrelid::regclass, tgname), tgname
FROM pg_trigger
WHERE tgrelid = ANY(%s) AND NOT tgisinternal AND tgenabled = 'O'
ORDER BY tgname
"""


def take_away(execute: Execute, tables: Sequence[str]) -> Callable[[], Iterable[str]]:
    """Drop what can be rebuilt, and give the function that rebuilds it.

    Args:
        execute: runs SQL and gives its rows.
        tables: quoted names.
    """
    oids = [oid for (oid,) in execute(OWNED, [list(tables)])]
    foreign_and_unique = execute(CONSTRAINTS, [oids, oids, oids])
    parts = [
        *execute(TRIGGERS, [oids]),
        *execute(INDEXES, [oids]),
        *foreign_and_unique,
    ]
    # Foreign keys lean on unique constraints, so they go first and come back last.
    for drop, _, _ in reversed(parts):
        execute(drop)

    def put_back() -> Iterable[str]:
        for _, create, name in parts:
            yield str(name)
            execute(create)

    return put_back
