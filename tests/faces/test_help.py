"""`--help`, as a user sees it on a terminal of 80 columns."""

import re
import sys
from typing import Any

import pytest

from syncline.management.commands.syncline import Command
from syncline.management.verbs import VERBS
from tests.faces.running import DONE, run, script
from tests.golden import texts

DJANGO = re.compile(r"\nDjango:\n(  .*\n)+")
"""Django's own options; each release words them a little otherwise."""


def parser_of(verb, monkeypatch):
    """The parser of a verb, or of the whole command."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    parser = Command().create_parser("syncline", "")
    verbs: dict[str, Any] = next(
        dict(action.choices or {})
        for action in parser._actions
        if action.dest == "verb"
    )
    return verbs[verb] if verb else parser


@pytest.mark.skipif(
    sys.version_info >= (3, 13), reason="argparse words its options otherwise"
)
@pytest.mark.parametrize("verb", ["", *VERBS])
def test_golden_help(verb, monkeypatch):
    text = parser_of(verb, monkeypatch).format_help()
    if verb:
        text = DJANGO.sub("\n", text)
    else:
        text = text.partition("\noptions:")[0] + text[text.index("\nverbs:") :]

    texts.check(f"help/{verb or 'syncline'}.txt", text)


@pytest.mark.parametrize("verb", VERBS)
def test_every_option_has_one_sentence_of_help(verb, monkeypatch):
    for action in parser_of(verb, monkeypatch)._actions:
        assert action.help, action.option_strings or action.dest


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_shows_an_example_that_can_be_parsed(verb, monkeypatch):
    parser = parser_of(verb, monkeypatch)
    example = parser.epilog.removeprefix("Example: ").split()

    assert example[:2] == ["syncline", verb]
    parser.parse_args(example[2:])


@pytest.mark.parametrize("words", [("--help",), ("-h",), (), ("copy", "--help")])
def test_help_needs_no_project(words):
    done = run(script(*words))

    assert (done.code, done.err) == (DONE, "")
    assert done.out.startswith("usage: syncline")
    assert "  " not in done.out.splitlines()[0]


def test_help_of_a_verb_names_its_django_options():
    assert "--pythonpath" in run(script("load", "--help")).out
