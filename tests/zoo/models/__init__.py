"""The zoo's models by cage: wide rows, kinds of primary key, special columns."""

from tests.zoo.models.keys import (
    AddressPk,
    AutoPk,
    BigPk,
    CompositePk,
    DatePk,
    DecimalPk,
    ExactTextPk,
    OneToOnePk,
    PlainIntegerPk,
    Reference,
    SmallPk,
    TextPk,
    UuidPk,
)
from tests.zoo.models.special import (
    Collated,
    Custom,
    DatabaseDefault,
    Generated,
    HugeDecimal,
)
from tests.zoo.models.wide import Everything, Required, zoo_folder

__all__ = [
    "AddressPk",
    "AutoPk",
    "BigPk",
    "Collated",
    "CompositePk",
    "Custom",
    "DatabaseDefault",
    "DatePk",
    "DecimalPk",
    "Everything",
    "ExactTextPk",
    "Generated",
    "HugeDecimal",
    "OneToOnePk",
    "PlainIntegerPk",
    "Reference",
    "Required",
    "SmallPk",
    "TextPk",
    "UuidPk",
    "zoo_folder",
]
