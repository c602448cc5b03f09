"""Follows Django's migrations: what they write, and what they do to our triggers.

`flush` ends as a migration does. It empties our tables with all others, so that the
database is as `migrate` has left it: not tracked. No deletion is told to anybody.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.apps.registry import Apps
from django.db import DEFAULT_DB_ALIAS
from django.db.migrations import Migration, operations
from django.db.migrations.operations.base import Operation

from syncline.apply.upgrading import follow_columns
from syncline.capture.guarding import mended
from syncline.capture.sequencer import Sequencer
from syncline.changes.operations import Origin
from syncline.engines.lookup import connection_of, engine_of
from syncline.identity.database import NodeDatabase
from syncline.identity.node import is_tracked
from syncline.models import Journal, Peer, RecordRow, State, TrackedTable

Plan = Sequence[tuple[Migration, bool]]
"""Migrations to run, each with whether it runs backwards."""

FORWARDS: tuple[type[Operation], ...] = (
    operations.RemoveField,
    operations.RenameField,
    operations.AlterField,
    operations.DeleteModel,
)
BACKWARDS: tuple[type[Operation], ...] = (
    operations.AddField,
    operations.RenameField,
    operations.AlterField,
    operations.CreateModel,
)
"""What may take a column away, or its name; a trigger that names it would fail."""


def before_migrate(
    using: str = DEFAULT_DB_ALIAS,
    plan: Plan = (),
    apps: Apps | None = None,
    **_: object,
) -> None:
    """Number what users wrote before a migration writes, too.

    Triggers go that name a column which a migration takes away: SQLite would refuse
    the migration, the others all writes after it. They come back when it is done, and
    an audit finds what was written without them.
    """
    if not follows(using):
        return
    database = NodeDatabase.open(using)
    Sequencer(database=database).run()
    if apps is not None:
        touched = _with_children(apps, _touched(plan))
        tables = [row.name for row in database.rows.values() if row.name in touched]
        if tables:
            database.engine.capture.remove(database.connection, tables)


def after_migrate(using: str = DEFAULT_DB_ALIAS, **_: object) -> None:
    """Number what migrations wrote, and mend what they did to tables and triggers.

    A migration's writes lose against any user's. Equal results of one migration on many
    nodes are no conflict, because their versions have the clock of what they replaced.
    """
    if not follows(using):
        _end_if_flushed(using)
        return
    database = NodeDatabase.open(using)
    sequencer = Sequencer(database=database)
    _forget_dropped(database)
    sequencer.run(as_origin=Origin.MIGRATION)
    follow_columns(database)
    mended(database, sequencer)


def follows(alias: str) -> bool:
    """Is a database tracked, and are our tables as this version wants them?"""
    if not is_tracked(alias):
        return False
    connection = connection_of(alias)
    with connection.cursor() as cursor:
        columns = connection.introspection.get_table_description(
            cursor, RecordRow._meta.db_table
        )
    ours = {field.column for field in RecordRow._meta.local_concrete_fields}
    return ours <= {column.name for column in columns}


def _touched(plan: Plan) -> Iterator[tuple[str, str]]:
    """Give app and name of the models that may lose a column."""
    for migration, backwards in plan:
        kinds = BACKWARDS if backwards else FORWARDS
        for each in _single(migration.operations):
            if isinstance(each, kinds):
                name = getattr(each, "model_name", "") or getattr(each, "name", "")
                yield migration.app_label, name


def _single(found: Iterable[Any]) -> Iterator[Any]:
    for each in found:
        if isinstance(each, operations.SeparateDatabaseAndState):
            yield from _single(each.database_operations)
        else:
            yield each


def _with_children(apps: Apps, models: Iterable[tuple[str, str]]) -> set[str]:
    """Give the tables of models and of all that lead to them by foreign keys.

    On MariaDB what is watched for a child names the columns of all that lie between.
    """
    found: set[str] = set()
    ahead = []
    for app, name in models:
        try:
            ahead.append(apps.get_model(app, name))
        except LookupError:
            continue  # It is made by one of these migrations.
    while ahead:
        options = ahead.pop()._meta
        if options.db_table not in found:
            found.add(options.db_table)
            ahead += [link.related_model for link in options.related_objects]
    return found


def _forget_dropped(database: NodeDatabase) -> None:
    """Forget what was known of tables that are gone: their rows were not deleted.

    Once such a table is tracked again, all of it is asked for anew.
    """
    alias = database.alias
    there = set(database.connection.introspection.table_names())
    gone = {row.number: label for label, row in database.rows.items()}
    gone = {
        number: label
        for number, label in gone.items()
        if database.rows[label].name not in there
    }
    if not gone:
        return
    database.engine.capture.remove(database.connection, [])
    RecordRow.objects.using(alias).filter(table_id__in=gone).delete()
    Journal.objects.using(alias).filter(table_id__in=gone).delete()
    TrackedTable.objects.using(alias).filter(number__in=gone).delete()
    for peer in Peer.objects.using(alias).all():
        peer.labels = [name for name in peer.labels if name not in gone.values()]
        peer.save(using=alias, update_fields=["labels"])
    database.forget()


def _end_if_flushed(alias: str) -> None:
    """Take our triggers off a database whose state was emptied with all else."""
    connection = connection_of(alias)
    tables = connection.introspection.table_names()
    if State._meta.db_table not in tables or is_tracked(alias):
        return
    engine = engine_of(connection)
    if not engine.features.transactional_ddl and connection.in_atomic_block:
        return
    if engine.capture.installed(connection):
        engine.capture.remove(connection, tables)
        Journal.objects.using(alias).all().delete()
