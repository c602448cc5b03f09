"""Django's system checks over declarations: `manage.py check` tells all of it."""

from collections.abc import Sequence

from django.apps import AppConfig
from django.core import checks
from django.core.checks import CheckMessage

from syncline.errors import BadSetting
from syncline.registry.declaration import Problem
from syncline.registry.declaring import registry

BAD_SETTING = "syncline.E104"
"""`settings.SYNCLINE` is not understood."""


def check_declarations(
    app_configs: Sequence[AppConfig] | None, **_: object
) -> list[CheckMessage]:
    """Tell what is wrong with declarations; no database is touched.

    Args:
        app_configs: the apps that are checked; None means all.
    """
    try:
        problems = registry.compiled().problems
    except BadSetting as error:
        return [checks.Error(error.message, hint=error.hint, id=BAD_SETTING)]
    return [
        message_of(problem) for problem in problems if _concerns(problem, app_configs)
    ]


def message_of(problem: Problem) -> CheckMessage:
    """Spell a problem as Django's checks do: one sentence, and a hint."""
    subject = "" if problem.model else f"{problem.subject}: "
    hint = problem.hint[:1].upper() + problem.hint[1:]
    kind = checks.Error if problem.fatal else checks.Warning
    return kind(
        f"{subject}{problem.text}.",
        hint=hint or None,
        obj=problem.model,
        id=problem.check,
    )


def _concerns(problem: Problem, app_configs: Sequence[AppConfig] | None) -> bool:
    if app_configs is None or problem.model is None:
        return True
    return problem.model._meta.app_config in app_configs
