"""Users of a test: threads that write, roll back, and remember what they committed."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random  # noqa: TID251 - it is passed in, and seeded
from typing import Any

from django.db import OperationalError, connections, transaction
from django.db.models import F

from tests.databases import engine_of
from tests.stations.models import Remark, Station

BATCH_MAX = 30
"""Rows that one statement writes at most."""

STATEMENTS_MAX = 4
PAUSE_S_MAX = 0.004
"""How long a writer thinks before it commits."""

BUSY_MS = 60_000
"""How long SQLite's only writer is waited for."""

Row = tuple[str, int]
Values = dict[int, Row | None]
"""By pk, a remark's text and stars; None of one that is deleted."""


class ThoughtBetter(Exception):
    """A writer takes back what it has written."""


@contextmanager
def connected(alias: str) -> Iterator[None]:
    """Write within, from a thread that has connections of its own."""
    try:
        patient(alias)
        yield
    finally:
        connections.close_all()


def patient(alias: str) -> None:
    """Let SQLite wait for other writers; the servers do so anyway."""
    if engine_of(alias) == "sqlite":
        connection: Any = connections[alias]
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        connection.transaction_mode = "IMMEDIATE"


@dataclass
class Writer:
    """One user, who alone writes to its own remarks, and to shared stations."""

    alias: str
    name: str
    random: Random
    shared: tuple[str, ...]
    """The codes of stations that all users of all databases write to."""

    shares: Callable[["Writer", str], None]
    """What it does to a shared station."""

    rows: Values = field(default_factory=dict)
    """The ledger: what it has committed."""

    climbed: dict[str, int] = field(default_factory=dict)
    """By code, how many metres it has added to a station."""

    named: dict[str, str] = field(default_factory=dict)
    """By code, the last name that it gave to a station."""

    committed: int = 0
    """Rows that its committed transactions have written."""

    refused: int = 0
    """Transactions that the database has ended to undo a deadlock."""

    made: int = 0

    def __post_init__(self) -> None:
        self._begin()

    def run(self, transactions: int) -> None:
        """Write in so many transactions; some of them are taken back."""
        with connected(self.alias):
            for _ in range(transactions):
                self._begin()
                try:
                    with transaction.atomic(using=self.alias):
                        self._transaction()
                except ThoughtBetter:
                    continue
                except OperationalError:
                    self.refused += 1
                    continue
                self._commit()

    def _begin(self) -> None:
        self.draft: Values = {}
        self.climbing: dict[str, int] = {}
        self.naming: dict[str, str] = {}
        self.written = 0

    def _commit(self) -> None:
        self.rows.update(self.draft)
        for code, metres in self.climbing.items():
            self.climbed[code] = self.climbed.get(code, 0) + metres
        self.named.update(self.naming)
        self.committed += self.written

    def _transaction(self) -> None:
        for _ in range(self.random.randint(1, STATEMENTS_MAX)):
            if self.random.random() < 0.2:
                self._and_back()
            self._statement()
        if self.random.random() < 0.3:
            self.shares(self, self.random.choice(self.shared))
        if self.random.random() < 0.5:
            time.sleep(self.random.random() * PAUSE_S_MAX)
        if self.random.random() < 0.15:
            self._think_better()

    @staticmethod
    def _think_better() -> None:
        raise ThoughtBetter

    def _and_back(self) -> None:
        """Write in a savepoint, and roll back to it."""
        before = dict(self.draft), self.written
        try:
            with transaction.atomic(using=self.alias):
                self._statement()
                self._think_better()
        except ThoughtBetter:
            self.draft, self.written = before

    def _statement(self) -> None:
        kind = self.random.random()
        alive = self._some()
        if kind < 0.45 or not alive:
            self._insert(self.random.randint(1, BATCH_MAX))
        elif kind < 0.85:
            self._update(alive)
        else:
            self._delete(alive)

    def _some(self) -> list[int]:
        """Choose some of its rows that are there."""
        known = {**self.rows, **self.draft}
        alive = [pk for pk, row in known.items() if row is not None]
        count = min(len(alive), self.random.randint(1, BATCH_MAX))
        return self.random.sample(alive, count)

    @property
    def _remarks(self) -> Any:
        return Remark.objects.using(self.alias)

    def _insert(self, count: int) -> None:
        texts = [f"{self.name}-{self.made + n}" for n in range(count)]
        self.made += count
        made = [Remark(text=text, stars=0) for text in texts]
        self._remarks.bulk_create(made)
        if any(one.pk is None for one in made):
            found = self._remarks.filter(text__in=texts).values_list("pk", "text")
            self._write({pk: (text, 0) for pk, text in found})
        else:
            self._write({one.pk: (one.text, 0) for one in made})

    def _update(self, pks: list[int]) -> None:
        known = {**self.rows, **self.draft}
        stars = self.random.randint(1, 10**6)
        self._remarks.filter(pk__in=pks).update(stars=stars)
        self._write({pk: ((known[pk] or ("", 0))[0], stars) for pk in pks})

    def _delete(self, pks: list[int]) -> None:
        self._remarks.filter(pk__in=pks).delete()
        self._write(dict.fromkeys(pks))

    def _write(self, rows: Values) -> None:
        self.draft.update(rows)
        self.written += len(rows)

    @property
    def alive(self) -> dict[int, Row]:
        """What it expects to find."""
        return {pk: row for pk, row in self.rows.items() if row is not None}


def climb(writer: Writer, code: str) -> None:
    """Add a metre to what others may be adding to."""
    stations = Station.objects.using(writer.alias).filter(code=code)
    stations.update(height=F("height") + 1)
    writer.climbing[code] = writer.climbing.get(code, 0) + 1
    writer.written += 1


def rename(writer: Writer, code: str) -> None:
    """Write the other field of the same stations."""
    name = f"{writer.name} {writer.random.randint(1, 10**9)}"
    Station.objects.using(writer.alias).filter(code=code).update(name=name)
    writer.naming[code] = name
    writer.written += 1


def stations(alias: str) -> dict[str, tuple[str, Decimal | None]]:
    """Give the name and the height of each station."""
    rows = Station.objects.using(alias).values_list("code", "name", "height")
    return {code: (name, height) for code, name, height in rows}


def remarks(alias: str) -> dict[int, Row]:
    """Give the text and the stars of each remark."""
    rows = Remark.objects.using(alias).values_list("pk", "text", "stars")
    return {pk: (text, stars) for pk, text, stars in rows}
