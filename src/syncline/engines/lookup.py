"""Which engine answers for a connection; the only place that asks for the vendor."""

from functools import cache
from importlib import import_module

from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.utils import load_backend

from syncline.engines.base import Connection, Engine
from syncline.engines.generic import Generic
from syncline.errors import MissingDriver, UnknownAlias

BACKENDS = {
    "sqlite": "django.db.backends.sqlite3",
    "postgresql": "django.db.backends.postgresql",
    "mariadb": "django.db.backends.mysql",
    "generic": "django.db.backends.dummy",
}
"""What answers for an engine that is not connected; of a file that another database
made, only the fields' general answers can be had."""

EMPTY_SETTINGS: dict[str, object] = {
    "NAME": "none",
    "USER": "",
    "PASSWORD": "",
    "HOST": "",
    "PORT": "",
    "OPTIONS": {},
    "TIME_ZONE": None,
    "CONN_MAX_AGE": 0,
    "AUTOCOMMIT": True,
    "ATOMIC_REQUESTS": False,
}

ENGINES = {
    "sqlite": ("syncline.engines.sqlite", "SQLite"),
    "postgresql": ("syncline.engines.postgresql", "PostgreSQL"),
    "mariadb": ("syncline.engines.mariadb", "MariaDB"),
}


def connection_of(alias: str) -> Connection:
    """Give the connection of an alias.

    Raises:
        UnknownAlias: settings.DATABASES has no such alias.
    """
    if alias not in connections.settings:
        raise UnknownAlias(alias=alias, known=list(connections.settings))
    return connections[alias]


def check_driver(connection: Connection) -> None:
    """Check, without connecting, that we can work with the driver that Django chose.

    Raises:
        MissingDriver: only psycopg2 is installed for PostgreSQL.
    """
    if connection.vendor == "postgresql" and not _has_psycopg3():
        raise MissingDriver(
            engine="PostgreSQL",
            extra="postgresql",
            detail="psycopg2 alone cannot stream COPY; Django uses psycopg 3 as soon "
            "as it is importable",
        )


def engine_of(connection: Connection) -> Engine:
    """Give the engine of a connection, whatever its ENGINE setting is called."""
    name = _name(connection)
    return Generic(connection) if name == "generic" else engine_named(name)


@cache
def engine_named(name: str) -> Engine:
    """Give the engine of a name, importing its module only now: it needs a driver."""
    module, attribute = ENGINES[name]
    engine: Engine = getattr(import_module(module), attribute)()
    return engine


@cache
def detached(name: str) -> Connection:
    """Give an unconnected connection of an engine, for fields that ask for its vendor.

    Raises:
        MissingDriver: Django's backend for it cannot be imported.
    """
    try:
        backend = load_backend(BACKENDS[name])
    except (ImproperlyConfigured, KeyError) as error:
        raise MissingDriver(engine=name, extra=name, detail=str(error)) from error
    connection: Connection = backend.DatabaseWrapper(
        {**EMPTY_SETTINGS}, alias=f"no-{name}"
    )
    if name == "mariadb":
        connection.__dict__["mysql_is_mariadb"] = True  # Else it would connect to ask.
    return connection


def _name(connection: Connection) -> str:
    if connection.vendor in ("sqlite", "postgresql"):
        return connection.vendor
    if connection.vendor == "mysql" and getattr(connection, "mysql_is_mariadb", False):
        return "mariadb"
    return "generic"


def _has_psycopg3() -> bool:
    # Django itself chooses psycopg 3 if it can be imported.
    psycopg = import_module("django.db.backends.postgresql.psycopg_any")
    return bool(psycopg.is_psycopg3)
