"""The verbs: their options, and what they print."""

import sys
from argparse import ArgumentParser
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db import connections

from syncline.errors import MissingTables, NotConfirmed, UsageError
from syncline.management.drawing import Screen, rate
from syncline.management.options import (
    MODELS_HELP,
    add_closure,
    add_database,
    add_loading,
    add_plugin,
    add_running,
    add_selection,
)
from syncline.management.reports import (
    dump_document,
    load_document,
    print_left_out,
    verify_document,
)
from syncline.management.verb import DIFFERS, SET_ASIDE, Outcome, Verb
from syncline.management.verbs_agree import check_no_alias, verify_nodes
from syncline.management.verbs_between import Clock, Reset
from syncline.management.verbs_keeping import Audit, Conflicts, QuarantineVerb, Undo
from syncline.management.verbs_merging import Merge
from syncline.management.verbs_nodes import Status, Track, Untrack
from syncline.management.verbs_peers import Pull, Push, Run, Sync
from syncline.management.verbs_runs import Runs
from syncline.progress import Task
from syncline.snapshot.dump import STDOUT
from syncline.snapshot.options import LoadOptions, LoadReport, Mode
from syncline.snapshot.transforms import read_transforms
from syncline.transfer import bulk
from syncline.verify.compare import VerifyReport


class Dump:
    """Write a database's rows into a file."""

    help = "write a database into a file"
    epilog = "Example: syncline dump site.syncline --exclude sessions"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the file to write; - is standard output")
        parser.add_argument("models", nargs="*", metavar="APP|MODEL", help=MODELS_HELP)
        add_database(parser, "read")
        add_closure(add_selection(parser))
        parser.add_argument(
            "--files", action="store_true", help="take the content of file fields too"
        )
        add_plugin(parser.add_argument_group("changes on the way"))
        add_running(parser)

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        task = bulk.dump(
            options["file"],
            database=options["database"],
            models=options["models"],
            exclude=options["exclude"],
            where=options["where"],
            closure=options["closure"],
            files=options["files"],
            transforms=read_transforms(
                plugin=options["plugin"], anonymise=options["anonymise"]
            ),
            work_dir=options["work_dir"],
            resume=options["resume"],
        )
        report = screen.follow(task)
        piped = report.path == STDOUT
        screen.document(dump_document(report, screen.seconds), beside=piped)
        if not piped:
            screen.line(
                f"{report.path}: {report.total:,} rows of {len(report.rows)} models, "
                f"{report.size:,} bytes. {rate(report.total, screen.seconds)}"
            )
            print_left_out(screen, report.left_out)
        for use in report.files_missing:
            screen.note(f"Its storage does not have {use}")
        if report.files_missing:
            return SET_ASIDE, f"{len(report.files_missing)} files are missing."
        return 0, ""


class Load:
    """Load a file's rows into a database: all of them, or none."""

    help = "load a file into a database"
    epilog = "Example: syncline load site.syncline --database new --migrate --verify"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the file to read; - is standard input")
        add_database(parser, "write")
        add_loading(parser)
        add_running(parser)

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        confirm(screen, options, options["database"])

        def task(how: LoadOptions) -> Task[LoadReport]:
            return bulk.load(
                options["file"],
                database=options["database"],
                options=how,
                work_dir=options["work_dir"],
                resume=options["resume"],
            )

        return _run_load(screen, task, options)


class Copy:
    """Copy a database's rows into another database: all of them, or none."""

    help = "copy a database into another"
    epilog = "Example: syncline copy default new --migrate --verify"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="the alias to read")
        parser.add_argument("target", help="the alias to write to")
        parser.add_argument("models", nargs="*", metavar="APP|MODEL", help=MODELS_HELP)
        add_closure(add_selection(parser))
        add_loading(parser)
        add_running(parser)

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        confirm(screen, options, options["target"])

        def task(how: LoadOptions) -> Task[LoadReport]:
            return bulk.copy(
                options["source"],
                options["target"],
                models=options["models"],
                exclude=options["exclude"],
                where=options["where"],
                closure=options["closure"],
                options=how,
                work_dir=options["work_dir"],
                resume=options["resume"],
            )

        return _run_load(screen, task, options)


class Verify:
    """Compare the rows of two databases, value by value; or of two nodes, by record.

    With two aliases it compares any two databases by primary key. With a peer alone it
    compares this node with it: rows that are one record may have different keys.
    """

    help = "prove that two databases hold the same rows"
    epilog = "Example: syncline verify default new; syncline verify office"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "source", nargs="?", default="", help="an alias; alone, this node's peer"
        )
        parser.add_argument(
            "target", nargs="?", default="", help="another alias, or a model"
        )
        parser.add_argument("models", nargs="*", metavar="APP|MODEL", help=MODELS_HELP)
        add_selection(parser)
        group = parser.add_argument_group("nodes")
        add_database(group, "use as this node")
        group.add_argument(
            "--deep", action="store_true", help="compare versions and records as well"
        )
        group.add_argument(
            "--repair",
            choices=["source", "target"],
            help="let one side's values win: the peer's (source), or this node's",
        )

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        if options["target"] not in connections.settings:
            check_no_alias(options["target"])
            return verify_nodes(screen, options)
        if options["deep"] or options["repair"]:
            raise UsageError(
                "--deep and --repair are for a node and its peer.",
                hint="Name the peer alone: syncline verify PEER --deep",
            )
        task = bulk.verify(
            options["source"],
            options["target"],
            models=options["models"],
            exclude=options["exclude"],
            where=options["where"],
        )
        report = screen.follow(task)
        screen.document(verify_document(report) | {"seconds": screen.seconds})
        if report.equal:
            screen.line(f"Equal: {report.total:,} rows of {len(report.rows)} models.")
        print_left_out(screen, report.left_out)
        return _verdict(screen, report)


