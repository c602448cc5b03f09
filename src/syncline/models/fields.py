"""Columns that compare byte by byte on every engine."""

from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from syncline.engines.lookup import engine_of

if TYPE_CHECKING:
    Text = models.CharField[Any, Any]
    Binary = models.BinaryField[Any, Any]
else:
    Text, Binary = models.CharField, models.BinaryField  # Generic in their stubs only.

PK_LENGTH_MAX = 700
"""Characters of a pk's text: with a number, what an index of InnoDB takes."""

UID_BYTES = 16
NODE_LENGTH = 32
"""A node's id is a UUID in hexadecimal digits."""


class ExactText(Text):
    """Text that is equal where its bytes are, whatever the database's collation."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return engine_of(connection).exact_text(self.max_length or PK_LENGTH_MAX)


class Bytes(Binary):
    """A fixed number of bytes that can be a key."""

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return engine_of(connection).exact_bytes(self.max_length or UID_BYTES)
