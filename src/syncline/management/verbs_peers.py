"""The verbs of two nodes: pull, push, sync and run."""

import re
import signal
from argparse import ArgumentParser, ArgumentTypeError, _ArgumentGroup
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any

from syncline.apply.contact import Choice, Contact, First
from syncline.management.drawing import Screen
from syncline.management.node_reports import sync_document
from syncline.management.options import MODELS_HELP, add_database
from syncline.management.verb import SET_ASIDE, Outcome
from syncline.progress import Task
from syncline.transfer import tracked
from syncline.transfer.reports import SyncReport
from syncline.transfer.syncing import TransferReport

UNITS_S = {"s": 1, "m": 60, "h": 3600}
INTERVAL = re.compile(r"([1-9][0-9]*)([smh])")
ABSENT_MAX = re.compile(r"([0-9]+)(%?)")
PERCENT = 100
UseCase = Callable[..., Task[SyncReport]]


class Exchange:
    """What pull, push and sync have in common."""

    help = ""
    epilog = ""
    use_case: UseCase

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_absence(add_exchange(parser))
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="tell what would happen, record by record, and write nothing",
        )

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        task = type(self).use_case(
            options["peer"],
            **said(options),
            dry_run=options["dry_run"],
        )
        return finish(screen, screen.follow(task))


class Pull(Exchange):
    """Bring what a peer has to this node, in this node's database only."""

    help = "bring a peer's changes here"
    epilog = "Example: syncline pull office --dry-run"
    use_case = tracked.pull


class Push(Exchange):
    """Bring what this node has to a peer, in the peer's database only."""

    help = "bring this node's changes to a peer"
    epilog = "Example: syncline push office stations"
    use_case = tracked.push


class Sync(Exchange):
    """Pull, then push: afterwards both have the same."""

    help = "bring two nodes in step"
    epilog = "Example: syncline sync office --first newest:changed_at"
    use_case = tracked.sync


class Run:
    """Sync again and again until SIGINT or SIGTERM; the changeset at hand is finished.

    A round that fails is told once and tried again, after a pause that grows.
    """

    help = "keep two nodes in step"
    epilog = "Example: syncline run office --every 60s"

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_exchange(parser)
        parser.add_argument(
            "--every",
            type=interval,
            default=60.0,
            metavar="30s|5m|1h",
            help="how long to wait between two rounds; 60s if not said",
        )

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        stop = Event()
        task = tracked.run(
            options["peer"],
            said=said(options),
            every_s=options["every"],
            stop=stop,
            tell=lambda report: print_round(screen, report),
            warn=screen.alarm,
        )
        with stopped_by_signals(stop):
            rounds = screen.follow(task)
        screen.document({"rounds": rounds, "seconds": screen.seconds})
        return 0, ""


def add_absence(group: _ArgumentGroup) -> None:
    """Ask whether the source has all records there are."""
    group.add_argument(
        "--absent-means-deleted",
        action="store_true",
        help="delete the target's rows that the source does not have",
    )
    group.add_argument(
        "--absent-max",
        type=absent_max,
        default={},
        metavar="N|N%",
        help="how many of a model's rows may go so, else nothing does; 10%% if not "
        "said",
    )


def add_exchange(parser: ArgumentParser) -> _ArgumentGroup:
    """Ask who the peer is, what is moved, and what holds at first contact."""
    parser.add_argument(
        "peer",
        nargs="?",
        default="",
        metavar="PEER",
        help="the other node's alias; may be left out where there is only one",
    )
    parser.add_argument("models", nargs="*", metavar="APP|MODEL", help=MODELS_HELP)
    add_database(parser, "use as this node")
    parser.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="APP|MODEL",
        help="leave this out; may be given several times",
    )
    group = parser.add_argument_group("first contact")
    group.add_argument(
        "--first",
        type=first,
        default=First(),
        metavar="source|target|hold|newest:FIELD",
        help="whose value stays where two rows of one key differ; hold if not said",
    )
    which = group.add_mutually_exclusive_group()
    which.add_argument(
        "--same-pks",
        action="store_true",
        help="rows without a key are the same where their pks are",
    )
    which.add_argument(
        "--independent",
        action="store_true",
        help="rows without a key are different ones, whatever their pks",
    )
    return group


