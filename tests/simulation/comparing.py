"""How records of two nodes differ, and which of them wait for something."""

from typing import Any

from syncline.models import Quarantined
from tests.simulation.contents import GONE, Row
from tests.simulation.node import Node


def differences(
    one: Row | None, two: Row | None, waiting: set[str]
) -> dict[str, tuple[Any, Any]]:
    """Give by field what two nodes hold, if not the same.

    A field that only one has a column for is no difference, and no reference at a
    record that waits.
    """
    if one is None or two is None:
        return {"(row)": (one, two)}
    return {
        name: (one[name], two[name])
        for name in one.keys() & two.keys()
        if one[name] != two[name]
        and not {one[name], two[name]} & waiting
        and not points_at_the_same(one[name], two[name])
    }


def points_at_the_same(one: Any, two: Any) -> bool:
    """Is one of two references at something that is deleted where it is?

    Generic references have no constraint: where they are written they stay, and where
    they arrive nothing is shown.
    """
    gone = [str(value).startswith(GONE) for value in (one, two)]
    if all(gone):
        return True
    return any(gone) and str(one).removeprefix(GONE) == str(two).removeprefix(GONE)


def uids_waiting(node: Node) -> set[str]:
    rows = Quarantined.objects.using(node.alias).values_list("uid", flat=True)
    return {bytes(uid).hex()[:8] for uid in rows}
