"""Applies one changeset: in one transaction, and so that a second time does nothing.

In this order, each step for a reason: take the sequencer's lock, so that nobody else
numbers; lock the rows that may be written, so that nobody else writes them; number what
was written to them before; and only then read, merge and write. A row that somebody
inserts in between clashes, and all of it is begun again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import DatabaseError, IntegrityError

from syncline.apply.contact import First
from syncline.apply.working import Work
from syncline.capture.sequencer import Sequencer
from syncline.changes.messages import (
    Changeset,
    Receipt,
    decode,
)
from syncline.changes.operations import Origin
from syncline.engines.blame import Blame
from syncline.errors import TargetBusy
from syncline.failpoints import failpoint
from syncline.identity.database import NodeDatabase
from syncline.models import Receipt as ReceiptRow

ATTEMPTS_MAX = 5
"""How often a changeset is begun again because others wrote at the same time."""


@dataclass(kw_only=True)
class Applying:
    """Applies changesets to one database."""

    database: NodeDatabase
    sequencer: Sequencer
    first: First = field(default_factory=First)
    run_id: int | None = None
    dry_run: bool = False
    detailed: bool = False
    """Is the receipt to tell of each record?"""

    def apply(self, changeset: Changeset) -> Receipt:
        """Apply a changeset, or give the receipt of when it was applied.

        Raises:
            TargetBusy: others wrote the same rows each time.
            ChangesetRefused: it does not follow from what this node knows.
        """
        return self._again_and_again(changeset, {})

    def retry(self, changeset: Changeset, waiting: Mapping[bytes, int]) -> Receipt:
        """Try changes of the quarantine again.

        Args:
            changeset: the changes, with what their sender knew.
            waiting: by uid, the numbers of their rows there.

        Raises:
            TargetBusy: others wrote the same rows each time.
        """
        return self._again_and_again(changeset, waiting)

    def _again_and_again(
        self, changeset: Changeset, waiting: Mapping[bytes, int]
    ) -> Receipt:
        reason = ""
        for number in range(ATTEMPTS_MAX):
            try:
                return self._attempt(changeset, waiting, careful=number > 0)
            except DatabaseError as error:
                # Somebody has inserted what was about to be inserted, say.
                busy = self.database.engine.blame(error) is Blame.BUSY
                if not busy and not isinstance(error, IntegrityError):
                    raise
                reason = " ".join(str(error).split())
                self.database.forget()
        raise TargetBusy(alias=self.database.alias, reason=reason)

    def _attempt(
        self, changeset: Changeset, waiting: Mapping[bytes, int], *, careful: bool
    ) -> Receipt:
        engine, connection = self.database.engine, self.database.connection
        with engine.capture.sequencing(connection):
            known = None if waiting else self._receipt(changeset)
            if known is not None:
                return known
            with (
                engine.writing_transaction(connection),
                engine.capture.mark(connection, Origin.APPLY),
            ):
                work = Work(
                    database=self.database,
                    sequencer=self.sequencer,
                    changeset=changeset,
                    standing=self.database.state(),
                    first=self.first,
                    run_id=self.run_id,
                    detailed=self.detailed,
                    waiting=waiting,
                    careful=careful,
                )
                receipt = work.run()
                if self.dry_run:
                    connection.set_rollback(True)
                    return receipt
            failpoint("apply-commit")
        return receipt

    def _receipt(self, changeset: Changeset) -> Receipt | None:
        rows = ReceiptRow.objects.using(self.database.alias)
        row = rows.filter(transfer=changeset.transfer, number=changeset.number).first()
        if row is None:
            return None
        receipt = decode(bytes(row.report), Receipt)
        return Receipt(
            transfer=receipt.transfer,
            number=receipt.number,
            created=receipt.created,
            updated=receipt.updated,
            deleted=receipt.deleted,
            conflicts=receipt.conflicts,
            set_aside=receipt.set_aside,
            held=receipt.held,
            repeated=True,
        )
