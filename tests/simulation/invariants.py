"""What must hold after every history: see the design, section 12."""

from collections.abc import Iterator
from typing import Any

import msgspec
from django.db import connections

from syncline.changes.messages import Changeset, decode
from syncline.models import Conflict, Quarantined, RecordRow, TrackedTable
from tests.simulation.agreement import verify_is_right
from tests.simulation.comparing import differences, uids_waiting
from tests.simulation.contents import plain_decimal, sorted_json
from tests.simulation.node import Node
from tests.simulation.observer import UNIQUE, Write
from tests.simulation.world import World

GROUPED = {"stations.Station": ("name", "height")}
"""Fields that some rules let merge together."""

VERIFIED = 0.25
"""How often two nodes are verified, which takes as long as some transfers."""

Place = tuple[str, str]


def check(world: World) -> None:
    """Check a world that was healed."""
    converged(world)  # 1 and 9
    constraints_hold(world)  # 8
    nothing_is_lost(world)  # 2
    no_conflict_without_one(world)
    journals_are_empty(world)  # 3
    repeating_changes_nothing(world)  # 5
    if world.random.random() < VERIFIED:
        verify_is_right(world)  # 11


def converged(world: World) -> None:
    """Every node holds the same records, or says that something waits there."""
    first, *others = world.nodes
    expected = first.contents.records()
    waiting = set().union(*(uids_waiting(node) for node in world.nodes))
    for other in others:
        found = other.contents.records()
        for place in expected.keys() | found.keys():
            differing = differences(expected.get(place), found.get(place), waiting)
            assert place[1] in waiting or not differing, (
                f"{first.alias} and {other.alias} differ in {place}: {differing}"
            )
    if not world.rules.waits and (not world.plan.clashes or world.rules.yields):
        found_reasons = [one for node in world.nodes for one in reasons(node)]
        assert not found_reasons, found_reasons


def reasons(node: Node) -> list[str]:
    """Say why changes wait, if not because somebody has taken them back.

    What leans on such a record waits with it.
    """
    rows = Quarantined.objects.using(node.alias)
    if rows.filter(undone=True).exists():
        return []
    return [
        f"{node.alias} {reason}" for reason in rows.values_list("reason", flat=True)
    ]


def constraints_hold(world: World) -> None:
    for node in world.nodes:
        assert not node.contents.broken(), (node.alias, node.contents.broken())


def journals_are_empty(world: World) -> None:
    for node in world.nodes:
        with connections[node.alias].cursor() as cursor:
            for table in ("syncline_journal", "syncline_mark"):
                cursor.execute(f"SELECT COUNT(*) FROM {table}")
                [count] = cursor.fetchone()
                assert not count, f"{node.alias}: {count} rows in {table}"


def nothing_is_lost(world: World) -> None:
    """Every write is there, was overwritten by who had seen it, or was kept."""
    safe = world.final() | world.observer.replaced() | world.observer.deleted
    safe |= {write for node in world.nodes for write in kept(node)}
    lost = world.observer.past.keys() - safe
    assert not lost, f"lost: {lost}"


def kept(node: Node) -> Iterator[Write]:
    """Give the writes that are in a conflict, or wait."""
    for label, part, values, _ in conflicts(node):
        for value in values:
            yield label, part, value
    for data in Quarantined.objects.using(node.alias).values_list("change", flat=True):
        changeset = decode(bytes(data), Changeset)
        for change in changeset.changes:
            head = changeset.tables[change.table]
            pairs = zip(head.parts, change.values or (), strict=False)
            for part, value in pairs:
                for name, one in by_field(part, value):
                    yield head.label, name, of_wire(head.label, name, one)


def values_of(row: Conflict) -> list[Any]:
    """Give the values of which a person may choose one."""
    lost = msgspec.msgpack.decode(bytes(row.lost))
    kept = msgspec.msgpack.decode(bytes(row.kept))
    return [kept, *(value for value, *_ in lost)]


def by_field(part: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Divide the value of a group."""
    names = part.split("+")
    values = [value] if len(names) == 1 else value or [None] * len(names)
    yield from zip(names, values, strict=True)


def conflicts(node: Node) -> Iterator[tuple[str, str, list[Any], tuple[Any, str]]]:
    """Give by conflict the label, the field, what lost, what was kept, and the uid."""
    labels = dict(TrackedTable.objects.using(node.alias).values_list("number", "label"))
    for row in Conflict.objects.using(node.alias).all():
        label, uid = labels[row.table_id], bytes(row.uid).hex()[:8]
        lost: dict[str, list[Any]] = {}
        for value, *_ in msgspec.msgpack.decode(bytes(row.lost)):
            for name, one in by_field(row.part, value):
                lost.setdefault(name, []).append(of_wire(label, name, one))
        kept = msgspec.msgpack.decode(bytes(row.kept))
        for name, one in by_field(row.part, kept):
            yield label, name, lost.get(name, []), (of_wire(label, name, one), uid)


def of_wire(label: str, part: str, value: Any) -> Any:
    """Spell a value of a message as a row shows it."""
    if part not in UNIQUE.get(label, ()) or value is None:
        return repr(value)
    if part == "height":
        return plain_decimal(value)
    return sorted_json(value) if part == "details" else value


def no_conflict_without_one(world: World) -> None:
    """What loses was not seen by who wrote what is kept."""
    reborn = set().union(*(deleted_once(node) for node in world.nodes))
    for node in world.nodes:
        for label, part, lost, (chosen, uid) in conflicts(node):
            if part in GROUPED.get(label, ()) and world.rules.grouped:
                continue  # What else the group holds may well be at odds.
            returned = world.observer.returned
            if (label, part, chosen) in returned:
                continue
            past = world.observer.before((label, part, chosen)) - returned
            for value in lost:
                seen = value != chosen and (label, part, value) in past
                assert not seen or uid in reborn, (
                    f"{node.alias} {label}.{part}: {value} was replaced by {chosen}, "
                    "and made a conflict"
                )


def deleted_once(node: Node) -> set[str]:
    rows = RecordRow.objects.using(node.alias).filter(life__gt=1)
    return {bytes(uid).hex()[:8] for uid in rows.values_list("uid", flat=True)}


def repeating_changes_nothing(world: World) -> None:
    """Old changesets, in any order, are as if they had not come."""
    before = [node.contents.records() for node in world.nodes]
    waiting = [uids_waiting(node) for node in world.nodes]
    world.random.shuffle(world.sent)
    for target, changeset in world.sent[:10]:
        world.arrive(target, changeset)
    after = [node.contents.records() for node in world.nodes]
    for node, one, two, uids in zip(world.nodes, before, after, waiting, strict=True):
        changed = {
            place
            for place in one.keys() | two.keys()
            if differences(one.get(place), two.get(place), uids)
        }
        # What was taken back is known as if it had never been seen.
        changed = {(label, uid) for label, uid in changed if uid not in uids}
        assert not changed, f"{node.alias}: an old changeset has changed {changed}"
