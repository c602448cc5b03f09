"""`verify PEER`: two nodes, record by record."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.db import connections

from syncline.errors import UnknownAlias, UnknownModel, UsageError
from syncline.management.drawing import Screen
from syncline.management.reports import print_left_out
from syncline.management.verb import DIFFERS, Outcome
from syncline.tables.selection import named_models
from syncline.transfer import tracked


def check_no_alias(name: str) -> None:
    """Check that a second word which is no alias is an app or a model.

    Raises:
        UnknownAlias: it is neither, and so was probably meant as one.
    """
    try:
        if name:
            named_models(name)
    except UnknownModel as error:
        raise UnknownAlias(alias=name, known=list(connections.settings)) from error


def verify_nodes(screen: Screen, options: Mapping[str, Any]) -> Outcome:
    """Compare this node with a peer, and repair one of them if asked to."""
    if options["where"]:
        raise UsageError(
            "--where is for two databases, not for a node and its peer.",
            hint="Name models, or leave --where out.",
        )
    models = [name for name in (options["target"], *options["models"]) if name]
    task = tracked.agree(
        options["source"],
        database=options["database"],
        models=models,
        exclude=options["exclude"],
        deep=options["deep"],
        repair=options["repair"] or "",
    )
    report, left = screen.follow(task)
    screen.document(
        {
            "equal": report.equal,
            "rows": report.rows,
            "states": {str(state): count for state, count in report.states.items()},
            "models": {label: asdict(model) for label, model in report.models.items()},
            "seconds": screen.seconds,
        }
    )
    print_left_out(screen, report.left_out)
    if report.equal:
        screen.line(f"Equal: {report.rows:,} rows of {len(report.models)} models.")
        return 0, ""
    if options["repair"]:
        screen.note(
            f"The values of the {options['repair']} have new versions; a sync brings "
            f"them over. {len(left)} differences need a person."
        )
    return DIFFERS, f"They differ.\n{report}"
