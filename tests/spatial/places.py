"""Which Python can run the shapes' project, and where its databases are."""

import os
import subprocess
import sys
import sysconfig
from ctypes.util import find_library
from functools import cache
from pathlib import Path

from tests.address import Address, connect, variable
from tests.machine import find_programs, version

ROOT = Path(__file__).parents[2]
PROBE = """
import sqlite3, sys
connection = sqlite3.connect(":memory:")
connection.enable_load_extension(True)
connection.load_extension("mod_spatialite")
from django.conf import settings
settings.configure()
import django.contrib.gis.db.models
assert sys.version_info[:2] == {version}
"""
SYSTEM_PYTHON = "/usr/bin/python3"
"""Debian's own loads extensions; a Python of pyenv or of macOS usually does not."""

SPATIALITE = "libsqlite3-mod-spatialite"


def packages() -> list[str]:
    """Debian packages that the shapes need and that are not installed."""
    wanted = {
        SPATIALITE: any(Path("/usr/lib").glob("*/mod_spatialite.so*")),
        "libgdal32": find_library("gdal"),
        **{
            f"postgresql-{number}-postgis-3": Path(
                f"/usr/share/postgresql/{number}/extension/postgis.control"
            ).exists()
            for number in postgresql_versions()
        },
    }
    return [package for package, found in wanted.items() if not found]


def postgresql_versions() -> list[int]:
    """The major version of the server that the tests start, if it is Debian's."""
    return [
        version(path)[0]
        for path in find_programs("postgresql")[:1]
        if str(path).startswith("/usr/lib/postgresql/")
    ]


def environment() -> dict[str, str]:
    """What a Python of the same version needs to find our packages."""
    places = [str(ROOT), str(ROOT / "src"), sysconfig.get_path("purelib")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(places)}


@cache
def python() -> str | None:
    """A Python that loads SpatiaLite and GeoDjango; our own if it does."""
    probe = PROBE.format(version=sys.version_info[:2])
    for candidate in (sys.executable, SYSTEM_PYTHON):
        try:
            done = subprocess.run(
                [candidate, "-c", probe],
                env=environment(),
                capture_output=True,
                check=False,
            )
        except OSError:
            continue
        if done.returncode == 0:
            return candidate
    return None


@cache
def has_postgis() -> bool:
    """Does the tests' server offer PostGIS?"""
    url = os.environ.get(variable("postgresql"))
    if not url:
        return False
    connection = connect(url)
    try:
        cursor = connection.cursor()
        cursor.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'postgis'")
        return cursor.fetchone() is not None
    finally:
        connection.close()


def missing() -> str:
    """One sentence on what the shapes lack; an empty text if they lack nothing."""
    ours = "{}.{}".format(*sys.version_info)
    lacking = [] if python() else [f"Python {ours} that loads SpatiaLite and GDAL"]
    lacking += [] if has_postgis() else ["PostGIS"]
    if not lacking:
        return ""
    return (
        f"Geometries: not tested, for want of {' and of '.join(lacking)}; "
        f"run: apt-get install {SPATIALITE} libgdal32 postgresql-15-postgis-3, "
        "and use a Python whose sqlite3 loads extensions"
    )


def settings(engine: str, name: str) -> dict[str, object]:
    """Settings of a database of shapes."""
    if engine == "sqlite":
        return {"ENGINE": "django.contrib.gis.db.backends.spatialite", "NAME": name}
    address = Address.parse(os.environ[variable(engine)])
    backend = {"postgresql": "postgis", "mariadb": "mysql"}[engine]
    return {
        "ENGINE": f"django.contrib.gis.db.backends.{backend}",
        "NAME": name,
        "USER": address.user,
        "PASSWORD": address.password,
        "HOST": address.host,
        "PORT": address.port,
        "OPTIONS": {"charset": "utf8mb4"} if engine == "mariadb" else {},
    }
