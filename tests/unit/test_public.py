"""What `syncline` promises, and nothing else."""

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import syncline
from syncline.version import VERSION

SOURCE = Path(inspect.getfile(syncline))


def test_all_is_what_can_be_imported():
    public = {
        name
        for name, value in vars(syncline).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }

    assert public - {"VERSION"} == set(syncline.__all__)


def test_all_is_sorted_and_names_nothing_twice():
    assert sorted(set(syncline.__all__)) == syncline.__all__


@pytest.mark.parametrize("name", syncline.__all__)
def test_public_thing_is_documented(name):
    thing = getattr(syncline, name)

    assert inspect.getdoc(thing), name
    assert thing.__module__.startswith("syncline.")


@pytest.mark.parametrize("name", ["copy", "dump", "load", "verify", "inspect", "track"])
def test_verb_of_the_command_is_a_function(name):
    function = getattr(syncline, name)
    required = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is not parameter.KEYWORD_ONLY
    ]

    assert inspect.isfunction(function)
    assert all(parameter.default is parameter.empty for parameter in required)


def test_package_itself_only_gathers():
    """Nothing is defined in `__init__`, so that every name has one home."""
    tree = ast.parse(SOURCE.read_text())
    kinds = {type(node) for node in tree.body}

    assert kinds <= {ast.Expr, ast.ImportFrom, ast.Assign}


def test_version_is_the_installed_one():
    metadata = importlib.import_module("importlib.metadata")

    assert syncline.__version__ == VERSION == metadata.version("syncline")


def test_console_script_is_the_command():
    metadata = importlib.import_module("importlib.metadata")
    [script] = metadata.entry_points(group="console_scripts", name="syncline")

    assert script.load() is importlib.import_module("syncline.cli").main


def test_importing_needs_no_settings_and_no_driver():
    program = (
        "import sys; sys.modules['psycopg'] = sys.modules['MySQLdb'] = None\n"
        "import syncline\n"
        "assert 'django.apps' not in sys.modules or not "
        "sys.modules['django.apps'].apps.ready"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        env={"PYTHONPATH": str(SOURCE.parent.parent)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
