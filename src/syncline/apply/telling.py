"""Tells of each record of a changeset what becomes of it, for people."""

from collections.abc import Iterator, Mapping, Sequence

from syncline.apply.decision import Decision, Outcome
from syncline.changes.kinds import Value
from syncline.changes.messages import Detail, Extra

VALUE_LENGTH_MAX = 60
"""Characters that are shown of a key's value."""

UID_DIGITS = 8
"""Hexadecimal digits that stand for a record in a key."""

TOLD = {
    Outcome.CREATE: "create",
    Outcome.UPDATE: "update",
    Outcome.DELETE: "delete",
}


def details_of(
    done: Sequence[Decision],
    waiting: Sequence[Decision],
    troubles: Mapping[bytes, str],
) -> Iterator[Detail]:
    """Tell of each record what is done or decided; and then of those that wait."""
    for one in done:
        if one.outcome in TOLD:
            parts = changed_parts(one) if one.outcome is Outcome.UPDATE else ()
            yield detail(one, TOLD[one.outcome], parts)
        if one.lost:
            yield detail(one, "conflict", tuple(one.lost))
        if held := tuple(held_parts(one)):
            yield detail(one, "hold", held)
    for one in waiting:
        yield detail(one, "set aside", (), reason=troubles[one.change.uid])


def detail(
    one: Decision, outcome: str, parts: tuple[str, ...], *, reason: str = ""
) -> Detail:
    """Tell one thing of one record."""
    return Detail(
        label=one.bound.label,
        outcome=outcome,
        uid=one.change.uid,
        key=key_of(one),
        parts=parts,
        reason=reason,
    )


def changed_parts(one: Decision) -> tuple[str, ...]:
    """Give the parts of a record that change."""
    values = one.split.values
    return tuple(p for p in values if values[p] != one.former.get(p))


def held_parts(one: Decision) -> Iterator[str]:
    """Give the parts of which a record holds several values that it did not before."""
    extra = one.split.extra or Extra()
    before = (one.mine.extra if one.mine else None) or Extra()
    for part, marks in extra.parts.items():
        known = part in one.split.values  # Others decide on what this node lacks.
        if known and len(marks) > 1 and before.parts.get(part) != marks:
            yield part


def key_of(one: Decision) -> str:
    """Spell what identifies a record: its key, else its row's pk, else its uid."""
    values = {**one.former, **one.split.values}
    fields = one.bound.tracked.key.fields
    if fields and all(name in values for name in fields):
        return ", ".join(shown(values[name]) for name in fields)
    if one.mine is not None and one.mine.pk is not None:
        return f"pk {one.mine.pk}"
    return f"record {one.change.uid.hex()[:UID_DIGITS]}"


def shown(value: Value) -> str:
    """Spell a value of a key; one that points at a record shows that record's uid."""
    if isinstance(value, bytes):
        return value.hex()[:UID_DIGITS]
    text = str(value)
    if len(text) <= VALUE_LENGTH_MAX:
        return text
    return f"{text[:VALUE_LENGTH_MAX]}…"
