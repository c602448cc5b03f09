"""What this node knows of each record, which may be more or less than it knows of all.

See decision 6: a record in the middle of a transfer is ahead of the node's knowledge,
one of which a change waits in quarantine is behind it.
"""

from dataclasses import dataclass
from functools import cached_property

from syncline.changes.dots import DotSet
from syncline.changes.messages import Ranges, decode
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Standing
from syncline.identity.stored import Stored
from syncline.models import Context, Quarantined


@dataclass(kw_only=True)
class RecordKnowledge:
    """The knowledge of one node at one moment, record by record."""

    database: NodeDatabase
    standing: Standing

    @cached_property
    def known(self) -> DotSet:
        """What is merged here."""
        return self.standing.knows.known

    @cached_property
    def frozen(self) -> dict[bytes, DotSet]:
        """By uid of a record in quarantine: what was known of it before."""
        rows = Quarantined.objects.using(self.database.alias)
        found: dict[bytes, DotSet] = {}
        for uid, data in rows.order_by("-id").values_list("uid", "frozen"):
            found[bytes(uid)] = DotSet(decode(bytes(data), Ranges).known)
        return found

    def of(self, uid: bytes, mine: Stored | None) -> DotSet:
        """Give what is known of one record."""
        known = self.frozen.get(uid)
        if known is None:
            known = self.known
        else:
            own = DotSet.until({self.standing.node: self.standing.counter})
            known = known | (own - self.standing.knowledge.held)
        if mine is not None and mine.context is not None:
            known = known | self.context(mine.context)
        return known

    def is_special(self, one: Stored) -> bool:
        """Is a record known otherwise than all others are?"""
        return one.uid in self.frozen or (
            one.context is not None and one.context in self.contexts
        )

    @cached_property
    def contexts(self) -> dict[int, DotSet]:
        """What the senders of some records knew, by number.

        One that says no more than the node knows is gone, and records may still name
        it: to look for these would take a look at all records.
        """
        rows = Context.objects.using(self.database.alias).values_list("id", "knowledge")
        return {pk: DotSet(decode(bytes(data), Ranges).known) for pk, data in rows}

    def context(self, number: int) -> DotSet:
        """Give what the senders of some records knew, where that is more."""
        return self.contexts.get(number, DotSet())
