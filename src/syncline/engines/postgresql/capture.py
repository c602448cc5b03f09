"""Triggers and locks of PostgreSQL."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import OperationalError, transaction
from psycopg.errors import LockNotAvailable
from psycopg.pq import TransactionStatus

from syncline.changes.operations import Origin
from syncline.engines.capture import (
    JOURNAL,
    WAIT_S,
    Capture,
    Watched,
    columns_of,
    digests,
    number_of,
    run,
)
from syncline.engines.parts import Column, Connection, Query
from syncline.engines.postgresql.keys import (
    array,
    array_type,
    exact,
    spelled,
    trouble,
    values,
)
from syncline.engines.postgresql.triggers import NOW, ORIGIN, Triggers
from syncline.errors import SequencerBusy

AS_VALUES = frozenset(
    {
        "bigint",
        "boolean",
        "bytea",
        "date",
        "integer",
        "smallint",
        "time without time zone",
        "timestamp with time zone",
        "timestamp without time zone",
        "uuid",
    }
)
"""Types whose equal values have equal bytes."""

SCHEMA = (
    "(SELECT nspname FROM pg_namespace n JOIN pg_class c ON c.relnamespace = n.oid "
    f"WHERE c.oid = to_regclass('{JOURNAL}'))"
)

TRIGGERS_SQL = f"""
SELECT t.tgname, n.nspname, c.relname, t.tgenabled,
       regexp_replace(pg_get_triggerdef(t.oid), ' EXECUTE FUNCTION .*$', ''),
       f.nspname, p.proname, p.prosecdef, p.proconfig, p.prosrc, t.tgrelid
FROM pg_trigger t
JOIN pg_class c ON c.oid = t.tgrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_proc p ON p.oid = t.tgfoid
JOIN pg_namespace f ON f.oid = p.pronamespace
WHERE t.tgname LIKE 'syncline\\_%' AND t.tgparentid = 0 AND NOT t.tgisinternal
  AND f.nspname = {SCHEMA}
"""

LOCK = f"({0x53796E63}, to_regclass('{JOURNAL}')::oid::int)"
"""Locks are of one database; its schemas may each have a journal."""

ORPHANS_SQL = f"""
SELECT n.nspname, p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE n.nspname = {SCHEMA} AND p.proname LIKE 'syncline\\_%'
  AND NOT EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgfoid = p.oid)
"""

HOLDER_SQL = f"""
SELECT format('%%s (process %%s, %%s)', coalesce(nullif(a.application_name, ''),
       a.usename, 'a session'), l.pid, coalesce(a.state, 'not visible'))
FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = {0x53796E63}
  AND l.objid = to_regclass('{JOURNAL}') AND l.database =
  (SELECT oid FROM pg_database WHERE datname = current_database())
