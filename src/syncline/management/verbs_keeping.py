"""The verbs conflicts, quarantine, undo and audit: what is kept, and how it ends."""

from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from syncline.errors import UsageError
from syncline.management.drawing import Screen
from syncline.management.options import MODELS_HELP, add_database
from syncline.management.verb import DIFFERS, SET_ASIDE, Outcome
from syncline.management.verbs_nodes import spelled_time
from syncline.transfer import tracked

SHOWN_MAX = 40
"""Characters of a value in a table."""


class Conflicts:
    """List conflicts, show one with all its values, or let one of the values stay."""

    help = "show and resolve conflicts"
    epilog = "Example: syncline conflicts resolve 12 --keep 1"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "what",
            nargs="?",
            default="list",
            choices=("list", "show", "resolve"),
            help="what to do; list if not said",
        )
        parser.add_argument(
            "conflict", nargs="?", type=int, metavar="ID", help="the conflict"
        )
        add_database(parser, "use as this node")
        parser.add_argument(
            "--keep",
            type=int,
            metavar="N",
            help="which value stays: 0 is what the row shows now",
        )
        parser.add_argument(
            "--resolved", action="store_true", help="list those that are resolved"
        )

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        what, number, keep = options["what"], options["conflict"], options["keep"]
        if (what != "list") is not (number is not None):
            message = f"`conflicts {what}` takes {'no' if what == 'list' else 'an'} ID."
            raise UsageError(message, hint="`syncline conflicts` lists them.")
        if (what == "resolve") is not (keep is not None):
            message = "--keep says which value stays, with `conflicts resolve` only."
            raise UsageError(
                message, hint="Say: syncline conflicts resolve ID --keep 0"
            )
        if what == "resolve":
            task = tracked.resolve(number, choice=keep, database=options["database"])
            one = screen.follow(task)
            screen.document(asdict(one))
            screen.line(f"Conflict {number}: {one.part} is {one.values[keep]!r} now.")
            return 0, ""
        found = screen.follow(
            tracked.conflicts(
                database=options["database"], resolved=options["resolved"]
            )
        )
        if number is not None:
            found = [one for one in found if one.id == number]
        return list_conflicts(screen, found, whole=number is not None)


def list_conflicts(screen: Screen, found: list[Any], *, whole: bool) -> Outcome:
    """Print conflicts; with whole values where one is shown."""
    screen.document({"conflicts": [asdict(one) for one in found]})
    screen.table(
        ("conflict", "model", "pk", "field", "values", "held", "at"),
        [
            (
                str(one.id),
                one.label,
                one.pk,
                one.part,
                " | ".join(shown(value, whole=whole) for value in one.values),
                "held" if one.held else "",
                spelled_time(one.at),
            )
            for one in found
        ],
        right=("conflict",),
    )
    return 0, ""


def shown(value: object, *, whole: bool) -> str:
    """Spell a value for a table."""
    text = repr(value)
    return text if whole or len(text) <= SHOWN_MAX else text[: SHOWN_MAX - 1] + "…"


class QuarantineVerb:
    """List changes that could not be applied, retry them, or refuse one for good."""

    help = "show and retry changes that could not be applied"
    epilog = "Example: syncline quarantine retry"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "what",
            nargs="?",
            default="list",
            choices=("list", "retry", "drop"),
            help="what to do; list if not said",
        )
        parser.add_argument(
            "change", nargs="?", type=int, metavar="ID", help="the change to drop"
        )
        add_database(parser, "use as this node")

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        what, number, alias = options["what"], options["change"], options["database"]
        if (what == "drop") is not (number is not None):
            message = (
                f"`quarantine {what}` takes {'an' if what == 'drop' else 'no'} ID."
            )
            raise UsageError(message, hint="`syncline quarantine` lists them.")
        if what == "retry":
            before, left = screen.follow(tracked.retry(database=alias))
            screen.document({"tried": before, "waiting": left})
            screen.line(f"{before - left} of {before} changes applied.")
            return (SET_ASIDE, f"{left} changes still wait.") if left else (0, "")
        if what == "drop":
            one = screen.follow(tracked.drop(number, database=alias))
            screen.document(asdict(one))
            screen.line(f"Change {number} of {one.label} is refused from now on.")
            return 0, ""
        found = screen.follow(tracked.waiting(database=alias))
        screen.document({"quarantine": [asdict(one) for one in found]})
        screen.table(
            ("change", "model", "record", "since", "tries", "reason"),
            [
                (
                    str(one.id),
                    one.label,
                    one.uid[:8],
                    spelled_time(one.at),
                    str(one.attempts),
                    one.reason,
                )
                for one in found
            ],
            right=("change", "tries"),
        )
        return 0, ""


class Undo:
    """Take back what a run has written: here, or everywhere by new versions."""

    help = "take a run back"
    epilog = "Example: syncline undo 12 --revert"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", type=int, metavar="RUN", help="see: syncline runs")
        add_database(parser, "use as this node")
        parser.add_argument(
            "--revert",
            action="store_true",
            help="write the old values as new versions, which travel",
        )

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        report = screen.follow(
            tracked.undo(
                options["run"], database=options["database"], revert=options["revert"]
            )
        )
        screen.document(asdict(report))
        removed, restored = sum(report.removed.values()), sum(report.restored.values())
        screen.line(f"{removed:,} rows removed, {restored:,} restored.")
        skipped = sum(report.skipped.values())
        if skipped:
            return SET_ASIDE, f"{skipped:,} records were written since, and stay."
        return 0, ""


class Audit:
    """Look at every row for writes that the triggers have missed."""

    help = "find writes that triggers have missed"
    epilog = "Example: syncline audit"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("models", nargs="*", metavar="APP|MODEL", help=MODELS_HELP)
        add_database(parser, "use as this node")

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        report = screen.follow(
            tracked.audit(database=options["database"], models=options["models"])
        )
        screen.document(asdict(report))
        found = {label: count for label, count in report.found.items() if count}
        for label in report.reinstalled:
            screen.note(f"{label}: its triggers were gone or altered, and are back.")
        screen.line(f"{report.looked:,} rows looked at.")
        if found:
            told = ", ".join(f"{label} {count:,}" for label, count in found.items())
            return DIFFERS, f"Missed until now, and numbered: {told}."
        return 0, ""
