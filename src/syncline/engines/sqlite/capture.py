"""Triggers and locks of SQLite."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from django.db import OperationalError, transaction

from syncline.changes.operations import Operation, Origin
from syncline.engines.capture import (
    JOURNAL,
    JOURNAL_COLUMNS,
    MARK,
    WAIT_S,
    Capture,
    Watched,
    columns_of,
    digests,
    number_of,
    run,
)
from syncline.engines.parts import Column, Connection, Query
from syncline.errors import SequencerBusy

INEXACT = ("blob", "real", "floa", "doub")
"""Parts of the types whose values have no exact text."""

NOW = "CAST(round((julianday('now') - 2440587.5) * 86400000) AS INTEGER) * 1000"
"""Microseconds, though in steps of a millisecond: unixepoch('subsec') is too new."""

ORIGIN = f"ifnull((SELECT origin FROM {MARK}), {int(Origin.USER)})"

TRIGGERS_SQL = (
    "SELECT name, tbl_name, sql FROM sqlite_master "
    "WHERE type = 'trigger' AND name LIKE 'syncline\\_%' ESCAPE '\\'"
)

CONDITION = re.compile(
    r"""(?: "(?:[^"]|"")*" | '(?:[^']|'')*' | `[^`]*` | \[[^]]*] | [^"'`[] )*?
    \)\s*WHERE\s(?P<where>.*)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
"""The WHERE of a CREATE INDEX: the first one after a parenthesis, out of quotes."""


