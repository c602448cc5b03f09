"""How samples are written: past managers, signals and sequences."""

from django.apps import apps
from django.db import connections
from django.db.models.query import QuerySet


def objects(model, alias):
    """Return all rows of `model` on `alias`, whatever its managers hide."""
    return QuerySet(model=model, using=alias)


def reset_sequences(alias, app_label):
    """Let the next INSERT get a free key after rows with explicit ones.

    Only PostgreSQL needs it. Django's own statement (`sequence_reset_sql`) breaks
    on a table whose name holds an apostrophe.
    """
    connection = connections[alias]
    if connection.vendor != "postgresql":
        return
    tables = connection.introspection.table_names()
    quote = connection.ops.quote_name
    app = apps.get_app_config(app_label)
    for model in app.get_models(include_auto_created=True):
        meta = model._meta
        if meta.auto_field is None or meta.db_table not in tables:
            continue
        if meta.auto_field.model is not model:  # The parent's table counts.
            continue
        table, column = quote(meta.db_table), str(meta.auto_field.column)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence(%s, %s), max({quote(column)}))"
                f" FROM {table} HAVING max({quote(column)}) > 0",
                [table, column],
            )
