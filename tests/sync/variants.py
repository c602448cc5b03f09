"""Rules of this package broken on purpose, each with a check that is to notice.

A check writes to nodes that have met, on a fixed schedule, and asserts what a user
relies on. What breaks the rule comes after it.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connections, transaction

from syncline.apply import writing
from syncline.apply.applying import Applying
from syncline.apply.knowing import Knowing
from syncline.apply.working import Work
from syncline.capture import outgoing, sequencer
from syncline.capture.outgoing import Reading
from syncline.capture.pending import Entry
from syncline.capture.sequencer import ENTRIES_MAX, Numbering, Sequencer
from syncline.changes.dots import DotSet
from syncline.identity.database import NodeDatabase
from syncline.models import Conflict, RecordRow
from tests.databases import engine_of
from tests.stations.models import Observation, Region, Station
from tests.sync.test_sync import NOON, REFUSING, allow, run


def regions(node):
    return Region.objects.using(node.alias)


def stations(node):
    return Station.objects.using(node.alias)


@contextmanager
def aside(alias):
    """Give a function that does things in a thread with a connection of its own."""
    with ThreadPoolExecutor(1) as pool:
        try:
            yield lambda do, *args: pool.submit(do, *args).result(timeout=60)
        finally:
            pool.submit(connections.close_all).result(timeout=60)


# A cursor of journal ids


def ids_are_no_cursor(here, there):
    """A write that took its number early and committed late arrives."""
    with aside(here.alias) as early:
        early(begin, here.alias)
        regions(here).create(code="late", name="took its id after the other")
        there.pull(here)
        early(transaction.commit, here.alias)
    there.pull(here)
    codes = set(regions(there).values_list("code", flat=True))
    assert codes >= {"early", "late"}


def begin(alias):
    """Insert a row in a transaction that stays open."""
    transaction.set_autocommit(False, using=alias)
    Region.objects.using(alias).create(code="early", name="took its id first")


def follow_ids(patch):
    """Number what comes after the last id that was seen, as a cursor does."""
    seen: dict[str, int] = {}
    original = Sequencer.discard

    def pending(self):
        return bool(rows(self))

    def rows(self):
        sql = f"{sequencer.JOURNAL} WHERE id > %s ORDER BY id LIMIT {ENTRIES_MAX}"
        after = seen.get(self.database.alias, 0)
        return self.database.engine.execute(self.database.connection, sql, [after])

    def number(self, standing):
        entries = [Entry(*row) for row in rows(self)]
        changed = self.absorb(entries, standing)
        original(self, [entry.id for entry in entries])
        if entries:
            seen[self.database.alias] = entries[-1].id
        return changed, False

    patch.setattr(Sequencer, "pending", pending)
    patch.setattr(Sequencer, "number", number)


# Knowledge of a part


def a_transfer_cut_short_is_finished(here, there):
    """Of three rows one has arrived; the next transfer brings the others."""
    names = ("one", "two", "three")
    for name in names:
        regions(here).create(code=name, name=name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outgoing, "PAGE", 1)
        want = there.endpoint().want(here.endpoint().hello(), here.alias)
        there.endpoint().apply(next(here.endpoint().changesets(want, "c" * 32)))
    there.pull(here)
    assert set(regions(there).values_list("code", flat=True)) >= set(names)


def know_all_of_a_part(patch):
    """Let any changeset bring its sender's knowledge into force."""
    patch.setattr(Knowing, "ends", lambda self, changeset: True)


# Clocks


def clocks_follow_what_they_replace(here, there, third):
    """An edit by a slow clock is newer than the value that it has replaced.

    A third node's edit lies between the two in time, and knows neither. Where it meets
    the replaced value it would lose, and so it must where it meets the newer one.
    """
    now = here.database.now()
    regions(here).create(code="R", name="first")
    here.stamp(now - 9_000_000)
    for other in (there, third, there):
        here.sync(other)
    write(here, "second", now - 1_000_000)
    there.pull(here)
    write(there, "third, with a slow clock", now - 3_000_000)
    write(third, "another", now - 2_000_000)
    for _ in range(2):
        there.sync(third)
        here.sync(third)
        here.sync(there)
    nodes = (here, there, third)
    names = {regions(node).get(code="R").name for node in nodes}
    assert names == {"third, with a slow clock"}


def write(node, name, at):
    regions(node).filter(code="R").update(name=name)
    node.stamp(at)


def trust_the_wall(patch):
    """Let a version's clock be the time of day, whatever it replaces."""
    patch.setattr(Numbering, "_clock", lambda self, replaced, one: one.at)


# Tombstones


def what_is_deleted_stays_so(here, there):
    """A changeset that was read before the deletion arrives after it."""
    regions(here).create(code="gone", name="was there")
    want = there.endpoint().want(here.endpoint().hello(), here.alias)
    late = list(here.endpoint().changesets(want, "d" * 32))
    regions(here).filter(code="gone").delete()
    here.sync(there)
    for changeset in late:
        there.endpoint().apply(changeset)
    here.sync(there)
    for node in (here, there):
        assert not regions(node).filter(code="gone").exists()


