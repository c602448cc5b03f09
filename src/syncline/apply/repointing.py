"""Lets all that points at one row point at another.

What the references say stays the same, because the two rows are one record: so no
record gets a new version by it, and every node does it for itself.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from syncline.apply.pointers import Pointer, generic_pointers, may_hold, pointers_at
from syncline.engines.base import Column, Query
from syncline.engines.capture import Capture, join_pk, split_pk
from syncline.identity.bound import PKS_MAX, Bound, Image, pk_as_value
from syncline.identity.database import NodeDatabase
from syncline.identity.stored import Stored
from syncline.identity.uids import digest_of
from syncline.tables.binding import Table, bind_table
from syncline.tables.selection import Model

DOUBLES_MAX = 500
"""Pairs of rows that one statement looks for; it is asked until there are none."""


class CannotJoin(Exception):
    """Two records cannot become one here, and why."""


@dataclass(frozen=True, kw_only=True)
class Double:
    """Two rows of one key that would be equal if they pointed at the same."""

    pointer: Pointer
    names: tuple[str, ...]
    """The fields of which there may be no two rows with the same values."""

    moved: str
    """The pk of the row that points at what goes."""

    other: str
    """The pk of the one that points at what stays."""


@dataclass(kw_only=True)
class Repointing:
    """Moves references from row to row of one database."""

    database: NodeDatabase
    settle: Callable[[Double], None]
    """Makes one of two rows that cannot both be; raises CannotJoin if it must not."""

    writes: dict[tuple[int, str], int] = field(default_factory=dict)
    """By table and pk: how many times a statement has written a tracked row."""

    counts: Counter[str] = field(default_factory=Counter)
    """By `app.Model.field`: how many references were moved."""

    def move(self, model: Model, old: str, new: str) -> None:
        """Let what points at one row of a model point at another.

        Args:
            model: the concrete one.
            old: the pk of the row that goes.
            new: the pk of the row that stays.

        Raises:
            CannotJoin: two rows would clash by it.
        """
        target = self._target(model, new)
        for pointer in pointers_at(self.database, model):
            value = self._value(pointer, model, old)
            self._settle_doubles(pointer, value, self._value(pointer, model, new))
            self._move_all(pointer, value, target)
        for pointer in generic_pointers(self.database):
            if may_hold(pointer, old):
                self._move_all(pointer, old, target)

    def _value(self, pointer: Pointer, model: Model, pk: str) -> str:
        """Spell what a reference at a row holds."""
        if not pointer.target_field:
            return pk
        target = self._target(model, pk)
        column = target.table.columns[pointer.target_field]
        where = self._capture.with_pks(target.pk_columns, [pk], "t.")
        [name, spelled] = _escaped(
            [self._quoted(target.table), self._capture.pk_text((column,), "t.")]
        )
        sql = f"SELECT {spelled} FROM {name} t WHERE {where.sql}"
        [(value,)] = self._run(sql, where.params)
        return str(value)

    def _target(self, model: Model, pk: str) -> "Target":
        table = bind_table(self.database.connection, self.database.engine, model)
        return Target(model=model, table=table, pk=pk)

    # Rows that would clash

    def _settle_doubles(self, pointer: Pointer, old: str, new: str) -> None:
        description = pointer.table.description
        uniques = [names for names in description.uniques if pointer.name in names]
        if pointer.in_pk:
            uniques.append(description.pk)
        for names in uniques:
            while doubles := self._doubles(pointer, names, old, new):
                for double in doubles:
                    self.settle(double)

    def _doubles(
        self, pointer: Pointer, names: tuple[str, ...], old: str, new: str
    ) -> list[Double]:
        """Find rows that point at the one and at the other, and are else equal."""
        capture, quote = self._capture, self.database.engine.quote
        others = [name for name in names if name != pointer.name]
        if not set(others) <= pointer.table.columns.keys():
            return []  # The database will say so.
        columns = [quote(pointer.table.columns[name].name) for name in others]
        same = [f"d.{name} = c.{name}" for name in columns]
        moved = capture.with_pks((pointer.column,), [old], "c.")
        other = capture.with_pks((pointer.column,), [new], "d.")
        where = " AND ".join([moved.sql, other.sql, *_escaped(same)])
        [name] = _escaped([self._quoted(pointer.table)])
        pks = _escaped([capture.pk_text(pointer.pk, p) for p in ("c.", "d.")])
        sql = f"SELECT {', '.join(pks)} FROM {name} c, {name} d WHERE {where} "
        rows = self._run(f"{sql} LIMIT {DOUBLES_MAX}", moved.params + other.params)
        return [
            Double(pointer=pointer, names=names, moved=row[0], other=row[1])
            for row in rows
        ]

    # Rows that follow

    def _move_all(self, pointer: Pointer, old: str, target: "Target") -> None:
        where = self._pointing(pointer, old, target.model)
        [name] = _escaped([self._quoted(pointer.table)])
        [spelled] = _escaped([self._capture.pk_text(pointer.pk, "t.")])
        sql = f"SELECT {spelled} FROM {name} t WHERE {where.sql} LIMIT {PKS_MAX}"
        before: list[str] = []
        while pks := [pk for (pk,) in self._run(sql, where.params)]:
            if pks == before:
                raise CannotJoin(f"{pointer.label} {pks[0]} cannot be re-pointed")
            self._move_some(pointer, pks, old, target)
            before = pks

    def _pointing(
        self, pointer: Pointer, value: str, model: Model, prefix: str = "t."
    ) -> Query:
        """Give the WHERE of the rows that point at one of a model."""
        where = self._capture.with_pks((pointer.column,), [value], prefix)
        if not pointer.type_field:
            return where
        column = pointer.table.columns[pointer.type_field]
        [name] = _escaped([self.database.engine.quote(column.name)])
        types = "SELECT id FROM django_content_type WHERE app_label = %s AND model = %s"
        named = (model._meta.app_label, model._meta.model_name)
        return Query(
            sql=f"{where.sql} AND {prefix}{name} IN ({types})",
            params=(*where.params, *named),
        )

    def _move_some(
        self, pointer: Pointer, pks: Sequence[str], old: str, target: "Target"
    ) -> None:
        bound = self._bound(pointer)
        before = {} if bound is None else bound.images_of(pks, lock=True)
        set_to = self._set_to(pointer, target)
        where = self._pointing(pointer, old, target.model, "")
        some = self._capture.with_pks(pointer.pk, pks)
        [name, column] = _escaped(
            [
                self._quoted(pointer.table),
                self.database.engine.quote(pointer.column.name),
            ]
        )
        self._run(
            f"UPDATE {name} SET {column} = {set_to.sql} "
            f"WHERE {where.sql} AND {some.sql}",
            (*set_to.params, *where.params, *some.params),
        )
        now = {pk: self._pk_now(pointer, pk, target.pk) for pk in pks}
        self.counts[f"{pointer.label}.{pointer.name}"] += len(pks)
        if bound is not None:
            for pk in pks:
                key = bound.number, now[pk]
                self.writes[key] = self.writes.get(key, 0) + 1
            self._note(bound, before, now)
        if pointer.in_pk:
            for pk in pks:
                self.move(pointer.model, pk, now[pk])

    def _set_to(self, pointer: Pointer, target: "Target") -> Query:
        """Give the SQL of what a reference at a row holds."""
        if pointer.type_field:
            kind = pointer.table.description.field(pointer.name).kind
            return Query(sql="%s", params=(pk_as_value(kind, target.pk),))
        column = target.pk_columns[0]
        if pointer.target_field:
            column = target.table.columns[pointer.target_field]
        where = self._capture.with_pks(target.pk_columns, [target.pk], "p.")
        value_sql, name = _escaped(
            [
                f"p.{self.database.engine.quote(column.name)}",
                self._quoted(target.table),
            ]
        )
        # Twice a SELECT: MariaDB reads the table that it updates only through one.
        return Query(
            sql=f"(SELECT s.v FROM (SELECT {value_sql} AS v FROM {name} p "
            f"WHERE {where.sql}) s)",
            params=where.params,
        )

    @staticmethod
    def _pk_now(pointer: Pointer, pk: str, value: str) -> str:
        """Give the pk of a row that has moved; another one if the key points."""
        names = pointer.table.description.pk
        parts = split_pk(pk, len(names))
        return join_pk(
            [
                value if name == pointer.name else part
                for name, part in zip(names, parts, strict=True)
            ]
        )

    def _note(
        self, bound: Bound, before: Mapping[str, Image], now: Mapping[str, str]
    ) -> None:
        """Let records know their rows again, so that nothing of this is an edit.

        A row that somebody else has written to and that has no number yet keeps what
        is known of it, and gets its version.
        """
        records = bound.store.by_pk(bound.number, before)
        after = bound.images_of([now[pk] for pk in before])
        changed = list[Stored]()
        moved: list[bytes] = []
        for pk, record in records.items():
            image = after.get(now[pk])
            if image is None or record.digest != digest_of(before[pk]):
                continue
            record.digest = digest_of(image)
            if now[pk] != pk:
                record.pk = now[pk]
                moved.append(record.uid)
            changed.append(record)
        bound.store.release(moved)
        bound.store.put(changed)

    def _bound(self, pointer: Pointer) -> Bound | None:
        tracked = pointer.label in self.database.rows
        return self.database.bound(pointer.label) if tracked else None

    def _quoted(self, table: Table) -> str:
        return self.database.engine.quote(table.description.table)

    @property
    def _capture(self) -> Capture:
        return self.database.engine.capture

    def _run(self, sql: str, params: Sequence[object]) -> list[tuple[str, ...]]:
        return list(self.database.engine.execute(self.database.connection, sql, params))


@dataclass(frozen=True, kw_only=True)
class Target:
    """The row at which references are to point."""

    model: Model
    table: Table
    pk: str

    @property
    def pk_columns(self) -> tuple[Column, ...]:
        """The columns of its primary key."""
        return tuple(self.table.columns[name] for name in self.table.description.pk)


def _escaped(texts: Sequence[str]) -> list[str]:
    """Keep % in names from being read as parameters."""
    return [text.replace("%", "%%") for text in texts]
