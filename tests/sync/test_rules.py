"""What declarations say of records on their way: transforms, and what stays behind."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.contrib.auth.models import User

from syncline import largest
from syncline.models import Quarantined
from syncline.registry import registry
from syncline.registry.resolving import understood
from syncline.registry.terms import ReferenceKind, ReferenceRule
from tests.stations.models import Region, Remark, Station
from tests.sync.nodes import Node

STATION = "stations.Station"


def mean(one, other):
    """No rule for real data, because it is not associative; of two values it is."""
    return (one + other) / 2


def resolver_of(rule):
    found = understood(rule)
    assert not isinstance(found, str)
    return found.resolver


def loud(values):
    return {**values, "name": values["name"].upper()}


def only_north(values):
    return values if values["code"].startswith("N") else None


def lacking(values):
    return {"name": values["name"]}


def failing(values):
    return values["nothing"]


@pytest.fixture
def ruled(nodes):
    """Give the nodes; the second follows rules of its own."""

    def build(**rules):
        here, there = nodes
        return here, Node(there.alias, rules=rules)

    return build


def higher(values):
    return {**values, "height": values["height"] + 1}


def names(node):
    return dict(Region.objects.using(node.alias).values_list("code", "name"))


def in_step(one, other):
    return [report.written for report in one.sync(other)] == [0, 0]


def test_a_transform_says_what_rows_show_and_not_what_records_are(ruled):
    """What came is kept beside the row, and sent on as it was."""
    here, there = ruled(**{"stations.Region": {"transforms": (loud,)}})
    Region.objects.using(here.alias).create(code="N", name="North")

    there.pull(here)

    assert names(there) == {"N": "NORTH"}
    here.pull(there)
    assert names(here) == {"N": "North"}
    assert in_step(here, there)


def test_an_edit_of_another_field_leaves_transformed_values_alone(ruled):
    here, there = ruled(**{"stations.Region": {"transforms": (loud,)}})
    Region.objects.using(here.alias).create(code="N", name="North")
    here.sync(there)
    there.pull(here)

    Region.objects.using(there.alias).update(name="Nord")
    Region.objects.using(here.alias).update(code="NN")
    here.sync(there)

    assert names(here) == names(there) == {"NN": "Nord"}
    assert in_step(here, there)


def test_a_later_edit_there_is_transformed_again(ruled):
    here, there = ruled(**{"stations.Region": {"transforms": (loud,)}})
    Region.objects.using(here.alias).create(code="N", name="North")
    here.sync(there)
    Region.objects.using(here.alias).update(name="far north")
    there.pull(here)
    assert names(there) == {"N": "FAR NORTH"}


def test_what_a_transform_leaves_out_is_not_here_and_waits_for_nothing(ruled):
    here, there = ruled(**{"stations.Region": {"transforms": (only_north,)}})
    Region.objects.using(here.alias).create(code="N", name="North")
    south = Region.objects.using(here.alias).create(code="S", name="South")

    there.pull(here)

    assert names(there) == {"N": "North"}
    assert not Quarantined.objects.using(there.alias).exists()
    assert in_step(here, there)

    Region.objects.using(here.alias).filter(pk=south.pk).update(code="N2")
    there.pull(here)
    assert names(there) == {"N": "North", "N2": "South"}
    assert in_step(here, there)


@pytest.mark.parametrize(
    ("function", "reason"), [(lacking, "has added or lost"), (failing, "KeyError")]
)
def test_a_transform_that_fails_sets_its_record_aside(ruled, function, reason):
    here, there = ruled(**{"stations.Region": {"transforms": (function,)}})
    Region.objects.using(here.alias).create(code="N", name="North")
    Remark.objects.using(here.alias).create(text="fine")

    report = there.pull(here)

    assert report.set_aside == {"stations.Region": 1}
    assert reason in Quarantined.objects.using(there.alias).get().reason
    assert Remark.objects.using(there.alias).count() == 1


def test_functions_see_values_as_a_models_attributes_have_them(ruled):
    here, there = ruled(**{STATION: {"transforms": (higher,)}})
    region = Region.objects.using(here.alias).create(code="N", name="North")
    Station.objects.using(here.alias).create(
        code="s", name="s", region=region, height=Decimal("9.50")
    )
    here.sync(there)
    assert Station.objects.using(there.alias).get().height == Decimal("10.50")


@pytest.mark.parametrize("rule", [largest, mean])
def test_decimals_are_compared_as_numbers(nodes, rule):
    """Their texts have another order: 9.50 comes after 12.50 there."""
    tracked = registry.declared().tracked[STATION]
    parts = tuple(
        replace(part, resolver=resolver_of(rule)) if part.name == "height" else part
        for part in tracked.parts
    )
    rules = {STATION: {"parts": parts}}
    here, there = (Node(node.alias, rules=rules) for node in nodes)
    region = Region.objects.using(here.alias).create(code="N", name="North")
    Station.objects.using(here.alias).create(code="s", name="s", region=region)
    here.sync(there)
    for node, height in ((here, "9.50"), (there, "12.50")):
        Station.objects.using(node.alias).update(height=Decimal(height))

    here.sync(there)
    here.sync(there)

    expected = Decimal("12.50") if rule is largest else Decimal("11.00")
    for node in (here, there):
        assert Station.objects.using(node.alias).get().height == expected


@pytest.fixture
def skipping(nodes):
    """Give nodes whose stations stay where somebody has made them."""
    tracked = registry.declared().tracked[STATION]
    rule = ReferenceRule(kind=ReferenceKind.SKIP, target="auth.User")
    references = {**tracked.references, "created_by": rule}
    rules = {STATION: {"references": references}}
    both = [Node(node.alias, rules=rules) for node in nodes]
    for node in both:
        node.track()
    return both


def codes(node):
    return set(Station.objects.using(node.alias).values_list("code", flat=True))


def test_a_record_that_points_at_what_it_must_not_stays_behind(skipping):
    here, there = skipping
    user = User.objects.using(here.alias).create(username="ada")
    region = Region.objects.using(here.alias).create(code="N", name="North")
    for code, maker in (("free", None), ("hers", user)):
        Station.objects.using(here.alias).create(
            code=code, name=code, region=region, created_by=maker
        )

    here.sync(there)

    assert codes(there) == {"free"}
    assert in_step(here, there)


def test_a_record_that_stayed_behind_arrives_once_nothing_keeps_it(skipping):
    here, there = skipping
    user = User.objects.using(here.alias).create(username="ada")
    region = Region.objects.using(here.alias).create(code="N", name="North")
    stations = Station.objects.using(here.alias)
    stations.create(code="one", name="one", region=region)
    here.sync(there)
    stations.update(created_by=user)
    here.sync(there)
    stations.update(name="two")
    here.sync(there)
    assert Station.objects.using(there.alias).get().name == "one"

    Station.objects.using(there.alias).update(height=5)
    stations.update(created_by=None)
    here.sync(there)

    for node in (here, there):
        station = Station.objects.using(node.alias).get()
        assert (station.name, station.created_by) == ("two", None)
        assert station.height == 5
    assert in_step(here, there)
