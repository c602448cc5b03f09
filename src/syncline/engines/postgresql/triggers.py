"""The DDL of PostgreSQL's triggers and their functions."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from syncline.changes.operations import Operation
from syncline.engines.capture import (
    JOURNAL,
    JOURNAL_COLUMNS,
    PK_LENGTH_MAX,
    Capture,
    Watched,
)
from syncline.engines.postgresql.keys import exact

OLD, NEW = "syncline_old", "syncline_new"
"""The transition tables."""

NOW = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
ORIGIN = "coalesce(nullif(current_setting('syncline.origin', true), ''), '0')::smallint"

FUNCTION = """\
CREATE OR REPLACE FUNCTION {schema}.{name}() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET jit = off
AS {tag}
DECLARE
  syncline_at bigint := {now};
  syncline_origin smallint := {origin};
BEGIN
{body}  RETURN NULL;
END
{tag}"""
"""The rights are the owner's, because who may write to the table need not have any on
the journal; the path is fixed, as "CREATE FUNCTION" then asks for. Compiling would take
longer than a statement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One trigger and its function."""

    name: str
    event: str
    rest: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Triggers:
    """Makes the triggers of a table."""

    capture: Capture
    schema: str
    """Where the journal is, quoted; the functions go there, too."""

    def of(self, table: Watched, *, partitioned: bool) -> list[str]:
        """Give the DDL of a table's triggers."""
        return [
            sql
            for part in self._parts(table, partitioned=partitioned)
            for sql in self._ddl(table, part)
        ]

    def _ddl(self, table: Watched, part: Part) -> list[str]:
        name = self.capture.quote(f"syncline_{table.number}_{part.name}")
        schema, body = self.schema, part.body
        on = self.capture.quote(table.table)
        execute = f"EXECUTE FUNCTION {schema}.{name}()"
        tag = "$syncline$"
        while tag in body:
            tag = f"$_{tag[1:]}"
        function = FUNCTION.format(
            schema=schema, name=name, tag=tag, now=NOW, origin=ORIGIN, body=body
        )
        return [
            function,
            f"REVOKE ALL ON FUNCTION {schema}.{name}() FROM PUBLIC",
            f"CREATE TRIGGER {name} {part.event} ON {on}\n{part.rest} {execute}",
        ]

    def _parts(self, table: Watched, *, partitioned: bool) -> Iterator[Part]:
        """Yield what each trigger of a table does."""
        others = tuple(column for column in table.columns if column not in table.pk)
        yield Part(
            name="insert",
            event="AFTER INSERT",
            rest=f"REFERENCING NEW TABLE AS {NEW} FOR EACH STATEMENT",
            body=self._journal(
                table,
                Operation.INSERT,
                self.capture.pk_text(table.pk, "n."),
                f"FROM {NEW} n",
            ),
        )
        if others or partitioned:
            yield self._update(replace(table, columns=others), partitioned=partitioned)
        yield self._moved(table)
        yield Part(
            name="delete",
            event="AFTER DELETE",
            rest=f"REFERENCING OLD TABLE AS {OLD} FOR EACH STATEMENT",
            body=self._journal(
                table,
                Operation.DELETE,
                self.capture.pk_text(table.pk, "o."),
                f"FROM {OLD} o",
            ),
        )
        yield Part(
            name="truncate",
            event="AFTER TRUNCATE",
            rest="FOR EACH STATEMENT",
            body=self._journal(table, Operation.TRUNCATE, "''", ""),
        )

    def _update(self, table: Watched, *, partitioned: bool) -> Part:
        new, old = (
            self.capture.pk_text(table.pk, "n."),
            self.capture.pk_text(table.pk, "o."),
        )
        same = " AND ".join(
            f"{exact(column, name.replace('@', 'n'))} = "
            f"{exact(column, name.replace('@', 'o'))}"
            for column in table.pk
            for name in [f"@.{self.capture.quote(column.name)}"]
        )
        # OFFSET 0 keeps the mask from being worked out twice.
        rows = (
            f"FROM (SELECT {new} AS pk,\n    {self._mask(table, 'o.', 'n.')} AS mask\n"
            f"    FROM {NEW} n JOIN {OLD} o ON {same} OFFSET 0) changed "
            "WHERE changed.mask <> 0"
        )
        body = self._journal(
            table, Operation.UPDATE, "changed.pk", rows, mask="changed.mask"
        )
        if partitioned:
            # No row trigger fires for a row that goes to another partition ("Overview
            # of Trigger Behavior"): with another pk, it is one row less and one more.
            gone = f"FROM {OLD} o WHERE NOT EXISTS (SELECT 1 FROM {NEW} n WHERE {same})"
            come = f"FROM {NEW} n WHERE NOT EXISTS (SELECT 1 FROM {OLD} o WHERE {same})"
            body += self._journal(table, Operation.DELETE, old, gone)
            body += self._journal(table, Operation.INSERT, new, come)
        return Part(
            name="update",
            event="AFTER UPDATE",
            rest=f"REFERENCING OLD TABLE AS {OLD} NEW TABLE AS {NEW} "
            "FOR EACH STATEMENT",
            body=body,
        )

    def _moved(self, table: Watched) -> Part:
        """Journal updates of the pk, which transition tables cannot pair."""
        return Part(
            name="moved",
            event="AFTER UPDATE",
            rest=f"FOR EACH ROW WHEN ({' OR '.join(self.capture.changes(table.pk))})",
            body=self._journal(
                table,
                Operation.UPDATE,
                self.capture.pk_text(table.pk, "NEW."),
                "",
                old_pk=self._fitting(self.capture.pk_text(table.pk, "OLD.")),
                mask=self._mask(table, "OLD.", "NEW."),
            ),
        )

    def _mask(self, table: Watched, old: str, new: str) -> str:
        terms = [
            f"CASE WHEN {condition} THEN {1 << bit} ELSE 0 END"
            for bit, condition in self.capture.bits(table, old, new)
        ]
        return "\n    + ".join(["0::bigint", *terms])

    def _journal(
        self,
        table: Watched,
        operation: Operation,
        pk: str,
        rows: str,
        *,
        old_pk: str = "NULL",
        mask: str = "0",
    ) -> str:
        # The cast cuts what an explicit one cuts: no key can make a user's write fail.
        return (
            f"  INSERT INTO {self.schema}.{JOURNAL} ({', '.join(JOURNAL_COLUMNS)})\n"
            f"  SELECT {table.number}, {int(operation)}, {self._fitting(pk)}, "
            f"{old_pk}, {mask}, syncline_at, syncline_origin\n  {rows};\n"
        )

    def _fitting(self, text: str) -> str:
        return f"({text})::varchar({PK_LENGTH_MAX})"