def said(options: Mapping[str, Any]) -> dict[str, Any]:
    """Give what was said about this node, the models and first contact."""
    return {
        "database": options["database"],
        "models": options["models"],
        "exclude": options["exclude"],
        "contact": Contact(
            first=options["first"],
            same_pks=options["same_pks"],
            independent=options["independent"],
            absent_means_deleted=options.get("absent_means_deleted", False),
            **options.get("absent_max", {}),
        ),
    }


def first(text: str) -> First:
    """Read `--first`.

    Raises:
        ArgumentTypeError: it is none of the choices.
    """
    choice, _, part = text.partition(":")
    if choice not in set(Choice) or (choice == Choice.NEWEST) is not bool(part):
        message = f"{text!r} is none of source, target, hold and newest:FIELD"
        raise ArgumentTypeError(message)
    return First(choice=Choice(choice), part=part)


def absent_max(text: str) -> dict[str, int]:
    """Read how many records may go: a number, or a share of a model's.

    Raises:
        ArgumentTypeError: it is neither.
    """
    match = ABSENT_MAX.fullmatch(text)
    if match is None or (match[2] and int(match[1]) > PERCENT):
        message = f"{text!r} is neither a number such as 20 nor a share such as 10%"
        raise ArgumentTypeError(message)
    return {"absent_max_percent" if match[2] else "absent_max": int(match[1])}


def interval(text: str) -> float:
    """Read how long something takes, in seconds.

    Raises:
        ArgumentTypeError: it is not a number with a unit.
    """
    match = INTERVAL.fullmatch(text)
    if match is None:
        message = f"{text!r} is no time such as 30s, 5m or 1h"
        raise ArgumentTypeError(message)
    return float(int(match[1]) * UNITS_S[match[2]])


def finish(screen: Screen, report: SyncReport) -> Outcome:
    """Print what has become of it, and give the exit code."""
    screen.document(sync_document(report, screen.seconds))
    tell_mended(screen, report)
    for one in report.transfers:
        print_transfer(screen, one)
    if report.dry_run:
        screen.line("Nothing was written.")
    return verdict(report)


def tell_mended(screen: Screen, report: SyncReport) -> None:
    """Say which triggers were gone, loudly: somebody has to know what took them."""
    for one in report.mended:
        screen.alarm(
            f"Triggers of {', '.join(one.models)} in {one.database!r} were gone or "
            f"altered, and are there again; {sum(one.found.values()):,} writes that "
            "they had missed are numbered now."
        )


def verdict(report: SyncReport) -> Outcome:
    """Say what a person has to look at."""
    parts = []
    if report.set_aside:
        parts.append(f"Set aside: {report.set_aside:,} records ({_labels(report)}).")
    if report.held:
        parts.append(f"Held for a decision: {report.held:,} values.")
    if report.kept:
        parts.append(f"Kept, because others point at them: {report.kept:,} records.")
    return (SET_ASIDE, " ".join(parts)) if parts else (0, "")


def _labels(report: SyncReport) -> str:
    found = {label for one in report.transfers for label in one.set_aside}
    return ", ".join(sorted(found))


def print_transfer(screen: Screen, report: TransferReport) -> None:
    """Print what one transfer has moved."""
    counts = {name: counter.total() for name, counter in report.counts().items()}
    told = ", ".join(
        f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items() if count
    )
    screen.line(f"{report.source} → {report.target}: {told or 'nothing to do'}")
    screen.table(
        ("record of", "outcome", "key", "fields", "reason"),
        [
            (one.label, one.outcome, one.key, ", ".join(one.parts), one.reason)
            for one in report.details
        ],
    )
    if report.details_more:
        screen.line(f"  and {report.details_more:,} more")


def print_round(screen: Screen, report: SyncReport) -> None:
    """Print what one of many rounds has moved, and what is to be looked at."""
    tell_mended(screen, report)
    for one in report.transfers:
        if one.written:
            print_transfer(screen, one)
    _, message = verdict(report)
    if message:
        screen.alarm(message)


@contextmanager
def stopped_by_signals(stop: Event) -> Iterator[None]:
    """Let the first SIGINT or SIGTERM ask for the end, and the second enforce it."""

    def ask(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    names = (signal.SIGINT, signal.SIGTERM)
    try:
        before = [signal.signal(name, ask) for name in names]
    except ValueError:  # Not in the main thread, where signals do not arrive anyway.
        yield
        return
    try:
        yield
    finally:
        for name, handler in zip(names, before, strict=True):
            signal.signal(name, handler)
