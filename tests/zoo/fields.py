"""Custom fields, as real projects have them: what Python sees is not what is stored."""

import base64
import itertools
import zlib
from decimal import Context, Decimal

from django.db import models

_salts = itertools.count(1)


def _mask(data: bytes, salt: int) -> bytes:
    return bytes(byte ^ (salt + place) % 256 for place, byte in enumerate(data))


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text stored as `v1$salt$base64`; a toy cipher that behaves like a real one.

    Each write takes a fresh salt, so a value that went through Python on its way
    is stored differently afterwards: only a copy of the stored value is equal.
    """

    def from_db_value(self, value, expression, connection):
        if value is None:
            return None
        version, salt, text = value.split("$")
        if version != "v1":
            raise ValueError(f"not encrypted by this field: {value[:20]!r}")
        return _mask(base64.b64decode(text), int(salt)).decode()

    def get_prep_value(self, value):
        value = super().get_prep_value(value)
        if value is None:
            return None
        salt = next(_salts)
        text = base64.b64encode(_mask(value.encode(), salt)).decode()
        return f"v1${salt}${text}"


class CompressedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text in Python, zlib-compressed bytes in the database."""

    def from_db_value(self, value, expression, connection):
        return None if value is None else zlib.decompress(bytes(value)).decode()

    def get_prep_value(self, value):
        return None if value is None else zlib.compress(value.encode())


class AmountField(models.Field):  # type: ignore[type-arg]
    """An exact decimal(40, 10): `numeric` on PostgreSQL, tagged text elsewhere.

    The storage types differ, and the text (`amount:1.5000000000`) is no number, so
    a value gets from one engine to the other only through this field's methods.
    """

    _scale = Decimal("1E-10")
    _context = Context(prec=40)

    def db_type(self, connection):
        return "numeric(40, 10)" if connection.vendor == "postgresql" else "varchar(60)"

    def from_db_value(self, value, expression, connection):
        if isinstance(value, str):
            value = value.removeprefix("amount:")
        return self.to_python(value)

    def to_python(self, value):
        if value is None:
            return None
        return Decimal(value).quantize(self._scale, context=self._context)

    def get_db_prep_value(self, value, connection, prepared=False):  # noqa: FBT002
        value = self.to_python(value)
        if value is None or connection.vendor == "postgresql":
            return value
        return f"amount:{value:f}"


class ExactCharField(models.CharField):  # type: ignore[type-arg]
    """Text that is equal only when its bytes are, whatever the engine's default.

    `db_collation` takes one name, and no name is known to all engines, so this
    field picks one by connection. `nopad`: MariaDB's other collations hold "a" and
    "a " equal (MariaDB KB, "Setting Character Sets and Collations").
    """

    _collations = {"mysql": "utf8mb4_nopad_bin", "postgresql": "C", "sqlite": "BINARY"}  # noqa: RUF012

    def db_parameters(self, connection):
        return super().db_parameters(connection) | {
            "collation": self._collations.get(connection.vendor)
        }
