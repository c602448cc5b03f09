"""Make the virtual environment that `make demo` and `make test` run in.

`python3 -m tools.environment demo` or `… test`. Standard library only; the syntax
is kept to what Python 3.7 reads, so that an old one gets a sentence, not a traceback.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tools import debian

ROOT = Path(__file__).resolve().parent.parent
PYTHON_MIN = (3, 11)
PYTHON_NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
STAMP = "syncline-environment.json"

DRIVER_NEEDS = {
    "postgresql": ("libpq5",),
    "mariadb": ("libmariadb-dev", "pkg-config", "gcc", "python3-dev"),
}
"""Debian packages without which the driver of an engine does not build or import."""

DRIVER_NEEDS_MACOS = {"postgresql": "libpq", "mariadb": "mariadb-connector-c pkgconf"}
TITLES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB"}


def main() -> int:
    """Prepare the environment; 0 when it is ready."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("purpose", choices=["demo", "test", "docs"])
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    options = parser.parse_args()

    use_new_python()
    check_prerequisites()
    environment = Environment(options.venv)
    environment.create()
    environment.install(
        {"demo": "demo", "test": "dev", "docs": "docs"}[options.purpose]
    )
    missing = [
        engine
        for engine in drivers_for(options.purpose)
        if not environment.driver(engine)
    ]
    return 1 if missing and os.environ.get("CI") == "true" else 0


def drivers_for(purpose: str) -> list[str]:
    """Engines whose driver is needed: all for the tests, the target's for the demo."""
    if purpose == "test":
        return ["postgresql", "mariadb"]
    target = os.environ.get("DEMO_TARGET", "") if purpose == "demo" else ""
    engine = target.partition(":")[0]
    return [engine] if engine in DRIVER_NEEDS else []


def use_new_python() -> None:
    """Start again under a newer Python when this one is too old and one is there."""
    if sys.version_info >= PYTHON_MIN:
        return
    for name in PYTHON_NEWER:
        path = shutil.which(name)
        if path and works(path):
            os.execv(path, [path, "-m", "tools.environment", *sys.argv[1:]])  # noqa: S606 - no shell is what we want
    version = "{}.{}".format(*sys.version_info)
    refuse(f"Python 3.11 or newer is needed, this is {version}", "python3")


def works(python: str) -> bool:
    """Does it start? A version manager's shim may stand for one that is not chosen."""
    done = subprocess.run([python, "-c", ""], stderr=subprocess.DEVNULL, check=False)
    return done.returncode == 0


def check_prerequisites() -> None:
    """Refuse with one sentence when something that we do not install is missing."""
    if not importlib.util.find_spec("venv") or not importlib.util.find_spec(
        "ensurepip"
    ):
        package = "python{}.{}-venv".format(*sys.version_info)
        refuse("Python's venv module is missing", package)
    if not shutil.which("git"):
        refuse("git is missing", "git")


def refuse(what: str, package: str) -> None:
    """Exit with one sentence that ends in the command to run."""
    macos = "python@3.13" if package.startswith("python") else package
    command = f"brew install {macos}"
    if sys.platform != "darwin":
        command = f"apt-get install {package}"
    sys.exit(f"{what}; install it with: {command}")


class Environment:
    """One virtual environment, and a stamp of what is installed in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.python = folder / "bin" / "python"
        self.stamp = folder / STAMP

    def create(self) -> None:
        """Make the environment anew unless it works and fits this pyproject.toml."""
        if self.installed() and self.run("-c", "", quiet=True):
            return
        print(f"Creating {self.folder.name} with {sys.executable}", file=sys.stderr)
        subprocess.run(
            [sys.executable, "-m", "venv", "--clear", str(self.folder)], check=True
        )
        if not self.pip("--upgrade", "pip"):
            sys.exit("pip could not be upgraded; is the network there?")
        self.mark("")

    def install(self, name: str) -> None:
        """Install syncline itself with one extra, or exit with the reason."""
        if name in self.installed():
            return
        print(f"Installing syncline[{name}]", file=sys.stderr)
        if not self.pip("--editable", f"{ROOT}[{name}]"):
            sys.exit(f"syncline[{name}] could not be installed; see pip's words above.")
        self.mark(name)

    def driver(self, engine: str) -> bool:
        """Install one engine's driver; False, and a sentence, when that failed."""
        if engine in self.installed():
            return True
        print(f"Installing the driver of {TITLES[engine]}", file=sys.stderr)
        if self.install_driver(engine):
            self.mark(engine)
            return True
        needs = f"brew install {DRIVER_NEEDS_MACOS[engine]}"
        if sys.platform != "darwin":
            needs = f"apt-get install {' '.join(DRIVER_NEEDS[engine])}"
        print(
            f"{TITLES[engine]}: missing, its driver did not install; "
            f"run this, then make again: {needs}",
            file=sys.stderr,
        )
        return False

    def install_driver(self, engine: str) -> bool:
        """Try; then as root on Debian install what a build needs, and try again."""
        wanted = ("--editable", f"{ROOT}[{engine}]")
        return self.pip(*wanted, quiet=True) or (
            debian.may_install()
            and debian.install(DRIVER_NEEDS[engine])
            and self.pip(*wanted)
        )

    def installed(self) -> list[str]:
        """What the stamp names, if it was written for this pyproject.toml."""
        try:
            stamp = json.loads(self.stamp.read_text())
        except (OSError, ValueError):
            return []
        return list(stamp["installed"]) if stamp["fits"] == fingerprint() else []

    def mark(self, name: str) -> None:
        """Add a name to the stamp."""
        stamp = {"fits": fingerprint(), "installed": [*self.installed(), name]}
        self.stamp.write_text(json.dumps(stamp))

    def pip(self, *words: str, quiet: bool = False) -> bool:
        """Run `pip install`."""
        return self.run(
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            *words,
            quiet=quiet,
        )

    def run(self, *words: str, quiet: bool = False) -> bool:
        """Run the environment's Python; False when it failed or is not there."""
        sink = subprocess.DEVNULL if quiet else sys.stderr
        try:
            done = subprocess.run(
                [str(self.python), *words], stdout=sink, stderr=sink, check=False
            )
        except OSError:
            return False
        return done.returncode == 0


def fingerprint() -> str:
    """Changes when the dependencies do; settings of tools come below them."""
    project = (ROOT / "pyproject.toml").read_text().partition("\n[tool.")[0]
    return hashlib.sha256(project.encode()).hexdigest()


if __name__ == "__main__":
    sys.exit(main())
