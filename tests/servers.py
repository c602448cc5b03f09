"""Private PostgreSQL and MariaDB servers for one run of the tests.

`python -m tests.servers run -- COMMAND …` starts what can be had in temporary folders,
tells COMMAND about it in the environment, and removes all of it again at the end. When
this process is killed, a watcher that holds the other end of a pipe does the removing.
"""

import argparse
import contextlib
import importlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from tests.address import FOLDER, TITLES, UNAVAILABLE, Address, connect, variable
from tests.machine import (
    DRIVERS,
    Account,
    ServerMissing,
    check_driver,
    free_port,
    private_folder,
    programs,
)
from tests.spatial import places
from tests.watcher import STOP_SECONDS_MAX, Watcher
from tools import debian

ENGINES = ("postgresql", "mariadb")
START_SECONDS_MAX = 60
START_TRIES_MAX = 3

STOP_SIGNALS = {"postgresql": signal.SIGQUIT, "mariadb": signal.SIGKILL}
"""The fastest end that leaves nothing behind; the data is thrown away anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server of ours."""

    engine: str
    url: str
    folder: Path
    process: "subprocess.Popen[bytes]"

    def stop(self) -> None:
        """Stop the server and remove its folder; its data is worth nothing."""
        stop_process(self.process, STOP_SIGNALS[self.engine])
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()


def stop_process(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """Send the signal, and kill a process that does not heed it."""
    process.send_signal(number)
    try:
        process.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What it takes to make a server: programs, an account, a folder, a password."""

    engine: str
    install: Path
    serve: Path
    account: Account
    folder: Path
    password: str
    watcher: Watcher | None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def write(self, name: str, text: str) -> Path:
        """Write a file that only the account can read."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(text)
        self.account.own(path)
        return path

    def run(self, command: Sequence[str | Path]) -> bool:
        """Run a program as the account to its end; its output goes to the log."""
        process = self.spawn(command, signal.SIGKILL)
        try:
            return process.wait() == 0
        except BaseException:
            # With its children: mariadb-install-db is a script around a server.
            os.killpg(process.pid, signal.SIGKILL)
            raise
        finally:
            process.wait()
            self.ended(process)

    def spawn(
        self, command: Sequence[str | Path], end: signal.Signals
    ) -> "subprocess.Popen[bytes]":
        """Start a program as the account; the watcher hears how to end it."""
        with (self.folder / "log").open("ab") as log:
            process = self.account.spawn(command, log)
        if self.watcher:
            self.watcher.tell("process", process.pid, int(end))
        return process

    def ended(self, process: "subprocess.Popen[bytes]") -> None:
        """Tell the watcher that the number may soon mean another process."""
        if self.watcher:
            self.watcher.tell("ended", process.pid)

    def failed(self, what: str) -> ServerMissing:
        """A sentence, with the last line of the log."""
        log = (self.folder / "log").read_text(errors="replace").strip()
        last = log.splitlines()[-1] if log else "it said nothing"
        return ServerMissing(f"{TITLES[self.engine]}: missing, {what}: {last}")


def prepare_postgresql(shop: Workshop) -> None:
    """Make a cluster; C.UTF-8 where it is known: fast, and with full case rules."""
    secret = shop.write("password", shop.password)
    for locale in ("C.UTF-8", "en_US.UTF-8", "C"):
        shutil.rmtree(shop.data, ignore_errors=True)
        if shop.run([
            shop.install, "--pgdata", shop.data, "--username", "syncline",
            "--auth-local", "trust", "--auth-host", "scram-sha-256",
            "--pwfile", secret, "--encoding", "UTF8", "--locale", locale, "--no-sync",
        ]):  # fmt: skip
            return
    raise shop.failed("initdb failed")


def postgresql_command(shop: Workshop, port: int) -> list[str | Path]:
    """The server's command line: as fast as data may be that nobody keeps."""
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": shop.folder,
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "max_connections": 50,
        "shared_buffers": "128MB",
        "max_wal_size": "4GB",
        # A test that leaves a lock behind must fail, not hang.
        "lock_timeout": "60s",
        "timezone": "UTC",
    }
    flags = [f"--{name}={value}" for name, value in settings.items()]
    return [shop.serve, "-D", shop.data, *flags]


