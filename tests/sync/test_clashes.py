"""Records that cannot both have what they want."""

import pytest

from syncline.models import Conflict, Quarantined
from tests.stations.models import Region, Station, Tide
from tests.sync.nodes import Node


def renamed(value, uid):
    return f"{value}-{uid[:4]}"


@pytest.fixture
def ruled(nodes):
    """Say what gives way, by label: gives the nodes that know these rules."""

    def build(rules):
        said = {label: {"on_clash": rule} for label, rule in rules.items()}
        return tuple(Node(node.alias, rules=said) for node in nodes)

    return build


def stations(node):
    return Station.objects.using(node.alias)


def slots(node):
    return dict(stations(node).values_list("code", "slot"))


def names(node):
    return dict(Region.objects.using(node.alias).values_list("name", "code"))


def clash(one, other):
    """Let two nodes make a station each, with one slot; the first is the elder."""
    for node, code in ((one, "N"), (other, "S")):
        region = Region.objects.using(node.alias).create(code=code, name=code)
        stations(node).create(code=code, name=code, region=region, slot=7)
    one.stamp(10)
    other.stamp(20)


def lost(node):
    return list(Conflict.objects.using(node.alias).values_list("part", flat=True))


@pytest.mark.parametrize("first", ["elder", "younger"])
def test_the_younger_record_lets_go_of_a_unique_value(ruled, first):
    """Whichever of the two arrives where the other is."""
    elder, younger = ruled({"stations.Station": "null"})
    clash(elder, younger)

    source, target = (elder, younger) if first == "elder" else (younger, elder)
    target.pull(source)

    assert slots(target) == {"N": 7, "S": None}
    assert lost(target) == ["slot"]
    source.pull(target)
    assert slots(source) == {"N": 7, "S": None}
    assert [report.written for report in elder.sync(younger)] == [0, 0]
    assert not Quarantined.objects.using(source.alias).exists()
    assert not Quarantined.objects.using(target.alias).exists()


def test_both_nodes_decide_alike_before_they_hear_of_each_other(ruled):
    elder, younger = ruled({"stations.Station": "null"})
    clash(elder, younger)
    crossing = list(
        younger.endpoint().changesets(
            elder.endpoint().want(younger.endpoint().hello(), "younger"), "crossing"
        )
    )

    younger.pull(elder)
    for changeset in crossing:
        elder.endpoint().apply(changeset)

    assert slots(elder) == slots(younger) == {"N": 7, "S": None}
    elder.sync(younger)
    elder.sync(younger)
    assert [report.written for report in elder.sync(younger)] == [0, 0]
    assert slots(elder) == slots(younger) == {"N": 7, "S": None}


def test_a_function_gives_the_younger_record_another_value(ruled):
    """Its rows come along, and point at it."""
    elder, younger = ruled({"stations.Region": renamed})
    region = Region.objects.using(elder.alias).create(code="A", name="elder")
    elder.stamp(10)
    elder.sync(younger)
    other = Region.objects.using(younger.alias).create(code="B", name="younger")
    Station.objects.using(younger.alias).create(code="s", name="s", region=other)
    Region.objects.using(elder.alias).filter(pk=region.pk).update(code="B")

    report = elder.pull(younger)

    assert not report.set_aside
    codes = names(elder)
    assert codes["elder"] == "B"
    assert codes["younger"].startswith("B-")
    assert stations(elder).get().region.name == "younger"
    younger.pull(elder)
    assert codes == dict(
        Region.objects.using(younger.alias).values_list("name", "code")
    )
    assert [one.written for one in elder.sync(younger)] == [0, 0]


def test_without_a_rule_both_records_wait(nodes):
    elder, younger = nodes
    clash(elder, younger)

    elder.sync(younger)

    assert slots(elder) == {"N": 7}
    assert slots(younger) == {"S": 7}
    reason = Quarantined.objects.using(elder.alias).get().reason
    pk = stations(elder).get().pk
    assert reason == f"stations.Station {pk} has its slot: on_clash is not declared"

    stations(younger).update(slot=8)
    elder.sync(younger)
    elder.sync(younger)
    assert slots(elder) == slots(younger) == {"N": 7, "S": 8}
    assert not Quarantined.objects.using(younger.alias).exists()


