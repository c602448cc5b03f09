"""What this node knows of each record, which may be more or less than it knows of all.

See decision 6: a record in the middle of a transfer is ahead of the node's knowledge,
one of which a change waits in quarantine is behind it.
"""

from dataclasses import dataclass, field
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
    _contexts: dict[int, DotSet] = field(default_factory=dict)

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
        return one.context is not None or one.uid in self.frozen

    def context(self, number: int) -> DotSet:
        """Give what the senders of some records knew."""
        if number not in self._contexts:
            row = Context.objects.using(self.database.alias).get(pk=number)
            self._contexts[number] = DotSet(decode(bytes(row.knowledge), Ranges).known)
        return self._contexts[number]