def prepare_mariadb(shop: Workshop) -> None:
    """Make a data folder, and the statements that give root its password."""
    known_by = f"IDENTIFIED BY '{shop.password}'"
    statements = [f"ALTER USER root@localhost {known_by};"]
    for user in ("syncline@localhost", "syncline@'127.0.0.1'"):
        statements += [
            f"CREATE OR REPLACE USER {user} {known_by};",
            f"GRANT ALL ON *.* TO {user} WITH GRANT OPTION;",
        ]
    shop.write("init.sql", "\n".join(statements) + "\n")
    if not shop.run([
        shop.install, "--no-defaults", f"--datadir={shop.data}", "--skip-test-db",
        "--auth-root-authentication-method=normal", "--skip-name-resolve",
    ]):  # fmt: skip
        raise shop.failed("mariadb-install-db failed")


def mariadb_command(shop: Workshop, port: int) -> list[str | Path]:
    """The server's command line: as fast as data may be that nobody keeps."""
    settings = {
        "datadir": shop.data,
        "socket": shop.folder / "mariadb.sock",
        "pid-file": shop.folder / "mariadb.pid",
        "bind-address": "127.0.0.1",
        "port": port,
        "tmpdir": shop.folder,
        "init-file": shop.folder / "init.sql",
        "character-set-server": "utf8mb4",
        "local-infile": "ON",
        "innodb-buffer-pool-size": "256M",
        "innodb-log-file-size": "256M",
        "innodb-flush-log-at-trx-commit": 0,
        "innodb-doublewrite": "OFF",
        "loose-debug-no-sync": "ON",
        "max-connections": 50,
        # A test that leaves a lock behind must fail, not hang.
        "lock-wait-timeout": 60,
        "default-time-zone": "+00:00",
    }
    flags = [f"--{name}={value}" for name, value in settings.items()]
    return [shop.serve, "--no-defaults", "--skip-name-resolve", *flags]


PREPARE: dict[str, Callable[[Workshop], None]] = {
    "postgresql": prepare_postgresql,
    "mariadb": prepare_mariadb,
}
COMMAND: dict[str, Callable[[Workshop, int], list[str | Path]]] = {
    "postgresql": postgresql_command,
    "mariadb": mariadb_command,
}
DATABASE = {"postgresql": "postgres", "mariadb": "mysql"}


def start(engine: str, watcher: Watcher | None = None) -> Server:
    """Start a private server; raises ServerMissing with one sentence."""
    check_driver(engine)
    install, serve = programs(engine)
    account = Account.for_engine(engine)
    folder = private_folder(account)
    if watcher:
        watcher.tell("folder", folder)
    shop = Workshop(
        engine=engine,
        install=install,
        serve=serve,
        account=account,
        folder=folder,
        password=secrets.token_urlsafe(18),
        watcher=watcher,
    )
    try:
        PREPARE[engine](shop)
        return serve_until_ready(shop)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def serve_until_ready(shop: Workshop) -> Server:
    """Try a few ports: another program may take one between our look and the start."""
    for _ in range(START_TRIES_MAX):
        port = free_port()
        end = STOP_SIGNALS[shop.engine]
        process = shop.spawn(COMMAND[shop.engine](shop, port), end)
        url = (
            f"{shop.engine}://syncline:{shop.password}@127.0.0.1:{port}"
            f"/{DATABASE[shop.engine]}"
        )
        try:
            ready = answers(url, process)
        except BaseException:
            stop_process(process, end)
            raise
        if ready:
            return Server(
                engine=shop.engine, url=url, folder=shop.folder, process=process
            )
        stop_process(process, end)
        shop.ended(process)
    raise shop.failed("the server does not start")


