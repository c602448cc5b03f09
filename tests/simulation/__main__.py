"""Play histories: one by its seed, or new ones for some minutes."""

import argparse
import os
import secrets
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()


from syncline.capture.tracking import track  # noqa: E402 - Django is set up before
from syncline.identity.database import NodeDatabase  # noqa: E402 - Django is set up before
from syncline.progress import Task  # noqa: E402 - Django is set up before
from tests.databases import Databases  # noqa: E402 - Django is set up before
from tests.simulation.histories import PLANS, SWITCHED_OFF, play  # noqa: E402 - Django is set up before
from tests.simulation.node import TEMPLATE  # noqa: E402 - Django is set up before


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("what", nargs="?", choices=("play", "soak"), default="play")
    parser.add_argument("--plan", choices=[*PLANS, *SWITCHED_OFF])
    parser.add_argument("--seed", type=int)
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--steps", type=int, help="fewer, to find the last one needed")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--nodes", nargs="+", default=[], metavar="ALIAS")
    options = parser.parse_args()
    plans = [options.plan] if options.plan else list(PLANS)
    seed = secrets.randbelow(1 << 40) if options.seed is None else options.seed
    with on_servers(options.nodes):
        return run(options, plans, seed)


def run(options: argparse.Namespace, plans: list[str], seed: int) -> int:
    until = time.monotonic() + 60 * options.minutes
    failures = count = 0
    while time.monotonic() < until and (
        options.what == "soak" or count < options.count
    ):
        for plan in plans:
            failures += failed(seed + count, plan, options)
        count += 1
    print(f"{count * len(plans)} histories, {failures} failed")
    return bool(failures)


@contextmanager
def on_servers(aliases: list[str]) -> Iterator[None]:
    """Make tracked databases of those aliases that are not in memory."""
    made = Databases()
    wanted = [alias for alias in aliases if not alias.startswith(TEMPLATE)]
    try:
        made.require(*wanted)
        for alias in wanted:
            Task(track(NodeDatabase.open(alias))).run()
        yield
    finally:
        made.drop()


def failed(seed: int, plan: str, options: argparse.Namespace) -> int:
    """Play one history; give 1 if it ends badly."""
    log: list[str] = []
    try:
        play(seed, plan, aliases=tuple(options.nodes), log=log, steps=options.steps)
    except Exception as error:  # noqa: BLE001 - all are failures
        if options.what == "play" and options.count == 1:
            print("\n".join(log))
            traceback.print_exc(file=sys.stdout)
        text = " ".join(f"{type(error).__name__}: {error}".split())
        print(f"--plan {plan} --seed {seed}: {text[:300]}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
