"""Awkward but valid rows for the zoo, the same at each call.

`engines` are all engines that the rows shall pass through; by default the alias's
own. Rows that not every engine can hold are added by functions of their own.
"""

import datetime as dt
import uuid
from decimal import Decimal
from random import Random  # noqa: TID251

from django.db import connections, transaction

from tests.awkward.samples import add_dangling_generic_keys, fill_awkward
from tests.zoo import models as zoo
from tests.zoo.limits import engine_of, limits_of
from tests.zoo.values import TEXTS, instant, required_values, scaled, values_by_field
from tests.zoo.writing import objects, reset_sequences

__all__ = [
    "KEYS",
    "ROWS",
    "TWINS",
    "add_dangling_generic_keys",
    "add_infinities",
    "add_nan_decimal",
    "add_nul_text",
    "add_odd_uuid",
    "add_oversized",
    "add_unreadable",
    "add_zero_date",
    "add_zero_key",
    "fill_awkward",
    "fill_zoo",
]

ROWS = 300
"""Rows of Everything."""

KEYS = ["a", "b c", "d'e\"f", r"g\h", "%s %d", "日本語", "x" * 200, "\ttab", "-1"]
"""Text keys that differ under every collation, folding ones as well."""

TWINS = [
    "",
    "twin",
    "Twin",
    "TWIN",
    "twin ",
    "t\u1e83in",
    "tw\u0301in",
    "🦒",
    "🐘",
    "ß",
    "ss",
]
"""Text keys that an exact collation tells apart, and a folding one does not."""


def fill_zoo(alias, *, engines=None, zones=False, rows=ROWS, seed=1):
    """Fill every model of the zoo with what all of `engines` can hold.

    `zones`: may one of the aliases have another TIME_ZONE than UTC?
    """
    limits = limits_of(engines or {engine_of(connections[alias])}, zones=zones)
    with transaction.atomic(using=alias):
        _fill_everything(alias, limits, rows, Random(seed))
        _fill_required(alias, limits)
        _fill_keys(alias)
        _fill_special(alias, limits)
    reset_sequences(alias, "zoo")


def add_nul_text(alias):
    """Add NUL characters in text and JSON, which PostgreSQL cannot hold."""
    objects(zoo.Everything, alias).bulk_create(
        [
            zoo.Everything(char="a\x00b", text="\x00"),
            zoo.Everything(slug="\x00", email="\x00\x00", url="end\x00"),
            zoo.Everything(json={"nul": "a\x00b", "\x00": 1}),
        ]
    )


def add_infinities(alias):
    """Add infinite floats, and NaN where the engine keeps it: on PostgreSQL.

    MariaDB refuses them all, and SQLite turns NaN into NULL.
    """
    numbers = [float("inf"), float("-inf")]
    if engine_of(connections[alias]) == "postgresql":
        numbers.append(float("nan"))
    objects(zoo.Everything, alias).bulk_create(
        [zoo.Everything(floating=number) for number in numbers]
    )


def add_nan_decimal(alias):
    """Add a decimal NaN, which PostgreSQL alone holds and Django refuses to write."""
    with connections[alias].cursor() as cursor:
        cursor.execute("INSERT INTO zoo_everything (decimal_15_4) VALUES ('NaN')")


def add_oversized(alias):
    """Add what SQLite holds and a strict engine does not, one fault per row."""
    big = 2**40
    objects(zoo.Everything, alias).bulk_create(
        [
            zoo.Everything(char="long" * 50),
            zoo.Everything(slug="s" * 51),
            zoo.Everything(integer=big),
            zoo.Everything(small_integer=-big),
            zoo.Everything(positive_integer=big),
            zoo.Everything(positive_small_integer=70_000),
        ]
    )
    with connections[alias].cursor() as cursor:
        cursor.execute("INSERT INTO zoo_everything (decimal_5_2) VALUES (1.23456)")


def add_unreadable(alias):
    """Add what SQLite holds and Django itself fails to read: `compare` fails too."""
    with connections[alias].cursor() as cursor:
        cursor.execute("INSERT INTO zoo_everything (decimal_5_2) VALUES (12345678.9)")
        cursor.execute("INSERT INTO zoo_everything (date_time) VALUES ('yesterday')")
        cursor.execute("INSERT INTO zoo_everything (integer) VALUES ('many')")


def add_zero_date(alias):
    """Add a date of zeros: Django fails to read it on SQLite, reads None on MariaDB.

    MariaDB takes it unless NO_ZERO_DATE is in its sql_mode.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute("INSERT INTO zoo_everything (date) VALUES ('0000-00-00')")


def add_odd_uuid(alias):
    """Add a UUID of no known version, which MariaDB's uuid type refuses."""
    odd = uuid.UUID("6018366c-f658-f7a7-5ed3-4fe53a096533")
    objects(zoo.Everything, alias).bulk_create([zoo.Everything(uuid=odd)])


def add_zero_key(alias):
    """Add an automatic key of 0, which MariaDB reads as "the next one"."""
    with connections[alias].cursor() as cursor:
        cursor.execute("INSERT INTO zoo_bigpk (number, name) VALUES (0, 'zero')")


