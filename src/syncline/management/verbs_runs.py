"""The verb `runs`: what the ledger of a node remembers."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from syncline.errors import UsageError
from syncline.management.drawing import Screen
from syncline.management.node_reports import run_document
from syncline.management.options import add_database
from syncline.management.verb import Outcome
from syncline.management.verbs_nodes import spelled_time
from syncline.management.verbs_peers import finish
from syncline.transfer import tracked
from syncline.transfer.reports import RunSummary, SyncReport

WHAT = ("list", "show", "resume", "prune")
NUMBERED = ("show", "resume")


class Runs:
    """List the runs of a node, show one, run one again, or remove old ones."""

    help = "show, resume and prune what was run"
    epilog = "Example: syncline runs show 12"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "what",
            nargs="?",
            default="list",
            choices=WHAT,
            help="what to do; list if not said",
        )
        parser.add_argument(
            "run", nargs="?", type=int, metavar="ID", help="the run to show or resume"
        )
        add_database(parser, "use as this node")
        parser.add_argument(
            "--older-than",
            type=int,
            metavar="DAYS",
            help='prune all that is older, instead of what SYNCLINE["KEEP"] says',
        )

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        what, number = options["what"], options["run"]
        if (what in NUMBERED) is not (number is not None):
            message = f"`runs {what}` takes {'the' if what in NUMBERED else 'no'} ID."
            raise UsageError(message, hint="`syncline runs` lists them.")
        if options["older_than"] is not None and what != "prune":
            message = f"`runs {what}` takes no --older-than."
            raise UsageError(message, hint="Say: syncline runs prune --older-than 30")
        match what:
            case "show":
                return show(screen, options)
            case "resume":
                return resume(screen, options)
            case "prune":
                return prune(screen, options)
            case _:
                return list_runs(screen, options)


def list_runs(screen: Screen, options: Mapping[str, Any]) -> Outcome:
    """Print the last runs."""
    runs = screen.follow(tracked.runs(database=options["database"]))
    screen.document({"runs": [run_document(run) for run in runs]})
    screen.table(
        ("run", "verb", "peer", "state", "started", "seconds", "what"),
        [
            (
                str(run.id),
                f"{run.verb} (dry run)" if run.arguments.get("dry_run") else run.verb,
                peer_of(run),
                run.state,
                spelled_time(run.started_at),
                "" if run.seconds is None else f"{run.seconds:.1f}",
                run.error or summary(run.report),
            )
            for run in runs
        ],
        right=("run", "seconds"),
    )
    return 0, ""


def show(screen: Screen, options: Mapping[str, Any]) -> Outcome:
    """Print one run with its chunks."""
    run = screen.follow(tracked.shown(options["run"], database=options["database"]))
    screen.document(run_document(run))
    screen.line(f"Run {run.id}: {run.verb} {peer_of(run)}, {run.state}")
    screen.line(f"  started {spelled_time(run.started_at)}")
    if run.ended_at is not None:
        screen.line(f"  ended   {spelled_time(run.ended_at)} ({run.seconds:.1f} s)")
    screen.line(f"  {summary(run.report) or 'nothing was moved'}")
    if run.error:
        screen.line(f"  {run.error}")
    screen.table(
        ("chunk", "transfer", "at", "what"),
        [
            (
                str(chunk.number),
                chunk.transfer,
                spelled_time(chunk.at),
                counted(chunk.counts) or "nothing",
            )
            for chunk in run.chunks
        ],
        right=("chunk",),
    )
    return 0, ""


def resume(screen: Screen, options: Mapping[str, Any]) -> Outcome:
    """Run a run again."""
    task = tracked.resume(options["run"], database=options["database"])
    report = screen.follow(task)
    if isinstance(report, SyncReport):
        return finish(screen, report)
    screen.document({"database": report.database, "node": report.node})
    screen.line(f"{report.database!r} is tracked: node {report.node}.")
    return 0, ""


def prune(screen: Screen, options: Mapping[str, Any]) -> Outcome:
    """Remove what is old."""
    days = options["older_than"]
    if days is not None and days < 0:
        message = "--older-than takes a number of days."
        raise UsageError(message, hint="Say: syncline runs prune --older-than 30")
    counts = screen.follow(tracked.prune(database=options["database"], older_than=days))
    screen.document({"removed": counts})
    told = ", ".join(f"{count:,} {kind}" for kind, count in counts.items() if count)
    screen.line(f"Removed: {told or 'nothing'}.")
    return 0, ""


def peer_of(run: RunSummary) -> str:
    """Say with whom a run was, if with anybody."""
    return run.begun_by or str(run.arguments.get("peer", ""))


def summary(report: Mapping[str, Any]) -> str:
    """Say in a few words what a run's report says."""
    transfers = {k: v for k, v in report.items() if k in ("pull", "push")}
    if transfers:
        return "; ".join(
            f"{name}: {counted(counts) or 'nothing to do'}"
            for name, counts in transfers.items()
        )
    told = str(report.get("told", ""))
    return "; ".join(filter(None, (counted(report), told)))


def counted(counts: Mapping[str, Any]) -> str:
    """Add up counts by label, and say them."""
    totals = {
        name: sum(value.values()) if isinstance(value, Mapping) else value
        for name, value in counts.items()
        if isinstance(value, Mapping | int)
    }
    return ", ".join(
        f"{total:,} {name.replace('_', ' ')}" for name, total in totals.items() if total
    )