""".replace("%%", "%")

OWNER_SQL = """
SELECT c.relowner::regrole::text, pg_has_role(c.relowner, 'USAGE')
FROM pg_class c WHERE c.oid = to_regclass(%s)
"""

MAY_CREATE_SQL = f"""
SELECT nspname, has_schema_privilege(nspname, 'CREATE')
FROM pg_namespace WHERE nspname = {SCHEMA}
"""


class PostgreSQLCapture(Capture):
    """Statement triggers with transition tables, which cost half of row triggers."""

    now = NOW

    # Triggers

    def statements(
        self, connection: Connection, watched: Sequence[Watched]
    ) -> list[str]:
        [(schema,)] = run(connection, f"SELECT {SCHEMA}")
        triggers = Triggers(capture=self, schema=self.quote(schema))
        partitioned = self._partitioned(connection, watched)
        return [
            sql
            for table in watched
            for sql in triggers.of(table, partitioned=table.table in partitioned)
        ]

    def install(self, connection: Connection, watched: Sequence[Watched]) -> None:
        with transaction.atomic(using=connection.alias):
            tables = [table.table for table in watched]
            self._drop(connection, tables, {table.number for table in watched})
            for sql in self.statements(connection, watched):
                run(connection, sql)

    def remove(self, connection: Connection, tables: Sequence[str]) -> None:
        with transaction.atomic(using=connection.alias):
            self._drop(connection, tables, set())
            for schema, name in run(connection, ORPHANS_SQL):
                # A table takes its triggers along when it is dropped, and no more.
                if number_of(name) is not None:
                    function = f"{self.quote(schema)}.{self.quote(name)}"
                    run(connection, f"DROP FUNCTION {function}()")

    def _drop(
        self, connection: Connection, tables: Sequence[str], numbers: set[int]
    ) -> None:
        """Drop what is on these tables or has these numbers."""
        relations = [
            run(connection, "SELECT to_regclass(%s)::oid", [self.quote(table)])[0][0]
            for table in tables
        ]
        for row in run(connection, TRIGGERS_SQL):
            name, schema, table, relation = *row[:3], row[-1]
            if relation in relations or number_of(name) in numbers:
                on = f"{self.quote(schema)}.{self.quote(table)}"
                function = f"{self.quote(row[5])}.{self.quote(name)}"
                run(connection, f"DROP TRIGGER {self.quote(name)} ON {on}")
                run(connection, f"DROP FUNCTION {function}()")

    def installed(self, connection: Connection) -> dict[int, str]:
        return digests(row[:-1] for row in run(connection, TRIGGERS_SQL))

    def missing_privileges(
        self, connection: Connection, tables: Sequence[str]
    ) -> list[str]:
        found: list[str] = []
        for table in tables:
            for owner, is_ours in run(connection, OWNER_SQL, [self.quote(table)]):
                if not is_ours:
                    found.append(
                        f"{table} belongs to {owner}, and only its owner can take "
                        "triggers off again."
                    )
        for schema, may in run(connection, MAY_CREATE_SQL):
            if not may:
                found.append(f"No functions may be created in the schema {schema}.")
        return found

    def _partitioned(
        self, connection: Connection, watched: Sequence[Watched]
    ) -> set[str]:
        sql = "SELECT relkind FROM pg_class WHERE oid = to_regclass(%s)"
        return {
            table.table
            for table in watched
            if run(connection, sql, [self.quote(table.table)]) == [("p",)]
        }

    def changed(self, column: Column, old: str, new: str) -> str:
        if column.native in AS_VALUES:
            return f"{old} IS DISTINCT FROM {new}"
        if column.native in ("character varying", "text"):
            left, right = exact(column, old), exact(column, new)
            return f"{left} IS DISTINCT FROM {right}"
        # Compares images, so that 1.0 is not 1.00 ("Composite Type Comparison");
        # without the casts it would be read as a comparison column by column.
        return f"ROW({old})::record OPERATOR(pg_catalog.*<>) ROW({new})::record"

    # Who writes

    def _swap_origin(self, connection: Connection, origin: Origin) -> int:
        [(former, _)] = run(
            connection,
            f"SELECT {ORIGIN}, set_config('syncline.origin', %s, true)",
            [str(int(origin))],
        )
        return int(former)

    def _restore_origin(self, connection: Connection, origin: int) -> None:
        raw = connection.connection
        if raw is None or raw.closed or connection.needs_rollback:
            return
        # After an error only a rollback is taken, which undoes the setting as well.
        if raw.info.transaction_status == TransactionStatus.INTRANS:
            run(
                connection,
                "SELECT set_config('syncline.origin', %s, true)",
                [str(origin)],
            )

    @contextmanager
    def sequencing(
        self, connection: Connection, wait_s: float = WAIT_S
    ) -> Iterator[None]:
        nested = connection.in_atomic_block
        with transaction.atomic(using=connection.alias):
            if not nested:
                run(connection, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            [(taken,)] = run(connection, f"SELECT pg_try_advisory_xact_lock{LOCK}")
            if not taken:
                self._wait(connection, wait_s)
            yield

    def _wait(self, connection: Connection, wait_s: float) -> None:
        [(before,)] = run(connection, "SELECT current_setting('lock_timeout')")
        setting = "SELECT set_config('lock_timeout', %s, true)"
        try:
            with transaction.atomic(using=connection.alias):
                run(connection, setting, [f"{int(wait_s * 1000)}ms"])
                run(connection, f"SELECT pg_advisory_xact_lock{LOCK}")
                run(connection, setting, [before])
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
            holders = [holder for (holder,) in run(connection, HOLDER_SQL)]
            raise SequencerBusy(
                alias=connection.alias,
                wait_s=wait_s,
                holder=" and ".join(holders) or "a session that has ended since",
            ) from error

    # How keys are spelled

    def spelled(self, column: Column, value: str) -> str:
        return spelled(column, value)

    def netstrings(self, parts: Sequence[str]) -> str:
        return " || ".join(f"length({part}) || ':' || {part}" for part in parts)

    def _with_pks(
        self, pk: Sequence[Column], names: Sequence[str], pks: Sequence[str]
    ) -> Query:
        lists = columns_of(pks, len(pk))
        params = tuple(
            array(values(column, texts))
            for column, texts in zip(pk, lists, strict=True)
        )
        arrays = [f"%s::{array_type(column)}" for column in pk]
        if len(pk) == 1:
            return Query(sql=f"{names[0]} = ANY({arrays[0]})", params=params)
        return Query(
            sql=f"({', '.join(names)}) IN (SELECT * FROM unnest({', '.join(arrays)}))",
            params=params,
        )

    def pk_trouble(self, column: Column) -> str:
        return trouble(column)
