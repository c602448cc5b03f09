"""Whose failure it is, where two databases take part: each error names one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import Error, IntegrityError

from syncline.engines.base import Connection
from syncline.errors import ConstraintBroken, DatabaseFailed, NotTracked
from syncline.models import State


@dataclass(kw_only=True)
class Watcher:
    """Notes which database a failing statement was meant for."""

    alias: str
    """The last one that failed; at first, the one to be blamed in doubt."""

    def __call__(
        self,
        execute: Callable[..., Any],
        sql: str,
        params: object,
        many: bool,  # noqa: FBT001 - Django calls it so
        context: dict[str, Any],
    ) -> object:
        try:
            return execute(sql, params, many, context)
        except Error:
            self.alias = context["connection"].alias
            raise


@contextmanager
def blamed_among(*databases: Connection) -> Iterator[None]:
    """Turn what drivers raise into our errors, which name the database that failed.

    Args:
        databases: those that take part; the first is blamed where nothing tells.

    Raises:
        NotTracked: our tables are missing there.
        ConstraintBroken: rows break a constraint.
        DatabaseFailed: anything else went wrong.
    """
    watcher = Watcher(alias=databases[0].alias)
    with ExitStack() as stack:
        for database in databases:
            stack.enter_context(database.execute_wrapper(watcher))
        try:
            yield
        except Error as error:
            reason = " ".join(str(error).split())
            [failed] = [one for one in databases if one.alias == watcher.alias][:1]
            if not has_tables(failed):
                raise NotTracked(alias=watcher.alias) from error
            if isinstance(error, IntegrityError):
                raise ConstraintBroken(model=watcher.alias, reason=reason) from error
            raise DatabaseFailed(alias=watcher.alias, reason=reason) from error


def has_tables(connection: Connection) -> bool:
    """Are our tables there? Where nobody can tell, they are taken to be."""
    try:
        return State._meta.db_table in connection.introspection.table_names()
    except Error:
        return True
