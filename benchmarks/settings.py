"""Django settings of the benchmarks: one database for each role on each engine.

`python -m benchmarks` imports this first; its steps inherit the environment that is set
here, and so find the same folder and the same databases.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from tests.address import FOLDER, Address, variable

RUN = "SYNCLINE_BENCHMARK_RUN"
"""Environment variable: the pid of the run, for the names of its databases."""

WORK = "SYNCLINE_BENCHMARK_FOLDER"
"""Environment variable: where the run's files go; the run makes and removes it."""

BACKENDS = {"postgresql": "postgresql", "mariadb": "mysql"}
OPTIONS: dict[str, dict[str, Any]] = {
    "postgresql": {},
    "mariadb": {"charset": "utf8mb4", "local_infile": 1},
}

NODE_ROLES = ("node", "small", "large")
"""Databases that become nodes: on SQLite with a tenth of `few`, a very small number
and a million of flights; on servers empty, to take these."""

SQLITE_ROLES = ("source", "few", "full", "many", *NODE_ROLES)
"""All flights; some of them; the parents only; all of them, repeated."""

SERVER_ROLES = ("source", "few", "full", "bare", *NODE_ROLES)
"""The same first three; the parents only, with the flights' table stripped."""


def work_folder() -> Path:
    """Where files go: in the folder of `tests.servers` if that runs us."""
    parent = os.environ.get(FOLDER) or tempfile.gettempdir()
    return Path(parent) / f"syncline-benchmarks-{os.environ[RUN]}"


def sqlite(role: str) -> dict[str, Any]:
    """A database in a file."""
    path = Path(os.environ[WORK]) / f"{role}.sqlite3"
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path)}


def server(engine: str, role: str) -> dict[str, Any]:
    """A database on the server that the environment names."""
    address = Address.parse(os.environ[variable(engine)])
    return {
        "ENGINE": f"django.db.backends.{BACKENDS[engine]}",
        "NAME": f"test_syncline_{os.environ[RUN]}_bench_{role}",
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": address.host,
        "PORT": address.port,
        "OPTIONS": {**address.options, **OPTIONS[engine]},
    }


def databases() -> dict[str, dict[str, Any]]:
    """All aliases, `<engine>_<role>`; those of a server only where it is named."""
    found: dict[str, dict[str, Any]] = {"default": {}}
    found |= {f"sqlite_{role}": sqlite(role) for role in SQLITE_ROLES}
    for engine in BACKENDS:
        if os.environ.get(variable(engine)):
            found |= {f"{engine}_{role}": server(engine, role) for role in SERVER_ROLES}
    return found


os.environ.setdefault(RUN, str(os.getpid()))
os.environ.setdefault(WORK, str(work_folder()))

SECRET_KEY = "the benchmarks serve nothing and sign nothing"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "syncline",
    "demo.flights",
]
DATABASES = databases()
SYNCLINE = {"MODELS": ["flights"]}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True