@pytest.mark.parametrize("rule", [lambda value, _: value, lambda value, _: value[9]])
def test_a_function_that_does_not_help_lets_the_record_wait(ruled, rule):
    elder, younger = ruled({"stations.Station": rule})
    clash(elder, younger)

    report = elder.pull(younger)

    assert report.set_aside == {"stations.Station": 1}
    assert slots(elder) == {"N": 7}
    assert "on_clash" in Quarantined.objects.using(elder.alias).get().reason


def test_a_value_that_the_row_here_cannot_take_lets_the_other_wait(ruled):
    """The younger record is here, and its new value is refused."""
    elder, younger = ruled({"stations.Station": lambda _value, _uid: 2**70})
    clash(elder, younger)

    report = younger.pull(elder)

    assert report.set_aside == {"stations.Station": 1}
    assert slots(younger) == {"S": 7}
    assert lost(younger) == []


def test_what_gives_way_can_be_restored_once_the_value_is_free(ruled):
    elder, younger = ruled({"stations.Station": "null"})
    clash(elder, younger)
    elder.sync(younger)

    stations(elder).filter(code="N").update(slot=9)
    stations(elder).filter(code="S").update(slot=7)
    elder.sync(younger)

    assert slots(elder) == slots(younger) == {"N": 9, "S": 7}


def test_values_that_rows_pass_on_are_no_clash(ruled):
    one, other = ruled({"stations.Station": "null"})
    region = Region.objects.using(one.alias).create(code="R", name="R")
    for code, slot in (("A", 1), ("B", 2)):
        stations(one).create(code=code, name=code, region=region, slot=slot)
    one.sync(other)
    stations(one).filter(code="A").update(slot=None)
    stations(one).filter(code="B").update(slot=1)
    stations(one).filter(code="A").update(slot=2)

    one.sync(other)

    assert slots(other) == {"A": 2, "B": 1}
    assert lost(other) == []


def test_hundreds_of_clashes_are_settled_together(ruled):
    elder, younger = ruled({"stations.Station": "null"})
    for node, code in ((elder, "N"), (younger, "S")):
        region = Region.objects.using(node.alias).create(code=code, name=code)
        stations(node).bulk_create(
            Station(code=f"{code}{n}", name=code, region=region, slot=n)
            for n in range(300)
        )
    elder.stamp(10)
    younger.stamp(20)

    elder.sync(younger)

    assert slots(elder) == slots(younger)
    assert stations(elder).filter(slot__isnull=True).count() == 300
    assert not stations(elder).filter(code__startswith="N", slot=None).exists()


def tide(node):
    return Tide.objects.using(node.alias).values_list("low", "high").get()


def test_values_of_two_sides_that_break_a_check_are_those_of_one_side(nodes):
    one, other = nodes
    Tide.objects.using(one.alias).create(harbour="H", low=2, high=8)
    one.stamp(10)
    one.sync(other)
    Tide.objects.using(one.alias).update(low=7)
    one.stamp(20)
    Tide.objects.using(other.alias).update(high=4)
    other.stamp(30)

    reports = one.sync(other)

    assert not any(report.set_aside for report in reports)
    assert tide(one) == tide(other) == (2, 4)
    assert lost(one) == ["low"]
    assert [report.written for report in one.sync(other)] == [0, 0]


def test_both_sides_take_the_same_one_for_the_last(nodes):
    one, other = nodes
    Tide.objects.using(one.alias).create(harbour="H", low=2, high=8)
    one.stamp(10)
    one.sync(other)
    Tide.objects.using(one.alias).update(low=7)
    one.stamp(20)
    Tide.objects.using(other.alias).update(high=4)
    other.stamp(30)
    here, there = one.endpoint(), other.endpoint()
    hello = here.hello()
    there.has_met(hello.node)
    crossing = list(here.changesets(there.want(hello, "one"), "crossing"))

    one.pull(other)
    for changeset in crossing:
        there.apply(changeset)

    assert tide(one) == tide(other) == (2, 4)
    one.sync(other)
    one.sync(other)
    assert [report.written for report in one.sync(other)] == [0, 0]
    assert tide(one) == tide(other) == (2, 4)
