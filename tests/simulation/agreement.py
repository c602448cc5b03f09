"""Does `verify` see what there is to see, and nothing else?"""

from django.db import connections

from syncline.progress import Task
from syncline.transfer.agreeing import agree
from syncline.transport.direct import DatabaseEndpoint
from tests.simulation.comparing import differences, uids_waiting
from tests.simulation.node import Node
from tests.simulation.world import World

PLANTED = (
    ("stations.Region", "name"),
    ("stations.Station", "name"),
    ("stations.Remark", "text"),
    ("stations.Harbour", "depth"),
    ("stations.Label", "hidden"),
)
"""Fields of which somebody changes a value behind all our backs."""


def verify_is_right(world: World) -> None:
    """Verify finds what a full comparison does, and differences that are planted."""
    one, other = world.random.sample(world.nodes, 2)
    found, shown = verified(one, other), compared(one, other, set())
    # What a row cannot show, for want of what it points at, is kept beside it.
    waiting = uids_waiting(one) | uids_waiting(other)
    meant = compared(one, other, waiting)
    assert meant <= found <= shown, (
        f"verify finds {found} in {one.alias} and {other.alias}, and not {meant}"
    )
    planted = plant(world, other)
    missed = planted - verified(one, other)
    assert not missed, f"verify has not found {missed} in {other.alias}"


def verified(one: Node, other: Node) -> set[tuple[str, str]]:
    """Give by label and uid the records that verify says are not equal."""
    ends = (
        DatabaseEndpoint(database=one.database),
        DatabaseEndpoint(database=other.database),
    )
    report = Task(agree(*ends, pause=lambda: None)).run()
    return {(diff.label, diff.uid.hex()[:8]) for diff in report.differences}


def compared(one: Node, other: Node, waiting: set[str]) -> set[tuple[str, str]]:
    """Compare all records."""
    rows, others = one.contents.records(), other.contents.records()
    return {
        place
        for place in rows.keys() | others.keys()
        if differences(rows.get(place), others.get(place), waiting)
    }


def plant(world: World, node: Node) -> set[tuple[str, str]]:
    """Change a value of some row without a trace; say which record it is."""
    label, name = world.random.choice(PLANTED)
    rows = node.contents.rows[label]
    if not rows:
        return set()
    pk = world.random.choice(sorted(rows))
    uid = node.contents.uids()[label, pk]
    connection = connections[node.alias]
    table = label.lower().replace(".", "_")
    key = "place_ptr_id" if label == "stations.Harbour" else "id"
    value = not rows[pk][name] if name == "hidden" else world.edits.fresh()
    with connection.cursor() as cursor:
        sql = f"UPDATE {table} SET {name} = %s WHERE {key} = %s"
        cursor.execute(sql, [value, pk])
        cursor.execute("DELETE FROM syncline_journal")
    node.contents.forget()
    return {(label, uid)}
