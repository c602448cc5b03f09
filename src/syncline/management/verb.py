"""What a verb is to the command: options, a run, and an exit code."""

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any, Protocol

from syncline.management.drawing import Screen

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
