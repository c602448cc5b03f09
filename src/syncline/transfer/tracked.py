"""Track, status, pull, push and sync: what the commands and the Python API call.

What they do needs our models, which Django has ready only after it is set up. So this
module names no module that has some, and asks for it when a task is begun.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from threading import Event
from types import MappingProxyType
from typing import Any, TypeVar

from django.apps import apps

from syncline.apply.contact import Contact
from syncline.apply.joined import MergeReport
from syncline.errors import NotInstalled
from syncline.progress import Progress, Task
from syncline.tables.selection import OUR_APP
from syncline.transfer.reports import (
    ClockReport,
    ConflictSummary,
    ResetReport,
    RunSummary,
    StatusReport,
    SyncReport,
    TrackReport,
    UntrackReport,
    WaitingSummary,
)

Report = TypeVar("Report")
Steps = Generator[Progress, None, Report]


def use_case(verb: str, module: str, name: str) -> Callable[..., Any]:
    """Give what does the work of a verb.

    Raises:
        NotInstalled: the project does not have our app, so there are no tables.
    """
    if not apps.is_installed(OUR_APP):
        raise NotInstalled(verb=verb)
    found: Callable[..., Any] = getattr(
        import_module(f"syncline.transfer.{module}"), name
    )
    return found


def track(*, database: str = "default") -> Task[TrackReport]:
    """Make a database a node: our tables, triggers, and a record for every row.

    A second time it brings the node to what is declared then.

    Args:
        database: the alias to track.
    """

    def steps() -> Steps[TrackReport]:
        report: TrackReport = yield from use_case("track", "nodes", "track")(database)
        return report

    return Task(steps())


def untrack(*, database: str = "default") -> Task[UntrackReport]:
    """Remove every trace of tracking from a database; its own rows stay.

    Args:
        database: the alias to leave alone from now on.
    """

    def steps() -> Steps[UntrackReport]:
        work = use_case("untrack", "nodes", "untrack")
        report: UntrackReport = yield from work(database)
        return report

    return Task(steps())


def status(*, database: str = "default") -> Task[StatusReport]:
    """Say how a node is: what is tracked, what waits, whom it knows.

    Args:
        database: the alias to look at.
    """

    def steps() -> Steps[StatusReport]:
        work = use_case("status", "statuses", "status")
        report: StatusReport = yield from work(database)
        return report

    return Task(steps())


def pull(
    peer: str = "",
    *,
    database: str = "default",
    models: Sequence[str] = (),
    exclude: Sequence[str] = (),
    contact: Contact | None = None,
    dry_run: bool = False,
) -> Task[SyncReport]:
    """Bring what a peer has to this node.

    Args:
        peer: an alias; may be left out where there is only one other.
        database: the alias of this node.
        models: labels of apps or models; none means all that are tracked.
        exclude: labels of apps or models to leave out.
        contact: what to do where the two meet for the first time.
        dry_run: tell what would happen, record by record, and write nothing.
    """
    return _exchange(
        "pull",
        peer,
        database=database,
        models=models,
        exclude=exclude,
        contact=contact,
        dry_run=dry_run,
    )


def push(
    peer: str = "",
    *,
    database: str = "default",
    models: Sequence[str] = (),
    exclude: Sequence[str] = (),
    contact: Contact | None = None,
    dry_run: bool = False,
) -> Task[SyncReport]:
    """Bring what this node has to a peer; the arguments are those of `pull`."""
    return _exchange(
        "push",
        peer,
        database=database,
        models=models,
        exclude=exclude,
        contact=contact,
        dry_run=dry_run,
    )


def sync(
    peer: str = "",
    *,
    database: str = "default",
    models: Sequence[str] = (),
    exclude: Sequence[str] = (),
    contact: Contact | None = None,
    dry_run: bool = False,
) -> Task[SyncReport]:
    """Pull, then push, so that both have the same; the arguments are those of `pull`.

    What `contact` calls the source is the peer, in both halves.
    """
    return _exchange(
        "sync",
        peer,
        database=database,
        models=models,
        exclude=exclude,
        contact=contact,
        dry_run=dry_run,
    )


def run(  # noqa: PLR0913 - a keyword for each question
    peer: str = "",
    *,
    every_s: float,
    stop: Event,
    tell: Callable[[SyncReport], None],
    warn: Callable[[str], None],
    sleep: Callable[[float], object] | None = None,
    said: Mapping[str, object] = MappingProxyType({}),
) -> Task[int]:
    """Sync again and again; the report is the number of rounds.

    Args:
        peer: an alias; may be left out where there is only one other.
        every_s: seconds between two rounds.
        stop: set it, and the changeset at hand is the last one.
        tell: takes the report of a round that has moved something.
        warn: takes what went wrong, once.
        sleep: waits some seconds; None waits until then or until `stop`.
        said: the other arguments of `sync`.
    """

    def steps() -> Steps[int]:
        call = use_case("run", "peers", "call_of")("sync", peer, **said)
        rounds = use_case("run", "rounds", "Rounds")(
            call=call, every_s=every_s, stop=stop, tell=tell, warn=warn, sleep=sleep
        )
        report: int = yield from rounds.run()
        return report

    return Task(steps())


@contextmanager
def untracked(database: str = "default") -> Iterator[None]:
    """Let nothing that is written within travel; also a decorator.

    All of it is one transaction. An edit of the same field that comes later, here or
    elsewhere, travels as ever.

    Args:
        database: the alias that is written to.

    Raises:
        UsageError: it is used in an async task, which shares its connection.
    """
    with use_case("untracked()", "nodes", "untracked")(database):
        yield


def agree(
    peer: str = "",
    *,
    database: str = "default",
    models: Sequence[str] = (),
    exclude: Sequence[str] = (),
    deep: bool = False,
    repair: str = "",
) -> Task[Any]:
    """Compare this node with a peer by record; the report, and what no sync mends.

    Args:
        peer: an alias; may be left out where there is only one other.
        database: the alias of this node.
        models: labels of apps or models; none means all that both track.
        exclude: labels of apps or models to leave out.
        deep: compare versions, too, and each side's records with its rows?
        repair: whose values win where they differ: `source` is the peer, `target`
            this node; empty leaves both as they are.
    """

    def steps() -> Steps[Any]:
        work = use_case("verify", "comparing", "compare_with")
        report = yield from work(
            peer,
            database=database,
            models=models,
            exclude=exclude,
            deep=deep,
            repair=repair,
        )
        return report

    return Task(steps())


def runs(*, database: str = "default") -> Task[list[RunSummary]]:
    """List the last runs of a node."""
    return _history("listed", database)


def shown(number: int, *, database: str = "default") -> Task[RunSummary]:
    """Show a run with its chunks."""
    return _history("shown", database, number)


def resume(number: int, *, database: str = "default") -> Task[SyncReport | TrackReport]:
    """Run a run again."""
    return _history("resumed", database, number)


def prune(
    *, database: str = "default", older_than: int | None = None
) -> Task[dict[str, int]]:
    """Remove what the ledger keeps for no longer."""
    return _history("pruned", database, older_than)


def conflicts(
    *, database: str = "default", resolved: bool = False
) -> Task[list[ConflictSummary]]:
    """List the conflicts of a node: open ones, or those that were resolved."""
    return _keeping("conflicts", "conflicts", database, resolved=resolved)


def resolve(
    number: int, *, choice: int, database: str = "default"
) -> Task[ConflictSummary]:
    """Let one of a conflict's values stay: 0 is what the row shows."""
    return _keeping("conflicts", "resolve", database, number, choice)


