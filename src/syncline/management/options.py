"""The options that several verbs share."""

from argparse import ArgumentParser, _ArgumentGroup

from syncline.snapshot.options import Match, Mode
from syncline.snapshot.orphans import ORPHAN_RULES

MODELS_HELP = "labels of apps or models, in any letter case; none means all"


def add_database(parser: ArgumentParser | _ArgumentGroup, verb: str) -> None:
    """Ask which database."""
    parser.add_argument(
        "--database", default="default", metavar="ALIAS", help=f"the alias to {verb}"
    )


def add_closure(group: _ArgumentGroup) -> None:
    """Ask for what a subset needs, and what must not leave."""
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


def add_selection(parser: ArgumentParser) -> _ArgumentGroup:
    """Ask which models, rows and fields; give the group for more."""
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


def add_plugin(group: _ArgumentGroup) -> None:
    """Ask for a file of hooks."""
    group.add_argument(
        "--plugin", metavar="FILE", help="a Python file with pre_walk and pre_save"
    )


def add_loading(parser: ArgumentParser) -> None:
    """Ask what happens to rows that are there, and to those that do not fit."""
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
    add_plugin(group)
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


def add_running(parser: ArgumentParser) -> None:
    """Ask how to carry the run out."""
    group = parser.add_argument_group("running")
    group.add_argument(
        "--resume", action="store_true", help="go on with an interrupted run"
    )
    group.add_argument(
        "--work-dir", metavar="FOLDER", help="where runs keep their private folders"
    )
