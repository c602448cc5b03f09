"""`manage.py syncline VERB`: parse, call, print."""

import os
import signal
import sys
from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from syncline.errors import FileTrouble, Interrupted, SynclineError, UsageError
from syncline.management.drawing import Screen
from syncline.management.verbs import VERBS

ERROR, USAGE, SET_ASIDE, DIFFERS, INTERRUPTED = 1, 2, 3, 4, 130
UNREAD = 141
"""What a shell gives for a process that SIGPIPE has ended: 128 and its number."""


class VerbParser(CommandParser):
    """Takes models after options too, as in `dump FILE --database x app.Model`.

    argparse itself gives an optional list of words its share before the first option.
    """

    def parse_known_args(  # type: ignore[override]  # typeshed has overloads here
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[Any, list[str]]:
        found, extra = super().parse_known_args(args, namespace)
        if hasattr(found, "models") and not any(word.startswith("-") for word in extra):
            found.models = [*found.models, *extra]
            extra = []
        return found, extra


class Command(BaseCommand):
    """Moves data between databases and files, and proves that they agree."""

    help = "Moves data between databases and files, and proves that they agree."
    requires_system_checks = ()
    suppressed_base_arguments: set[str] = {"--version"}  # noqa: RUF012 - Django's type

    def add_arguments(self, parser: CommandParser) -> None:
        # The console script has no subcommand between its name and the verb.
        parser.prog = parser.prog.strip()
        shared = list(parser._actions)  # noqa: SLF001 - argparse has no other way
        verbs = parser.add_subparsers(
            dest="verb",
            metavar="VERB",
            required=True,
            title="verbs",
            parser_class=VerbParser,
        )
        for name, verb in VERBS.items():
            verb_parser = verbs.add_parser(
                name, help=verb.help, description=verb.__doc__, epilog=verb.epilog
            )
            verb.add_arguments(verb_parser)
            _add_common(verb_parser)
            _repeat(shared, verb_parser)

    def handle(self, *_: Any, verb: str, **options: Any) -> None:
        try:
            try:
                self._run(verb, options)
            finally:
                self._flush()
        except BrokenPipeError:
            # Nobody reads on, as in `syncline runs | head`: that is no trouble.
            _write_to_nobody()
            raise SystemExit(UNREAD) from None

    def _flush(self) -> None:
        try:
            self.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            _write_to_nobody()
            reason = (error.strerror or str(error)).lower()
            trouble = FileTrouble(path="standard output", reason=reason)
            raise CommandError(_spelled(trouble), returncode=ERROR) from error

    def _run(self, verb: str, options: dict[str, Any]) -> None:
        screen = Screen(
            out=self.stdout,
            err=self.stderr,
            quiet=options["quiet"] or options["verbosity"] == 0,
            as_json=options["json"],
            verbose=options["verbosity"] > 1,
        )
        try:
            with _terminated_like_interrupted():
                code, message = VERBS[verb].run(screen, options)
        except UsageError as error:
            raise CommandError(_spelled(error), returncode=USAGE) from error
        except SynclineError as error:
            raise CommandError(_spelled(error), returncode=ERROR) from error
        except KeyboardInterrupt as error:
            raise CommandError(str(Interrupted()), returncode=INTERRUPTED) from error
        finally:
            screen.close()
        if code:
            raise CommandError(message, returncode=code)


def _write_to_nobody() -> None:
    """Let what is left to be written go nowhere, or the interpreter complains at exit.

    See "Note on SIGPIPE" in the documentation of Python's module signal.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in filter(None, (sys.stdout, sys.stderr)):
        try:
            stream.flush()
        except OSError:
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _spelled(error: SynclineError) -> str:
    return f"{error} [{error.code}]"


def _add_common(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    group.add_argument(
        "--json", action="store_true", help="print one JSON object on standard output"
    )
    group.add_argument(
        "--quiet",
        action="store_true",
        help="print nothing on success; errors go to standard error",
    )
    group.add_argument(
        "--no-input",
        action="store_true",
        help="ask nothing; what would be asked is taken as confirmed",
    )


def _repeat(shared: list[Action], parser: ArgumentParser) -> None:
    """Take Django's own options after the verb too, without resetting them."""
    group = parser.add_argument_group("Django")
    for action in shared:
        if "--help" in action.option_strings:
            continue
        kwargs: dict[str, Any] = {"help": action.help, "default": SUPPRESS}
        if action.nargs == 0:
            kwargs["action"] = "store_true"
        else:
            kwargs |= {"type": action.type, "choices": action.choices}
        group.add_argument(*action.option_strings, dest=action.dest, **kwargs)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM roll back as Ctrl-C does."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # Not in the main thread, where signals do not arrive anyway.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
