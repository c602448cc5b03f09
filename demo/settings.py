"""Settings of the demo project.

SYNCLINE_DEMO_DIR: where its files go; default `.demo` in the working folder.
DEMO_TARGET: the URL of the database to copy into; default a SQLite file there.
"""

import os
from pathlib import Path

from demo.database_url import parse, sqlite

FOLDER = Path(os.environ.get("SYNCLINE_DEMO_DIR") or ".demo").resolve()
TARGET_URL = os.environ.get("DEMO_TARGET", "")

SECRET_KEY = "the demo serves nothing and signs nothing"  # noqa: S105
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "syncline",
    "demo.flights",
]
DATABASES = {
    "default": sqlite(FOLDER / "flights.sqlite3"),
    "target": parse(TARGET_URL) if TARGET_URL else sqlite(FOLDER / "target.sqlite3"),
    "reloaded": sqlite(FOLDER / "reloaded.sqlite3"),
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"
USE_TZ = True
