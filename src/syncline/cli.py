"""The console script `syncline`: the same verbs without a manage.py."""

import os
import sys
from pathlib import Path
from typing import NoReturn

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, handle_default_options
from django.core.management.base import CommandParser

from syncline.management.commands.syncline import USAGE, Command

NO_SETTINGS = (
    "Which project? Give --settings mysite.settings, or set DJANGO_SETTINGS_MODULE."
)
INFORMATION = {"-h", "--help", "--version"}


def main() -> None:
    """Run a verb; exits with its code."""
    arguments = sys.argv[1:]
    finder = CommandParser(add_help=False, allow_abbrev=False)
    finder.add_argument("--settings")
    finder.add_argument("--pythonpath")
    try:
        options, _ = finder.parse_known_args(arguments)
    except CommandError as error:
        fail(str(error), code=USAGE)
    sys.path.insert(0, str(Path.cwd()))
    handle_default_options(options)
    if not INFORMATION & set(arguments) and arguments:
        set_up()
    command = Command()
    command.run_from_argv(["syncline", "", *(arguments or ["--help"])])


def set_up() -> None:
    """Load the project's settings and apps, or say in a sentence why not."""
    if not os.environ.get("DJANGO_SETTINGS_MODULE"):
        fail(NO_SETTINGS, code=USAGE)
    try:
        django.setup()
    except (ImportError, ImproperlyConfigured) as error:
        fail(f"The project's settings cannot be loaded: {error}", code=1)


def fail(message: str, *, code: int) -> NoReturn:
    """Print a sentence on standard error and exit."""
    sys.stderr.write(f"{message}\n")
    sys.exit(code)
