"""What InnoDB's foreign keys write, for which no trigger of the child fires.

"Triggers are not activated by foreign key actions" ("Trigger Limitations"). So the
tables above a watched one have triggers that journal the rows which a key is about to
delete or change.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import groupby
from typing import Any

from syncline.changes.operations import Operation
from syncline.engines.capture import Capture, Watched

LINKS_SQL = """
SELECT k.constraint_name, k.table_name, k.referenced_table_name, r.delete_rule,
       r.update_rule, k.column_name, k.referenced_column_name
FROM information_schema.key_column_usage k
JOIN information_schema.referential_constraints r
  ON r.constraint_schema = k.constraint_schema
  AND r.constraint_name = k.constraint_name AND r.table_name = k.table_name
WHERE k.table_schema = DATABASE() AND k.referenced_table_schema = DATABASE()
  AND (r.delete_rule IN ('CASCADE', 'SET NULL')
       OR r.update_rule IN ('CASCADE', 'SET NULL'))
ORDER BY k.table_name, k.constraint_name, k.ordinal_position
"""

DEPTH_MAX = 15
"""How many keys in a row InnoDB follows (FK_MAX_CASCADE_DEL)."""

PATHS_MAX = 100
"""How many ways from the tables above to one table are watched, the shortest first."""

CASCADE, SET_NULL = "CASCADE", "SET NULL"
ACTS = frozenset({CASCADE, SET_NULL})


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A foreign key that acts."""

    child: str
    parent: str
    on_delete: str
    on_update: str
    columns: tuple[tuple[str, str], ...]
    """Pairs of the child's and the parent's column."""

    @property
    def from_columns(self) -> set[str]:
        """The child's columns."""
        return {column for column, _ in self.columns}

    @property
    def to_columns(self) -> set[str]:
        """The parent's columns."""
        return {column for _, column in self.columns}


Path = tuple[Link, ...]
"""Links from a table that is written to one that the keys write."""

Write = Callable[..., str]
"""Gives the INSERT of a row of the journal: `operation`, `pk`, `rows` (a FROM with its
WHERE), and `old_pk` and `mask` where they are not NULL and 0."""


def links_of(rows: Sequence[tuple[Any, ...]]) -> list[Link]:
    """Read the rows of LINKS_SQL."""
    return [
        Link(
            child=child,
            parent=parent,
            on_delete=on_delete,
            on_update=on_update,
            columns=tuple((row[5], row[6]) for row in parts),
        )
        for (_, child, parent, on_delete, on_update), parts in groupby(
            rows, lambda row: row[:5]
        )
    ]


def cascades(
    capture: Capture, write: Write, table: Watched, links: Sequence[Link]
) -> Iterator[tuple[str, str, str, str]]:
    """Yield what tells of the writes that keys make to one table.

    Yields:
        The end of a trigger's name, its event, the table above, and its body.
    """
    for event, paths in (
        ("DELETE", _paths(links, table.table, _deletes, _deletes_on)),
        ("UPDATE", _paths(links, table.table, _updates, _updates_on)),
    ):
        actions = _Actions(capture=capture, write=write, table=table, event=event)
        for above in dict.fromkeys(path[0].parent for path in paths):
            body = actions.body([path for path in paths if path[0].parent == above])
            if body:
                # The name of the table above may be as long as names can be.
                place = blake2b(above.encode(), digest_size=5).hexdigest()
                suffix = f"{place}_{event.lower()}"
                yield suffix, f"BEFORE {event}", above, body


def _deletes(last: Link) -> bool:
    return last.on_delete in ACTS


def _deletes_on(link: Link, following: Link) -> bool:
    del following
    return link.on_delete == CASCADE


def _updates(last: Link) -> bool:
    return last.on_update in ACTS


def _updates_on(link: Link, following: Link) -> bool:
    changes = link.from_columns & following.to_columns
    return link.on_update == CASCADE and bool(changes)


