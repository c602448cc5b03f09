"""Each kind of shape, from engine to engine and through a file."""

import json
import os
import subprocess

import pytest

from tests.address import connect, variable
from tests.settings import database_name
from tests.spatial import places

PAIRS = [
    ("postgresql", "sqlite"),
    ("sqlite", "postgresql"),
    ("postgresql", "postgresql"),
    ("sqlite", "sqlite"),
    ("postgresql", "mariadb"),
    ("mariadb", "sqlite"),
]
QUOTES = {"postgresql": '"', "mariadb": "`"}


@pytest.fixture
def step(spatial_pair, tmp_path):
    """Give a function that runs a step between two new databases."""
    source, target = spatial_pair
    databases = {"default": places.settings("sqlite", ":memory:")}
    made = []
    for side, engine in (("source", source), ("target", target)):
        name = database_name(f"spatial_{side}")
        if engine == "sqlite":
            name = str(tmp_path / f"{side}.sqlite3")
        else:
            on_server(engine, "CREATE DATABASE {}", name)
            made.append((engine, name))
        databases[side] = places.settings(engine, name)

    def run(*words):
        done = subprocess.run(
            [str(places.python()), "-m", "tests.spatial.steps", *words],
            env={
                **places.environment(),
                "SYNCLINE_TEST_SPATIAL": json.dumps(databases),
                "XDG_STATE_HOME": str(tmp_path),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    yield run
    for engine, name in made:
        on_server(engine, "DROP DATABASE {}", name)


def on_server(engine, statement, name):
    """Run a statement about a database outside of it."""
    connection = connect(os.environ[variable(engine)])
    quote = QUOTES[engine]
    if engine == "postgresql":
        connection.autocommit = True
    connection.cursor().execute(statement.format(f"{quote}{name}{quote}"))
    connection.close()


def spatial_pairs(*pairs):
    return pytest.mark.parametrize("spatial_pair", pairs, ids="-".join, indirect=True)


@spatial_pairs(*PAIRS)
def test_every_shape_arrives_bit_by_bit(step, tmp_path):
    """By copy and by file; what is searched for by a box is found there, too."""
    found = step("move", "source", "target", str(tmp_path))

    assert len(found["before"]) > 15
    assert found["copied"] == found["before"]
    assert found["loaded"] == found["before"]
    assert found["equal"] == [True, True]
    assert found["within"] == [1, 1]


@spatial_pairs(("postgresql", "sqlite"), ("postgresql", "mariadb"))
def test_a_shape_that_the_target_cannot_hold_is_refused(step):
    found = step("refuse", "source", "target")

    assert found["code"] == "syncline.E033"
    assert "(pk 1)" in found["text"]
    assert found["rows"] == []
