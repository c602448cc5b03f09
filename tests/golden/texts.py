"""Texts that must come out exactly, kept as files in this folder.

After a change that is meant, write them anew and read the difference before committing:

    SYNCLINE_GOLDEN=write .venv/bin/python -m pytest -q -k golden tests
    git diff tests/golden
"""

import os
from pathlib import Path

FOLDER = Path(__file__).parent
VARIABLE = "SYNCLINE_GOLDEN"
"""Environment variable: `write` puts what comes out into the files."""


def check(name: str, text: str) -> None:
    """Compare a text with the file of that name, or write it there if told to."""
    path = FOLDER / name
    if os.environ.get(VARIABLE) == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert path.is_file(), f"no such file yet; see {__name__}"
    assert text == path.read_text(), f"{name} has changed; see {__name__}"
