"""Django settings of the tests: two databases on every engine that is there."""

import atexit
import importlib.util
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tests.address import FOLDER, Address, variable

RUN = "SYNCLINE_TEST_RUN"
"""Environment variable: the pid of the pytest process, so that commands which a test
starts as processes of their own find the same databases."""


def database_name(side: str) -> str:
    """The name of this run's database `a` or `b` on a server."""
    return f"test_syncline_{os.environ[RUN]}_{side}"


def folder() -> Path:
    """Where the SQLite files of this run are; made with the first of them.

    Not here: tools that only read the settings would leave it behind.
    """
    if FOLDER not in os.environ:
        name = f"syncline-{secrets.token_hex(8)}"
        os.environ[FOLDER] = str(Path(tempfile.gettempdir()) / name)
        # Runs keep their state below this folder, not in the user's own.
        os.environ["XDG_STATE_HOME"] = os.environ[FOLDER]
        atexit.register(shutil.rmtree, os.environ[FOLDER], ignore_errors=True)
    return Path(os.environ[FOLDER])


def sqlite(side: str) -> dict[str, Any]:
    """A database in a file."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(folder() / f"{database_name(side)}.sqlite3"),
        # As for the servers: a killed process loses nothing by it, only a machine.
        "OPTIONS": {"init_command": "PRAGMA synchronous = OFF"},
    }


def server(engine: str, backend: str, side: str, **options: Any) -> dict[str, Any]:
    """A database on the server that the environment names."""
    address = Address.parse(os.environ[variable(engine)])
    return {
        "ENGINE": f"django.db.backends.{backend}",
        "NAME": database_name(side),
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": address.host,
        "PORT": address.port,
        "OPTIONS": {**address.options, **options},
    }


def databases() -> dict[str, dict[str, Any]]:
    """All aliases: `<engine>_a` and `<engine>_b`."""
    found: dict[str, dict[str, Any]] = {
        "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"},
    }
    for side in ("a", "b"):
        found[f"sqlite_{side}"] = sqlite(side)
        if os.environ.get(variable("postgresql")):
            found[f"postgresql_{side}"] = server("postgresql", "postgresql", side)
        if os.environ.get(variable("mariadb")):
            found[f"mariadb_{side}"] = server(
                "mariadb",
                "mysql",
                side,
                charset="utf8mb4",
                local_infile=1,
                init_command="SET sql_mode='STRICT_TRANS_TABLES'",
            )
    return found


os.environ.setdefault(RUN, str(os.getpid()))

SECRET_KEY = "tests"
USE_TZ = True
TIME_ZONE = "Europe/Athens"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SITE_ID = 1
AWKWARD_GADGET_MODEL = "awkward.CustomGadget"

DATABASES = databases()
DATABASE_ROUTERS = ["tests.routers.PostgreSQLOnly"]

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.sites",
    "django.contrib.admin",
    "django.contrib.messages",
    "syncline",
    "tests.zoo",
    "tests.awkward",
    "tests.stations",
]
# Its fields import psycopg, which a machine without PostgreSQL may lack.
if importlib.util.find_spec("psycopg"):
    INSTALLED_APPS += ["django.contrib.postgres", "tests.zoo_postgresql"]

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
