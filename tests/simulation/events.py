"""What may happen to the nodes of a history between two edits."""

from collections.abc import Callable
from functools import partial

from syncline.apply.applying import Applying
from syncline.apply.choosing import Choosing
from syncline.apply.quarantine import waiting_changesets
from syncline.apply.undoing import Undoing
from syncline.capture.sequencer import Sequencer
from syncline.errors import CannotResolve, CannotUndo, NothingThere
from syncline.models import Conflict, Quarantined, Run
from syncline.transport.direct import DatabaseEndpoint
from tests.simulation.hooks import Crash
from tests.simulation.invariants import by_field, of_wire, values_of
from tests.simulation.node import Node
from tests.simulation.observer import changed
from tests.simulation.world import NARROWED, STEP_MAX, World

Event = Callable[[World, Node], None]

CRASHES_MAX = 6
"""Failpoints that are passed at most before one ends the process."""

RUNS_MAX = 3
"""How far back an undo reaches."""


def step(world: World) -> None:
    """Let one thing happen."""
    world.time += world.random.randint(1, STEP_MAX)
    node = world.random.choice(world.nodes)
    kinds = kinds_of(world)
    [event] = world.random.choices(list(kinds), list(kinds.values()))
    event(world, node)


def kinds_of(world: World) -> dict[Event, int]:
    """Give what may happen, and how often."""
    plan = world.plan
    kinds: dict[Event, int] = {World.edit: 8, World.sync: 3}
    if plan.network:
        kinds |= {cut: 2, late: 2, hold_back: 1, narrow: 1}
    if plan.crashes:
        kinds |= {crash: 2}
    if plan.rules:
        kinds |= {choose: 2}
    if plan.undo:
        kinds |= {take_back: 2, revert: 1, redo: 1}
    if plan.restores:
        kinds |= {back_up: 1, restore: 1}
    return kinds


# Networks and processes


def cut(world: World, node: Node) -> None:
    """Let a transfer end too early."""
    world.transfer(world.other(node), node, cut=world.random.randrange(3))


def narrow(world: World, node: Node) -> None:
    """Let a transfer bring some models only."""
    some = world.random.sample(NARROWED, world.random.choice((1, 2)))
    world.transfer(world.other(node), node, models=tuple(some))


def hold_back(world: World, node: Node) -> None:
    """Let a whole transfer be under way, to arrive later and in any order."""
    source = world.other(node)
    here = DatabaseEndpoint(database=source.database)
    end = DatabaseEndpoint(database=node.database)
    if world.plan.adopts and not end.has_met(source.name):
        return  # They have to be asked first what rows are the same.
    world.transfers += 1
    want = end.want(here.hello(), source.alias)
    some = [*here.changesets(want, f"late{world.transfers}")]
    world.sent += [(node, changeset) for changeset in some]
    world.say(f"{source.alias} → {node.alias}: {len(some)} are late")


def late(world: World, node: Node) -> None:
    """Let something arrive late, or once more; it has its own target."""
    del node
    if world.sent:
        for _ in range(world.random.choice((1, 3))):
            world.arrive(*world.random.choice(world.sent))


def crash(world: World, node: Node) -> None:
    """Let a transfer crash at some point."""
    source = world.other(node)
    crashing(world, [source, node], partial(world.transfer, source, node))


def crashing(world: World, nodes: list[Node], action: Callable[[], object]) -> None:
    """Do something that may crash at some point."""
    world.hooks.crash_after = world.random.randrange(CRASHES_MAX)
    try:
        action()
    except Crash as error:
        world.say(f"{' → '.join(one.alias for one in nodes)}: crash at {error}")
        for one in nodes:
            one.reopen()
    finally:
        world.hooks.crash_after = None


# What people decide


def choose(world: World, node: Node) -> None:
    """Let a person choose one of the values of a conflict."""
    rows = Conflict.objects.using(node.alias).filter(resolved_at=None)
    found = list(rows.order_by("pk"))
    if not found:
        return
    row = world.random.choice(found)
    value = world.random.choice(values_of(row))
    before = node.contents.rows
    choosing = Choosing(
        database=node.database, sequencer=Sequencer(database=node.database)
    )
    try:
        choosing.choose(row, value)
    except CannotResolve as error:
        world.say(f"{node.alias}: cannot choose {row.part}: {error}")
        return
    finally:
        node.contents.forget()
    world.observer.saw(before, node.contents.rows, again=True)
    # It may be what is shown anyway, and is newer from now on.
    label = node.database.labels[row.table_id]
    world.observer.returned |= {
        (label, name, of_wire(label, name, one))
        for name, one in by_field(row.part, value)
    }
    world.say(f"{node.alias}: {row.part} is chosen to be {value}")


def take_back(world: World, node: Node) -> None:
    """Un-apply one of the last runs."""
    undo(world, node, lambda undoing, run: undoing.take_back(run), "taken back")


def revert(world: World, node: Node) -> None:
    """Write what was before one of the last runs anew."""
    undo(world, node, lambda undoing, run: undoing.revert(run), "reverted")


def undo(
    world: World, node: Node, action: Callable[[Undoing, int], object], said: str
) -> None:
    """Undo one of the last runs of a node, in one way or the other."""
    runs = Run.objects.using(node.alias).order_by("-pk")
    numbers = list(runs.values_list("pk", flat=True)[:RUNS_MAX])
    if not numbers:
        return
    run = world.random.choice(numbers)
    before = node.contents.rows
    undoing = Undoing(
        database=node.database, sequencer=Sequencer(database=node.database)
    )
    try:
        action(undoing, run)
    except (CannotUndo, NothingThere) as error:
        world.say(f"{node.alias}: run {run} cannot be {said}: {error}")
        node.database.forget()
        return
    finally:
        node.contents.forget()
    if said == "reverted":
        node.stamp()
        world.observer.saw(before, node.contents.rows, again=True)
    world.say(f"{node.alias}: run {run} is {said}")


def redo(world: World, node: Node) -> None:
    """Try again what a person has taken back, and all else that waits."""
    if not Quarantined.objects.using(node.alias).exists():
        return
    Quarantined.objects.using(node.alias).update(undone=False)
    applying = Applying(
        database=node.database, sequencer=Sequencer(database=node.database)
    )
    for changeset, numbers in waiting_changesets(node.alias):
        applying.retry(changeset, numbers)
    node.contents.forget()
    world.say(f"{node.alias}: what was undone is done again")


# Backups


def back_up(world: World, node: Node) -> None:
    """Copy a database."""
    if node.in_memory:
        node.back_up()
        world.say(f"{node.alias}: backed up")


def restore(world: World, node: Node) -> None:
    """Put a database back to what it was."""
    if node.backup is not None:
        before = node.contents.rows
        node.restore()
        # What nobody else has is gone with the disk.
        world.observer.deleted |= set(changed(node.contents.rows, before))
        world.say(f"{node.alias}: restored")
