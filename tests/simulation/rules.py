"""What the nodes of a history declare: how values merge, and what gives way."""

from dataclasses import dataclass
from random import Random  # noqa: TID251 - here it is passed in, and seeded
from typing import Any

from syncline import hold, largest, newest, node_priority, smallest
from syncline.registry import Declared, registry
from syncline.registry.declaring import Registry
from tests.stations import models


def longest(one: Any, other: Any) -> Any:
    """Choose as a user's function may: the longer, or else the later in the order."""
    return max(one, other, key=lambda value: (len(str(value)), str(value)))


def renamed(value: Any, uid: str) -> str:
    """Give a code that no other record gets."""
    return f"{str(value)[:8]}-{uid[:6]}"


def moved(value: Any, uid: str) -> int:
    """Give a slot that few other records get."""
    return int(value) % 1_000 + 1_000 * (int(uid[:5], 16) + 1)


PRIORITY = node_priority([f"{number:032x}" for number in (2, 1)])
RESOLVERS = (newest, newest, largest, smallest, hold, longest, PRIORITY)
DELETES = ("edit_wins", "edit_wins", "delete_wins")


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What all nodes of a history have agreed on."""

    declared: Declared
    said: str
    """What is not as usual, for people."""

    yields: bool = False
    """Does one of two records give way wherever two want one value?"""

    grouped: bool = False
    """Do a station's name and height merge together?"""

    waits: bool = False
    """May changes wait for ever? A deletion that wins against a reference which it did
    not know leaves a row that cannot point at nothing, and so they wait for each
    other."""


def usual() -> Rules:
    """Give the declarations that the tests' app has."""
    return Rules(declared=registry.declared(), said="as usual")


def drawn(random: Random, *, yields: bool) -> Rules:
    """Draw declarations.

    Args:
        random: the history's.
        yields: is something to give way where two records want one value?
    """
    merge = {label: random.choice(RESOLVERS) for label in MERGED}
    deletes = {label: random.choice(DELETES) for label in MERGED}
    group = random.random() < 0.3
    slot: Any = random.choice(("null", moved)) if yields else None
    made = Registry()
    made.register(
        models.Region,
        merge={"name": merge["Region"]},
        deletes=deletes["Region"],
        on_clash=renamed if yields else None,
    )
    made.register(models.Instrument, merge={"model_name": merge["Instrument"]})
    made.register(
        models.Station,
        key="code",
        exclude=["secret"],
        references={"created_by": "null"},
        groups=[("name", "height")] if group else (),
        merge={} if group else {"name": merge["Station"]},
        deletes=deletes["Station"],
        on_clash=slot,
    )
    made.register(
        models.Observation,
        key=["station.code", "taken_at"],
        merge={"reading": merge["Observation"]},
        deletes=deletes["Observation"],
    )
    made.register(
        models.Remark,
        merge={"stars": largest, "text": merge["Remark"]},
        deletes=deletes["Remark"],
    )
    made.register([models.Place, models.Harbour])
    made.register(models.Label, ignored="hidden", on_clash=renamed if yields else None)
    made.register(models.Tide)
    said = ", ".join(
        f"{label} {getattr(merge[label], '__name__', 'priority')}/{deletes[label]}"
        for label in MERGED
    )
    return Rules(
        declared=made.declared(),
        said=f"{said}{', grouped' if group else ''}, {slot}",
        yields=yields,
        grouped=group,
        waits="delete_wins" in (deletes["Region"], deletes["Station"]),
    )


MERGED = ("Region", "Instrument", "Station", "Observation", "Remark")
