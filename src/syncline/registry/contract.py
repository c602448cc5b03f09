"""The merge contract: what two nodes must agree on before they merge a model.

The digest leaves out what is as usual, so that a field which only one side has makes
no difference unless its rule is a special one. Then the texts decide.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from syncline.registry.resolving import NEWEST, name_of
from syncline.registry.terms import Key, OnClash, Part, ReferenceKind, ReferenceRule

DIGEST_BYTES = 16


def contract_text(
    key: Key,
    references: Mapping[str, ReferenceRule],
    parts: Iterable[Part],
    *,
    edit_wins: bool,
    on_clash: OnClash,
) -> dict[str, Any]:
    """Write down what must be equal, as plain data."""
    parts = tuple(parts)
    matched = {
        name
        for name, rule in references.items()
        if rule.kind is not ReferenceKind.RECORD
    }
    return {
        # How a key was found is of no consequence, only which, and what enters it.
        "key": [
            f"{name} (matched)" if name in matched else name for name in key.fields
        ],
        "parts": {
            part.name: {"rule": part.rule, "silent": part.silent}
            for part in parts
            if len(part.fields) > 1 or part.silent or part.rule != NEWEST.name
        },
        "deletes": "edit_wins" if edit_wins else "delete_wins",
        "on_clash": name_of(on_clash) if callable(on_clash) else on_clash or "hold",
        "fields": [name for part in parts for name in part.fields],
    }


def digest(text: Mapping[str, Any]) -> str:
    """Give the digest of a text, in hexadecimal digits."""
    said = {name: value for name, value in text.items() if name != "fields"}
    spelled = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return hashlib.blake2b(spelled.encode(), digest_size=DIGEST_BYTES).hexdigest()


def differences(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Say where two nodes disagree; an empty list if they may merge.

    Args:
        mine: this node's text.
        theirs: the other's, as it came: nothing in it is taken for granted.
    """
    found = [
        f"{word}: {_shown(mine.get(name))} here, {_shown(theirs.get(name))} there"
        for name, word in (
            ("key", "the key"),
            ("deletes", "of an edit and a deletion"),
            ("on_clash", "what clashes"),
        )
        if mine.get(name) != theirs.get(name)
    ]
    return found + list(_parts_differing(mine, theirs))


def _parts_differing(
    mine: Mapping[str, Any], theirs: Mapping[str, Any]
) -> Iterator[str]:
    shared = set(mine.get("fields", ())) & set(theirs.get("fields", ()))
    ours, others = mine.get("parts", {}), theirs.get("parts", {})
    for name in sorted({*ours, *others}):
        if ours.get(name) == others.get(name) or not shared & set(name.split("+")):
            continue
        here, there = _rule(ours.get(name)), _rule(others.get(name))
        yield f"{name}: {here} here, {there} there"


def _rule(part: Mapping[str, Any] | None) -> str:
    if part is None:
        return "each by itself"
    silent = " without a conflict record" if part.get("silent") else ""
    return f"{part.get('rule')}{silent}"


def _shown(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(each) for each in value) or "none"
    return str(value)
