"""Database URLs, read into the dicts that `settings.DATABASES` holds."""

from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

ENGINES = {
    "sqlite": "django.db.backends.sqlite3",
    "postgresql": "django.db.backends.postgresql",
    "mariadb": "django.db.backends.mysql",
}

EXAMPLES = (
    "sqlite:///file.sqlite3, postgresql://user:password@host:5432/name or "
    "mariadb://user:password@host:3306/name"
)


def parse(url: str) -> dict[str, Any]:
    """Read one URL.

    `sqlite:///a.sqlite3` is relative to the working folder and
    `sqlite:////srv/a.sqlite3` absolute. A server on a socket is named by a query
    parameter: `?host=/folder` for PostgreSQL, `?unix_socket=/file` for MariaDB.

    Raises:
        ImproperlyConfigured: the URL is not one of these; the message never repeats
            it, because it may hold a password.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(
            f"The database URL is not a URL ({error}). Write {EXAMPLES}."
        ) from error
    if parts.scheme not in ENGINES:
        raise ImproperlyConfigured(
            f"The database URL has the scheme {parts.scheme!r}; write {EXAMPLES}."
        )
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise ImproperlyConfigured(
            f"The database URL names no database; write {EXAMPLES}."
        )
    if parts.scheme == "sqlite":
        return sqlite(Path(name))
    return {
        "ENGINE": ENGINES[parts.scheme],
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": _host(parts),
        "PORT": str(port or ""),
    }


def sqlite(path: Path) -> dict[str, Any]:
    """The settings of a SQLite file."""
    return {"ENGINE": ENGINES["sqlite"], "NAME": str(path.resolve())}


def _host(parts: SplitResult) -> str:
    """The host, or a socket: Django reads a HOST that starts with "/" as one."""
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    socket = query.pop("unix_socket", None) or query.pop("host", None)
    if query:
        raise ImproperlyConfigured(
            f"The database URL has the parameter {next(iter(query))!r}; "
            "only host and unix_socket are known."
        )
    return socket or parts.hostname or ""
