"""The run's databases on the servers: made before the first step, dropped at the end.

By the drivers alone: on Linux a process starts with the peak memory of the one that
started it, so the process that starts the steps stays small and does without Django.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

from benchmarks import settings
from tests.address import connect, variable

CREATE = {
    "postgresql": 'CREATE DATABASE "{}" TEMPLATE template0',
    "mariadb": "CREATE DATABASE `{}` CHARACTER SET utf8mb4",
}
DROP = {
    "postgresql": 'DROP DATABASE IF EXISTS "{}" WITH (FORCE)',
    "mariadb": "DROP DATABASE IF EXISTS `{}`",
}


def engine_of(alias: str) -> str:
    """The engine in an alias such as `mariadb_full`."""
    return alias.partition("_")[0]


@contextmanager
def created(aliases: list[str]) -> Iterator[None]:
    """Make the databases of the aliases that are on servers; drop them at the end."""
    with ExitStack() as stack:
        for alias in aliases:
            if engine_of(alias) in CREATE:
                _on_server(alias, CREATE)
                stack.callback(_on_server, alias, DROP)
        yield


def _on_server(alias: str, statements: dict[str, str]) -> None:
    engine = engine_of(alias)
    statement = statements[engine].format(settings.DATABASES[alias]["NAME"])
    with closing(connect(os.environ[variable(engine)])) as connection:
        # CREATE DATABASE takes no transaction; both drivers would begin one.
        if engine == "postgresql":
            connection.autocommit = True
        with closing(connection.cursor()) as cursor:
            cursor.execute(statement)
