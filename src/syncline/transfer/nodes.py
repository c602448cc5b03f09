"""Making a database a node, and undoing that."""

from collections.abc import Generator

from django.apps import apps
from django.db import DatabaseError

from syncline.apply.upgrading import follow_columns
from syncline.capture import tracking
from syncline.capture.untracking import untracked
from syncline.errors import NothingDeclared, NotTracked
from syncline.identity.database import NodeDatabase
from syncline.progress import Progress
from syncline.runs.ledger import Ledger
from syncline.snapshot.blame import blamed
from syncline.tables.selection import all_models
from syncline.transfer.blaming import has_tables
from syncline.transfer.opening import open_database
from syncline.transfer.recording import Recorder, recorded
from syncline.transfer.reports import TrackReport, UntrackReport

__all__ = ["node_id", "open_node", "track", "untrack", "untracked"]

FOREIGN = "django."
"""What the dotted paths of Django's own apps begin with."""


def open_node(alias: str) -> NodeDatabase:
    """Connect to a database that is, or is to be, a node.

    Raises:
        UnknownAlias: settings.DATABASES has no such alias.
        DatabaseUnreachable: it does not answer, or refuses us.
        BadDeclaration: something is declared that cannot be tracked.
    """
    open_database(alias)
    return NodeDatabase.open(alias)


def node_id(database: NodeDatabase) -> str:
    """Give the node's id; empty if the database is not tracked."""
    try:
        standing = database.standing()
    except DatabaseError:
        if has_tables(database.connection):
            raise
        return ""
    return "" if standing is None else standing.node


def track(alias: str) -> Generator[Progress, None, TrackReport]:
    """Make a database a node, or bring one to what is declared now.

    Raises:
        NothingDeclared: there is nothing to track.
    """
    database = open_node(alias)
    if not database.declared.tracked:
        raise NothingDeclared(example=example_model())
    recorder = Recorder(ledger=Ledger(alias=alias), verb="track", arguments={})
    with blamed(alias):
        if has_tables(database.connection):
            recorder.begin()
        with recorded(recorder), blamed(alias):
            report = yield from tracking.track(database)
            follow_columns(database)
            recorder.begin()
            total = sum(report.adopted.values())
            recorder.report = {"adopted": report.adopted}
    return TrackReport(
        database=alias, node=report.node, adopted=report.adopted, total=total
    )


def untrack(alias: str) -> Generator[Progress, None, UntrackReport]:
    """Remove every trace of tracking from a database.

    Raises:
        NotTracked: there is none.
    """
    database = open_node(alias)
    with blamed(alias):
        if not has_tables(database.connection):
            raise NotTracked(alias=alias)
        yield Progress(stage="remove", subject=alias)
        labels = tuple(database.rows)
        tracking.untrack(database)
    return UntrackReport(database=alias, tables=labels)


def example_model() -> str:
    """Give the label of a model that a user might want to track."""
    for model in all_models():
        config = apps.get_app_config(model._meta.app_label)
        if not config.name.startswith(FOREIGN) and model._meta.managed:
            return model._meta.label
    return "app.Model"
