"""Records that were found to be others: their uids lead to those for ever."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

from msgspec.structs import replace

from syncline.changes.kinds import Value
from syncline.changes.messages import Extra
from syncline.identity.uids import UID_BYTES, uid_of_key
from syncline.models import Alias

ASKED_MAX = 500
"""Uids that one statement asks for."""

FAMILY_MAX = 1_000
"""Spellings of one key that are looked at."""

Winners = Mapping[bytes, bytes]
"""By the uid of a record that was merged, that of the one which stays."""


@dataclass(frozen=True, kw_only=True)
class Aliases:
    """What one database knows of merged records."""

    database: str
    """Its alias in settings."""

    def any(self) -> bool:
        """Was any record merged, as far as this node knows?"""
        return Alias.objects.using(self.database).exists()

    def winners(self, uids: Iterable[bytes]) -> dict[bytes, bytes]:
        """Give what became of merged records; others are left out."""
        asked = list(uids)
        found: dict[bytes, bytes] = {}
        for start in range(0, len(asked), ASKED_MAX):
            rows = Alias.objects.using(self.database).filter(
                uid__in=asked[start : start + ASKED_MAX]
            )
            for uid, winner in rows.values_list("uid", "winner"):
                found[bytes(uid)] = bytes(winner)
        return found

    def losers_of(self, winners: Iterable[bytes]) -> dict[bytes, list[bytes]]:
        """Give, by record, the uids of all that are it by now; none of most."""
        asked = list(winners)
        found: dict[bytes, list[bytes]] = {}
        for start in range(0, len(asked), ASKED_MAX):
            rows = Alias.objects.using(self.database).filter(
                winner__in=asked[start : start + ASKED_MAX]
            )
            for uid, winner in rows.values_list("uid", "winner"):
                found.setdefault(bytes(winner), []).append(bytes(uid))
        return found

    def join(self, loser: bytes, winner: bytes) -> None:
        """Let one uid lead to another, and with it all that have led to it."""
        rows = Alias.objects.using(self.database)
        rows.filter(winner=loser).update(winner=winner)
        rows.update_or_create(uid=loser, defaults={"winner": winner})

    def rename(self, pairs: Sequence[tuple[bytes, bytes]]) -> None:
        """Follow records that get other uids: pairs of the old and the new one."""
        rows = Alias.objects.using(self.database)
        for old, new in pairs:
            rows.filter(winner=old).update(winner=new)


def spelled(value: Value, winners: Winners) -> Value:
    """Spell a reference, or a group that holds one, with the uids of today."""
    if isinstance(value, bytes):
        return winners.get(value, value)
    if isinstance(value, tuple | list):
        return tuple(spelled(one, winners) for one in value)
    return value


def family(
    label: str, key: Sequence[Value], members: Mapping[bytes, Sequence[bytes]]
) -> frozenset[bytes]:
    """Give the uids that a record may have got, as its references were named then.

    Args:
        label: the model's.
        key: what its uid would be made of today.
        members: by the uid of a record, those of all that are it by now.
    """
    spellings = [
        [value, *members.get(value, ())] if isinstance(value, bytes) else [value]
        for value in key
    ]
    keys = islice(product(*spellings), FAMILY_MAX)
    return frozenset(uid_of_key(label, one) for one in keys)


def uids_in(values: Iterable[Value]) -> Iterator[bytes]:
    """Give all that may be a uid in some values and groups of values."""
    left = list(values)
    while left:
        value = left.pop()
        if isinstance(value, tuple | list):
            left += value
        elif isinstance(value, bytes) and len(value) == UID_BYTES:
            yield value


def spelled_values(
    values: Mapping[str, Value], pointing: Collection[str], winners: Winners
) -> dict[str, Value]:
    """Spell a record's values so.

    Args:
        values: by part.
        pointing: the parts that hold references.
        winners: what uids lead to.
    """
    if not winners:
        return dict(values)
    return {
        part: spelled(value, winners) if part in pointing else value
        for part, value in values.items()
    }


def spelled_extra(
    extra: Extra | None, pointing: Collection[str], winners: Winners
) -> Extra | None:
    """Spell the values so that are kept of a record beside its row."""
    if extra is None or not extra.values or not winners:
        return extra
    values = {
        part: tuple(tuple(spelled(value, winners) for value in one) for one in kept)
        if part in pointing
        else kept
        for part, kept in extra.values.items()
    }
    return replace(extra, values=values)
