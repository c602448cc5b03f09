"""Triggers and locks of MariaDB."""

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from functools import partial

from django.db import transaction
from MySQLdb import MySQLError

from syncline.changes.operations import Operation, Origin
from syncline.engines.capture import (
    JOURNAL,
    JOURNAL_COLUMNS,
    PK_LENGTH_MAX,
    WAIT_S,
    Capture,
    Watched,
    digests,
    number_of,
    run,
    split_pk,
)
from syncline.engines.mariadb.cascades import LINKS_SQL, cascades, links_of
from syncline.engines.mariadb.columns import INTEGER_BITS, TEXTS
from syncline.engines.mariadb.privileges import grants_of, missing
from syncline.engines.parts import Column, Connection, Query
from syncline.errors import SequencerBusy

NOW = "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))"
ORIGIN = f"COALESCE(@syncline_origin, {int(Origin.USER)})"

INSERT = f"INSERT INTO {JOURNAL} ({', '.join(JOURNAL_COLUMNS)})"

TRIGGERS_SQL = """
SELECT trigger_name, event_object_table, action_timing, event_manipulation,
       action_statement, sql_mode, definer
FROM information_schema.triggers
WHERE trigger_schema = DATABASE() AND trigger_name LIKE 'syncline\\_%'
"""

LOGGED_SQL = "SELECT DATABASE(), @@log_bin AND NOT @@log_bin_trust_function_creators"

LOCK = "CONCAT('syncline.', MD5(DATABASE()))"
"""Locks are of the whole server ("GET_LOCK")."""

HOLDER_SQL = f"""
SELECT CONCAT('connection ', id, ' of ', user, ' from ', host)
FROM information_schema.processlist WHERE id = IS_USED_LOCK({LOCK})
"""

GROUP = 999
"""How many constants an IN may have before it becomes a subquery, which UPDATE and
DELETE look up without an index (`in_predicate_conversion_threshold`)."""

EXACT = frozenset(
    {*INTEGER_BITS, "date", "datetime", "decimal", "inet6", "time", "uuid", "year"}
)
"""Types whose equal values have equal bytes."""

FLOATS = frozenset({"double", "float"})
KEYS = frozenset({*INTEGER_BITS, "date", "datetime", "decimal", "inet6", "uuid"})
EPOCH = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - the column has no zone either


