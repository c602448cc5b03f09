"""The users' declarations: which models are tracked, and how."""

from syncline.conflict.resolvers import hold, largest, newest, smallest
from syncline.registry.contract import differences
from syncline.registry.declaration import Fill, Problem, node_priority
from syncline.registry.declaring import Registry, register, registry
from syncline.registry.sides import by_side, source, target
from syncline.registry.terms import (
    Declared,
    Direction,
    Key,
    KeyKind,
    OnClash,
    Part,
    ReferenceKind,
    ReferenceRule,
    Rename,
    Tracked,
    Transform,
)

__all__ = [
    "Declared",
    "Direction",
    "Fill",
    "Key",
    "KeyKind",
    "OnClash",
    "Part",
    "Problem",
    "ReferenceKind",
    "ReferenceRule",
    "Registry",
    "Rename",
    "Tracked",
    "Transform",
    "by_side",
    "differences",
    "hold",
    "largest",
    "newest",
    "node_priority",
    "register",
    "registry",
    "smallest",
    "source",
    "target",
]
