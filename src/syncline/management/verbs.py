"""The verbs: their options, and what they print."""

import sys
from argparse import ArgumentParser, _ArgumentGroup
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from django.db import connections

from syncline.errors import NotConfirmed
from syncline.management.drawing import Screen, rate
from syncline.progress import Task
from syncline.snapshot.dump import STDOUT, DumpReport
from syncline.snapshot.options import LoadOptions, LoadReport, Match, Mode
from syncline.snapshot.orphans import ORPHAN_RULES
from syncline.snapshot.transforms import read_transforms
from syncline.transfer import bulk
from syncline.verify.compare import VerifyReport

SET_ASIDE, DIFFERS = 3, 4
Outcome = tuple[int, str]
"""The exit code, and the sentence that goes with one that is not 0."""


class Verb(Protocol):
    """One verb of the command."""

    help: str
    epilog: str

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the verb's options."""

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        """Call the use case and print its report."""


class Dump:
    """Write a database's rows into a file."""

    help = "write a database into a file"
    epilog = "Example: syncline dump site.syncline --exclude sessions"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="the file to write; - is standard output")
        parser.add_argument("models", nargs="*", metavar="APP|MODEL", help=MODELS_HELP)
        _add_database(parser, "read")
        _add_closure(_add_selection(parser))
        parser.add_argument(
            "--files", action="store_true", help="take the content of file fields too"
        )
        _add_plugin(parser.add_argument_group("changes on the way"))
        _add_running(parser)

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
        screen.document(_dump_document(report, screen.seconds))
        if report.path != STDOUT:
            screen.line(
                f"{report.path}: {report.total:,} rows of {len(report.rows)} models, "
                f"{report.size:,} bytes. {rate(report.total, screen.seconds)}"
            )
            _print_left_out(screen, report.left_out)
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
        _add_database(parser, "write")
        _add_loading(parser)
        _add_running(parser)

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        confirm(screen, options, options["database"])
        task = bulk.load(
            options["file"],
            database=options["database"],
            options=_load_options(options),
            work_dir=options["work_dir"],
            resume=options["resume"],
        )
        return _finish_load(screen, task)


class Copy:
    """Copy a database's rows into another database: all of them, or none."""

    help = "copy a database into another"
    epilog = "Example: syncline copy default new --migrate --verify"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="the alias to read")
        parser.add_argument("target", help="the alias to write to")
        parser.add_argument("models", nargs="*", metavar="APP|MODEL", help=MODELS_HELP)
        _add_closure(_add_selection(parser))
        _add_loading(parser)
        _add_running(parser)

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
        confirm(screen, options, options["target"])
        task = bulk.copy(
            options["source"],
            options["target"],
            models=options["models"],
            exclude=options["exclude"],
            where=options["where"],
            closure=options["closure"],
            options=_load_options(options),
            work_dir=options["work_dir"],
            resume=options["resume"],
        )
        return _finish_load(screen, task)


class Verify:
    """Compare the rows of two databases, value by value."""

    help = "prove that two databases hold the same rows"
    epilog = "Example: syncline verify default new"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="one alias")
        parser.add_argument("target", help="the other alias")
        parser.add_argument("models", nargs="*", metavar="APP|MODEL", help=MODELS_HELP)
        _add_selection(parser)

    def run(self, screen: Screen, options: Mapping[str, Any]) -> Outcome:
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
        _print_left_out(screen, report.left_out)
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
        _print_left_out(screen, manifest.left_out)
        return 0, ""


VERBS: dict[str, Verb] = {
    "dump": Dump(),
    "load": Load(),
    "copy": Copy(),
    "verify": Verify(),
    "inspect": Inspect(),
}

MODELS_HELP = "labels of apps or models, in any letter case; none means all"


def _add_database(parser: ArgumentParser, verb: str) -> None:
    parser.add_argument(
        "--database", default="default", metavar="ALIAS", help=f"the alias to {verb}"
    )


def _add_closure(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--closure",
        action="store_true",
        help="take the rows that these point at, too, so that a subset is whole",
    )
    group.add_argument(
        "--anonymise",
        metavar="MODULE",
        help="a Python module whose ANONYMISE says what replaces which field",
    )


