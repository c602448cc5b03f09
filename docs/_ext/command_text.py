"""The reference of the verbs, written by the parser itself; no Sphinx here."""

from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Iterator
from functools import cache

from syncline.management.commands.syncline import Command
from syncline.management.verbs import VERBS

DJANGO = "Django"
"""The group of options that every management command has."""


@cache
def parsers() -> dict[str, ArgumentParser]:
    """Give the parser of each verb."""
    parser = Command().create_parser("", "syncline")
    [verbs] = [action for action in parser._actions if action.dest == "verb"]  # noqa: SLF001 - argparse has no other way
    found = dict(verbs.choices or {})
    return {name: found[name] for name in VERBS}


def options(verb: str, *, django: bool = False) -> Iterator[tuple[str, list[Action]]]:
    """Give the titles of a verb's groups and what is in each, as `--help` does.

    Args:
        verb: its name.
        django: give Django's own options, and only these.
    """
    for group in parsers()[verb]._action_groups:  # noqa: SLF001 - same
        actions = [
            action
            for action in group._group_actions  # noqa: SLF001 - same
            if "--help" not in action.option_strings and action.help != SUPPRESS
        ]
        if actions and (group.title == DJANGO) is django:
            yield str(group.title), actions


def spelled(action: Action) -> str:
    """Spell an option as the user writes it: `--database ALIAS`."""
    if not action.option_strings:
        return str(action.metavar or action.dest)
    value = ""
    if action.nargs != 0:
        choices = "|".join(map(str, action.choices or ()))
        value = " " + str(action.metavar or choices or action.dest.upper())
    return ", ".join(f"{name}{value}" for name in action.option_strings)


def explained(action: Action) -> str:
    """Say what an option does, and its default where it has one."""
    text = (action.help or "").rstrip(".") + "."
    if text.partition(" ")[0].isalpha():
        text = text[:1].upper() + text[1:]
    has_default = isinstance(action.default, str) and action.default != SUPPRESS
    if has_default and action.option_strings and action.nargs != 0:
        text += f" Default: `{action.default}`."
    return text


def render(verb: str) -> str:
    """Write the section of a verb, in MyST."""
    return "\n\n".join(_parts(verb))


def render_django(verb: str) -> str:
    """Write the section of Django's own options, which all verbs share."""
    return "\n\n".join(["```{program} syncline\n```", *_groups(verb, django=True)])


def _parts(verb: str) -> Iterator[str]:
    parser = parsers()[verb]
    yield str(parser.description)
    usage = " ".join(_usage(verb))
    yield f"```text\n{usage}\n```"
    yield f"```{{program}} syncline {verb}\n```"
    yield from _groups(verb, django=False)
    _, _, example = str(parser.epilog).partition(": ")
    yield "Example:"
    yield f"```console\n$ {example}\n```"


def _usage(verb: str) -> Iterator[str]:
    yield f"syncline {verb}"
    for _, actions in options(verb):
        for action in actions:
            if not action.option_strings:
                name = spelled(action)
                yield f"[{name} …]" if action.nargs == "*" else name
    yield "[options]"


def _groups(verb: str, *, django: bool) -> Iterator[str]:
    for title, actions in options(verb, django=django):
        yield f"```{{rubric}} {title[:1].upper()}{title[1:]}\n```"
        for action in actions:
            yield f"```{{option}} {spelled(action)}\n{explained(action)}\n```"
