"""Opening databases for a use case, with clear errors."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connections

from syncline.engines.base import Connection, Engine
from syncline.engines.lookup import check_driver, connection_of, engine_of
from syncline.errors import DatabaseUnreachable, MissingDriver, SameDatabase
from syncline.snapshot.blame import blamed
from syncline.snapshot.closure import closed
from syncline.snapshot.filters import read_filters
from syncline.snapshot.source import DatabaseSource
from syncline.snapshot.target import Target
from syncline.tables.selection import select_models


def open_database(alias: str) -> tuple[Connection, Engine]:
    """Connect to a database, and say which engine it is.

    Raises:
        UnknownAlias: settings.DATABASES has no such alias.
        MissingDriver: its driver is not installed.
        DatabaseUnreachable: it does not answer, or refuses us.
    """
    try:
        connection = connection_of(alias)
        check_driver(connection)
        connection.ensure_connection()
        return connection, engine_of(connection)
    except ImproperlyConfigured as error:
        reason = " ".join(str(error).split("\n")[0].split())
        raise MissingDriver(
            engine=f"The database {alias!r}", extra=_extra(alias), detail=reason
        ) from error
    except Error as error:
        reason = " ".join(str(error).split())
        raise DatabaseUnreachable(alias=alias, reason=reason) from error


def _extra(alias: str) -> str:
    """Name the extra that brings the driver of an alias."""
    engine = str(connections.settings[alias].get("ENGINE", ""))
    return "mariadb" if "mysql" in engine else "postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class What:
    """What is taken from a database."""

    models: Sequence[str] = ()
    """Labels of apps or models; none means all."""

    exclude: Sequence[str] = ()
    """Labels of apps, models or fields to leave out."""

    where: Sequence[str] = ()
    """Filters such as `app.Model:field=value`."""

    closure: bool = False
    """Take the rows that these point at, too?"""


def open_source(alias: str, what: What) -> DatabaseSource:
    """Open a database to read from."""
    connection, engine = open_database(alias)
    with blamed(alias):
        return _source(connection, engine, what)


def _source(connection: Connection, engine: Engine, what: What) -> DatabaseSource:
    only = () if what.closure else what.models
    selection = select_models(connection, only=only, exclude=what.exclude)
    return DatabaseSource(
        connection=connection,
        engine=engine,
        selection=selection,
        filters=read_filters(what.where, connection, engine),
    )


@contextmanager
def source_view(source: DatabaseSource, what: What) -> Iterator[None]:
    """Hold a source still, narrowed down to what is taken from it."""
    with source.view(), ExitStack() as stack:
        if what.closure:
            stack.enter_context(closed(source, what.models))
        yield


def open_target(alias: str) -> Target:
    """Open a database to write to."""
    connection, engine = open_database(alias)
    return Target(connection=connection, engine=engine)


def refuse_same(source: DatabaseSource, target: Target) -> None:
    """Check that two aliases are two databases.

    Raises:
        SameDatabase: they are one.
    """
    ours = source.engine.name, source.engine.identity(source.connection)
    theirs = target.engine.name, target.engine.identity(target.connection)
    if source.connection.alias == target.alias or ours == theirs:
        raise SameDatabase(source=source.connection.alias, target=target.alias)
