"""A directive for Sphinx: `{verb} NAME` becomes the verb's options.

What is shown is read from the parser at each build, so it cannot be out of date.
"""

from typing import Any

from command_text import render, render_django
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class VerbDirective(SphinxDirective):
    """Shows what a verb does, and its own options."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Give the nodes of the section."""
        return self.parse_text_to_nodes(render(self.arguments[0]))


class DjangoOptionsDirective(SphinxDirective):
    """Shows the options that Django gives to every command."""

    def run(self) -> list[nodes.Node]:
        """Give the nodes of the section."""
        return self.parse_text_to_nodes(render_django("copy"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Tell Sphinx what is here."""
    app.add_directive("verb", VerbDirective)
    app.add_directive("django-options", DjangoOptionsDirective)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