def answers(url: str, process: "subprocess.Popen[bytes]") -> bool:
    """Wait until the server lets us in; False when it ended or took too long."""
    until = time.monotonic() + START_SECONDS_MAX
    driver_error = importlib.import_module(DRIVERS[Address.parse(url).engine]).Error
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(driver_error):
            connect(url).close()
            return True
        time.sleep(0.05)
    return False


def run(command: Sequence[str], engines: Sequence[str]) -> int:
    """Run a command beside the servers; its exit code, or 1 in CI without an engine."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    # A shell lets programs in its background ignore Ctrl-C, and they their children:
    # then pytest would not heed the signal by which we end it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with Watcher() as watcher, contextlib.ExitStack() as stack:
        folder = private_folder()
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        watcher.tell("folder", folder)
        environment = {**os.environ, FOLDER: str(folder)}
        if (wanted := places.packages()) and debian.may_install():
            debian.install(wanted)
        sentences = []
        for engine in engines:
            try:
                if url := offer(engine, watcher, stack):
                    environment[variable(engine)] = url
            except ServerMissing as error:
                print(error, file=sys.stderr)
                sentences.append(str(error))
                # A server that was named and does not answer is not there.
                environment.pop(variable(engine), None)
        if sentences and os.environ.get("CI") == "true":
            return 1
        environment[UNAVAILABLE] = "\n".join(sentences)
        return follow(command, environment, watcher)


def offer(engine: str, watcher: Watcher, stack: contextlib.ExitStack) -> str | None:
    """The URL of a new server that the stack stops; None where one is named already."""
    if url := os.environ.get(variable(engine)):
        check_named(engine, url)
        return None
    return stack.enter_context(start(engine, watcher)).url


def check_named(engine: str, url: str) -> None:
    """Raise ServerMissing when a server that the environment names is not there."""
    check_driver(engine)
    if Address.parse(url).engine != engine:
        raise ServerMissing(
            f"{TITLES[engine]}: missing, {variable(engine)} must begin with {engine}://"
        )
    try:
        connect(url).close()
    except importlib.import_module(DRIVERS[engine]).Error as error:
        words = " ".join(str(error).split())
        raise ServerMissing(
            f"{TITLES[engine]}: missing, the server that {variable(engine)} names "
            f"does not answer: {words}"
        ) from error


def interrupt(number: int, frame: FrameType | None) -> None:
    """Turn a signal into an exception, so that every `with` is left."""
    raise SystemExit(128 + number)


def follow(
    command: Sequence[str], environment: dict[str, str], watcher: Watcher
) -> int:
    """Run the command to its end; when we are told to stop, see that it stops."""
    try:
        child = subprocess.Popen(command, env=environment)
    except OSError as error:
        print(f"{command[0]} does not start: {error}", file=sys.stderr)
        return 127
    # SIGINT: pytest then ends in order, and drops its databases.
    watcher.tell("process", child.pid, int(signal.SIGINT))
    try:
        code = child.wait()
    except KeyboardInterrupt:
        # Ctrl-C reached the child too; it is tidying up.
        code = end_child(child)
    except SystemExit:
        child.send_signal(signal.SIGINT)
        code = end_child(child)
    return code if code >= 0 else 128 - code


def end_child(child: "subprocess.Popen[bytes]") -> int:
    """Wait for a child that is ending, and kill it when that takes too long."""
    try:
        return child.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        child.kill()
        return child.wait()


def main() -> int:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers")
    verbs = parser.add_subparsers(dest="verb", required=True)
    runner = verbs.add_parser("run", help="run a command beside private servers")
    runner.add_argument(
        "--engines", default=",".join(ENGINES), help="comma-separated (default: both)"
    )
    runner.add_argument("command", nargs="+", metavar="COMMAND")
    options = parser.parse_args()
    engines = [name for name in options.engines.split(",") if name]
    if unknown := set(engines) - set(ENGINES):
        parser.error(f"no such engine: {', '.join(sorted(unknown))}")
    return run(options.command, engines)


if __name__ == "__main__":
    sys.exit(main())
