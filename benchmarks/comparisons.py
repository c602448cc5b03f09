"""What is compared, and what the ratios should be."""

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.servers import engine_of
from benchmarks.settings import BACKENDS, SERVER_ROLES, SQLITE_ROLES
from tests.address import TITLES

Call = tuple[str, ...]
"""A step's name and its arguments, most of them aliases."""

ALIASES = frozenset(
    {f"sqlite_{role}" for role in SQLITE_ROLES}
    | {f"{engine}_{role}" for engine in BACKENDS for role in SERVER_ROLES}
)


def aliases_of(calls: Sequence[Call]) -> set[str]:
    """The databases that some steps use."""
    return {argument for call in calls for argument in call} & ALIASES


def engines_of(calls: Sequence[Call]) -> set[str]:
    """The engines that some steps take."""
    return {engine_of(alias) for alias in aliases_of(calls)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A raw command and the step of ours that does the same job."""

    name: str
    title: str
    raw_title: str
    raw: Call
    ours: Call
    before: tuple[Call, ...] = ()
    """Steps to run once, such as making the file that is loaded."""

    wall_max: float | None = None
    """How many times the raw command's time ours may take."""

    cpu_less_min: float | None = None
    """How many times less CPU than the raw command ours should take."""

    cpu_max: float | None = None
    """How many times the raw command's CPU ours may take, the server's included."""

    same_statements: bool = False
    """Should both take the same number of statements?"""

    rounds_max: int | None = None

    part_of: str = ""
    """The name of the pair that this is one half of; both together are a row, too."""

    @property
    def calls(self) -> tuple[Call, ...]:
        """All steps of the comparison."""
        return (*self.before, self.raw, self.ours)

    @property
    def target(self) -> str:
        """What the ratio should be, in words."""
        if self.cpu_less_min is not None:
            return f"CPU ≤ 1/{self.cpu_less_min:g}"
        if self.cpu_max is not None:
            return f"both CPU ≤ {self.cpu_max:g}"
        return f"wall ≤ {self.wall_max:g}"


def _copy(source: str, target: str, *, raw: Call, wall_max: float) -> Comparison:
    role = target.partition("_")[2]
    schema = {"bare": "bare table", "full": "full schema"}[role]
    ends = engine_of(source), engine_of(target)
    raw_titles = {
        "copy_from": "COPY FROM",
        "load_data": "LOAD DATA",
        "executemany": "executemany",
    }
    return Comparison(
        name=f"{ends[0]}-{ends[1]}-{role}",
        title=f"{TITLES[ends[0]]} → {TITLES[ends[1]]}, {schema}",
        raw_title=raw_titles[raw[0]],
        raw=raw,
        ours=("copy", source, target),
        wall_max=wall_max,
    )


def _dumpdata(engine: str) -> tuple[Comparison, Comparison]:
    """Compare with Django's own pair of commands, on some of the flights."""
    few, full = f"{engine}_few", f"{engine}_full"
    return (
        Comparison(
            name=f"dumpdata-{engine}",
            title=f"dump from {TITLES[engine]}, some rows",
            raw_title="dumpdata",
            raw=("dumpdata", few),
            ours=("dump", few),
            rounds_max=1,
            cpu_less_min=20,
            part_of=engine,
        ),
        Comparison(
            name=f"loaddata-{engine}",
            title=f"load into {TITLES[engine]}, some rows",
            raw_title="loaddata",
            before=(("dumpdata", few), ("dump", few)),
            raw=("loaddata", few, full),
            ours=("load", few, full),
            rounds_max=1,
            cpu_less_min=20,
            part_of=engine,
        ),
    )


SMALL = ("sqlite_small", "postgresql_small")
LARGE = ("sqlite_large", "postgresql_large")
"""Pairs of nodes that differ in how many flights they have."""


def _track(alias: str) -> Comparison:
    engine = engine_of(alias)
    return Comparison(
        name=f"track-{engine}",
        title=f"track on {TITLES[engine]}",
        raw_title="read and write",
        raw=("copy_out_in", alias),
        ours=("track", alias),
        before=(("track", alias),),
        cpu_max=8,
    )


COMPARISONS = (
    *(_track(f"{engine}_node") for engine in TITLES),
    Comparison(
        name="changes",
        title="10,000 changes of 1,000,000",
        raw_title="of 10,000",
        before=(("first", *SMALL), ("first", *LARGE)),
        raw=("changes", *SMALL),
        ours=("changes", *LARGE),
        cpu_max=1.5,
        same_statements=True,
    ),
    _copy(
        "sqlite_source",
        "postgresql_bare",
        raw=("copy_from", "postgresql_bare"),
        wall_max=3.5,
    ),
    _copy(
        "sqlite_source",
        "postgresql_full",
        raw=("copy_from", "postgresql_full"),
        wall_max=0.5,
    ),
    *(
        _copy(
            source,
            f"mariadb_{role}",
            raw=("load_data", f"mariadb_{role}"),
            wall_max=2.2,
        )
        for source in ("sqlite_source", "postgresql_source")
        for role in ("bare", "full")
    ),
    _copy(
        "postgresql_source",
        "sqlite_full",
        raw=("executemany", "sqlite_full"),
        wall_max=1.7,
    ),
    Comparison(
        name="dump",
        title="dump from PostgreSQL",
        raw_title="COPY TO",
        raw=("copy_to", "postgresql_source"),
        ours=("dump", "postgresql_source"),
        wall_max=5,
    ),
    Comparison(
        name="load",
        title="load into PostgreSQL, bare table",
        raw_title="COPY FROM",
        before=(("dump", "postgresql_source"),),
        raw=("copy_from", "postgresql_bare"),
        ours=("load", "postgresql_source", "postgresql_bare"),
        wall_max=3.5,
    ),
    *_dumpdata("sqlite"),
    # On SQLite the client's CPU is the database's, too; here it is the client's alone.
    *_dumpdata("postgresql"),
)


def pair_of(engine: str, halves: Sequence[Comparison]) -> Comparison:
    """Describe the two halves of a move as one: out of a database and into another."""
    out, into = halves
    return Comparison(
        name=f"pair-{engine}",
        title=f"both, {TITLES[engine]}",
        raw_title="both",
        raw=(*out.raw, *into.raw),
        ours=(*out.ours, *into.ours),
        cpu_less_min=20,
    )


def named(names: Sequence[str]) -> list[Comparison]:
    """The comparisons of these names; all of them where none is given."""
    return [one for one in COMPARISONS if not names or one.name in names]


MEMORY = "memory"
"""The name of the table of peak memory, beside those of the comparisons."""

MEMORY_MAX_MB = 200
MEMORY_GROWTH_MAX = 1.1
"""How many times the memory ten times as many rows may take."""


def memory_calls(source: str) -> tuple[Call, ...]:
    """The steps whose peak memory counts; each builds on the one before."""
    return (
        ("copy", source, "postgresql_full"),
        ("verify", source, "postgresql_full"),
        ("dump", "postgresql_full"),
        ("load", "postgresql_full", "postgresql_bare"),
    )
