"""What a model's transforms make of a record that arrives. Pure.

A transform says how this node's row shows a record, and never what the record is: the
value that came is kept beside the row and sent on, or one version would stand for
different values at different nodes (decision 12).
"""

from collections.abc import Mapping

from syncline.changes.kinds import Value
from syncline.identity.bound import Bound
from syncline.registry.terms import Part


class LeftOut(Exception):
    """A transform wants nothing of a record here."""


def transformed(bound: Bound, values: Mapping[str, Value]) -> dict[str, Value]:
    """Give the parts of a record that its row shows otherwise than they came.

    Args:
        bound: the record's table.
        values: by part, as they came.

    Raises:
        LeftOut: the row is not to be written.
        ValueError: a transform gives what the record does not have.
    """
    read = {
        part.name: bound.spellings[part.name].read(values[part.name])
        for part in bound.parts
        if part.name in values
    }
    former = _fields(bound, read)
    fields = dict(former)
    for function in bound.tracked.transforms:
        name = getattr(function, "__name__", repr(function))
        given = function(dict(fields))
        if given is None:
            raise LeftOut(name)
        if odd := given.keys() ^ fields.keys():
            raise ValueError(f"{name} has added or lost {', '.join(sorted(odd))}")
        fields = given
    changed = {name for name, value in fields.items() if value != former[name]}
    return {
        part.name: bound.spellings[part.name].write(_value(part, read, fields))
        for part in bound.parts
        if changed & set(part.fields)
    }


def _value(part: Part, read: Mapping[str, Value], fields: Mapping[str, Value]) -> Value:
    """Give a part as its fields are now."""
    if len(part.fields) == 1:
        return fields[part.name]
    pairs = zip(part.fields, read[part.name], strict=True)
    return tuple(fields.get(name, value) for name, value in pairs)


def _fields(bound: Bound, read: Mapping[str, Value]) -> dict[str, Value]:
    """Give a record by field, without references, which no transform may change."""
    places = {*bound.pointers, *bound.matched, *(place for _, place in bound.generic)}
    pointing = {bound.fields[place] for place in places}
    found: dict[str, Value] = {}
    for part in bound.parts:
        if part.name in read:
            value = read[part.name]
            each = (value,) if len(part.fields) == 1 else value
            found |= dict(zip(part.fields, each, strict=True))
    return {name: value for name, value in found.items() if name not in pointing}
