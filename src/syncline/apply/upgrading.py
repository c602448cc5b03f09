"""Follows changes of columns: what was kept for a field is shown once it has one.

A node that lacks a field keeps its values beside the rows. When the column comes, the
rows show them. All other rows have what the migration filled in: where that is the
field's plain default it is nobody's value, and gets no version, so that a value which
somebody has given wins wherever the two meet. Anything else was computed or written
here, and travels as what a migration wrote: with the clock of what it is added to.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from syncline.apply.decision import Decision, Outcome
from syncline.apply.inward import Inward
from syncline.apply.resolving import note_unresolved, waits
from syncline.apply.writing import Writing
from syncline.capture.audit import BATCH
from syncline.capture.sequencer import Sequencer
from syncline.capture.tracking import add_bits, install
from syncline.changes.kinds import Value
from syncline.changes.messages import Change, Extra
from syncline.changes.operations import Origin
from syncline.identity.aliases import Aliases, spelled_values, uids_in
from syncline.identity.bound import Bound, Image, row_of, values_of
from syncline.identity.database import NodeDatabase
from syncline.identity.meeting import canonical
from syncline.identity.node import Standing
from syncline.identity.references import References
from syncline.identity.stored import Split, Stored, frozen, shown_of
from syncline.identity.uids import digest_of

Values = Mapping[str, Value]


def follow_columns(database: NodeDatabase) -> None:
    """Bring triggers and records to the columns that their tables have now."""
    changed = [
        row
        for label, row in database.rows.items()
        if row.fields != list(database.bound(label).fields)
    ]
    if not changed:
        return
    for row in changed:
        add_bits(database, row, database.bound(row.label))
    database.forget()
    # First of all, so that nothing which is written meanwhile is missed.
    install(database)
    for row in changed:
        bound = database.bound(row.label)
        before, now = set(row.fields), set(bound.fields)
        upgrading = Upgrading(
            database=database, bound=bound, added=now - before, gone=before - now
        )
        upgrading.run()
        # Last of all: until then, all of this is done again by the next one.
        row.fields = list(bound.fields)
        row.save(using=database.alias, update_fields=["fields"])
    database.forget()


@dataclass(kw_only=True)
class Upgrading:
    """The records of one table whose columns have changed."""

    database: NodeDatabase
    bound: Bound
    added: Set[str]
    """Fields that have a column now."""

    gone: Set[str]
    """Fields that no longer have one."""

    references: References = field(init=False)
    standing: Standing = field(init=False)

    def run(self) -> None:
        """Bring all records to these columns, each batch in a transaction."""
        capture, connection = self.database.engine.capture, self.database.connection
        self.new = [part for part in self.bound.parts if self.added & {*part.fields}]
        for pks in list(self.bound.store.pages(self.bound.number, BATCH)):
            with (
                capture.sequencing(connection),
                self.database.engine.writing_transaction(connection),
                capture.mark(connection, Origin.APPLY),
            ):
                self.standing = self.database.state()
                self.references = References(
                    database=self.database, genesis=self.standing.genesis
                )
                self._batch(pks)
                self.standing.save()

    def _batch(self, pks: Sequence[str]) -> None:
        self.bound.images_of(pks, lock=True)
        sequencer = Sequencer(database=self.database)
        while sequencer.number(self.standing)[1]:
            pass
        records = self.bound.store.by_pk(self.bound.number, pks)
        images = self.bound.images_of(list(records))
        values = self._values(images)
        kept: dict[str, dict[str, Value]] = {}
        for pk, shown in values.items():
            self._forget(records[pk])
            kept[pk] = self._kept(records[pk])
            self._version(records[pk], shown, kept[pk])
        self._show(records, values, self._as_of_today(kept))
        for pk, image in self.bound.images_of(list(images)).items():
            records[pk].digest = digest_of(image)
        self.bound.store.put(list(records.values()))
        sequencer.applied()

    def _values(self, images: Mapping[str, Image]) -> dict[str, dict[str, Value]]:
        """Spell rows as the wire does, by pk and part."""
        rows = self.references.outward(self.bound, list(images.values()))
        names = [part.name for part in self.bound.parts]
        return {
            pk: dict(zip(names, values_of(self.bound, row), strict=True))
            for pk, row in zip(images, rows, strict=True)
        }

    def _forget(self, record: Stored) -> None:
        """Forget versions of fields whose values have gone with their column."""
        extra = record.extra
        if extra is None or not self.gone:
            return
        lost = {
            part
            for part, marks in extra.parts.items()
            if self.gone & {*part.split("+")}
            and not all(extra.values.get(part, ((),) * len(marks)))
        }
        record.extra = Extra(
            life=extra.life,
            parts={part: m for part, m in extra.parts.items() if part not in lost},
            values={part: v for part, v in extra.values.items() if part not in lost},
        )

    def _kept(self, record: Stored) -> dict[str, Value]:
        """Give what is kept of the new fields beside a row, and is to be shown."""
        extra = record.extra or Extra()
        found: dict[str, Value] = {}
        for part in self.new:
            marks, values = extra.parts.get(part.name), extra.values.get(part.name)
            if marks and values:
                top = values[shown_of(marks, self.database.nodes.names)]
                found |= {part.name: frozen(top[0])} if top else {}
        return found

    def _as_of_today(self, kept: Mapping[str, Values]) -> dict[str, Values]:
        """Spell references with the uids that records have now: some were joined."""
        uids = {uid for values in kept.values() for uid in uids_in(values.values())}
        winners = Aliases(database=self.database.alias).winners(uids)
        pointing = self.bound.pointing_parts
        return {
            pk: spelled_values(values, pointing, winners) for pk, values in kept.items()
        }

    def _version(self, record: Stored, shown: Values, kept: Values) -> None:
        """Give a value of a new field a version, if it is any more than a default."""
        extra = record.extra or Extra()
        versions = dict(extra.parts)
        clock = record.mark[0]
        for part in self.new:
            if part.name in kept or part.name in versions:
                continue
            versions[part.name] = ()
            default = {part.name: self.bound.default(part)}
            if not self.bound.computes(part) and self._alike(shown, default):
                continue
            dot = self.standing.mint(clock).dot
            mark = (clock, self.database.nodes.number(dot.node), dot.counter)
            versions[part.name] = (mark,)
            record.seq = self.standing.next_seq()
        record.extra = Extra(life=extra.life, parts=versions, values=extra.values)

    def _show(
        self,
        records: Mapping[str, Stored],
        values: Mapping[str, Values],
        kept: Mapping[str, Values],
    ) -> None:
        """Write what was kept into the rows; what they cannot show stays beside."""
        decisions = [
            self._decision(records[pk], values[pk], wanted)
            for pk, wanted in kept.items()
            if wanted
        ]
        if not decisions:
            return
        inward = Inward(database=self.database, references=self.references)
        prepared = inward.prepare(decisions)
        writing = Writing(database=self.database, references=self.references)
        writing.write(prepared, [])
        rows = {one.decision.change.uid: one for one in prepared}
        note_unresolved(self.database.alias, waits(rows, decisions))
        pks = [pk for pk, wanted in kept.items() if wanted]
        for pk, shown in self._values(self.bound.images_of(pks)).items():
            self._settle(records[pk], shown, kept[pk])

    def _decision(self, record: Stored, shown: Values, wanted: Values) -> Decision:
        life, mark, extra = record.life, record.mark, record.extra
        return Decision(
            outcome=Outcome.UPDATE,
            bound=self.bound,
            change=Change(table=0, uid=record.uid, life=life, mark=mark, values=None),
            mine=record,
            split=Split(life=life, mark=mark, values={**shown, **wanted}, extra=extra),
            former=shown,
            brought=False,
        )

    def _settle(self, record: Stored, shown: Values, wanted: Values) -> None:
        """Let go of values that the row now shows."""
        extra = record.extra or Extra()
        values = dict(extra.values)
        for part in self._alike(shown, wanted):
            marks = extra.parts[part]
            top = shown_of(marks, self.database.nodes.names)
            rest = (*values[part][:top], (), *values[part][top + 1 :])
            values[part] = rest
            if not any(rest):
                del values[part]
        record.extra = Extra(life=extra.life, parts=extra.parts, values=values)

    def _alike(self, shown: Values, wanted: Values) -> list[str]:
        """Give the parts whose values mean the same."""
        names = [part.name for part in self.bound.parts]
        one, other = (
            values_of(self.bound, canonical(self.bound, row_of(self.bound, values)))
            for values in (shown, {**shown, **wanted})
        )
        pairs = zip(names, one, other, strict=True)
        return [name for name, a, b in pairs if name in wanted and a == b]