class Inspect:
    """Say what a file holds, without a database."""

    help = "say what a file holds"
    epilog = "Example: syncline inspect site.syncline"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the file to read")

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        manifest = bulk.inspect(options["file"])
        models = {contents.model.label: contents.model for contents in manifest.models}
        rows = sum(model.rows for model in models.values())
        screen.document(
            {
                "created": manifest.created,
                "engine": manifest.engine,
                "rows": rows,
                "models": {label: model.rows for label, model in models.items()},
                "left_out": manifest.left_out,
                "migrations": manifest.migrations,
            }
        )
        screen.line(
            f"{options['file']}: dumped {manifest.created} from {manifest.engine} "
            f"(Syncline {manifest.syncline}, Django {manifest.django})"
        )
        width = max(map(len, models), default=0)
        for label, model in models.items():
            fields = len(model.fields)
            screen.line(
                f"  {label:{width}}  {model.rows:>12,} rows  {fields:>3} fields"
            )
        screen.line(f"  {'all':{width}}  {rows:>12,} rows")
        print_left_out(screen, manifest.left_out)
        return 0, ""


VERBS: dict[str, Verb] = {
    "dump": Dump(),
    "load": Load(),
    "copy": Copy(),
    "verify": Verify(),
    "inspect": Inspect(),
    "track": Track(),
    "untrack": Untrack(),
    "status": Status(),
    "pull": Pull(),
    "push": Push(),
    "sync": Sync(),
    "run": Run(),
    "runs": Runs(),
    "conflicts": Conflicts(),
    "quarantine": QuarantineVerb(),
    "undo": Undo(),
    "audit": Audit(),
    "merge": Merge(),
    "reset": Reset(),
    "clock": Clock(),
}


def _load_options(options: Mapping[str, Any]) -> LoadOptions:
    return LoadOptions(
        mode=options["mode"],
        match=options["match"],
        orphans=options["orphans"],
        unfit=options["unfit"],
        transforms=read_transforms(plugin=options["plugin"], renames=options["rename"]),
        ignore_migrations=options["ignore_migrations"],
        dry_run=options["dry_run"],
        backup=options["backup"],
        migrate=options["migrate"],
        verify=options["verify"],
    )


def confirm(screen: Screen, options: Mapping[str, Any], alias: str) -> None:
    """Ask for the database's name before its rows are replaced.

    Raises:
        NotConfirmed: the answer was another one, or nobody was there to ask.
    """
    if options["mode"] is not Mode.REPLACE or options["no_input"] or options["dry_run"]:
        return
    what = f"Replacing the rows of {alias!r}"
    if alias not in connections.settings:
        return  # The use case says so better.
    name = Path(str(connections[alias].settings_dict["NAME"])).name
    if options.get("file") == STDOUT or not sys.stdin.isatty():
        raise NotConfirmed(what=what)
    screen.err.write(f"{what} deletes what its tables hold now.")
    if screen.ask(f"Type the database's name ({name}) to go on:") != name:
        raise NotConfirmed(what=what)


def _run_load(
    screen: Screen,
    task: Callable[[LoadOptions], Task[LoadReport]],
    options: Mapping[str, Any],
) -> Outcome:
    """Run a load; a user at a terminal is asked about tables that are missing."""
    how = _load_options(options)
    try:
        report = screen.follow(task(how))
    except MissingTables as error:
        piped = options.get("file") == STDOUT or not sys.stdin.isatty()
        if piped or options["no_input"] or options["dry_run"]:
            raise
        screen.note(error.message)
        if screen.ask("Run the migrations there now? [y/N]").lower() != "y":
            raise
        report = screen.follow(task(replace(how, migrate=True)))
    return _finish_load(screen, report)


def _finish_load(screen: Screen, report: LoadReport) -> Outcome:
    document = load_document(report, screen.seconds)
    screen.document(document)
    what = "would be loaded" if report.dry_run else "loaded"
    screen.line(
        f"{report.total:,} rows of {len(report.rows)} models {what}. "
        f"{'' if report.dry_run else rate(report.total, screen.seconds)}"
    )
    if report.backup:
        screen.line(f"The target was saved as {report.backup}")
    for note in (*report.notes, *(f"Mended: {text}" for text in report.mended)):
        screen.note(note)
    print_left_out(screen, report.left_out)
    if report.verified is not None:
        if report.verified.equal:
            screen.line(f"Verified: {report.verified.total:,} rows are equal.")
        else:
            return _verdict(screen, report.verified)
    if report.set_aside:
        return SET_ASIDE, "Set aside: " + "; ".join(report.set_aside)
    return 0, ""


def _verdict(screen: Screen, report: VerifyReport) -> Outcome:
    for note in report.notes:
        screen.note(note)
    if report.equal:
        return 0, ""
    return DIFFERS, "They differ.\n" + "\n".join(map(str, report.differences))
