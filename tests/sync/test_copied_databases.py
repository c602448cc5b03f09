"""Two databases of which one was made from the other, and that meet then."""

from syncline.apply.contact import Contact
from syncline.models import Quarantined
from tests.stations.models import Harbour, Place


def test_rows_of_child_tables_are_the_same_where_their_parents_are(nodes):
    """A child's uid is made of its parent's, which becomes that of the other node."""
    for node in nodes:
        Harbour.objects.using(node.alias).create(pk=1, title="both", depth=3)
    here, there = nodes
    here.sync(there, contact=Contact(same_pks=True))

    Harbour.objects.using(here.alias).update(depth=4)
    Harbour.objects.using(there.alias).create(pk=9, title="later", depth=5)
    here.sync(there)

    for node in nodes:
        depths = Harbour.objects.using(node.alias).values_list("title", "depth")
        assert sorted(depths) == [("both", 4), ("later", 5)]
        assert Place.objects.using(node.alias).count() == 2
        assert not Quarantined.objects.using(node.alias).exists()
