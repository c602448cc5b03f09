"""What rows hold that no peer sends: fields that are excluded, or stay by their rule.

A row that a changeset deletes takes them along, and an undo has to give them back.
"""

from collections.abc import Iterable, Mapping, Sequence

from syncline.apply.rows import key_plan, wire_cell
from syncline.changes.conversion import One, conversion, convert_rows
from syncline.engines.base import Query
from syncline.engines.capture import split_pk
from syncline.engines.pace import Pace
from syncline.identity.bound import PKS_MAX, Bound, Image
from syncline.schema.description import FieldDescription


def rest_fields(bound: Bound) -> list[FieldDescription]:
    """Give the fields of a table that are in no image."""
    described = bound.table.description
    known = {*bound.places, *described.pk, *described.generated}
    return [
        one
        for one in described.fields
        if one.name not in known and one.name in bound.table.columns
    ]


def rest_of(bound: Bound, pks: Sequence[str]) -> dict[str, Image]:
    """Read these fields of some rows, as the wire spells them; by pk."""
    fields = rest_fields(bound)
    if not fields:
        return {}
    read = [bound.reading(one) for one in fields]
    steps: tuple[One | None, ...] = (None, *(step for _, step in read))
    found: dict[str, Image] = {}
    for start in range(0, len(pks), PKS_MAX):
        some = pks[start : start + PKS_MAX]
        where = bound.engine.capture.with_pks(bound.pk, some, "t.")
        name = bound.name.replace("%", "%%")
        query = Query(sql=f"{name} t WHERE {where.sql}", params=where.params)
        selected = query.select([bound.pk_sql, *(sql for sql, _ in read)])
        for batch in bound.engine.stream(bound.connection, selected, Pace()):
            rows = convert_rows(batch, steps)
            found |= {row[0]: tuple(row[1:]) for row in rows}
    return found


def rests_of(
    tables: Iterable[tuple[Bound, Sequence[str]]],
) -> dict[tuple[int, str], Image]:
    """Read these fields of some rows of several tables, by table and pk."""
    return {
        (bound.number, pk): rest
        for bound, pks in tables
        for pk, rest in rest_of(bound, pks).items()
    }


def write_rest(bound: Bound, rows: Mapping[str, Image]) -> None:
    """Write these fields of some rows, by pk."""
    fields = rest_fields(bound)
    if not fields or not rows:
        return
    keys, key_steps = key_plan(bound)
    columns = [bound.table.columns[one.name] for one in fields]
    cells = bound.engine.writing(
        [(column, one.kind) for column, one in zip(columns, fields, strict=True)],
        bound.connection.timezone_name,
    )
    steps = [
        conversion(wire_cell(one), cell)
        for one, cell in zip(fields, cells, strict=True)
    ]
    bound.engine.update_rows(
        bound.connection,
        bound.table.description.table,
        keys,
        list(zip(columns, cells, strict=True)),
        convert_rows(
            [(*split_pk(pk, len(keys)), *row) for pk, row in rows.items()],
            (*key_steps, *steps),
        ),
    )
