"""The verbs reset and clock: what stands between two nodes."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from syncline.errors import counted
from syncline.management.drawing import Screen
from syncline.management.options import add_database
from syncline.management.verb import SET_ASIDE, Outcome
from syncline.management.verbs_nodes import spelled_time
from syncline.transfer import tracked
from syncline.transfer.reports import ClockReport

MICROSECONDS = 1_000_000

APART_MAX = 60 * MICROSECONDS
"""How far clocks may be apart, and versions ahead, before a person is told."""

UNITS_S = (("day", 86_400), ("hour", 3_600), ("minute", 60))

PEER_HELP = "the other node's alias; may be left out where there is only one"


class Reset:
    """Set the checkpoint with a peer: from where on the next transfer from it reads.

    Without --to it asks for everything again. Rows that have gone missing here come
    back; what both have is left alone.
    """

    help = "let the next transfer read everything again"
    epilog = "Example: syncline reset office"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "peer", nargs="?", default="", metavar="PEER", help=PEER_HELP
        )
        add_database(parser, "use as this node")
        parser.add_argument(
            "--to",
            type=position,
            metavar="SEQ",
            help="a position in the peer's order, instead of its beginning",
        )

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        task = tracked.reset(
            options["peer"], database=options["database"], to=options["to"]
        )
        report = screen.follow(task)
        screen.document(asdict(report))
        screen.line(
            f"The checkpoint with {report.peer!r} was {report.before:,} and is "
            f"{report.after:,}: the next transfer from there begins after it."
        )
        for label, count in report.lost.items():
            screen.line(f"  {label}: {count:,} rows are gone, and asked for again")
        return 0, ""


class Clock:
    """Compare clocks: this node's, its database's, a peer's, and those in versions.

    Of two edits that knew nothing of each other the newer one stays, so a clock that is
    wrong decides wrongly.
    """

    help = "compare the clocks of nodes, databases and versions"
    epilog = "Example: syncline clock office"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "peer",
            nargs="?",
            default="",
            metavar="PEER",
            help="a node whose clocks are read, too",
        )
        add_database(parser, "use as this node")

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        task = tracked.clock(options["peer"], database=options["database"])
        report = screen.follow(task)
        screen.document(asdict(report))
        screen.table(
            ("clock", "time", "compared with this node's"),
            [
                ("this node", instant(report.now), ""),
                *((o.whose, instant(o.at), compared(o.ahead)) for o in report.clocks),
                *newest_row(report),
            ],
        )
        return verdict(report)


def newest_row(report: ClockReport) -> list[tuple[str, str, str]]:
    """Give the row of the newest version, if any row was written since."""
    newest = report.largest
    if newest is None or not newest.at:
        return []
    whose = f"the newest version, by {newest.made_by}"
    return [(whose, instant(newest.at), compared(newest.ahead))]


def verdict(report: ClockReport) -> Outcome:
    """Say what is wrong by more than a minute, and what to do."""
    told = [
        f"The clock of {one.whose} is {compared(one.ahead)} this node's: set both by a "
        "time server."
        for one in report.clocks
        if abs(one.ahead) > APART_MAX
    ]
    newest = report.largest
    if newest is not None and newest.ahead > APART_MAX:
        told.append(
            f"A version made by {newest.made_by} is {compared(newest.ahead)} this "
            f"node's clock. Until {instant(newest.at)} it wins against every edit that "
            "was made without knowing it. Set that node's clock right, and sync: edits "
            "made after it has arrived replace it, and what has lost is kept by "
            "`syncline conflicts`."
        )
    return (SET_ASIDE, " ".join(told)) if told else (0, "")


def instant(at: int) -> str:
    """Spell microseconds since 1970 in the zone of the machine."""
    return spelled_time(datetime.fromtimestamp(at // MICROSECONDS, UTC))


def compared(ahead: int) -> str:
    """Say how far a clock is from another."""
    seconds = abs(ahead) / MICROSECONDS
    if seconds < 1:
        return "equal to"
    return f"{span(seconds)} {'ahead of' if ahead > 0 else 'behind'}"


def span(seconds: float) -> str:
    """Spell how long something is, in the unit that a person would take."""
    for unit, size in UNITS_S:
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}s"
    return counted(round(seconds), "second")


def position(text: str) -> int:
    """Read a position in a node's order.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not text.isdecimal():
        message = f"{text!r} is no position: a number from 0 on"
        raise ArgumentTypeError(message)
    return int(text)