def _paths(
    links: Sequence[Link],
    table: str,
    acts: Callable[[Link], bool],
    leads_on: Callable[[Link, Link], bool],
) -> list[Path]:
    """Give the ways by which keys write to a table; cycles are gone round."""
    found: list[Path] = [
        (link,) for link in links if link.child == table and acts(link)
    ]
    for path in found:  # Grows while it is read, shortest first.
        if len(path) == DEPTH_MAX:
            break
        found += [
            (link, *path)
            for link in links
            if link.child == path[0].parent and leads_on(link, path[0])
        ][: max(PATHS_MAX - len(found), 0)]
    return found[:PATHS_MAX]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Actions:
    """The triggers of one event, on all tables above one that is watched."""

    capture: Capture
    write: Write
    table: Watched
    event: str

    def body(self, paths: Sequence[Path]) -> str:
        """Give the body of the trigger where some paths begin."""
        steps = self._steps(paths, 0)
        if not steps:
            return ""
        # Without checks InnoDB does nothing either ("foreign_key_checks").
        condition = "@@foreign_key_checks"
        if self.event == "UPDATE":
            columns = {column for path in paths for column in path[0].to_columns}
            names = [self.capture.quote(column) for column in sorted(columns)]
            same = " AND ".join(f"BINARY OLD.{n} <=> BINARY NEW.{n}" for n in names)
            condition += f" AND NOT ({same})"
        return f"BEGIN\n  IF {condition} THEN\n{steps}  END IF;\nEND"

    def _steps(self, paths: Sequence[Path], depth: int) -> str:
        """Give what to do after the first links; deeper only if rows are there."""
        steps = ""
        for link in dict.fromkeys(path[depth] for path in paths):
            group = [path for path in paths if path[depth] == link]
            here = group[0][: depth + 1]
            inner = self._journaled(here) if here in group else ""
            deeper = [path for path in group if len(path) > depth + 1]
            below = self._steps(deeper, depth + 1) if deeper else ""
            if below:
                inner = (
                    f"IF EXISTS (SELECT 1 {self._rows(here)}) THEN\n{inner}{below}"
                    "END IF;\n"
                )
            steps += inner
        return steps

    def _journaled(self, path: Path) -> str:
        """Journal the rows at the end of a path."""
        link, row = path[-1], f"t{len(path)}."
        pk, rows = self.capture.pk_text(self.table.pk, row), self._rows(path)
        mask = self._mask(link)
        if self.event == "DELETE" and link.on_delete == CASCADE:
            return self.write(Operation.DELETE, pk, rows)
        new = self._new_values(path) if self._cascades(link) else {}
        moves = any(column.name in new for column in self.table.pk)
        if moves:
            return self.write(
                Operation.UPDATE, self._new_pk(new, row), rows, old_pk=pk, mask=mask
            )
        return self.write(Operation.UPDATE, pk, rows, mask=mask) if mask else ""

    def _cascades(self, link: Link) -> bool:
        return self.event == "UPDATE" and link.on_update == CASCADE

    def _mask(self, link: Link) -> int:
        mask = 0
        for column in self.table.columns:
            if column.name in link.from_columns:
                mask |= 1 << self.table.bits[column.name]
        return mask

    def _rows(self, path: Path) -> str:
        """Give FROM and WHERE of the rows at the end of a path, from the OLD row on."""
        quote = self.capture.quote
        tables = [f"{quote(link.child)} t{at}" for at, link in enumerate(path, 1)]
        conditions = [
            f"t{at}.{quote(column)} = {f't{at - 1}.' if at > 1 else 'OLD.'}{quote(to)}"
            for at, link in enumerate(path, 1)
            for column, to in link.columns
        ]
        # In this order, so that nothing is planned anew at each row.
        return f"FROM {' STRAIGHT_JOIN '.join(tables)} WHERE {' AND '.join(conditions)}"

    def _new_values(self, path: Path) -> Mapping[str, str]:
        """Give by column of the last table the SQL of what the keys set it to."""
        quote = self.capture.quote
        new: dict[str, str] = {}
        for at, link in enumerate(path, 1):
            above = f"t{at - 1}."
            new = {
                column: f"NEW.{quote(to)}"
                if at == 1
                else new.get(to, f"{above}{quote(to)}")
                for column, to in link.columns
            }
        return new

    def _new_pk(self, new: Mapping[str, str], row: str) -> str:
        capture = self.capture
        return capture.joined(
            [
                capture.spelled(
                    column, new.get(column.name, f"{row}{capture.quote(column.name)}")
                )
                for column in self.table.pk
            ]
        )
