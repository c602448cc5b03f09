"""The verbs of one node: track, untrack, status."""

import sys
from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connections

from syncline.errors import NotConfirmed
from syncline.management.drawing import Screen
from syncline.management.node_reports import status_document
from syncline.management.options import add_database
from syncline.management.verb import Outcome
from syncline.transfer import tracked
from syncline.transfer.reports import StatusReport


class Track:
    """Make a database a node: install triggers, and take its rows in as records.

    Run it again after declarations have changed; what is in order stays as it is.
    """

    help = "begin to track the declared models of a database"
    epilog = "Example: syncline track --database default"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_database(parser, "track")

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        report = screen.follow(tracked.track(database=options["database"]))
        screen.document(
            {
                "database": report.database,
                "node": report.node,
                "adopted": dict(report.adopted),
                "seconds": screen.seconds,
            }
        )
        models = len(report.adopted)
        screen.line(f"{report.database!r} is tracked: node {report.node}.")
        screen.line(f"{report.total:,} rows of {models} models became records.")
        return 0, ""


class Untrack:
    """Remove Syncline's triggers and tables from a database; its own rows stay."""

    help = "remove every trace of tracking from a database"
    epilog = "Example: syncline untrack --database default --no-input"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_database(parser, "leave alone")

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        confirm_untrack(screen, options)
        report = screen.follow(tracked.untrack(database=options["database"]))
        screen.document(
            {
                "database": report.database,
                "models": list(report.tables),
                "seconds": screen.seconds,
            }
        )
        screen.line(
            f"{report.database!r} is tracked no longer; its rows are as before."
        )
        return 0, ""


class Status:
    """Say what is tracked and why, what waits, and which nodes are known."""

    help = "say how a node is"
    epilog = "Example: syncline status --json"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_database(parser, "look at")

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        report = screen.follow(tracked.status(database=options["database"]))
        screen.document(status_document(report))
        print_status(screen, report)
        return 0, ""


def confirm_untrack(screen: Screen, options: Mapping[str, Any]) -> None:
    """Ask for the database's name before what is known of its records is removed.

    Raises:
        NotConfirmed: the answer was another one, or nobody was there to ask.
    """
    alias = options["database"]
    if options["no_input"] or alias not in connections.settings:
        return  # The use case tells of an unknown alias better.
    what = f"Untracking {alias!r}"
    name = str(connections[alias].settings_dict["NAME"]).rpartition("/")[2]
    if not sys.stdin.isatty():
        raise NotConfirmed(what=what)
    screen.note(f"{what} deletes versions, conflicts and runs; its peers meet it anew.")
    if screen.ask(f"Type the database's name ({name}) to go on:") != name:
        raise NotConfirmed(what=what)


def print_status(screen: Screen, report: StatusReport) -> None:
    """Print how a node is, for people."""
    if report.tracked:
        screen.line(f"{report.database!r} is node {report.node}.")
    else:
        screen.line(
            f"{report.database!r} is not tracked yet: "
            f"manage.py syncline track --database {report.database}"
        )
    screen.table(
        ("model", "key", "why", "direction", "rows", "state"),
        [
            (
                one.label,
                one.key or "none",
                one.why,
                one.direction,
                f"{one.rows:,}",
                "; ".join(filter(None, [one.state, one.drift])),
            )
            for one in report.tables
        ],
        right=("rows",),
    )
    if report.tracked:
        print_waiting(screen, report)
        screen.table(
            ("peer", "node", "last sync"),
            [
                (one.name, one.node, spelled_time(one.last_sync) or "never")
                for one in report.peers
            ],
        )


def print_waiting(screen: Screen, report: StatusReport) -> None:
    """Print what waits, and for whom."""
    screen.line(
        f"Pending changes: {report.pending:,}. Conflicts: {report.conflicts_open:,} "
        f"kept to be looked at, {report.conflicts_held:,} held for a decision. "
        f"Quarantine: {report.quarantine:,}."
    )
    for number in report.interrupted:
        screen.line(f"Run {number} was interrupted: syncline runs resume {number}")
    for one in report.doubles:
        first, second = one.pks
        screen.line(
            f"{one.rows:,} records of {one.label} have the key {one.key}; if they are "
            f"one: syncline merge {one.label} {first} {second}"
        )
    if not report.in_order:
        screen.note(
            "Declarations, tables or triggers differ from what is tracked: "
            f"manage.py syncline track --database {report.database}"
        )


def spelled_time(at: datetime | None) -> str:
    """Spell an instant in the zone of the machine, to the second."""
    return "" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S}"
