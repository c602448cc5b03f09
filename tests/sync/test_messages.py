"""What nodes say to each other survives being written down, whatever carries it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import pytest

from syncline.apply.contact import Contact
from syncline.changes.messages import (
    Changeset,
    Hello,
    Known,
    Receipt,
    Want,
    decode,
    encode,
)
from syncline.progress import Task
from syncline.transfer.agreeing import agree
from syncline.transfer.syncing import transfer
from tests.stations.models import Observation, Region, Remark, Station
from tests.sync.test_sync import fill


def written(message):
    """Give a message as it is after it was sent as bytes."""
    return decode(encode(message), type(message))


@dataclass
class Written:
    """An endpoint of whom nothing is heard, and that hears nothing, but bytes."""

    inner: object

    def __getattr__(self, name):
        found = getattr(self.inner, name)
        if not callable(found):
            return found

        def call(*given):
            answer = found(*map(self._passed, given))
            if isinstance(answer, Iterator):
                return (self._passed(one) for one in answer)
            return self._passed(answer)

        return call

    @staticmethod
    def _passed(value):
        if isinstance(value, msgspec.Struct):
            return written(value)
        if isinstance(value, list | tuple):
            return [written(one) if isinstance(one, Known) else one for one in value]
        return value


def pull(target, source, contact=None):
    ends: Any = (Written(source.endpoint()), Written(target.endpoint()))
    there, here = ends
    return Task(transfer(there, here, contact)).run()


def agreed(one, other):
    ends: Any = (Written(one.endpoint()), Written(other.endpoint()))
    report = Task(agree(*ends, deep=True, pause=lambda: None)).run()
    return not report.differences and bool(report.models)


def test_nodes_that_exchange_nothing_but_bytes_come_in_step(nodes):
    here, there = nodes
    Remark.objects.using(there.alias).create(text="other")
    fill(here.alias)

    assert not pull(there, here, Contact(independent=True)).set_aside
    pull(here, there)

    Station.objects.using(here.alias).update(name="here")
    Station.objects.using(there.alias).update(name="there", height=None)
    Observation.objects.using(there.alias).all().delete()
    pull(here, there)
    pull(there, here)
    assert agreed(here, there)
    assert [pull(*both).written for both in ((here, there), (there, here))] == [0, 0]


def test_a_database_that_was_copied_is_told_apart_by_bytes(nodes):
    here, there = nodes
    for node in nodes:
        for text in ("one", "four"):
            Remark.objects.using(node.alias).create(pk=len(text), text=text)

    pull(there, here, Contact(same_pks=True))
    pull(here, there)

    assert Remark.objects.using(there.alias).count() == 2
    assert agreed(here, there)


@pytest.mark.parametrize("kind", [Changeset, Hello, Known, Receipt, Want])
def test_bytes_of_another_form_are_refused(kind):
    for data in (b"", b"\xc1", encode(Known(pk="1", uid=b"", digest=b""))[:-1]):
        with pytest.raises(msgspec.DecodeError):
            decode(data, kind)


def test_a_changeset_keeps_values_that_json_would_not(nodes):
    here, there = nodes
    region = Region.objects.using(here.alias).create(code="N", name="N\u0301")
    station = Station.objects.using(here.alias).create(
        code="s", name="s", region=region
    )
    remark = "a\x1fb 😀 '\""
    Remark.objects.using(here.alias).create(text=remark, subject=station)

    pull(there, here)

    assert Remark.objects.using(there.alias).get().text == remark
    assert Region.objects.using(there.alias).get().name == "N\u0301"
