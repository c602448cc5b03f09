"""What a node makes of fields that it has and a sender lacks, or the reverse. Pure.

See decision 13: what fills in is nobody's value.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from syncline.changes.kinds import Value
from syncline.changes.messages import Extra, Mark
from syncline.identity.bound import Bound
from syncline.identity.node import Nodes, Standing
from syncline.identity.stored import Split

Values = dict[str, Value]


def without_fills(extra: Extra | None, values: Values) -> tuple[Extra | None, Values]:
    """Leave out what the sender's row only shows because something must be there.

    Args:
        extra: the sender's.
        values: by part.
    """
    if extra is None or all(extra.parts.values()):
        return extra, values
    named = {part: marks for part, marks in extra.parts.items() if marks}
    own = {part: v for part, v in values.items() if extra.parts.get(part, True)}
    return Extra(life=extra.life, parts=named, values=extra.values), own


def kept_beside(
    strange: Iterable[str], mark: Mark, extra: Extra | None, values: Mapping[str, Value]
) -> Extra:
    """Keep the parts that this node's model does not have beside the row.

    Args:
        strange: their names.
        mark: the record's version.
        extra: what else is kept.
        values: by part.
    """
    extra = extra or Extra()
    names = [name for name in strange if name in values]
    parts = dict.fromkeys(names, (mark,)) | extra.parts
    kept = {name: ((values[name],),) for name in names} | extra.values
    return Extra(life=extra.life, parts=parts, values=kept)


def filled(made: Split, bound: Bound, standing: Standing, nodes: Nodes) -> Split:
    """Give a new row the values that each node computes for itself.

    They get versions, so that one of them is everywhere in the end. A default that is
    the same at all nodes needs none.

    Args:
        made: the record.
        bound: its table.
        standing: mints the versions, with the clock of the record's own.
        nodes: the numbers that stand for nodes here.
    """
    clock = made.mark[0]
    extra = made.extra or Extra()
    parts, values = dict(extra.parts), dict(made.values)
    for part in bound.parts:
        if part.name not in values and bound.computes(part):
            dot = standing.mint(clock).dot
            values[part.name] = bound.default(part)
            parts[part.name] = ((clock, nodes.number(dot.node), dot.counter),)
    if len(values) == len(made.values):
        return made
    extra = Extra(life=extra.life, parts=parts, values=extra.values)
    return replace(made, values=values, extra=extra)
