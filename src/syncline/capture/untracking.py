"""`untracked()`: writes that stay on this node."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DEFAULT_DB_ALIAS, transaction

from syncline.changes.operations import Origin
from syncline.engines.lookup import connection_of, engine_of
from syncline.errors import UsageError
from syncline.identity.node import is_tracked


@contextmanager
def untracked(database: str = DEFAULT_DB_ALIAS) -> Iterator[None]:
    """Let nothing that is written within get a version; also a decorator.

    What other nodes have written meanwhile still arrives, and an edit of the same
    field that comes later, here or there, replaces what was written within. All of it
    is one transaction.

    Args:
        database: the alias that is written to.

    Raises:
        UsageError: an event loop runs in this thread, whose other tasks would share
            the connection and write untracked, too.
    """
    if _in_async_task():
        raise UsageError(
            "untracked() does not work in an async task, which shares its connection "
            "with others.",
            hint="Call a function that uses it through asgiref.sync.sync_to_async.",
        )
    connection = connection_of(database)
    with transaction.atomic(using=database):
        if not is_tracked(database):
            yield
            return
        with engine_of(connection).capture.mark(connection, Origin.UNTRACKED):
            yield


def _in_async_task() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
