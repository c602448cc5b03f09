"""Syncline keeps Django databases in step."""

from syncline.progress import Progress, Task
from syncline.snapshot.options import LoadOptions, Match, Mode
from syncline.snapshot.transforms import read_transforms, register_transform
from syncline.transfer.bulk import copy, dump, inspect, load, verify
from syncline.version import VERSION

__version__ = VERSION

__all__ = [
    "LoadOptions",
    "Match",
    "Mode",
    "Progress",
    "Task",
    "copy",
    "dump",
    "inspect",
    "load",
    "read_transforms",
    "register_transform",
    "verify",
]