def forget_tombstones(patch):
    """Remove what is left of deleted records as soon as a changeset is applied."""
    original = Applying.apply

    def apply(self, changeset):
        receipt = original(self, changeset)
        RecordRow.objects.using(self.database.alias).filter(pk_text=None).delete()
        return receipt

    patch.setattr(Applying, "apply", apply)


# Numbering before the merge


def an_edit_without_a_number_is_no_old_value(here, there):
    """Both sides edit a field; nobody has numbered the target's edit when it merges."""
    regions(here).filter(code=here.alias).update(name="of the source")
    regions(there).filter(code=here.alias).update(name="of the target")
    there.pull(here)
    kept = {regions(there).get(code=here.alias).name}
    for conflict in Conflict.objects.using(there.alias).all():
        kept |= {str(bytes(conflict.lost)), str(bytes(conflict.kept))}
    assert "of the source" in " ".join(kept)
    assert "of the target" in " ".join(kept)


def merge_before_numbering(patch):
    patch.setattr(Work, "_number", lambda self: 0)


# Rows and knowledge of one moment


def knowledge_is_not_newer_than_rows(here, there):
    """Somebody's write is numbered while a changeset is read: it is in the next."""
    regions(here).create(code="read", name="read")
    with aside(here.alias) as somebody, pytest.MonkeyPatch.context() as patch:
        original = Reading.changes

        def changes(self, records):
            found = original(self, records)
            if not regions(here).filter(code="meanwhile").exists():
                somebody(write_and_number, here.alias)
            return found

        patch.setattr(Reading, "changes", changes)
        there.pull(here)
    there.pull(here)
    codes = set(regions(there).values_list("code", flat=True))
    assert codes >= {"read", "meanwhile"}


def write_and_number(alias):
    Region.objects.using(alias).get_or_create(code="meanwhile", name="meanwhile")
    Sequencer(database=NodeDatabase.open(alias)).run()


def read_rows_before_knowledge(patch):
    """Take the knowledge of the moment at which all rows have been read."""
    original = Reading.changeset

    def changeset(self, *args, **options):
        alias = self.database.alias
        with aside(alias) as later:
            self.standing = later(lambda: NodeDatabase.open(alias).state())
        return original(self, *args, **options)

    patch.setattr(Reading, "changeset", changeset)


# Unique values


def swapped_values_arrive(here, there):
    """Two rows exchange a value that only one may have at a time."""
    for slot, code in enumerate(("one", "other")):
        region = regions(here).first()
        stations(here).create(code=code, name=code, slot=slot, region=region)
    here.sync(there)
    stations(here).filter(code="one").update(slot=None)
    stations(here).filter(code="other").update(slot=0)
    stations(here).filter(code="one").update(slot=1)
    report = there.pull(here)
    assert not report.set_aside
    assert dict(stations(there).values_list("code", "slot")) == {"one": 1, "other": 0}


def park_nothing(patch):
    patch.setattr(writing, "park", lambda bound, rows: [])


# Equality


def equal_to_sql_is_not_equal(here, there):
    """A change that `=` does not see arrives."""
    region = regions(here).create(code="R", name="lower case")
    station = stations(here).create(code="S", name="S", region=region)
    Observation.objects.using(here.alias).create(
        station=station, taken_at=NOON, details={"exact": 1}
    )
    here.sync(there)
    regions(here).filter(code="R").update(name="Lower Case")
    Observation.objects.using(here.alias).update(details={"exact": 1.0})
    here.sync(there)
    assert regions(there).get(code="R").name == "Lower Case"
    details = Observation.objects.using(there.alias).get().details
    assert str(details["exact"]) == "1.0"


UNEQUAL = {
    "postgresql": "{} IS DISTINCT FROM {}",
    "mariadb": "NOT ({} <=> {})",
    "sqlite": "{} IS NOT {} COLLATE NOCASE",
}
"""How SQL compares. No text column of the tests' SQLite tables folds case by itself."""


def compare_as_sql_does(patch, *nodes):
    for node in nodes:
        sql = UNEQUAL[engine_of(node.alias)]

        def changed(self, column, old, new, sql=sql):
            return sql.format(old, new)

        patch.setattr(type(node.database.engine.capture), "changed", changed)
        node.reinstall()


# Quarantine


def what_waits_arrives_in_the_end(here, there):
    """A row refuses an update for a while."""
    regions(here).create(code="R77", name="old")
    here.sync(there)
    sql = REFUSING[engine_of(there.alias)]
    run(there, sql.replace("BEFORE INSERT", "BEFORE UPDATE"))
    regions(here).filter(code="R77").update(name="new")
    try:
        assert there.pull(here).set_aside == {"stations.Region": 1}
    finally:
        allow(there)
    for _ in range(2):
        here.sync(there)
    assert {regions(node).get(code="R77").name for node in (here, there)} == {"new"}


def know_what_waits(patch):
    """Count what could not be applied as merged."""
    original = Knowing.learn

    def learn(self, changeset, merged, held, refused):
        original(self, changeset, merged | held, DotSet(), refused)

    patch.setattr(Knowing, "learn", learn)
    patch.setattr(Knowing, "frozen", {})
