"""How a history begins: with nothing, with something on all nodes, or on each."""

from syncline.apply.contact import Choice, Contact, First
from tests.simulation import triggers
from tests.simulation.node import Node
from tests.simulation.world import World

BEGUN = 0.7
"""How often nodes begin with something on all."""

COPIED = 0.4
"""How often databases that are not tracked yet are copies of each other."""

CHOICES = (
    First(choice=Choice.SOURCE),
    First(choice=Choice.TARGET),
    First(choice=Choice.HOLD),
    First(choice=Choice.NEWEST, part="changed_at"),
    First(choice=Choice.NEWEST, part="name"),
)


def begin(world: World) -> None:
    """Let there be something, mostly."""
    if world.plan.triggers:
        for node in world.nodes:
            world.say(
                f"{node.alias}: triggers {triggers.make(world.random, node.alias)}"
            )
    if world.plan.adopts:
        adopt(world)
        return
    first, *others = world.nodes
    if world.random.random() < BEGUN:
        write_some(world, first, world.random.choice((4, 12)))
        for other in others:
            world.transfer(first, other)


def write_some(world: World, node: Node, count: int) -> None:
    for _ in range(count):
        world.edit(node)


def adopt(world: World) -> None:
    """Let there be rows on nodes that are not tracked, and let the nodes meet."""
    first, *others = world.nodes
    choice = world.random.choice(CHOICES)
    copied = world.random.random() < COPIED and all(n.in_memory for n in world.nodes)
    world.say(f"adopted, {choice.choice} {choice.part}, {'copied' if copied else ''}")
    write_some(world, first, 8)
    for other in others:
        if copied:
            other.copy(first.alias)
            other.be_named()
        write_some(world, other, world.random.choice((0, 3, 6)))
    # Of what was written until now nobody knows what came after what.
    world.observer.returned |= world.observer.past.keys()
    for node in world.nodes:
        if not node.tracked:
            node.track()
    world.contact = Contact(first=choice, same_pks=copied, independent=not copied)
    for other in others:
        world.transfer(first, other)
    # What the others have is known by uid from here on.
    world.contact = Contact(first=choice, independent=True)
