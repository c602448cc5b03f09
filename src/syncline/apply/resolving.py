"""References whose target comes later than they do."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from syncline.apply.decision import Decision, Outcome
from syncline.apply.inward import Prepared
from syncline.changes.kinds import Value
from syncline.changes.messages import Change, Extra
from syncline.identity.bound import Bound, Image, values_of
from syncline.identity.database import NodeDatabase
from syncline.identity.references import References
from syncline.identity.stored import Names, Split, Stored, frozen, shown_of
from syncline.identity.uids import UID_BYTES
from syncline.models import Unresolved

ASKED_MAX = 500


def note_unresolved(alias: str, pairs: Iterable[tuple[bytes, bytes]]) -> None:
    """Remember which records wait for which targets: pairs of target and uid."""
    rows = [Unresolved(target=target, uid=uid) for target, uid in pairs]
    Unresolved.objects.using(alias).bulk_create(rows, batch_size=ASKED_MAX)


def waits(
    rows: Mapping[bytes, Prepared], done: Sequence[Decision]
) -> Iterator[tuple[bytes, bytes]]:
    """Give pairs of a target that is not here, and the record that waits for it."""
    for one in done:
        row = rows.get(one.change.uid)
        for value in row.unresolved.values() if row is not None else ():
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, bytes) and len(part) == UID_BYTES:
                    yield part, one.change.uid


def resolvable(
    database: NodeDatabase,
    references: References,
    came: Sequence[bytes],
    decided: Collection[bytes],
) -> list[Decision]:
    """Give the decisions that let rows point at what has come.

    No version changes by it: the records have had these values all along, and only
    the rows could not show them.

    Args:
        database: where rows wait.
        references: turns what rows hold into values.
        came: uids of records that have just been made.
        decided: uids of records that the changeset itself writes.
    """
    rows = Unresolved.objects.using(database.alias)
    uids: set[bytes] = set()
    if not came or not rows.exists():
        return []
    for start in range(0, len(came), ASKED_MAX):
        some = rows.filter(target__in=came[start : start + ASKED_MAX])
        uids |= {bytes(uid) for uid in some.values_list("uid", flat=True)}
    waiting = database.store.by_uid(uid for uid in uids if uid not in decided)
    by_table: dict[int, list[Stored]] = {}
    for one in waiting.values():
        if one.pk is not None and one.extra is not None and one.extra.values:
            by_table.setdefault(one.table, []).append(one)
    found: list[Decision] = []
    for number, some_stored in by_table.items():
        bound = database.bound(database.labels[number])
        found += _decisions(bound, references, some_stored)
    return found


def forget_resolved(
    alias: str, came: Sequence[bytes], waiting: Collection[bytes]
) -> None:
    """Forget that records waited for what has come, but for those that still do."""
    rows = Unresolved.objects.using(alias)
    if not came or not rows.exists():
        return
    for start in range(0, len(came), ASKED_MAX):
        some = rows.filter(target__in=came[start : start + ASKED_MAX])
        some.exclude(uid__in=waiting).delete()


def _decisions(
    bound: Bound, references: References, waiting: Sequence[Stored]
) -> list[Decision]:
    images = bound.images_of([one.pk for one in waiting if one.pk is not None])
    there: list[tuple[Stored, Image]] = [
        (one, images[one.pk]) for one in waiting if one.pk in images
    ]
    rows = references.outward(bound, [image for _, image in there])
    names = [part.name for part in bound.parts]
    numbers = references.database.nodes.names
    return [
        _decision(
            bound, one, dict(zip(names, values_of(bound, row), strict=True)), numbers
        )
        for (one, _), row in zip(there, rows, strict=True)
    ]


def _decision(
    bound: Bound, one: Stored, shown: dict[str, Value], names: Names
) -> Decision:
    """Let a row show what is kept beside it."""
    extra = one.extra or Extra()
    values = dict(extra.values)
    wanted = dict(shown)
    places = {*bound.pointers, *bound.matched, *(place for _, place in bound.generic)}
    pointing = {bound.part_of(bound.fields[place]) for place in places}
    for part, marks in extra.parts.items():
        kept = values.get(part)
        if part not in pointing or part not in shown or not kept:
            continue
        if not kept[top := shown_of(marks, names)]:
            continue
        wanted[part] = frozen(kept[top][0])
        if len(marks) == 1:
            del values[part]
        else:
            values[part] = (*kept[:top], (), *kept[top + 1 :])
    return Decision(
        outcome=Outcome.UPDATE,
        bound=bound,
        change=Change(table=0, uid=one.uid, life=one.life, mark=one.mark, values=None),
        mine=one,
        split=Split(
            life=one.life,
            mark=one.mark,
            values=wanted,
            extra=Extra(life=extra.life, parts=extra.parts, values=values),
        ),
        former=shown,
        brought=False,
    )
