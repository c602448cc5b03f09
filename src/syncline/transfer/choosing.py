"""Which models a transfer moves, and which database is the peer."""

from collections.abc import Iterable, Sequence

from django.db import Error, connections

from syncline.errors import NotDeclared, SynclineError, UnknownPeer
from syncline.identity.database import NodeDatabase
from syncline.models import Peer
from syncline.registry import Declared
from syncline.tables.selection import linked_owner, named_models
from syncline.transfer.nodes import node_id, open_node


def labels_moving(
    database: NodeDatabase,
    verb: str,
    *,
    models: Sequence[str] = (),
    exclude: Sequence[str] = (),
) -> tuple[str, ...] | None:
    """Say which models a transfer moves.

    Args:
        database: the node that runs the verb.
        verb: `pull` or `push`.
        models: labels of apps or models; none means all.
        exclude: labels of apps or models.

    Returns:
        Their labels; empty if it moves all of them, and None if it moves none.

    Raises:
        UnknownModel: a name is none.
        NotDeclared: a name stands for nothing that is tracked.
    """
    declared = database.declared
    wanted = _named(database, models) if models else set(declared.tracked)
    left = wanted - _named(database, exclude)
    moving = [
        label
        for label, tracked in declared.tracked.items()
        if label in left and tracked.direction in ("both", verb)
    ]
    if len(moving) == len(declared.tracked):
        return ()
    return tuple(moving) or None


def _named(database: NodeDatabase, names: Sequence[str]) -> set[str]:
    """Give the tracked models that names stand for, and what comes with them."""
    found: set[str] = set()
    nothing: list[str] = []
    for name in names:
        labels = {model._meta.label for model in named_models(name)}
        tracked = labels & database.declared.tracked.keys()
        found |= tracked
        if not tracked:
            nothing.append(name)
    if nothing:
        raise NotDeclared(alias=database.alias, names=nothing)
    return found | set(_along(database.declared, found))


def _along(declared: Declared, labels: Iterable[str]) -> Iterable[str]:
    """Give the tables of models' links, and the parents that their rows are part of."""
    labels = set(labels)
    for label, tracked in declared.tracked.items():
        if linked_owner(tracked.model) in labels:
            yield label
        if label in labels:
            parents = tracked.model._meta.get_parent_list()
            yield from (
                parent._meta.label
                for parent in parents
                if parent._meta.label in declared.tracked
            )


def choose_peer(named: str, database: NodeDatabase) -> str:
    """Give the alias of the peer: the one that is named, or the only one there is.

    Raises:
        UnknownPeer: none was named, and there is not just one to choose.
    """
    if named:
        return named
    others = [alias for alias in connections.settings if alias != database.alias]
    for candidates in (others, _met(database, others), _tracked(others)):
        if len(candidates) == 1:
            return candidates[0]
    raise UnknownPeer(peer="", known=others)


def _met(database: NodeDatabase, others: Sequence[str]) -> list[str]:
    try:
        names = Peer.objects.using(database.alias).values_list("name", flat=True)
        known = set(names)
    except Error:
        return []  # It is not tracked, which is told in a moment.
    return [alias for alias in others if alias in known]


def _tracked(others: Sequence[str]) -> list[str]:
    found: list[str] = []
    for alias in others:
        try:
            if node_id(open_node(alias)):
                found.append(alias)
        except SynclineError:
            continue  # Whatever it is, it is no peer that could be guessed.
    return found