class MariaDBCapture(Capture):
    """Row triggers, and for what foreign keys do, triggers on the tables above."""

    now = NOW

    # Triggers

    def statements(
        self, connection: Connection, watched: Sequence[Watched]
    ) -> list[str]:
        return list(self._triggers(connection, watched).values())

    def _triggers(
        self, connection: Connection, watched: Sequence[Watched]
    ) -> dict[str, str]:
        """Give the DDL by the names of the triggers."""
        links = links_of(run(connection, LINKS_SQL)) if watched else []
        made: dict[str, str] = {}
        for table in watched:
            for suffix, event, body in (
                ("insert", "AFTER INSERT", self._simple(table, Operation.INSERT)),
                ("update", "AFTER UPDATE", self._update(table)),
                ("delete", "AFTER DELETE", self._simple(table, Operation.DELETE)),
            ):
                name = f"syncline_{table.number}_{suffix}"
                made[name] = self._create(name, event, table.table, body)
            write = partial(self._journal_rows, table)
            for suffix, event, above, body in cascades(self, write, table, links):
                name = f"syncline_{table.number}_{suffix}"
                made[name] = self._create(name, event, above, body)
        return made

    def install(self, connection: Connection, watched: Sequence[Watched]) -> None:
        former = self._of(connection, [table.table for table in watched])
        numbers = {table.number for table in watched}
        made = self._triggers(connection, watched)
        with _plain_mode(connection):
            # Replaced at once: no write slips through between one and the next.
            for sql in made.values():
                run(connection, sql)
        for name, number in self._names(connection):
            if number in former | numbers and name not in made:
                run(connection, f"DROP TRIGGER {self.quote(name)}")

    def remove(self, connection: Connection, tables: Sequence[str]) -> None:
        numbers = self._of(connection, tables)
        for name, number in self._names(connection):
            if number in numbers:
                run(connection, f"DROP TRIGGER {self.quote(name)}")

    def installed(self, connection: Connection) -> dict[int, str]:
        return digests(run(connection, TRIGGERS_SQL))

    def unseen(
        self, connection: Connection, watched: Sequence[Watched]
    ) -> dict[int, list[str]]:
        there = {name for name, _ in self._names(connection)}
        links = links_of(run(connection, LINKS_SQL))
        found: dict[int, list[str]] = {}
        for table in watched:
            write = partial(self._journal_rows, table)
            for suffix, _, above, _ in cascades(self, write, table, links):
                if f"syncline_{table.number}_{suffix}" not in there:
                    found.setdefault(table.number, []).append(above)
        return found

    def _names(self, connection: Connection) -> list[tuple[str, int]]:
        names = [row[0] for row in run(connection, TRIGGERS_SQL)]
        return [
            (name, number) for name in names if (number := number_of(name)) is not None
        ]

    def _of(self, connection: Connection, tables: Sequence[str]) -> set[int]:
        """Give the numbers under which some tables are watched."""
        return {
            number
            for name, table, *_ in run(connection, TRIGGERS_SQL)
            if table in tables
            and (number := number_of(name)) is not None
            and name == f"syncline_{number}_insert"
        }

    def _create(self, name: str, event: str, table: str, body: str) -> str:
        return (
            f"CREATE OR REPLACE TRIGGER {self.quote(name)} {event} "
            f"ON {self.quote(table)} FOR EACH ROW\n{body}"
        )

    def _simple(self, table: Watched, operation: Operation) -> str:
        prefix = "OLD." if operation is Operation.DELETE else "NEW."
        values = _values(table, operation, self.pk_text(table.pk, prefix))
        return f"{INSERT}\nVALUES ({values})"

    def _update(self, table: Watched) -> str:
        moved = " OR ".join(self.changes(table.pk))
        terms = [f"(({condition}) << {bit})" for bit, condition in self.bits(table)]
        values = _values(
            table,
            Operation.UPDATE,
            self.pk_text(table.pk, "NEW."),
            old_pk=f"IF({moved}, {self.pk_text(table.pk, 'OLD.')}, NULL)",
            mask="syncline_mask",
        )
        return (
            "BEGIN\n  DECLARE syncline_mask BIGINT DEFAULT "
            + ("\n    | ".join(terms) or "0")
            + f";\n  IF syncline_mask <> 0 OR {moved} THEN\n"
            f"    {INSERT}\n    VALUES ({values});\n  END IF;\nEND"
        )

    def _journal_rows(
        self,
        table: Watched,
        operation: Operation,
        pk: str,
        rows: str,
        *,
        old_pk: str = "NULL",
        mask: int = 0,
    ) -> str:
        values = _values(table, operation, pk, old_pk=old_pk, mask=str(mask))
        return f"{INSERT}\n  SELECT {values}\n  {rows};\n"

    def changed(self, column: Column, old: str, new: str) -> str:
        same = f"{old} <=> {new}"
        if column.native in EXACT:
            return f"NOT ({same})"
        in_bytes = f"BINARY {old} <=> BINARY {new}"
        # As text, a float is rounded; as a number, -0.0 is 0.0.
        if column.native in FLOATS:
            return f"NOT ({same} AND {in_bytes})"
        return f"NOT ({in_bytes})"

    def missing_privileges(
        self, connection: Connection, tables: Sequence[str]
    ) -> list[str]:
        grants = grants_of([row[0] for row in run(connection, "SHOW GRANTS")])
        [(database, logged)] = run(connection, LOGGED_SQL)
        return missing(grants, database, tables, logged=bool(logged))

    # Who writes

    def _swap_origin(self, connection: Connection, origin: Origin) -> int:
        [(former,)] = run(connection, f"SELECT {ORIGIN}")
        run(connection, "SET @syncline_origin = %s", [int(origin)])
        return int(former)

    def _restore_origin(self, connection: Connection, origin: int) -> None:
        # A rollback leaves the variable as it is, so it is set whatever happened; below
        # Django, which lets nothing through once a rollback is due. Where the session
        # is gone, so is its variable.
        if connection.connection is not None:
            with suppress(MySQLError):
                connection.connection.query(f"SET @syncline_origin = {int(origin)}")

    @contextmanager
    def sequencing(
        self, connection: Connection, wait_s: float = WAIT_S
    ) -> Iterator[None]:
        [(taken,)] = run(connection, f"SELECT GET_LOCK({LOCK}, %s)", [wait_s])
        if not taken:
            holders = [holder for (holder,) in run(connection, HOLDER_SQL)]
            raise SequencerBusy(
                alias=connection.alias,
                wait_s=wait_s,
                holder=" and ".join(holders) or "a session that has ended since",
            )
        try:
            if not connection.in_atomic_block:
                run(connection, "SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            with transaction.atomic(using=connection.alias):
                yield
        finally:
            # As above: a session that is gone holds no lock.
            if connection.connection is not None:
                with suppress(MySQLError):
                    connection.connection.query(f"DO RELEASE_LOCK({LOCK})")

    # How keys are spelled

    def spelled(self, column: Column, value: str) -> str:
        if column.native == "datetime":
            micros = f"TIMESTAMPDIFF(MICROSECOND, '1970-01-01', {value})"
            return f"COALESCE({micros}, CAST({value} AS CHAR))"
        if column.native == "date":
            return f"DATE_FORMAT({value}, '%Y-%m-%d')"
        return value if column.native in TEXTS else f"CAST({value} AS CHAR)"

    def netstrings(self, parts: Sequence[str]) -> str:
        texts = ", ".join(f"CHAR_LENGTH({part}), ':', {part}" for part in parts)
        return f"CONCAT({texts})"

    def _with_pks(
        self, pk: Sequence[Column], names: Sequence[str], pks: Sequence[str]
    ) -> Query:
        rows = [
            [_value(column, text) for column, text in zip(pk, parts, strict=True)]
            for parts in (split_pk(text, len(pk)) for text in pks)
        ]
        params = tuple(value for row in rows for value in row)
        if len(pk) > 1:
            one = " AND ".join(f"{name} = %s" for name in names)
            return Query(
                sql=f"({' OR '.join([f'({one})'] * len(rows))})", params=params
            )
        counts = [len(rows[at : at + GROUP]) for at in range(0, len(rows), GROUP)]
        groups = [f"{names[0]} IN ({', '.join(['%s'] * count)})" for count in counts]
        return Query(sql=f"({' OR '.join(groups)})", params=params)

    def pk_trouble(self, column: Column) -> str:
        native = column.native
        if native in TEXTS:
            if 0 < (column.length_max or 0) <= PK_LENGTH_MAX:
                return ""
            return f"{column.name} may be longer than {PK_LENGTH_MAX} characters"
        if native in KEYS:
            return ""
        return f"{column.name} is {native}, of which no exact text can be made"


@contextmanager
def _plain_mode(connection: Connection) -> Iterator[None]:
    """Create triggers in a mode that reads our SQL as it is meant.

    A trigger keeps the mode that it was created in ("CREATE TRIGGER"). This one is also
    not strict: no odd value in the journal makes a user's write fail.
    """
    [(mode,)] = run(connection, "SELECT @@sql_mode")
    run(connection, "SET SESSION sql_mode = ''")
    try:
        yield
    finally:
        run(connection, "SET SESSION sql_mode = %s", [mode])


def _values(
    table: Watched,
    operation: Operation,
    pk: str,
    *,
    old_pk: str = "NULL",
    mask: str = "0",
) -> str:
    """Give the values (as SQL) of a row of the journal."""
    return f"{table.number}, {int(operation)}, {pk}, {old_pk}, {mask}, {NOW}, {ORIGIN}"


def _value(column: Column, text: str) -> int | Decimal | str:
    """Read a text that `spelled` has made, for the index of the column."""
    if column.native in INTEGER_BITS:
        return int(text)
    if column.native == "decimal":
        return Decimal(text)
    if column.native == "datetime" and text.lstrip("-").isdecimal():
        return str(EPOCH + dt.timedelta(microseconds=int(text)))
    return text
