"""Begins and ends the tracking of a database."""

from collections.abc import Generator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from django.core.management import call_command
from django.db import connections, router, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from syncline.capture.adopting import Adopting
from syncline.engines.capture import Watched
from syncline.errors import MissingPrivileges, MissingTables, NotAllowed
from syncline.identity.bound import SHARED_BIT, Bound
from syncline.identity.database import NodeDatabase
from syncline.identity.describing import keep
from syncline.identity.node import found
from syncline.models import TrackedTable
from syncline.progress import Progress
from syncline.tables.selection import OUR_APP


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackReport:
    """What is tracked now."""

    node: str
    adopted: dict[str, int]
    """Rows that became records, by label."""


def track(database: NodeDatabase) -> Generator[Progress, None, TrackReport]:
    """Make a database a node: our tables, triggers, and a record for every row.

    Raises:
        NotAllowed: a router keeps our tables away.
        MissingPrivileges: the database's user may not make triggers.
        MissingTables: a declared model has no table here.
        KeyNotUnique: rows share a key.
    """
    yield Progress(stage="prepare")
    make_tables(database.alias)
    database.forget()
    _register(database)
    database.forget()
    install(database)
    before = _counts(database)
    with database.engine.capture.sequencing(database.connection):
        state = database.state()
        adopting = Adopting(database=database, standing=state)
        for bound in database.all_bound():
            yield from adopting.run(bound)
        state.save()
    adopted = {
        label: count - before.get(label, 0)
        for label, count in _counts(database).items()
    }
    return TrackReport(node=state.node, adopted=adopted)


def make_tables(alias: str) -> None:
    """Make our tables where they are missing."""
    if not router.allow_migrate(alias, OUR_APP, model_name="recordrow"):
        raise NotAllowed(alias=alias)
    if _have_tables(alias):
        return
    call_command("migrate", OUR_APP, database=alias, verbosity=0, interactive=False)


def _have_tables(alias: str) -> bool:
    """Are all our migrations applied? To run none of them takes `migrate` a while."""
    name, _ = MigrationLoader.migrations_module(OUR_APP)
    if name is None:
        return False
    applied = MigrationRecorder(connections[alias]).applied_migrations()
    found = iter_modules(import_module(name).__path__)
    return all((OUR_APP, one.name) in applied for one in found)


def untrack(database: NodeDatabase) -> None:
    """Remove every trace of tracking from a database."""
    database.state()
    tables = [row.name for row in TrackedTable.objects.using(database.alias).all()]
    database.engine.capture.remove(database.connection, tables)
    call_command(
        "migrate",
        OUR_APP,
        "zero",
        database=database.alias,
        verbosity=0,
        interactive=False,
    )


def install(database: NodeDatabase) -> None:
    """Put the triggers on every tracked table, as the declarations are now."""
    capture, connection = database.engine.capture, database.connection
    watched = [watch(bound) for bound in database.all_bound()]
    lacking = capture.missing_privileges(connection, [one.table for one in watched])
    if lacking:
        raise MissingPrivileges(alias=database.alias, reasons=lacking)
    capture.install(connection, watched)
    digests = capture.installed(connection)
    rows = TrackedTable.objects.using(database.alias)
    for number in database.labels:
        rows.filter(number=number).update(triggers=digests.get(number, ""))
    keep(database)
    database.forget()


def watch(bound: Bound) -> Watched:
    """Say what the triggers of a table have to watch."""
    return Watched(
        number=bound.number,
        table=bound.table.description.table,
        pk=bound.pk,
        columns=tuple(bound.table.columns[name] for name in bound.fields),
        bits=bound.bits,
    )


def _register(database: NodeDatabase) -> None:
    """Give every declared table its number, and every column its bit."""
    with transaction.atomic(using=database.alias):
        if database.standing() is None:
            found(database.alias)
        state = database.state()
        # Its own changes count, too, if it has lost them with a table that it dropped.
        late = bool(state.knowledge.had) or state.counter > 0
        for label, tracked in database.declared.tracked.items():
            row, _ = TrackedTable.objects.using(database.alias).get_or_create(
                label=label,
                defaults={"name": tracked.model._meta.db_table, "late": late},
            )
            row.key = {"kind": str(tracked.key.kind), "fields": [*tracked.key.fields]}
            database.forget()
            bound = database.bound(label)
            if not bound.table.columns:
                raise MissingTables(
                    alias=database.alias, tables=[tracked.model._meta.db_table]
                )
            row.fields = row.fields or list(bound.fields)
            add_bits(database, row, bound)


def add_bits(database: NodeDatabase, row: TrackedTable, bound: Bound) -> None:
    """Give the columns that are new a bit of the mask."""
    for described in bound.described:
        row.bits.setdefault(described.column, min(len(row.bits), SHARED_BIT))
    row.save(using=database.alias)


def _counts(database: NodeDatabase) -> dict[str, int]:
    sql = "SELECT table_id, COUNT(*) FROM syncline_record WHERE pk IS NOT NULL "
    rows = database.engine.execute(database.connection, f"{sql}GROUP BY table_id")
    return {database.labels[n]: count for n, count in rows if n in database.labels}
