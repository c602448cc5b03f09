"""Whose failure it is: each database's errors name that database."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import Error, IntegrityError

from syncline.errors import ConstraintBroken, DatabaseFailed


@contextmanager
def blamed(alias: str) -> Iterator[None]:
    """Turn what a driver raises into our errors, which name the database.

    Raises:
        ConstraintBroken: rows break a constraint.
        DatabaseFailed: anything else went wrong.
    """
    try:
        yield
    except IntegrityError as error:
        raise ConstraintBroken(model=alias, reason=str(error)) from error
    except Error as error:
        raise DatabaseFailed(alias=alias, reason=str(error)) from error
