"""Signal receivers that would break a load which sends signals.

Off unless a test says so: `with breaking_receivers():` in this process, or
`SYNCLINE_TEST_RECEIVERS=break` in the environment of another.
"""

from collections.abc import Callable
from contextlib import contextmanager

from django.db.models import Model
from django.db.models.signals import (
    ModelSignal,
    m2m_changed,
    post_delete,
    post_save,
    pre_delete,
    pre_save,
)

from tests.awkward.models import Beacon, Echo, Group, NoRows, Soft


class ReceiverCalledError(Exception):
    """A signal was sent where none may be."""


def refuse(sender, **kwargs):
    """Raise, as a receiver does that needs the web request of its save."""
    raise ReceiverCalledError(f"{sender.__name__} was saved with signals")


def multiply(sender, instance, using, **kwargs):
    """Write another row for each row, as an audit log does."""
    NoRows.objects.using(using).create(name=f"made for {instance.pk}")


def alter(sender, instance, **kwargs):
    """Change the row on its way, as a slug filler does."""
    instance.name = instance.name.upper()


_receivers: list[tuple[ModelSignal, Callable[..., None], type[Model]]] = [
    (post_save, refuse, Beacon),
    (pre_delete, refuse, Beacon),
    (pre_save, alter, Echo),
    (post_save, multiply, Echo),
    (post_delete, multiply, Soft),
    (m2m_changed, refuse, Group.colours.through),
]


def connect():
    """Connect all receivers."""
    for signal, receiver, sender in _receivers:
        signal.connect(receiver, sender=sender)


def disconnect():
    """Disconnect all receivers."""
    for signal, receiver, sender in _receivers:
        signal.disconnect(receiver, sender=sender)


@contextmanager
def breaking_receivers():
    """Have all receivers connected within the block."""
    connect()
    try:
        yield
    finally:
        disconnect()
