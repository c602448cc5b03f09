"""How the tests are told of servers: environment variables, and URLs in them."""

import importlib
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}

UNAVAILABLE = "SYNCLINE_TEST_UNAVAILABLE"
"""Environment variable: one sentence a line for each engine that could not be had."""

FOLDER = "SYNCLINE_TEST_FOLDER"
"""Environment variable: a private folder that is removed at the end of the run."""


def variable(engine: str) -> str:
    """Environment variable with the URL of an engine's server."""
    return f"SYNCLINE_TEST_{engine.upper()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a server listens, and as whom to log in; parsed from a URL."""

    engine: str
    user: str
    password: str
    host: str
    port: str
    name: str
    options: dict[str, str]

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `engine://user:password@host:port/name?host=…` (or `unix_socket=…`)."""
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        socket_path = options.pop("host", "") or options.pop("unix_socket", "")
        return cls(
            engine=parts.scheme,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            # Django's backends take a socket's path as the host.
            host=socket_path or parts.hostname or "",
            port=str(parts.port or ""),
            name=unquote(parts.path.lstrip("/")),
            options=options,
        )


def connect(url: str) -> Any:
    """Open the engine's own driver at the URL; raises the driver's error."""
    address = Address.parse(url)
    if address.engine == "postgresql":
        return importlib.import_module("psycopg").connect(
            host=address.host,
            port=address.port or None,
            user=address.user,
            password=address.password,
            dbname=address.name or "postgres",
        )
    where = {"host": address.host, "port": int(address.port or 3306)}
    if address.host.startswith("/"):
        where = {"unix_socket": address.host}
    return importlib.import_module("MySQLdb").connect(
        user=address.user, password=address.password, database=address.name, **where
    )