def waiting(*, database: str = "default") -> Task[list[WaitingSummary]]:
    """List the changes that could not be applied."""
    return _keeping("quarantine", "waiting", database)


def retry(*, database: str = "default") -> Task[tuple[int, int]]:
    """Try them again; the report is how many there were, and still are."""
    return _keeping("quarantine", "retry", database)


def drop(number: int, *, database: str = "default") -> Task[WaitingSummary]:
    """Refuse one of them for good."""
    return _keeping("quarantine", "drop", database, number)


def undo(number: int, *, database: str = "default", revert: bool = False) -> Task[Any]:
    """Take a run back here, or write its old values as new versions."""
    return _keeping("undo", "undo", database, number, revert=revert)


def audit(*, database: str = "default", models: Sequence[str] = ()) -> Task[Any]:
    """Find writes that triggers have missed."""
    return _keeping("audit", "audited", database, models)


def reset(
    peer: str = "", *, database: str = "default", to: int | None = None
) -> Task[ResetReport]:
    """Set the checkpoint with a peer: from where on the next transfer reads.

    Args:
        peer: an alias, or a peer's name or id; may be left out where there is one.
        database: the alias of this node.
        to: a position in the peer's order; None asks for everything again.
    """

    def steps() -> Steps[ResetReport]:
        work = use_case("reset", "checkpoints", "reset")
        report: ResetReport = yield from work(database, peer, to)
        return report

    return Task(steps())


def clock(peer: str = "", *, database: str = "default") -> Task[ClockReport]:
    """Compare the clocks that decide which of two edits is the newer one.

    Args:
        peer: the alias of a node whose clocks are read, too; none if left out.
        database: the alias of this node.
    """

    def steps() -> Steps[ClockReport]:
        work = use_case("clock", "clocks", "clocks")
        report: ClockReport = yield from work(database, peer)
        return report

    return Task(steps())


def merge(
    model: str,
    keep: str,
    other: str,
    *,
    database: str = "default",
    dry_run: bool = False,
) -> Task[MergeReport]:
    """Let two rows be one record, on this node and on all others.

    Args:
        model: the label of a tracked model.
        keep: the primary key of the row whose values stay.
        other: the primary key of the other one.
        database: the alias of this node.
        dry_run: tell what would follow, and write nothing.
    """

    def steps() -> Steps[MergeReport]:
        work, pks = use_case("merge", "merging", "merge"), (str(keep), str(other))
        report: MergeReport = yield from work(database, model, pks, dry_run=dry_run)
        return report

    return Task(steps())


def _keeping(verb: str, name: str, *said: object, **more: object) -> Task[Any]:
    def steps() -> Steps[Any]:
        return (yield from use_case(verb, "keeping", name)(*said, **more))

    return Task(steps())


def _history(name: str, *said: object) -> Task[Any]:
    def steps() -> Steps[Any]:
        return (yield from use_case("runs", "history", name)(*said))

    return Task(steps())


def _exchange(verb: str, peer: str, **said: object) -> Task[SyncReport]:
    def steps() -> Steps[SyncReport]:
        call = use_case(verb, "peers", "call_of")(verb, peer, **said)
        report: SyncReport = yield from use_case(verb, "peers", "exchange")(call)
        return report

    return Task(steps())
