"""JSON that not every engine takes, as far as a cheap look can tell."""

LEVELS_MAX = 31
"""Nested structures that MariaDB's JSON functions go into; Python and others go on."""


def is_odd(text: str) -> bool:
    """Might some engine refuse a document? Says yes too often, and never no wrongly.

    The engines' own measures ask the same in SQL.
    """
    return (
        "\\ud" in text.lower()
        or text.count("[") + text.count("{") > LEVELS_MAX
        or "NaN" in text
        or "Infinity" in text
    )
