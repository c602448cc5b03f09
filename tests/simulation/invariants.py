"""What must hold after every history: see the design, section 12."""

from collections.abc import Iterator
from typing import Any

import msgspec
from django.db import connections

from syncline.changes.messages import Changeset, decode
from syncline.models import Conflict, Quarantined, RecordRow, TrackedTable
from tests.simulation.contents import plain_decimal, sorted_json
from tests.simulation.node import Node
from tests.simulation.observer import UNIQUE, Write
from tests.simulation.world import World

Place = tuple[str, str]


def check(world: World) -> None:
    """Check a world that was healed."""
    converged(world)  # 1 and 9
    constraints_hold(world)  # 8
    nothing_is_lost(world)  # 2
    no_conflict_without_one(world)
    journals_are_empty(world)  # 3
    repeating_changes_nothing(world)  # 5


def converged(world: World) -> None:
    """Every node holds the same records, or says that something waits there."""
    first, *others = world.nodes
    expected = first.contents.records()
    waiting = set().union(*(uids_waiting(node) for node in world.nodes))
    for other in others:
        found = other.contents.records()
        for place in expected.keys() | found.keys():
            one, two = expected.get(place), found.get(place)
            assert one == two or place[1] in waiting, (
                f"{first.alias} and {other.alias} differ in {place}: "
                f"{differences(one, two)}"
            )
    if not world.plan.clashes:
        assert not waiting, [reasons(node) for node in world.nodes]


def differences(one: Any, two: Any) -> Any:
    if one is None or two is None:
        return one, two
    return {name: (one[name], two[name]) for name in one if one[name] != two[name]}


def uids_waiting(node: Node) -> set[str]:
    rows = Quarantined.objects.using(node.alias).values_list("uid", flat=True)
    return {bytes(uid).hex()[:8] for uid in rows}


def reasons(node: Node) -> list[str]:
    rows = Quarantined.objects.using(node.alias)
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
                yield head.label, part, of_wire(head.label, part, value)


def conflicts(node: Node) -> Iterator[tuple[str, str, list[Any], tuple[Any, str]]]:
    """Give by conflict the label, the part, what lost, what was kept, and the uid."""
    labels = dict(TrackedTable.objects.using(node.alias).values_list("number", "label"))
    for row in Conflict.objects.using(node.alias).all():
        label = labels[row.table_id]
        lost = [
            of_wire(label, row.part, value)
            for value, *_ in msgspec.msgpack.decode(bytes(row.lost))
        ]
        chosen = of_wire(label, row.part, msgspec.msgpack.decode(bytes(row.kept)))
        yield label, row.part, lost, (chosen, bytes(row.uid).hex()[:8])


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
            past = world.observer.before((label, part, chosen))
            for value in lost:
                assert (label, part, value) not in past or uid in reborn, (
                    f"{node.alias} {label}.{part}: {value} was replaced by {chosen}, "
                    "and made a conflict"
                )


def deleted_once(node: Node) -> set[str]:
    rows = RecordRow.objects.using(node.alias).filter(life__gt=1)
    return {bytes(uid).hex()[:8] for uid in rows.values_list("uid", flat=True)}


def repeating_changes_nothing(world: World) -> None:
    """Old changesets, in any order, are as if they had not come."""
    before = [node.contents.records() for node in world.nodes]
    world.random.shuffle(world.sent)
    for target, changeset in world.sent[:10]:
        world.arrive(target, changeset)
    after = [node.contents.records() for node in world.nodes]
    for node, one, two in zip(world.nodes, before, after, strict=True):
        assert one == two, f"{node.alias}: an old changeset has changed something"
