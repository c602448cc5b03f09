"""Play a history by its seed."""

from random import Random  # noqa: TID251 - here it is passed in, and seeded

from tests.simulation.beginnings import begin
from tests.simulation.events import step
from tests.simulation.hooks import hooked
from tests.simulation.invariants import check
from tests.simulation.rules import drawn, usual
from tests.simulation.world import PAGES, Plan, World

PLANS = {
    "plain": Plan(keys=True, apart=True),
    "network": Plan(network=True, small_pages=True),
    "crashes": Plan(network=True, small_pages=True, crashes=True, undo=True),
    "clashes": Plan(clashes=True, keys=True),
    "others": Plan(others=True, small_pages=True),
    "rules": Plan(rules=True, small_pages=True),
    "undo": Plan(undo=True, network=True),
    "adopted": Plan(adopts=True, rules=True),
    "triggers": Plan(triggers=True, keys=True),
    "yields": Plan(clashes=True, rules=True, yields=True),
    "all": Plan(
        clashes=True,
        network=True,
        small_pages=True,
        crashes=True,
        others=True,
        rules=True,
        yields=True,
        undo=True,
        keys=True,
        apart=True,
        triggers=True,
        steps=24,
    ),
}
"""By name."""

SWITCHED_OFF = {"restores": Plan(restores=True)}
"""What cannot hold yet: a restored database is not noticed, and counts anew from where
it was. Played by name only."""

YIELDING = 0.8
"""How often one of two records gives way, where it may."""


def play(
    seed: int,
    plan: str,
    *,
    aliases: tuple[str, ...] = (),
    log: list[str] | None = None,
    steps: int | None = None,
) -> World:
    """Play a history to its end, and check it.

    Args:
        seed: tells one history from all others.
        plan: the name of what may happen.
        aliases: the nodes' databases; none means some in memory.
        log: takes what has happened, as it happens.
        steps: after how many it ends; None means as many as are planned.
    """
    random = Random(seed)
    size = random.choice((2, 2, 3, 3, 4))
    chosen = (PLANS | SWITCHED_OFF)[plan]
    with hooked(random.choice(PAGES) if chosen.small_pages else PAGES[-1]) as hooks:
        yields = chosen.yields and random.random() < YIELDING
        rules = drawn(random, yields=yields) if chosen.rules else usual()
        world = World(
            random=random,
            plan=chosen,
            rules=rules,
            aliases=aliases or tuple(f"simulated_{n}" for n in range(1, size + 1)),
            hooks=hooks,
            log=[] if log is None else log,
        )
        world.say(rules.said)
        begin(world)
        for _ in range(chosen.steps if steps is None else steps):
            step(world)
        world.heal()
        check(world)
    return world
