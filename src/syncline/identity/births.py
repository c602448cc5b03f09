"""Rows seen for the first time, and the uids that they get."""

from collections.abc import Sequence

from syncline.changes.canonical import LAST
from syncline.changes.kinds import Value
from syncline.identity.bound import Bound, Image
from syncline.identity.references import References
from syncline.registry.terms import KeyKind


def keys_of(
    bound: Bound, references: References, images: Sequence[Image]
) -> list[tuple[Value, ...] | None]:
    """Give the key of each row, with uids for references; None of one without.

    Args:
        bound: the rows' table.
        references: turns pks into uids.
        images: the rows.
    """
    key = bound.tracked.key
    if key.kind is KeyKind.NONE or not set(key.fields) <= set(bound.fields):
        return [None] * len(images)
    places = [bound.places[name] for name in key.fields]
    steps = [LAST.get(bound.described[place].kind) for place in places]
    columns: list[list[Value]] = []
    for place, step in zip(places, steps, strict=True):
        values = [image[place] for image in images]
        columns.append(_column(bound, references, place, values, step))
    return [None if None in row else row for row in zip(*columns, strict=True)]


def _column(
    bound: Bound,
    references: References,
    place: int,
    values: list[Value],
    step: object,
) -> list[Value]:
    present = {value for value in values if value is not None}
    if place in bound.pointers:
        label = bound.pointers[place]
        known = references.uids_of(bound, place, label, present)
        return [None if value is None else known[value] for value in values]
    if place in bound.matched:
        keys = references.matched_keys(bound.matched[place], present)
        return [keys.get(value) for value in values]
    if callable(step):
        return [None if value is None else step(value) for value in values]
    return values