def _fill_everything(alias, limits, rows, chance):
    """Take each value of each field in turn; a seventh of the rest is NULL."""
    values = values_by_field(limits)
    longest = max(map(len, values.values()))
    made = [zoo.Everything()]
    for number in range(rows - 1):
        row = {
            name: choices[(number + place) % len(choices)]
            for place, (name, choices) in enumerate(values.items())
            if number < longest or chance.random() > 1 / 7
        }
        made.append(zoo.Everything(**row))
    objects(zoo.Everything, alias).bulk_create(made, batch_size=50)
    # FileField saves None as an empty string; only update() writes NULL.
    keys = objects(zoo.Everything, alias).order_by("pk").values_list("pk", flat=True)
    objects(zoo.Everything, alias).filter(pk__in=list(keys)[::7]).update(file=None)


def _fill_required(alias, limits):
    objects(zoo.Required, alias).bulk_create(
        [zoo.Required(), zoo.Required(**required_values(limits))]
    )


def _fill_keys(alias):
    def create(model, field, keys):
        rows = [
            model(**{field: key, "name": f"row {place}"})
            for place, key in enumerate(keys)
        ]
        objects(model, alias).bulk_create(rows)
        return rows

    autos = [zoo.AutoPk(id=key) for key in (1, 2, 7, 2_000_000_000)]
    objects(zoo.AutoPk, alias).bulk_create(autos)
    uuids = [uuid.UUID(int=number) for number in (0, 1, 2**128 - 1, 0xABCDEF << 96)]
    days = [dt.date(1, 1, 1), dt.date(2000, 2, 29), dt.date(9999, 12, 31)]
    amounts = [Decimal(text) for text in ("-99999999.99", "0", "0.10", "12345678.90")]
    addresses = ["0.0.0.0", "255.255.255.255", "::1", "fe80::1", "2001:db8::ff00:42"]
    made = {
        "auto": autos,
        "small": create(zoo.SmallPk, "id", [1, 3, 30_000]),
        "big": create(zoo.BigPk, "number", [-3, 1, 2, 5, 2**40]),
        "plain": create(zoo.PlainIntegerPk, "code", [-(2**31), 0, 1, 2**31 - 1]),
        "text": create(zoo.TextPk, "code", KEYS),
        "exact_text": create(zoo.ExactTextPk, "code", TWINS),
        "uuid": create(zoo.UuidPk, "id", uuids),
        "day": create(zoo.DatePk, "day", days),
        "amount": create(zoo.DecimalPk, "amount", amounts),
        "address": create(zoo.AddressPk, "address", addresses),
        "one_to_one": create(zoo.OneToOnePk, "uuid_pk_id", uuids[:3]),
    }
    _fill_relations(alias, made)


def _fill_relations(alias, made):
    longest = max(map(len, made.values()))
    references = [zoo.Reference()] + [
        zoo.Reference(**{name: rows[number % len(rows)] for name, rows in made.items()})
        for number in range(longest)
    ]
    objects(zoo.Reference, alias).bulk_create(references)
    composites = [
        zoo.CompositePk(text_pk_id=text, position=position, name=f"{position}")
        for text in KEYS[:4]
        for position in (-1, 0, 2**31 - 1)
    ]
    objects(zoo.CompositePk, alias).bulk_create(composites)
    through = zoo.UuidPk.texts.through
    objects(through, alias).bulk_create(
        [
            through(uuidpk_id=one.pk, textpk_id=other)
            for one in made["uuid"]
            for other in KEYS[::2]
        ]
    )


def _fill_special(alias, limits):
    digits = limits.decimal_digits_max
    huge = [
        scaled(10**digits - 1, -30),
        scaled(1 - 10**digits, min(0, 35 - digits)),
        Decimal("0.1"),
        scaled(1, -30),
        Decimal(0),
    ]
    create = {
        zoo.HugeDecimal: [{"amount": amount} for amount in huge],
        zoo.Generated: [
            {"width": width, "height": height, "name": f"Name {width}"}
            for width, height in [(2, 3), (-4, 5), (0, 0), (46_340, 46_340)]
        ],
        zoo.DatabaseDefault: [
            {"made_at": instant(2020, 1, 1, 0, 0, 0, 1)},
            {
                "name": "",
                "number": 0,
                "made_at": instant(1999, 12, 31, 23, 59, 59, 999999),
                "active": False,
                "note": None,
            },
        ],
        zoo.Collated: [{"exact": text, "plain": text} for text in TWINS],
        zoo.Custom: _custom_rows(),
    }
    for model, rows in create.items():
        objects(model, alias).bulk_create([model(**row) for row in rows])


def _custom_rows():
    """Return text and amounts; the amounts are exact though SQLite has no decimal."""
    widest = 10**40 - 1
    amounts = [
        scaled(widest, -10),
        scaled(-widest, -10),
        scaled(1, -10),
        Decimal(0),
        Decimal("-1.5"),
    ]
    return [
        {
            "encrypted": text,
            "encrypted_or_null": None if place % 2 else text,
            "compressed": text,
            "compressed_or_null": text if place % 2 else None,
            "amount": amounts[place % len(amounts)],
            "amount_or_null": None if place % 3 else amounts[place % len(amounts)],
        }
        for place, text in enumerate(TEXTS)
    ]
