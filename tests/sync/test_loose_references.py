"""References without a constraint, whose target is gone from where they are."""

from syncline.progress import Task
from syncline.transfer.agreeing import agree
from tests.stations.models import Region, Remark, Station


def test_a_record_that_comes_back_elsewhere_is_still_what_is_meant(nodes):
    """The row says its former pk; other nodes have given it that one again."""
    here, there = nodes
    region = Region.objects.using(here.alias).create(code="R", name="R")
    station = Station.objects.using(here.alias).create(
        pk=71, code="S", name="S", region=region
    )
    Remark.objects.using(here.alias).create(text="of S", subject=station)
    here.sync(there)
    Station.objects.using(here.alias).all().delete()
    here.sync(there)
    Station.objects.using(here.alias).create(
        pk=72, code="S", name="again", region=region
    )
    here.sync(there)

    report = Task(agree(here.endpoint(), there.endpoint(), pause=lambda: None)).run()

    assert not report.differences
    remark = Remark.objects.using(there.alias).get()
    assert remark.subject == Station.objects.using(there.alias).get(name="again")
