"""How the documentation is built: `make docs`."""
# ruff: noqa: INP001 - Sphinx reads this file by its name

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent / "src")]

from syncline import __version__  # noqa: E402 - found only after the line above

project = "Syncline"
author = "The Syncline authors"
copyright = author  # noqa: A001 - Sphinx's name
version = release = __version__

extensions = ["commands", "myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"Syncline {release}"
html_show_copyright = False
html_copy_source = False

default_role = "literal"  # single backticks in docstrings are code

myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

nitpick_ignore_regex = [
    # Types of Python, of Django and of our own modules have no page here.
    ("py:(class|obj|exc)", r"(?!syncline\.[A-Za-z]+$).*"),
]