def _add_selection(parser: ArgumentParser) -> _ArgumentGroup:
    group = parser.add_argument_group("selection")
    group.add_argument(
        "--exclude",
        action="append",
        default=[],
        metavar="APP|MODEL|MODEL.FIELD",
        help="leave this out; may be given several times",
    )
    group.add_argument(
        "--where",
        action="append",
        default=[],
        metavar="APP.MODEL:FIELD=VALUE",
        help="take only these rows of a model; may be given several times",
    )
    return group


def _add_plugin(group: _ArgumentGroup) -> None:
    group.add_argument(
        "--plugin", metavar="FILE", help="a Python file with pre_walk and pre_save"
    )


def _add_loading(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("loading")
    mode = group.add_mutually_exclusive_group()
    mode.add_argument(
        "--into-empty",
        dest="mode",
        action="store_const",
        const=Mode.EMPTY,
        default=Mode.EMPTY,
        help="refuse a target that holds other rows (the default)",
    )
    mode.add_argument(
        "--replace",
        dest="mode",
        action="store_const",
        const=Mode.REPLACE,
        help="empty exactly the tables that are loaded, and no others",
    )
    mode.add_argument(
        "--merge",
        dest="mode",
        action="store_const",
        const=Mode.MERGE,
        help="write over the rows that match, add the rest, delete nothing",
    )
    group.add_argument(
        "--match",
        type=Match,
        choices=list(Match),
        default=Match.PK,
        metavar="{pk,key}",
        help="what makes two rows one when merging: the pk, or the natural key",
    )
    group.add_argument(
        "--migrate", action="store_true", help="run the migrations on the target first"
    )
    group.add_argument(
        "--ignore-migrations",
        action="store_true",
        help="load the fields that both sides have, others get their defaults",
    )
    group.add_argument(
        "--orphans",
        choices=ORPHAN_RULES,
        default="refuse",
        help="what to do with rows whose foreign key points at nothing",
    )
    group.add_argument(
        "--unfit",
        action="append",
        default=[],
        metavar="[MODEL.FIELD=]refuse|clip|null",
        help="what to do with values that the target cannot hold",
    )
    group.add_argument(
        "--rename",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="app.Old=app.New for a model, app.Model.old=new for a field",
    )
    _add_plugin(group)
    group.add_argument(
        "--backup",
        action="store_true",
        help="save the target with its engine's own tool first",
    )
    group.add_argument(
        "--verify", action="store_true", help="compare both sides afterwards"
    )
    group.add_argument(
        "--dry-run", action="store_true", help="check everything and write nothing"
    )


def _add_running(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("running")
    group.add_argument(
        "--resume", action="store_true", help="go on with an interrupted run"
    )
    group.add_argument(
        "--work-dir", metavar="FOLDER", help="where runs keep their private folders"
    )


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
    if input(f"Type the database's name ({name}) to go on: ").strip() != name:
        raise NotConfirmed(what=what)


def _finish_load(screen: Screen, task: Task[LoadReport]) -> Outcome:
    report = screen.follow(task)
    document = _load_document(report, screen.seconds)
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
    _print_left_out(screen, report.left_out)
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


def _print_left_out(screen: Screen, left_out: Mapping[str, str]) -> None:
    if left_out:
        screen.line(f"Left out: {len(left_out)} models")
        for label, reason in sorted(left_out.items()):
            screen.line(f"  {label}: {reason}")


def _dump_document(report: DumpReport, seconds: float) -> dict[str, Any]:
    return {
        "file": report.path,
        "rows": report.total,
        "models": report.rows,
        "left_out": report.left_out,
        "bytes": report.size,
        "files": report.files,
        "files_missing": report.files_missing,
        "seconds": seconds,
    }


def _load_document(report: LoadReport, seconds: float) -> dict[str, Any]:
    verified = report.verified
    return {
        "rows": report.total,
        "models": report.rows,
        "left_out": report.left_out,
        "set_aside": report.set_aside,
        "mended": report.mended,
        "notes": report.notes,
        "backup": report.backup,
        "dry_run": report.dry_run,
        "verified": None if verified is None else verify_document(verified),
        "seconds": seconds,
    }


def verify_document(report: VerifyReport) -> dict[str, Any]:
    """Give a comparison's report for a program."""
    return {
        "equal": report.equal,
        "rows": report.total,
        "models": report.rows,
        "differences": [asdict(difference) for difference in report.differences],
        "left_out": report.left_out,
    }
