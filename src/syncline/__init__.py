"""Syncline keeps Django databases in step."""

from syncline.apply.contact import Choice, Contact, First
from syncline.progress import Progress, Task
from syncline.registry import (
    Fill,
    hold,
    largest,
    newest,
    node_priority,
    register,
    smallest,
    source,
    target,
)
from syncline.snapshot.options import LoadOptions, Match, Mode
from syncline.snapshot.transforms import read_transforms, register_transform
from syncline.transfer.bulk import copy, dump, inspect, load, verify
from syncline.transfer.tracked import (
    merge,
    pull,
    push,
    status,
    sync,
    track,
    untrack,
    untracked,
)
from syncline.version import VERSION

__version__ = VERSION

__all__ = [
    "Choice",
    "Contact",
    "Fill",
    "First",
    "LoadOptions",
    "Match",
    "Mode",
    "Progress",
    "Task",
    "copy",
    "dump",
    "hold",
    "inspect",
    "largest",
    "load",
    "merge",
    "newest",
    "node_priority",
    "pull",
    "push",
    "read_transforms",
    "register",
    "register_transform",
    "smallest",
    "source",
    "status",
    "sync",
    "target",
    "track",
    "untrack",
    "untracked",
    "verify",
]
