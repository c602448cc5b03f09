"""In which order models are taken, so that what one needs comes first."""

from collections.abc import Mapping, Set


def ordered(needs: Mapping[str, Set[str]], wants: Mapping[str, Set[str]]) -> list[str]:
    """Order labels by what they need, and as far as possible by what they want.

    Args:
        needs: by label, what must come before it; no circles are expected.
        wants: by label, what should; of a circle, the label with the fewest open wants
            comes first.
    """
    left = dict.fromkeys(sorted(needs))
    found: list[str] = []
    while left:
        ready = [label for label in left if not _open(needs[label], left, label)]
        best = min(
            ready or left, key=lambda label: len(_open(wants[label], left, label))
        )
        found.append(best)
        del left[best]
    return found


def _open(labels: Set[str], left: Mapping[str, None], own: str) -> Set[str]:
    return {label for label in labels if label in left and label != own}
