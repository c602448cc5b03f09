"""Clocks that are compared: of nodes, of their databases, and in versions."""

from datetime import UTC, datetime, timedelta

import pytest

from syncline.management.verbs_between import compared, verdict
from syncline.models import RecordRow
from syncline.progress import Task
from syncline.transfer.clocks import clocks
from tests.stations.models import Region
from tests.sync.test_sync import fill

SECOND = 1_000_000
MINUTE, DAY = 60 * SECOND, 86_400 * SECOND


def read(node, peer=None, **options):
    named = "" if peer is None else peer.alias
    return Task(clocks(node.alias, named, **options)).run()


def test_clocks_that_agree_are_told_to(nodes):
    here, there = nodes
    fill(here.alias)
    here.sync(there)
    report = read(there, here)

    assert [one.whose for one in report.clocks] == [
        f"the database {there.alias!r}",
        f"the node {here.alias!r}",
        f"the database {here.alias!r}",
    ]
    assert all(abs(one.ahead) < MINUTE for one in report.clocks)
    assert report.largest is not None
    assert report.largest.node == here.database.state().node
    assert report.largest.made_by.startswith(f"{here.alias} (")
    assert -MINUTE < report.largest.ahead <= 0
    assert verdict(report) == (0, "")


def test_a_node_without_records_has_no_newest_version(nodes):
    here, _ = nodes
    report = read(here)

    assert report.largest is None
    assert len(report.clocks) == 1
    assert verdict(report) == (0, "")


@pytest.mark.parametrize("hours", [2, -2])
def test_a_clock_that_is_off_is_found(nodes, hours):
    here, there = nodes

    def off():
        return datetime.now(UTC) - timedelta(hours=hours)  # noqa: TID251 - it is off

    report = read(here, there, clock=off)
    code, message = verdict(report)

    assert all(
        abs(one.ahead / (hours * 60 * MINUTE) - 1) < 0.1 for one in report.clocks
    )
    assert code == 3
    assert message.count("time server") == 3
    assert ("behind" if hours < 0 else "ahead of") in message


def test_a_version_ahead_of_time_is_found_and_named(nodes):
    here, _ = nodes
    fill(here.alias)
    here.endpoint().sequencer.run()
    now = here.database.now()
    some = RecordRow.objects.using(here.alias).order_by("uid")[3].pk
    RecordRow.objects.using(here.alias).filter(pk=some).update(clock=now + 3 * DAY)
    report = read(here)
    code, message = verdict(report)

    assert report.largest is not None
    assert abs(report.largest.ahead - 3 * DAY) < MINUTE
    assert code == 3
    assert "made by this node is 3 days ahead of" in message
    assert "conflicts" in message


def test_a_field_s_own_version_ahead_of_time_is_found(nodes):
    here, _ = nodes
    fill(here.alias)
    end = here.endpoint()
    end.sequencer.run()
    tomorrow = datetime.now(UTC) + timedelta(days=1)  # noqa: TID251 - it is off
    end.database.clock = lambda: tomorrow
    Region.objects.using(here.alias).filter(code="N").update(name="Nord")
    here.stamp(end.database.now())
    end.sequencer.run()

    assert RecordRow.objects.using(here.alias).exclude(extra=None).exists()
    report = read(here)
    assert report.largest is not None
    assert abs(report.largest.ahead - DAY) < MINUTE


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        (0, "equal to"),
        (-400_000, "equal to"),
        (SECOND, "1 second ahead of"),
        (-90 * SECOND, "90 seconds behind"),
        (150 * MINUTE, "2 hours ahead of"),
        (-119 * MINUTE, "119 minutes behind"),
        (400 * DAY, "400 days ahead of"),
    ],
)
def test_a_difference_is_told_in_a_person_s_words(ahead, words):
    assert compared(ahead) == words
