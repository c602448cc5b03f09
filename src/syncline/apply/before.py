"""Records as they were before a run wrote them, so that it can be undone."""

from collections.abc import Iterable, Iterator, Mapping

import msgspec
from django.utils import timezone
from msgspec import Struct

from syncline.capture.outgoing import in_pages
from syncline.changes.kinds import Value
from syncline.changes.messages import Extra, Mark
from syncline.identity.bound import Image
from syncline.identity.stored import Stored
from syncline.models import Before

PAGE = 10
"""Changesets of which the old values are read at a time."""

Versions = tuple[int, Mark, Extra | None]
"""A record's life and versions, with this database's numbers of nodes."""


class Former(Struct, frozen=True, array_like=True, kw_only=True):
    """One record before and after a run."""

    uid: bytes
    table: int
    after: Versions
    before: Versions | None = None
    """None of a record that was new."""

    pk: str | None = None
    """Where its row was; None if it had none."""

    image: tuple[Value, ...] | None = None
    """What the row held, references as pks."""

    rest: tuple[Value, ...] | None = None
    """Of a row that was deleted: what else it held, see `apply.rest`."""

    context: int | None = None
    """What was known of it besides, see `apply.knowing`."""


def keep_before(
    alias: str,
    run_id: int,
    source: str,
    pairs: Iterable[tuple[Stored | None, Stored]],
    images: Mapping[tuple[int, str], Image],
    rests: Mapping[tuple[int, str], Image],
) -> None:
    """Keep what a changeset has overwritten.

    Args:
        alias: the database.
        run_id: the run that the changeset is of.
        source: the node that sent it.
        pairs: each record as it was, or None, and as it is now.
        images: the rows as they were, by table and pk.
        rests: of those that were deleted, what no peer sends.
    """
    formers = [_former(was, now, images, rests) for was, now in pairs]
    if formers:
        Before.objects.using(alias).create(
            run_id=run_id,
            source=source,
            records=msgspec.msgpack.encode(formers),
            at=timezone.now(),
        )


def _former(
    was: Stored | None,
    now: Stored,
    images: Mapping[tuple[int, str], Image],
    rests: Mapping[tuple[int, str], Image],
) -> Former:
    after = versions_of(now)
    if was is None:
        return Former(uid=now.uid, table=now.table, after=after)
    return Former(
        uid=now.uid,
        table=now.table,
        after=after,
        before=versions_of(was),
        pk=was.pk,
        image=None if was.pk is None else images.get((was.table, was.pk)),
        rest=None if was.pk is None else rests.get((was.table, was.pk)),
        context=was.context,
    )


def versions_of(record: Stored) -> Versions:
    """Give a record's life and versions."""
    return record.life, record.mark, record.extra


def kept_before(alias: str, run_id: int) -> Iterator[tuple[str, list[Former]]]:
    """Give what a run has overwritten, the last changeset first, with its sender."""
    rows = Before.objects.using(alias).filter(run_id=run_id).order_by("-id")
    for row in in_pages(rows, PAGE):
        yield row.source, msgspec.msgpack.decode(bytes(row.records), type=list[Former])
