"""What a database holds and how its tables are made: read by hand, to be compared."""

import re
from collections import Counter

from django.db import connections

from tests.awkward.samples import add_dangling_generic_keys, fill_awkward
from tests.databases import engine_of
from tests.zoo.samples import fill_zoo

ROWS = 100
"""Rows of Everything; each value of each field comes among the first forty."""

AUTO_INCREMENT = re.compile(r" AUTO_INCREMENT=\d+")

POSTGRESQL_SCHEMA = """
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND convalidated
UNION ALL
SELECT 'index', tablename, indexname, indexdef FROM pg_indexes
WHERE schemaname = 'public'
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname, tgenabled::text FROM pg_trigger
WHERE NOT tgisinternal
"""


def fill(alias, *, engines):
    """Fill all zoos of a database with what all of `engines` can hold."""
    fill_zoo(alias, engines=engines, rows=ROWS)
    fill_awkward(alias)
    add_dangling_generic_keys(alias)
    if set(engines) == {"postgresql"}:
        # Its module imports psycopg, which a machine without PostgreSQL may lack.
        from tests.zoo_postgresql.samples import fill_zoo_postgresql  # noqa: PLC0415

        fill_zoo_postgresql(alias)


def contents(alias):
    """Return the rows of every table, as the driver gives them; their order is lost."""
    connection = connections[alias]
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = Counter(map(_spelled, cursor.fetchall()))
    return found


def _spelled(row):
    return repr(
        [bytes(value) if isinstance(value, memoryview) else value for value in row]
    )


def schema(alias):
    """Return every constraint, index and trigger, as the engine spells it."""
    connection = connections[alias]
    with connection.cursor() as cursor:
        match engine_of(alias):
            case "postgresql":
                cursor.execute(POSTGRESQL_SCHEMA)
                return set(cursor.fetchall())
            case "mariadb":
                return _mariadb_schema(connection, cursor)
            case _:
                cursor.execute("SELECT type, name, sql FROM sqlite_master")
                return set(cursor.fetchall())


def _mariadb_schema(connection, cursor):
    cursor.execute(
        "SELECT trigger_name, action_statement FROM information_schema.triggers"
        " WHERE trigger_schema = DATABASE()"
    )
    found = set(cursor.fetchall())
    for table in connection.introspection.table_names(cursor):
        cursor.execute(f"SHOW CREATE TABLE {connection.ops.quote_name(table)}")
        found.add((table, AUTO_INCREMENT.sub("", cursor.fetchone()[1])))
    return found
