"""A tracked model bound to its table: how its rows are read as images."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from syncline.changes.conversion import One, conversion, convert_rows
from syncline.changes.kinds import Form, Kind, Value
from syncline.changes.values import PLAIN, Spelling, spelling_of, spelling_of_group
from syncline.engines.base import Column, Connection, Engine, Query, Wanted
from syncline.engines.pace import Pace
from syncline.identity.store import Store
from syncline.registry.terms import Part, ReferenceKind, ReferenceRule, Tracked
from syncline.schema.description import FieldDescription
from syncline.tables.binding import Table
from syncline.tables.defaults import default_of, is_computed

Image = tuple[Value, ...]
"""A row's synced fields in their wire form; a reference is its target's pk as text."""

TRAVELLING = (ReferenceKind.RECORD, ReferenceKind.MATCH, ReferenceKind.SKIP)
"""References that travel, a skipping one as NULL; each node keeps its own others."""


@dataclass(frozen=True, kw_only=True)
class Bound:
    """One tracked model on one database."""

    tracked: Tracked
    table: Table
    number: int
    bits: Mapping[str, int]
    connection: Connection
    engine: Engine

    @property
    def label(self) -> str:
        """The model's label."""
        return self.tracked.label

    @property
    def name(self) -> str:
        """The table's name, quoted."""
        return self.engine.quote(self.table.description.table)

    @cached_property
    def parts(self) -> tuple[Part, ...]:
        """What travels, and merges together."""
        return tuple(
            part
            for part in self.tracked.parts
            if all(name in self.table.columns for name in part.fields)
            and not any(self._stays(name) for name in part.fields)
        )

    def _stays(self, name: str) -> bool:
        rule = self.tracked.references.get(name)
        return rule is not None and rule.kind not in TRAVELLING

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """The fields of an image, in its order."""
        return tuple(name for part in self.parts for name in part.fields)

    @cached_property
    def described(self) -> tuple[FieldDescription, ...]:
        """The descriptions of these fields."""
        return tuple(self.table.description.field(name) for name in self.fields)

    @cached_property
    def places(self) -> Mapping[str, int]:
        """By field, where it stands in an image."""
        return {name: index for index, name in enumerate(self.fields)}

    @cached_property
    def pk(self) -> tuple[Column, ...]:
        """The columns of the primary key."""
        return tuple(self.table.columns[name] for name in self.table.description.pk)

    @cached_property
    def pk_sql(self) -> str:
        """The SQL that spells a row's pk as text."""
        return self.engine.capture.pk_text(self.pk, "t.")

    @cached_property
    def pointers(self) -> Mapping[int, str]:
        """By place in an image, the label of the tracked model pointed at."""
        return {
            place: rule.target
            for place, rule in self._rules.items()
            if rule.kind is ReferenceKind.RECORD
        }

    @cached_property
    def matched(self) -> Mapping[int, ReferenceRule]:
        """By place in an image, how the row pointed at is found by its key."""
        return {
            place: rule
            for place, rule in self._rules.items()
            if rule.kind is ReferenceKind.MATCH
        }

    @cached_property
    def skipping(self) -> tuple[int, ...]:
        """The places of references with which a record stays behind."""
        return tuple(
            place
            for place, rule in self._rules.items()
            if rule.kind is ReferenceKind.SKIP
        )

    def stays_behind(self, image: Image) -> bool:
        """Does a row point at what keeps its record here?"""
        return any(image[place] is not None for place in self.skipping)

    @cached_property
    def _rules(self) -> Mapping[int, ReferenceRule]:
        return {
            self.places[name]: rule
            for name, rule in self.tracked.references.items()
            if name in self.places
        }

    @cached_property
    def pk_points(self) -> bool:
        """Is the primary key, or a part of it, a reference?"""
        pk = self.table.description.pk
        return any(self.places.get(name) in self.pointers for name in pk)

    @cached_property
    def _part_names(self) -> Mapping[str, str]:
        return {name: part.name for part in self.parts for name in part.fields}

    def part_of(self, field: str) -> str:
        """Give the name of the part that a field belongs to."""
        return self._part_names[field]

    @cached_property
    def spellings(self) -> Mapping[str, Spelling]:
        """By part, how values are read for functions; references are as they are."""
        pointing = {*self.pointers, *self.matched}
        pointing |= {place for _, place in self.generic}
        found: dict[str, Spelling] = {}
        for part in self.parts:
            places = [self.places[name] for name in part.fields]
            each = [
                PLAIN
                if place in pointing
                else spelling_of(
                    self.described[place].kind, self.described[place].places
                )
                for place in places
            ]
            found[part.name] = each[0] if len(each) == 1 else spelling_of_group(each)
        return found

    def default(self, part: Part) -> Value:
        """Give a part's value for a record of a peer that does not have it."""
        values = [
            # A default that is a pk here points at something else on other nodes.
            None
            if self.places[name] in self._rules
            else default_of(self.table, self.table.description.field(name))
            for name in part.fields
        ]
        return values[0] if len(values) == 1 else tuple(values)

    def computes(self, part: Part) -> bool:
        """May each node fill in another value, where nobody has given one?"""
        return any(
            self.places[name] not in self._rules and is_computed(self.table.field(name))
            for name in part.fields
        )

    def spelled(self, name: str, value: Value) -> str:
        """Spell a wire value of a key's column as the engine's pks are spelled."""
        kind = self.table.description.field(name).kind
        native = self.table.columns[name].native
        if kind is Kind.UUID and native != "uuid":
            return str(value).replace("-", "")
        return str(value)

    @cached_property
    def generic(self) -> tuple[tuple[int, int], ...]:
        """The places of content types and object ids of generic references."""
        return tuple(
            (self.places[type_field], self.places[id_field])
            for type_field, id_field in self.tracked.generic
            if type_field in self.places and id_field in self.places
        )

    @cached_property
    def pointing_parts(self) -> frozenset[str]:
        """The parts in which uids stand for other records."""
        places = [*self.pointers, *(place for _, place in self.generic)]
        return frozenset(self.part_of(self.fields[place]) for place in places)

    def target_field(self, place: int) -> str | None:
        """Give the field that a reference points at, if that is not the pk."""
        field = self.table.field(self.fields[place])
        target = getattr(field, "target_field", None)
        return None if target is None or target.primary_key else str(target.name)

    @cached_property
    def _reading(self) -> tuple[tuple[str, ...], tuple[One | None, ...]]:
        """The expressions that read an image, and the steps to its wire form."""
        parts, steps = [self.pk_sql], list[One | None]([None])
        for place, described in enumerate(self.described):
            if place in self.pointers or place in self.matched:
                parts.append(self._pointing(self.table.columns[described.name]))
                steps.append(None)
            else:
                sql, step = self.reading(described)
                parts.append(sql)
                steps.append(step)
        return tuple(parts), tuple(steps)

    def reading(self, described: FieldDescription) -> tuple[str, One | None]:
        """Give the expression that reads a field, and the step to its wire form."""
        wanted = Wanted(
            column=self.table.columns[described.name],
            kind=described.kind,
            form=Form.WIRE,
            places=described.places,
        )
        sql, cell = self.engine.reading(wanted, self.connection.timezone_name)
        return sql, conversion(cell, cell.as_wire())

    def _pointing(self, column: Column) -> str:
        """Give the SQL that spells a reference as its target's pk, or gives NULL."""
        name = f"t.{self.engine.quote(column.name)}"
        text = self.engine.capture.pk_text((column,), "t.")
        return f"CASE WHEN {name} IS NULL THEN NULL ELSE {text} END"

    def images(
        self,
        where: Query | None = None,
        pace: Pace | None = None,
        *,
        beside: bool = False,
    ) -> Iterator[list[tuple[str, Image]]]:
        """Read rows as pairs of pk and image, in batches.

        Args:
            where: what narrows the rows (as `t`) down; None reads all.
            pace: how large batches are.
            beside: are other statements run between the batches?
        """
        source = Query(sql=f"{self.name} t")
        if where is not None:
            name = self.name.replace("%", "%%") if where.params else self.name
            source = Query(sql=f"{name} t WHERE {where.sql}", params=where.params)
        selected, steps = self._reading
        query = source.select(selected)
        stream = self.engine.stream_beside if beside else self.engine.stream
        for rows in stream(self.connection, query, pace or Pace()):
            yield [(row[0], tuple(row[1:])) for row in convert_rows(rows, steps)]

    def images_of(self, pks: Sequence[str], *, lock: bool = False) -> dict[str, Image]:
        """Read the rows of some pks; those that are gone are left out.

        Args:
            pks: as text.
            lock: keep others from changing them until the end of the transaction.
        """
        found: dict[str, Image] = {}
        for start in range(0, len(pks), PKS_MAX):
            some = pks[start : start + PKS_MAX]
            where = self.engine.capture.with_pks(self.pk, some, "t.")
            if lock:
                where = self.engine.locking(where, self.pk)
            for batch in self.images(where):
                found.update(batch)
        return found

    def pks_there(self, pks: Sequence[str], *, keep: bool = False) -> set[str]:
        """Give those of some pks that have a row; `keep` lets nobody delete it."""
        where = self.engine.capture.with_pks(self.pk, pks, "t.")
        if keep:
            where = self.engine.sharing(where)
        name = self.name.replace("%", "%%")
        query = Query(sql=f"{name} t WHERE {where.sql}", params=where.params)
        selected = query.select([self.pk_sql])
        rows = self.engine.execute(self.connection, selected.sql, selected.params)
        return {pk for (pk,) in rows}

    @cached_property
    def store(self) -> Store:
        """The table of records."""
        return Store(connection=self.connection, engine=self.engine)

    def fields_changed(self, mask: int) -> set[str]:
        """Give the fields whose columns a journal's mask names."""
        return {
            described.name
            for described in self.described
            if mask >> self.bits.get(described.column, SHARED_BIT) & 1
        }


def values_of(bound: Bound, row: Sequence[Value]) -> tuple[Value, ...]:
    """Give an image by its parts: a value for a field, a tuple for a group."""
    if len(bound.parts) == len(bound.fields):
        return tuple(row)
    places = bound.places
    return tuple(
        row[places[part.fields[0]]]
        if len(part.fields) == 1
        else tuple(row[places[name]] for name in part.fields)
        for part in bound.parts
    )


def row_of(bound: Bound, values: Mapping[str, Value]) -> list[Value]:
    """Give the parts' values as an image."""
    row: list[Value] = []
    for part in bound.parts:
        value = values[part.name]
        row += [value] if len(part.fields) == 1 else value
    return row


PKS_MAX = 5_000
"""Pks asked for in one statement."""

SHARED_BIT = 62
"""The bit of all columns that got none of their own."""


def pk_as_value(kind: Kind, text: str | None) -> Value:
    """Give the wire form of a pk's text, to be written into a reference's column."""
    if text is None:
        return None
    if kind is Kind.INTEGER:
        return int(text)
    return str(UUID(text)) if kind is Kind.UUID else text
