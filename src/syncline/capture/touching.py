"""Gives values that stay as they are new versions, so that they win everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from syncline.capture.sequencer import Sequencer, latest
from syncline.changes.digests import Touch
from syncline.changes.messages import Extra
from syncline.identity.bound import Bound
from syncline.identity.database import NodeDatabase
from syncline.identity.node import Standing
from syncline.identity.stored import Stored, edited


@dataclass(kw_only=True)
class Touching:
    """Touches records of one database."""

    database: NodeDatabase
    sequencer: Sequencer

    def touch(self, touch: Touch) -> set[bytes]:
        """Touch some fields of records that live; give the uids of these records.

        A field of which a person has to choose a value is left alone.
        """
        self.sequencer.run()
        bound = self.database.bound(touch.label)
        touched: dict[bytes, Stored] = {}
        with self.database.engine.capture.sequencing(self.database.connection):
            standing = self.database.state()
            for uid, one in self.database.store.by_uid(touch.fields).items():
                parts = _parts(bound, one, touch.fields[uid])
                if one.table == bound.number and parts:
                    self._touch(bound, one, parts, standing)
                    touched[uid] = one
            self.database.store.put(list(touched.values()))
            standing.save()
        return set(touched)

    def _touch(
        self, bound: Bound, one: Stored, parts: Sequence[str], standing: Standing
    ) -> None:
        version = standing.mint(max(self.database.now(), latest(one) + 1))
        number = self.database.nodes.number(version.dot.node)
        mark = (version.clock, number, version.dot.counter)
        kept = _kept(one, parts)
        edited(one, parts, len(bound.parts), mark)
        if kept:
            # The row cannot show these: they go on beside it, as the new version's.
            extra = one.extra or Extra()
            versions = {**extra.parts, **dict.fromkeys(kept, (mark,))}
            values = {**extra.values, **kept}
            one.extra = replace(extra, parts=versions, values=values)
        one.seq = standing.next_seq()


def _parts(bound: Bound, one: Stored, fields: Sequence[str]) -> list[str]:
    """Give the parts of some fields, if the record lives and has one value of each."""
    if one.pk is None:
        return []
    extra = one.extra or Extra()
    wanted = {bound.part_of(name) for name in fields}
    return [
        part.name
        for part in bound.parts
        if part.name in wanted and len(extra.parts.get(part.name, ())) < 2  # noqa: PLR2004 - more than one
    ]


def _kept(
    one: Stored, parts: Sequence[str]
) -> Mapping[str, tuple[tuple[object, ...], ...]]:
    values = {} if one.extra is None else one.extra.values
    return {part: values[part] for part in parts if values.get(part)}
