"""Django's system checks over tracked databases: `manage.py check --database default`.

A database is asked only where Django says which: never by a plain `check`.
"""

from collections.abc import Iterator, Sequence

from django.apps import AppConfig
from django.core import checks
from django.core.checks import CheckMessage

from syncline.apply.following import follows
from syncline.capture.guarding import drifted
from syncline.capture.tracking import watch
from syncline.checks.columns import narrowness
from syncline.errors import BadDeclaration, BadSetting
from syncline.identity.database import NodeDatabase
from syncline.tables.selection import Model

DRIFTED = "syncline.W104"
"""The triggers of a table are not as they were made."""

UNSEEN = "syncline.W105"
"""A foreign key writes rows that no trigger sees."""

NARROW = "syncline.W106"
"""A column keeps less than its field may hold."""


def check_databases(
    app_configs: Sequence[AppConfig] | None,
    databases: Sequence[str] | None = None,
    **_: object,
) -> list[CheckMessage]:
    """Tell what is wrong with tracked databases.

    Args:
        app_configs: the apps that are checked; None means all.
        databases: aliases of those that may be asked; None means none.
    """
    found: list[CheckMessage] = []
    for alias in databases or ():
        if not follows(alias):
            continue
        try:
            database = NodeDatabase.open(alias)
        except (BadDeclaration, BadSetting):
            continue  # The checks of declarations tell of it.
        for model, message in _all(database):
            if app_configs is None or model._meta.app_config in app_configs:
                found.append(message)
    return found


def _all(database: NodeDatabase) -> Iterator[tuple[Model, CheckMessage]]:
    yield from _drift(database)
    yield from _cascades(database)
    for bound in database.all_bound():
        model = bound.tracked.model
        for described in bound.described:
            lost = narrowness(
                bound.table.field(described.name),
                bound.table.columns[described.name],
                described.kind,
                bound.engine.features,
            )
            if lost:
                yield (
                    model,
                    checks.Warning(
                        f"{described.name} does not come back from the database "
                        f"{database.alias!r} as it was given: {lost}.",
                        hint="Give the column the type that a migration would give "
                        "it. Until then, values from peers are kept beside the row.",
                        obj=model,
                        id=NARROW,
                    ),
                )


def _drift(database: NodeDatabase) -> Iterator[tuple[Model, CheckMessage]]:
    for label in drifted(database):
        model = database.declared.tracked[label].model
        yield (
            model,
            checks.Warning(
                f"Its triggers in the database {database.alias!r} are gone or altered, "
                "so writes may have been missed.",
                hint=f"Run: manage.py syncline audit --database {database.alias}",
                obj=model,
                id=DRIFTED,
            ),
        )


def _cascades(database: NodeDatabase) -> Iterator[tuple[Model, CheckMessage]]:
    watched = {bound.label: watch(bound) for bound in database.all_bound()}
    unseen = database.engine.capture.unseen(database.connection, list(watched.values()))
    for label, table in watched.items():
        model = database.declared.tracked[label].model
        for above in unseen.get(table.number, ()):
            yield (
                model,
                checks.Warning(
                    f"A foreign key of the database {database.alias!r} changes or "
                    f"deletes its rows when {above} is written, and no trigger sees "
                    "that.",
                    hint=f"Run: manage.py syncline track --database {database.alias}",
                    obj=model,
                    id=UNSEEN,
                ),
            )
