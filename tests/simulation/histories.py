"""Play a history by its seed."""

from random import Random  # noqa: TID251 - here it is passed in, and seeded

from tests.simulation.hooks import hooked
from tests.simulation.invariants import check
from tests.simulation.world import PAGES, Plan, World

PLANS = {
    "plain": Plan(),
    "network": Plan(network=True, small_pages=True),
    "crashes": Plan(network=True, small_pages=True, crashes=True),
    "clashes": Plan(clashes=True),
    "others": Plan(others=True, small_pages=True),
    "all": Plan(
        clashes=True,
        network=True,
        small_pages=True,
        crashes=True,
        others=True,
        steps=30,
    ),
}


def play(
    seed: int,
    plan: str,
    *,
    aliases: tuple[str, ...] = (),
    log: list[str] | None = None,
) -> World:
    """Play a history to its end, and check it.

    Args:
        seed: tells one history from all others.
        plan: the name of what may happen.
        aliases: the nodes' databases; none means some in memory.
        log: takes what has happened, as it happens.
    """
    random = Random(seed)
    size = random.choice((2, 2, 3, 3, 4))
    chosen = PLANS[plan]
    with hooked(random.choice(PAGES) if chosen.small_pages else PAGES[-1]) as hooks:
        world = World(
            random=random,
            plan=chosen,
            aliases=aliases or tuple(f"simulated_{n}" for n in range(1, size + 1)),
            hooks=hooks,
        )
        if log is not None:
            world.log = log
        world.begin()
        for _ in range(chosen.steps):
            world.step()
        world.heal()
        check(world)
    return world
