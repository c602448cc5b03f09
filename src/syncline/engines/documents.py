"""JSON that not every engine takes: they are stricter than Python is."""

import json
from collections.abc import Callable
from functools import cache

from syncline.changes.kinds import Value


@cache
def refused_document(levels_max: int | None) -> Callable[[str], str]:
    """Give the function that says what an engine has against a document.

    Args:
        levels_max: how deep structures may be nested; None where the engine does
            not mind.
    """

    def refused(text: str) -> str:
        try:
            value = json.loads(text, parse_constant=_not_in_json)
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return "with half of a surrogate pair"
        except ValueError:
            return "that are no JSON (RFC 8259)"
        except RecursionError:
            return "nested deeper than can be read"
        if levels_max is not None and levels(value) > levels_max:
            return f"nested deeper than {levels_max} levels"
        return ""

    return refused


def levels(value: Value) -> int:
    """Count how deep structures are nested; a scalar is at level 0."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return 0
    return 1 + max(map(levels, value), default=0)


def _not_in_json(constant: str) -> None:
    message = f"{constant} is not in JSON"
    raise ValueError(message)
