"""A dump or copy shows one moment, whatever others commit meanwhile."""

import contextlib
import itertools
from concurrent.futures import ThreadPoolExecutor

from django.db import connections, transaction

from syncline import LoadOptions, Mode, copy, dump
from tests.awkward import models as awkward
from tests.databases import engine_of
from tests.engines.archive import read_archive
from tests.zoo.writing import objects

REPLACE = LoadOptions(mode=Mode.REPLACE)
MODELS = ["awkward.Author", "awkward.Book", "awkward.Edition", "awkward.Node"]


@contextlib.contextmanager
def others_write(alias):
    """Give a function that commits a parent, its child and the child's child.

    They are written by a thread with a connection of its own, in one transaction, and
    are there when the function returns. The first three are there already.
    """
    numbers = itertools.count(1)

    def write(number):
        with transaction.atomic(using=alias):
            parent = objects(awkward.Author, alias).create(first=f"{number}", last="")
            child = objects(awkward.Book, alias).create(title="", author=parent)
            objects(awkward.Edition, alias).create(book=child, year=number)

    with shared(alias), ThreadPoolExecutor(1) as pool:
        try:
            for number in itertools.islice(numbers, 3):
                pool.submit(write, number).result()
            yield lambda: pool.submit(write, next(numbers)).result()
        finally:
            pool.submit(close, alias).result()


@contextlib.contextmanager
def shared(alias):
    """Let SQLite's writers go on beside a reader; the servers' do so anyway."""
    if engine_of(alias) != "sqlite":
        yield
        return
    # The journal's mode stays with the file ("Write-Ahead Logging", section 3.3).
    journal(alias, "WAL")
    try:
        yield
    finally:
        # A connection that changes the mode back keeps pages of an older moment.
        close(alias)
        journal(alias, "DELETE")


def journal(alias, mode):
    with connections[alias].cursor() as cursor:
        cursor.execute(f"PRAGMA journal_mode = {mode}")
        assert cursor.fetchone() == (mode.lower(),)


def close(alias):
    """Close this thread's own connection."""
    connections[alias].close()


def test_a_dump_shows_one_moment(engine, tmp_path):
    alias, path, steps = f"{engine}_a", tmp_path / "moment.syncline", 0
    with others_write(alias) as write:
        for _ in dump(path, database=alias, models=MODELS):
            write()
            steps += 1

    rows = read_archive(path).rows
    authors, books, editions = (rows[label] for label in MODELS[:3])
    assert steps > 8
    assert objects(awkward.Author, alias).count() == 3 + steps
    # Not one family in part, and none of those that came while rows were read.
    assert {row["author"] for row in books} == {row["id"] for row in authors}
    assert {row["book"] for row in editions} == {row["id"] for row in books}
    assert 3 <= len(authors) == len(books) == len(editions) < 3 + steps


def test_a_copy_shows_one_moment(pair):
    steps = 0
    with others_write(pair.source) as write:
        for _ in copy(pair.source, pair.target, models=MODELS, options=REPLACE):
            write()
            steps += 1

    books = objects(awkward.Book, pair.target)
    editions = objects(awkward.Edition, pair.target)
    authors = set(objects(awkward.Author, pair.target).values_list("pk", flat=True))
    assert set(books.values_list("author_id", flat=True)) == authors
    assert set(editions.values_list("book__author_id", flat=True)) == authors
    assert 3 <= len(authors) == books.count() == editions.count() < 3 + steps


def test_rows_of_an_open_transaction_are_not_read(engine, tmp_path):
    alias = f"{engine}_a"
    path = tmp_path / "moment.syncline"
    with shared(alias), ThreadPoolExecutor(1) as pool:
        pool.submit(begin, alias).result()
        try:
            dump(path, database=alias, models=MODELS).run()
        finally:
            pool.submit(end, alias).result()

    assert read_archive(path).rows == {label: [] for label in MODELS}


def begin(alias):
    """Insert a row in a transaction that stays open."""
    transaction.set_autocommit(False, using=alias)
    objects(awkward.Author, alias).create(first="not", last="yet")


def end(alias):
    """Take it back."""
    transaction.rollback(using=alias)
    close(alias)
