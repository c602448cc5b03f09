"""Follows Django's migrations: what they write, and what they do to triggers."""

from django.db import DEFAULT_DB_ALIAS

from syncline.capture.guarding import migrated
from syncline.capture.sequencer import Sequencer
from syncline.engines.lookup import connection_of
from syncline.identity.database import NodeDatabase
from syncline.identity.node import is_tracked
from syncline.models import RecordRow


def before_migrate(using: str = DEFAULT_DB_ALIAS, **_: object) -> None:
    """Number what users wrote before a migration writes, too."""
    if follows(using):
        database = NodeDatabase.open(using)
        Sequencer(database=database).run()


def after_migrate(using: str = DEFAULT_DB_ALIAS, **_: object) -> None:
    """Number what migrations wrote, and mend what they did to triggers."""
    if follows(using):
        database = NodeDatabase.open(using)
        migrated(database, Sequencer(database=database))


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
