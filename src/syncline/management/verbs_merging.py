"""The verb merge: two rows that are one record."""

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from syncline.apply.joined import MergeReport
from syncline.errors import counted
from syncline.management.drawing import Screen
from syncline.management.options import add_database
from syncline.management.verb import Outcome
from syncline.transfer import tracked


class Merge:
    """Let two rows be one record, here and, with the next syncs, on all other nodes.

    The values of the first row stay; what the other one held otherwise is kept in
    conflicts. All that points at either points at the one that stays.
    """

    help = "join two rows that are one record"
    epilog = "Example: syncline merge stations.Station 3 7 --dry-run"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "model", metavar="MODEL", help="a tracked model, as in app.Model"
        )
        parser.add_argument(
            "pks",
            nargs=2,
            metavar="PK",
            help="two rows by their primary keys; the values of the first one stay",
        )
        add_database(parser, "use as this node")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="tell what would follow, and write nothing",
        )

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        task = tracked.merge(
            options["model"],
            *options["pks"],
            database=options["database"],
            dry_run=options["dry_run"],
        )
        report = screen.follow(task)
        screen.document(asdict(report))
        print_merge(screen, report)
        return 0, ""


def print_merge(screen: Screen, report: MergeReport) -> None:
    """Print what has become one, and what follows."""
    one, would = report.merged, "would be" if report.dry_run else "is"
    here = f"{one.label} {one.former_pk}"
    screen.line(f"{here} {would} {one.label} {one.pk} from now on.")
    for name, count in report.moved.items():
        screen.line(f"  {name}: {counted(count, 'reference')} re-pointed")
    for other in report.followed:
        screen.line(f"  {other.label} {other.former_pk} became {other.pk} with it")
    for each in (one, *report.followed):
        if each.changed:
            fields = ", ".join(each.changed)
            screen.line(f"  {each.label} {each.pk} takes over: {fields}")
        if each.lost:
            fields = ", ".join(each.lost)
            screen.line(f"  {each.label} {each.pk} keeps in conflicts: {fields}")
    if report.dry_run:
        screen.line("Nothing was written.")