class SQLiteCapture(Capture):
    """Row triggers, a flag row for the origin, and the file's own write lock."""

    marks_rows = True
    now = NOW

    # Triggers

    def statements(
        self, connection: Connection, watched: Sequence[Watched]
    ) -> list[str]:
        return [
            sql
            for table in watched
            for sql in (
                self._insert(table),
                self._update(table),
                self._delete(table),
                *self._evicted(connection, table),
            )
        ]

    def install(self, connection: Connection, watched: Sequence[Watched]) -> None:
        with transaction.atomic(using=connection.alias):
            numbers = {table.number for table in watched}
            self._drop(connection, [table.table for table in watched], numbers)
            for sql in self.statements(connection, watched):
                run(connection, sql)

    def remove(self, connection: Connection, tables: Sequence[str]) -> None:
        with transaction.atomic(using=connection.alias):
            self._drop(connection, tables, set())

    def _drop(
        self, connection: Connection, tables: Sequence[str], numbers: set[int]
    ) -> None:
        # SQLite compares names without case.
        named = {table.lower() for table in tables}
        for name, table, _ in run(connection, TRIGGERS_SQL):
            number = number_of(name)
            if number is not None and (table.lower() in named or number in numbers):
                run(connection, f"DROP TRIGGER {self.quote(name)}")

    def installed(self, connection: Connection) -> dict[int, str]:
        return digests(run(connection, TRIGGERS_SQL))

    def missing_privileges(
        self, connection: Connection, tables: Sequence[str]
    ) -> list[str]:
        # Whoever can write to the file can do everything in it.
        del connection, tables
        return []

    def _insert(self, table: Watched) -> str:
        values = self._values(table, Operation.INSERT, self.pk_text(table.pk, "NEW."))
        return self._trigger(table, "insert", "AFTER INSERT", f"VALUES ({values})")

    def _delete(self, table: Watched) -> str:
        values = self._values(table, Operation.DELETE, self.pk_text(table.pk, "OLD."))
        return self._trigger(table, "delete", "AFTER DELETE", f"VALUES ({values})")

    def _update(self, table: Watched) -> str:
        moved = " OR ".join(self.changes(table.pk))
        terms = [
            f"CASE WHEN {condition} THEN {1 << bit} ELSE 0 END"
            for bit, condition in self.bits(table)
        ]
        new, old = self.pk_text(table.pk, "NEW."), self.pk_text(table.pk, "OLD.")
        values = self._values(
            table,
            Operation.UPDATE,
            new,
            old_pk=f"CASE WHEN {moved} THEN {old} END",
            mask="\n    + ".join(terms) or "0",
        )
        others = [column for column in table.columns if column not in table.pk]
        when = "\n  OR ".join([moved, *self.changes(others)])
        return self._trigger(
            table, "update", "AFTER UPDATE", f"VALUES ({values})", when=when
        )

    def _evicted(self, connection: Connection, table: Watched) -> Iterator[str]:
        """Journal rows that a new one would push out by another key than the pk.

        Their own delete triggers stay silent ("CREATE TRIGGER", 2, recursive_triggers).
        """
        uniques = list(self._uniques(connection, table))
        if not uniques:
            return
        name, pk = self.quote(table.table), self.pk_text(table.pk)
        rows = f"{self._values(table, Operation.DELETE, pk)} FROM {name}"
        bodies = [
            f"SELECT {rows} WHERE "
            + " AND ".join(filter(None, [self._same(key, "NEW."), where]))
            for key, where in uniques
        ]
        yield self._trigger(table, "evict_insert", "BEFORE INSERT", *bodies)
        pk_names = [column.name for column in table.pk]
        other = f" AND NOT ({self._same(pk_names, 'OLD.')})"
        yield self._trigger(
            table,
            "evict_update",
            f"BEFORE UPDATE{self._of(uniques)}",
            *(body + other for body in bodies),
        )

    def _of(self, uniques: Sequence[tuple[list[str], str]]) -> str:
        """Name the columns whose update may push a row out; none if any may."""
        if any(where for _, where in uniques):
            return ""  # By any column a row may come under the condition.
        names = dict.fromkeys(name for key, _ in uniques for name in key)
        return f" OF {', '.join(map(self.quote, names))}"

    def _same(self, columns: Sequence[str], prefix: str) -> str:
        names = [self.quote(column) for column in columns]
        return " AND ".join(f"{name} = {prefix}{name}" for name in names)

    def _uniques(
        self, connection: Connection, table: Watched
    ) -> Iterator[tuple[list[str], str]]:
        """Yield the columns and the condition of each unique index but the pk's."""
        indexes = run(connection, f"PRAGMA index_list({self.quote(table.table)})")
        for _, name, unique, made_by, partial in indexes:
            if not unique or made_by == "pk":
                continue
            parts = run(connection, f"PRAGMA index_info({self.quote(name)})")
            columns = [column for _, _, column in parts]
            if None in columns:
                continue  # An expression: it would have to be read with NEW. in it.
            yield columns, self._condition(connection, name) if partial else ""

    def _condition(self, connection: Connection, index: str) -> str:
        [(sql,)] = run(
            connection,
            "SELECT sql FROM sqlite_master WHERE type = 'index' AND name = %s",
            [index],
        )
        match = CONDITION.fullmatch(sql)
        return f"({match['where']})" if match else ""

    def _trigger(
        self, table: Watched, name: str, event: str, *bodies: str, when: str = ""
    ) -> str:
        inserts = "".join(
            f"  INSERT INTO {JOURNAL} ({', '.join(JOURNAL_COLUMNS)})\n  {body};\n"
            for body in bodies
        )
        condition = f"\nWHEN {when}" if when else ""
        return (
            f'CREATE TRIGGER "syncline_{table.number}_{name}" {event} '
            f"ON {self.quote(table.table)}{condition}\nBEGIN\n{inserts}END"
        )

    def _values(
        self,
        table: Watched,
        operation: Operation,
        pk: str,
        old_pk: str = "NULL",
        mask: str = "0",
    ) -> str:
        return (
            f"{table.number}, {int(operation)}, {pk}, {old_pk},\n    {mask},\n"
            f"    {NOW},\n    {ORIGIN}"
        )

    def changed(self, column: Column, old: str, new: str) -> str:
        differs = f"{old} IS NOT {new} COLLATE BINARY"
        # Elsewhere the affinity leaves one type for one number.
        if column.native and "blob" not in column.native:
            return differs
        return f"({differs} OR typeof({old}) <> typeof({new}))"

    # Who writes

    def _swap_origin(self, connection: Connection, origin: Origin) -> int:
        rows = run(connection, f"SELECT origin FROM {MARK}")
        self._set_origin(connection, origin)
        return int(rows[0][0]) if rows else int(Origin.USER)

    def _restore_origin(self, connection: Connection, origin: int) -> None:
        raw = connection.connection
        if raw is None or not raw.in_transaction or connection.needs_rollback:
            return
        self._set_origin(connection, origin)

    def _set_origin(self, connection: Connection, origin: int) -> None:
        run(connection, f"DELETE FROM {MARK}")
        if origin != Origin.USER:
            run(connection, f"INSERT INTO {MARK} (origin) VALUES (%s)", [int(origin)])

    @contextmanager
    def sequencing(
        self, connection: Connection, wait_s: float = WAIT_S
    ) -> Iterator[None]:
        connection.ensure_connection()
        with ExitStack() as stack:
            try:
                stack.enter_context(_waiting(connection, wait_s))
                stack.enter_context(_immediate(connection))
                stack.enter_context(transaction.atomic(using=connection.alias))
                # Takes the write lock where a transaction was open already.
                run(connection, f"DELETE FROM {MARK} WHERE 0")
            except OperationalError as error:
                if "locked" not in str(error):
                    raise
                raise SequencerBusy(
                    alias=connection.alias, wait_s=wait_s, holder="another process"
                ) from error
            yield

    # How keys are spelled

    def spelled(self, column: Column, value: str) -> str:
        del column
        # As it is stored: what Django keeps as text, a date or a UUID, stays that text.
        # The key of a table may be NULL here ("CREATE TABLE", 3.5), ours may not.
        return f"ifnull(CAST({value} AS TEXT), '')"

    def netstrings(self, parts: Sequence[str]) -> str:
        return " || ".join(f"length({part}) || ':' || {part}" for part in parts)

    def _with_pks(
        self, pk: Sequence[Column], names: Sequence[str], pks: Sequence[str]
    ) -> Query:
        # The left side's affinity turns the texts into numbers where the column has
        # numbers ("Datatypes In SQLite", section 4.2).
        if len(pk) == 1:
            sql = f"{names[0]} IN (SELECT value FROM json_each(%s))"
            return Query(sql=sql, params=(json.dumps(list(pks)),))
        wanted = ", ".join(f"json_extract(value, '$[{at}]')" for at in range(len(pk)))
        rows = list(zip(*columns_of(pks, len(pk)), strict=True))
        return Query(
            sql=f"({', '.join(names)}) IN (SELECT {wanted} FROM json_each(%s))",
            params=(json.dumps(rows),),
        )

    def pk_trouble(self, column: Column) -> str:
        native = column.native
        if any(part in native for part in INEXACT):
            return f"{column.name} is {native}, of which no exact text can be made"
        return ""


@contextmanager
def _waiting(connection: Connection, wait_s: float) -> Iterator[None]:
    """Wait so long for other writers, and afterwards as long as before."""
    [(before_ms,)] = run(connection, "PRAGMA busy_timeout")
    run(connection, f"PRAGMA busy_timeout = {int(wait_s * 1000)}")
    try:
        yield
    finally:
        run(connection, f"PRAGMA busy_timeout = {before_ms}")


@contextmanager
def _immediate(connection: Connection) -> Iterator[None]:
    """Begin transactions as writers: one that reads first may fail to become one."""
    mode = getattr(connection, "transaction_mode", None)
    setattr(connection, "transaction_mode", "IMMEDIATE")  # noqa: B010 - not typed
    try:
        yield
    finally:
        setattr(connection, "transaction_mode", mode)  # noqa: B010 - not typed
