"""Keys that lead through foreign keys: dotted ones, circles, and lookups."""

from collections.abc import Callable, Iterator, Mapping

from syncline.registry.declaration import Findings, names_of, spelled
from syncline.registry.keys import no_key
from syncline.registry.relations import foreign_keys
from syncline.registry.terms import Key, KeyKind
from syncline.tables.selection import Model

KeyOf = Callable[[Model], Key]
"""Gives any model's key, tracked or not."""

CHOSEN = frozenset({KeyKind.NATURAL, KeyKind.UNIQUE})
"""Kinds of keys that a model offers without being asked, so that it may do without."""

DEPTH_MAX = 20
"""Through how many foreign keys a lookup may lead; more is taken for a circle."""


def check_dotted(model: Model, said: object, key_of: KeyOf, findings: Findings) -> None:
    """Note where a dotted key leads elsewhere than to its parent's own key.

    The parent's record enters the key, however the parent is identified. So
    `station.code` says the right thing only where `code` identifies a station.
    """
    rests: dict[str, set[str]] = {}
    for name in names_of(said):  # type: ignore[arg-type]
        head, _, rest = name.partition(".")
        if rest:
            rests.setdefault(head, set()).add(rest)
    targets = foreign_keys(model)
    for head, found in rests.items():
        if head not in targets:
            findings.add(f"{head} in its key is no foreign key, so no dot may follow")
        elif not _leads_to_key(targets[head], found, key_of):
            text, hint = _elsewhere(head, found, targets[head], key_of)
            findings.add(text, hint=hint)


def _elsewhere(
    head: str, found: set[str], target: Model, key_of: KeyOf
) -> tuple[str, str]:
    label, key = target._meta.label, key_of(target)
    known = spelled(key.fields) if key.fields else "nothing"
    asked = " and ".join(f"{head}.{rest}" for rest in sorted(found))
    advice = spelled(sorted(found))
    text = f"its key has {asked}, but {known} identifies {label}"
    line = f"register({target.__name__}, key={advice})"
    return text, f'declare {line}, or put "{head}" into the key'


def _leads_to_key(target: Model, rests: set[str], key_of: KeyOf) -> bool:
    """Are dotted names all that identifies a model's records?"""
    below: dict[str, set[str]] = {}
    for rest in rests:
        head, _, further = rest.partition(".")
        below.setdefault(head, set()).update({further} if further else set())
    if set(below) != set(key_of(target).fields):
        return False
    targets = foreign_keys(target)
    return all(
        not further
        or (head in targets and _leads_to_key(targets[head], further, key_of))
        for head, further in below.items()
    )


def lookups(model: Model, key_of: KeyOf, depth: int = 0) -> tuple[str, ...]:
    """Give the lookups that find a row of a model by its key; empty if there are none.

    None of them ends in a foreign key, whose numbers differ between databases.
    """
    if depth > DEPTH_MAX:
        return ()
    targets = foreign_keys(model)
    found: list[str] = []
    for name in key_of(model).fields:
        if name not in targets:
            found.append(name)
            continue
        below = lookups(targets[name], key_of, depth + 1)
        if not below:
            return ()
        found += [f"{name}__{each}" for each in below]
    return tuple(found)


def open_circles(
    keys: Mapping[str, Key],
    models_: Mapping[str, Model],
    findings_of: Callable[[str], Findings],
) -> dict[str, Key]:
    """Take keys away that need each other; note circles of declared ones.

    Args:
        keys: by label.
        models_: by label.
        findings_of: gives the notes of a label.
    """
    found = dict(keys)
    for kinds in (CHOSEN, frozenset(KeyKind)):
        for label in sorted(_in_circles(found, models_)):
            if found[label].kind not in kinds:
                continue
            if kinds is not CHOSEN:
                findings_of(label).add(
                    f"its key ({', '.join(found[label].fields)}) leads back to itself",
                    hint="declare a key without that foreign key",
                )
            found[label] = no_key(
                f"not {found[label].why}, because it leads back to itself"
            )
    return found


def needed_by_key(model: Model, key: Key) -> Iterator[str]:
    """Give the labels of the models whose records enter a key."""
    targets = foreign_keys(model)
    yield from (targets[n]._meta.label for n in key.fields if n in targets)


def _in_circles(keys: Mapping[str, Key], models_: Mapping[str, Model]) -> set[str]:
    """Find the labels from which a key leads back to the label."""
    edges = {
        label: {each for each in needed_by_key(models_[label], key) if each in keys}
        for label, key in keys.items()
    }
    return {label for label in edges if label in _reached(label, edges)}


def _reached(start: str, edges: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = list(edges[start])
    while ahead:
        label = ahead.pop()
        if label not in reached:
            reached.add(label)
            ahead += edges[label]
    return reached
