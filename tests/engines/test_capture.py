"""What triggers write into the journal: every write, whoever makes it, and no other."""

# Blocks that fail do something before; transactions are nested as applications do.
# ruff: noqa: SIM117

import datetime as dt
import json
import secrets
import time
import uuid
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connections, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat
from django.db.transaction import TransactionManagementError

from syncline.changes.conversion import convert_rows
from syncline.changes.operations import Origin
from syncline.engines.capture import join_pk, split_pk
from syncline.engines.generic import Generic
from syncline.errors import CaptureUnsupported, SequencerBusy
from syncline.models import Journal, RecordRow
from tests.awkward import models as awkward
from tests.engines.watching import DELETE, INSERT, TRUNCATE, UPDATE, Entry, bench
from tests.golden import texts
from tests.zoo import models as zoo


@pytest.fixture
def node(engine):
    with bench(f"{engine}_a") as made:
        yield made


@pytest.fixture
def second(node):
    """Another session of the same database."""
    connection = node.connection.copy()
    connections[connection.alias + "_second"] = connection
    connection.alias += "_second"
    yield connection
    connection.close()
    del connections[connection.alias]


def rows(model, node):
    return model.objects.using(node.alias)


# Who writes, and how


def test_save_is_journaled(node):
    node.watch(zoo.BigPk)
    one = zoo.BigPk(name="one")
    one.save(using=node.alias)
    one.name = "two"
    one.save(using=node.alias)
    pk = str(one.pk)
    one.delete(using=node.alias)

    assert node.take() == [
        Entry("zoo_bigpk", INSERT, pk),
        Entry("zoo_bigpk", UPDATE, pk, changed=frozenset({"name"})),
        Entry("zoo_bigpk", DELETE, pk),
    ]


def test_save_gets_its_own_pk_and_not_the_journals(node):
    node.watch(zoo.BigPk)
    for number in range(3):
        one = zoo.BigPk.objects.using(node.alias).create(name=str(number))
        made = rows(zoo.BigPk, node).bulk_create(
            [zoo.BigPk(name="a"), zoo.BigPk(name="b")]
        )

        assert rows(zoo.BigPk, node).get(name=str(number)).pk == one.pk
        assert made[1].pk == made[0].pk + 1 == one.pk + 2


def test_raw_insert_leaves_the_session_its_last_id(node):
    node.watch(zoo.BigPk)
    rows(zoo.BigPk, node).create(number=1000, name="far from the journal's ids")
    with connections[node.alias].cursor() as cursor:
        cursor.execute("INSERT INTO zoo_bigpk (name) VALUES ('x')")
        count = cursor.rowcount
        last = None if node.engine.name == "postgresql" else cursor.lastrowid
        asked = {
            "sqlite": "SELECT last_insert_rowid(), changes()",
            "mariadb": "SELECT LAST_INSERT_ID(), 1",
            "postgresql": "SELECT currval(pg_get_serial_sequence('zoo_bigpk', "
            "'number')), 1",
        }
        cursor.execute(asked[node.engine.name])
        said = cursor.fetchone()
    [pk] = rows(zoo.BigPk, node).filter(name="x").values_list("pk", flat=True)

    assert count == 1
    assert tuple(said) == (pk, 1)
    assert node.engine.name == "postgresql" or last == pk


def test_counts_of_rows_are_the_users_own(node):
    node.watch(zoo.BigPk)
    rows(zoo.BigPk, node).bulk_create([zoo.BigPk(name=str(n)) for n in range(5)])

    assert rows(zoo.BigPk, node).filter(name__lt="3").update(name="x") == 3
    assert rows(zoo.BigPk, node).filter(name="x").delete()[0] == 3


def test_bulk_writes_are_journaled_row_by_row(node):
    node.watch(zoo.PlainIntegerPk)
    objects = [zoo.PlainIntegerPk(code=n, name="a") for n in range(5)]
    rows(zoo.PlainIntegerPk, node).bulk_create(objects)
    assert node.said() == [(INSERT, str(n)) for n in range(5)]

    for one in objects[:2]:
        one.name = "b"
    rows(zoo.PlainIntegerPk, node).bulk_update(objects, ["name"])
    assert node.changed() == [("0", {"name"}), ("1", {"name"})]

    rows(zoo.PlainIntegerPk, node).update(name=Concat(F("name"), Value("!")))
    assert node.changed() == [(str(n), {"name"}) for n in range(5)]

    rows(zoo.PlainIntegerPk, node).filter(code__gte=3).delete()
    assert node.said() == [(DELETE, "3"), (DELETE, "4")]


def test_raw_sql_is_journaled(node):
    node.watch(zoo.PlainIntegerPk)
    node.execute("INSERT INTO zoo_plainintegerpk VALUES (1, 'a'), (-2, 'b')")
    node.execute("UPDATE zoo_plainintegerpk SET name = 'c' WHERE code = -2")
    node.execute("DELETE FROM zoo_plainintegerpk")

    assert node.said() == [
        (INSERT, "-2"),
        (INSERT, "1"),
        (UPDATE, "-2"),
        (DELETE, "-2"),
        (DELETE, "1"),
    ]


def test_loaddata_is_journaled(node, tmp_path):
    node.watch(zoo.PlainIntegerPk)
    fixture = tmp_path / "rows.json"
    row = {"model": "zoo.plainintegerpk", "pk": 7, "fields": {"name": "seven"}}
    fixture.write_text(json.dumps([row]))
    call_command("loaddata", str(fixture), database=node.alias, verbosity=0)

    assert node.said() == [(INSERT, "7")]


def test_rows_of_through_tables_are_journaled(node):
    node.watch(zoo.UuidPk.texts.through)
    one = rows(zoo.UuidPk, node).create(id=uuid.UUID(int=1), name="one")
    text = rows(zoo.TextPk, node).create(code="a", name="a")
    one.texts.add(text)
    one.texts.add(text)
    one.texts.clear()
    operations = [operation for operation, _ in node.said()]

    assert operations[0] == INSERT
    assert operations[-1] == DELETE


def test_upsert_is_journaled(node):
    node.watch(awkward.Account)
    rows(awkward.Account, node).create(id=1, login="a", balance=1)
    node.take()
    unique = [] if node.engine.name == "mariadb" else ["login"]
    rows(awkward.Account, node).bulk_create(
        [awkward.Account(id=8, login="a", balance=2), awkward.Account(id=9, login="b")],
        update_conflicts=True,
        update_fields=["balance"],
        unique_fields=unique or None,
    )
    said = node.take()

    assert (UPDATE, "1", {"balance"}) in [(e.operation, e.pk, e.changed) for e in said]
    assert (INSERT, "9") in [(e.operation, e.pk) for e in said]
    assert {entry.pk for entry in said} == {"1", "9"}


def test_row_replaced_by_another_key_is_journaled(node):
    """REPLACE pushes out the row that has the new one's unique value."""
    if node.engine.name == "postgresql":
        pytest.skip("has no REPLACE")
    node.watch(awkward.Account)
    rows(awkward.Account, node).create(id=1, login="a")
    node.take()
    node.execute("REPLACE INTO awkward_account (id, login, balance) VALUES (2, 'a', 0)")

    assert [*rows(awkward.Account, node).values_list("id", flat=True)] == [2]
    assert node.said() == [(INSERT, "2"), (DELETE, "1")]


def test_row_replaced_by_an_update_is_journaled(node):
    if node.engine.name != "sqlite":
        pytest.skip("has no UPDATE OR REPLACE")
    node.watch(awkward.Coordinates)
    node.execute(
        "INSERT INTO awkward_coordinates VALUES (1, 1, 1, 'a'), (2, 2, 2, 'b')"
    )
    node.take()
    node.execute(
        'UPDATE OR REPLACE awkward_coordinates SET "row" = 1, "column" = 1 WHERE id = 2'
    )

    assert rows(awkward.Coordinates, node).count() == 1
    assert node.said() == [(UPDATE, "2"), (DELETE, "1")]


def test_row_replaced_under_a_condition_is_journaled(node):
    if node.engine.name != "sqlite":
        pytest.skip("has no REPLACE, or no conditional constraint")
    node.watch(awkward.Conditional)
    node.execute(
        "INSERT INTO awkward_conditional VALUES (1, 'a', 1, 'x'), (2, 'b', 1, 'y')"
    )
    node.take()
    node.execute("REPLACE INTO awkward_conditional VALUES (3, 'a', 1, 'z')")

    assert node.said() == [(INSERT, "3"), (DELETE, "1")]


def test_truncate_is_journaled(node):
    if node.engine.name == "mariadb":
        pytest.skip("fires no trigger; an audit finds it")
    node.watch(zoo.PlainIntegerPk)
    rows(zoo.PlainIntegerPk, node).create(code=1, name="a")
    node.take()
    if node.engine.name == "sqlite":
        node.execute("DELETE FROM zoo_plainintegerpk")
        assert node.said() == [(DELETE, "1")]
    else:
        node.execute("TRUNCATE zoo_plainintegerpk CASCADE")
        assert node.said() == [(TRUNCATE, "")]


def test_rows_of_the_bulk_writer_are_journaled(node):
    """COPY on PostgreSQL, LOAD DATA on MariaDB."""
    node.watch(zoo.PlainIntegerPk)
    (table,) = node.watched
    kinds = [(column, node.engine.kind(column, None)) for column in table.columns]
    cells = node.engine.writing(kinds, "UTC")
    columns = list(zip(table.columns, cells, strict=True))
    with (
        transaction.atomic(using=node.alias),
        node.engine.writer(node.connection, table.table, columns) as writer,
    ):
        steps = [cell.encode for _, cell in columns]
        writer.write(list(convert_rows([(1, "a"), (2, "b")], steps)))

    assert node.said() == [(INSERT, "1"), (INSERT, "2")]


# What is no change


def test_rollback_leaves_nothing(node):
    node.watch(zoo.PlainIntegerPk)
    with pytest.raises(ZeroDivisionError), transaction.atomic(using=node.alias):  # noqa: PT012 - it is the end of the block that raises
        rows(zoo.PlainIntegerPk, node).create(code=1, name="a")
        raise ZeroDivisionError
    with transaction.atomic(using=node.alias):
        rows(zoo.PlainIntegerPk, node).create(code=2, name="kept")
        with pytest.raises(ZeroDivisionError), transaction.atomic(using=node.alias):  # noqa: PT012 - it is the end of the block that raises
            rows(zoo.PlainIntegerPk, node).create(code=3, name="lost")
            raise ZeroDivisionError

    assert node.said() == [(INSERT, "2")]


def test_refused_write_leaves_nothing(node):
    node.watch(awkward.Account)
    rows(awkward.Account, node).create(id=1, login="a")
    node.take()
    with pytest.raises(IntegrityError):
        rows(awkward.Account, node).create(id=2, login="a")

    assert node.take() == []


def test_update_to_the_same_values_leaves_nothing(node):
    node.watch(zoo.Everything)
    one = rows(zoo.Everything, node).create(
        char="a", decimal_5_2=Decimal("1.50"), json={"a": 1}
    )
    node.take()
    one.save(using=node.alias)
    rows(zoo.Everything, node).update(char="a", json={"a": 1}, text=None)
    rows(zoo.Everything, node).filter(pk=-1).update(char="b")

    assert node.take() == []


def test_update_of_other_columns_leaves_nothing(node):
    found = node.describe("awkward_account", ["id"], columns=["login"])
    node.watched.append(found)
    node.capture.install(node.connection, node.watched)
    rows(awkward.Account, node).create(id=1, login="a")
    node.take()
    rows(awkward.Account, node).update(balance=5)
    assert node.take() == []

    rows(awkward.Account, node).update(balance=6, login="b")
    assert node.changed() == [("1", {"login"})]


VALUES: dict[str, list[Any]] = {
    "big_integer": [0, 2**62],
    "binary": [b"", b"\0", b"\0\0"],
    "boolean": [False, True],
    "char": ["", "a", "A", "a ", "\xe4", "a\u0308"],
    "date": [dt.date(2000, 1, 1), dt.date(2000, 1, 2)],
    "date_time": [
        dt.datetime(2000, 1, 1, tzinfo=dt.UTC),
        dt.datetime(2000, 1, 1, 0, 0, 0, 1, tzinfo=dt.UTC),
    ],
    "decimal_15_4": [Decimal("1.0000"), Decimal("1.0001")],
    "duration": [dt.timedelta(0), dt.timedelta(microseconds=1)],
    "floating": [0.1, 0.1 + 2**-55, 1e300],
    "integer": [0, 1],
    "ip": ["::1", "::2", "10.0.0.1"],
    "json": [{}, [], {"a": 1}, {"a": 1.0}, {"a": "A"}, {"a": "a"}],
    "text": ["", "a", "A", "a ", "\xe4", "a\u0308"],
    "time": [dt.time(0), dt.time(0, 0, 0, 1)],
    "uuid": [uuid.UUID(int=1), uuid.UUID(int=2)],
}


@pytest.mark.parametrize("name", VALUES)
def test_least_difference_is_a_change(node, name):
    """Of letter case, of a blank, of accents, of type: the collation has no say."""
    node.watch(zoo.Everything)
    one = rows(zoo.Everything, node).create()
    node.take()
    for value in [*VALUES[name], None]:
        rows(zoo.Everything, node).update(**{name: value})

        assert node.changed() == [(str(one.pk), {name})], value


def test_scale_of_a_number_is_a_change(node):
    if node.engine.name != "postgresql":
        pytest.skip("keeps one scale in a column")
    node.make("loose", "id integer PRIMARY KEY, amount numeric")
    node.watch(("loose", ["id"]))
    node.execute("INSERT INTO loose VALUES (1, 1.0)")
    node.take()
    node.execute("UPDATE loose SET amount = 1.00")

    assert node.changed() == [("1", {"amount"})]


def test_type_of_a_value_is_a_change(node):
    if node.engine.name != "sqlite":
        pytest.skip("has types")
    node.make(
        "loose",
        "id integer PRIMARY KEY, anything, bytes blob, word text COLLATE NOCASE",
    )
    node.watch(("loose", ["id"]))
    node.execute("INSERT INTO loose VALUES (1, 1, 1, 'a')")
    node.take()
    for sql, changed in [
        ("anything = 1.0", {"anything"}),
        ("anything = '1.0'", {"anything"}),
        ("bytes = 1.0", {"bytes"}),
        ("word = 'A'", {"word"}),
    ]:
        node.execute(f"UPDATE loose SET {sql}")
        assert node.changed() == [("1", changed)]


def test_columns_beyond_the_mask_share_its_last_bit(node):
    names = [f"c{number}" for number in range(80)]
    node.make(
        "wide", "id integer PRIMARY KEY, " + ", ".join(f"{n} integer" for n in names)
    )
    node.watch(("wide", ["id"]))
    node.execute("INSERT INTO wide (id) VALUES (1)")
    node.take()
    node.execute("UPDATE wide SET c5 = 1")
    assert node.changed() == [("1", {"c5"})]

    node.execute("UPDATE wide SET c79 = 1")
    assert node.changed() == [("1", {f"c{number}" for number in range(61, 80)})]


# Keys


def test_changed_pk_is_journaled_with_the_former(node):
    node.watch(zoo.PlainIntegerPk)
    rows(zoo.PlainIntegerPk, node).create(code=1, name="a")
    node.take()
    rows(zoo.PlainIntegerPk, node).update(code=2)
    assert node.take() == [
        Entry("zoo_plainintegerpk", UPDATE, "2", "1", frozenset({"code"}))
    ]

    rows(zoo.PlainIntegerPk, node).update(code=3, name="b")
    assert node.take() == [
        Entry("zoo_plainintegerpk", UPDATE, "3", "2", frozenset({"code", "name"}))
    ]


def test_shifted_pks_are_all_journaled(node):
    node.watch(zoo.PlainIntegerPk)
    for code in (1, 2, 3):
        rows(zoo.PlainIntegerPk, node).create(code=code, name=str(code))
    node.take()
    node.execute("UPDATE zoo_plainintegerpk SET code = code + 10")

    moves = {(entry.old_pk, entry.pk) for entry in node.take() if entry.old_pk}
    assert moves == {("1", "11"), ("2", "12"), ("3", "13")}


def test_swapped_pks_are_journaled(node):
    deferred = " DEFERRABLE" if node.engine.name == "postgresql" else ""
    node.make("swapped", f"id integer PRIMARY KEY{deferred}, name varchar(9)")
    node.watch(("swapped", ["id"]))
    node.execute("INSERT INTO swapped VALUES (1, 'a'), (2, 'b')")
    node.take()
    if deferred:
        node.execute("UPDATE swapped SET id = 3 - id")
    else:
        for old, new in ((1, 0), (2, 1), (0, 2)):
            node.execute("UPDATE swapped SET id = %s WHERE id = %s", new, old)

    moves = [(entry.old_pk, entry.pk) for entry in node.take() if entry.old_pk]
    assert sorted(moves) == (
        [("1", "2"), ("2", "1")] if deferred else [("0", "2"), ("1", "0"), ("2", "1")]
    )


def test_pk_changed_in_letter_case_alone_is_journaled(node):
    node.watch(zoo.TextPk)
    rows(zoo.TextPk, node).create(code="a", name="a")
    node.take()
    node.execute("UPDATE zoo_textpk SET code = 'A'")

    assert [(entry.old_pk, entry.pk) for entry in node.take()] == [("a", "A")]


ODD = [
    "",
    " ",
    "a ",
    "A",
    "%s",
    "1:a",
    "it's",
    '"',
    "\\",
    "\n",
    "\U0001f600" * 200,
    "x" * 200,
]


def test_text_pks_are_journaled_as_they_are(node):
    node.watch(zoo.ExactTextPk)
    for text in ODD:
        rows(zoo.ExactTextPk, node).create(code=text, name="a")

    assert sorted(entry.pk for entry in node.take()) == sorted(ODD)


SAMPLES: dict[Any, list[dict[str, Any]]] = {
    zoo.AutoPk: [{"id": 1}, {"id": 2**31 - 1}],
    zoo.PlainIntegerPk: [{"code": -(2**31)}, {"code": 0}],
    zoo.BigPk: [{"number": 2**63 - 1}, {"number": -5}],
    zoo.ExactTextPk: [{"code": text} for text in ODD],
    zoo.UuidPk: [{"id": uuid.UUID(int=1)}, {"id": uuid.UUID(int=2**127 + 5)}],
    zoo.DatePk: [{"day": dt.date(1, 1, 1)}, {"day": dt.date(9999, 12, 31)}],
    zoo.DecimalPk: [
        {"amount": Decimal(text)} for text in ("0.10", "-7", "12345678.90")
    ],
    zoo.AddressPk: [{"address": "::1"}, {"address": "10.0.0.1"}],
    zoo.CompositePk: [
        {"text_pk_id": text, "position": number}
        for text in ("a", "1:a", "", "\U0001f600")
        for number in (1, -17)
    ],
}


@pytest.mark.parametrize("model", SAMPLES, ids=lambda model: model.__name__)
def test_rows_are_found_by_what_the_journal_calls_them(node, model):
    if model is zoo.CompositePk:
        for text in ("a", "1:a", "", "\U0001f600"):
            rows(zoo.TextPk, node).create(code=text, name="x")
    node.watch(model)
    others = {} if model is zoo.AutoPk else {"name": "x"}
    for sample in SAMPLES[model]:
        model(**sample, **others).save(using=node.alias, force_insert=True)
    pks = [entry.pk for entry in node.take()]
    assert len(set(pks)) == len(SAMPLES[model])

    (table,) = node.watched
    capture, name = node.capture, node.quote(table.table)
    for wanted in (pks, pks[:1], pks[1:], [], pks * 700):
        where = capture.with_pks(table.pk, wanted, "t.")
        spelled = capture.pk_text(table.pk, "t.").replace(
            "%", "%%" if where.params else "%"
        )
        sql = f"SELECT {spelled} FROM {name} t WHERE {where.sql}"
        assert {pk for (pk,) in node.execute(sql, *where.params)} == set(wanted)

    where = capture.with_pks(table.pk, pks)
    assert all(not capture.pk_trouble(column) for column in table.pk)
    node.execute(f"DELETE FROM {name} WHERE {where.sql}", *where.params)
    assert not model.objects.using(node.alias).exists()


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("at", [0, -5, 2**62]),
        ("pk", ["", "NULL", "a,b", "{x}", " ", "it's", '"', "\\", "\\x00", "%s", "\n"]),
    ],
)
def test_values_are_found_among_others(node, column, values):
    made = {"table_id": 1, "operation": 1, "pk_text": "1", "mask": 0, "at": 0}
    name = {"pk": "pk_text"}.get(column, column)
    for value in values:
        Journal.objects.using(node.alias).create(**{**made, "origin": 0, name: value})
    for wanted in (values, values[:1], values[1:], values[:0], values * 500):
        among = node.engine.among(column, wanted)
        sql = f"SELECT {column} FROM syncline_journal WHERE {among.sql}"
        assert {v for (v,) in node.execute(sql, *among.params)} == set(wanted)


def test_bytes_are_found_among_others(node):
    uids = [bytes([n]) * 16 for n in (0, 34, 39, 92, 255)]
    made = {"table_id": 1, "life": 1, "clock": 0, "node_id": 1, "counter": 0}
    rows = RecordRow.objects.using(node.alias)
    for seq, uid in enumerate(uids):
        rows.create(uid=uid, seq=seq, pk_text=str(seq), **made)
    for wanted in (uids, uids[1:], uids[:0]):
        among = node.engine.among("uid", wanted)
        sql = f"SELECT uid FROM syncline_record WHERE {among.sql}"
        found = {bytes(uid) for (uid,) in node.execute(sql, *among.params)}
        assert found == set(wanted)
    rows.all().delete()


@pytest.mark.parametrize(
    ("columns", "pks", "spelled"),
    [
        ("at {datetime} PRIMARY KEY", ["1969-12-31 23:59:59.999999"], "-1"),
        ("at {datetime} PRIMARY KEY", ["2024-02-29 12:00:00"], "1709208000000000"),
    ],
)
def test_times_as_keys(node, columns, pks, spelled):
    kinds = {
        "sqlite": "datetime",
        "postgresql": "timestamp with time zone",
        "mariadb": "datetime(6)",
    }
    node.make("timed", columns.format(datetime=kinds[node.engine.name]))
    node.watch(("timed", ["at"]))
    if node.engine.name == "postgresql":
        node.execute("SET TIME ZONE 'UTC'")
    node.execute("INSERT INTO timed VALUES (%s)", *pks)
    [entry] = node.take()
    (table,) = node.watched
    where = node.capture.with_pks(table.pk, [entry.pk])

    assert entry.pk == (pks[0] if node.engine.name == "sqlite" else spelled)
    assert node.execute(
        f"SELECT COUNT(*) FROM timed WHERE {where.sql}", *where.params
    ) == [(1,)]


def test_several_columns_of_a_key_are_told_apart(node):
    rows(zoo.TextPk, node).create(code="abc", name="x")
    node.watch(zoo.CompositePk)
    rows(zoo.CompositePk, node).create(text_pk_id="abc", position=17, name="a")
    rows(zoo.CompositePk, node).update(name="b")
    node.execute("UPDATE zoo_compositepk SET position = 18")

    assert node.take() == [
        Entry("zoo_compositepk", INSERT, "3:abc2:17"),
        Entry("zoo_compositepk", UPDATE, "3:abc2:17", changed=frozenset({"name"})),
        Entry(
            "zoo_compositepk", UPDATE, "3:abc2:18", "3:abc2:17", frozenset({"position"})
        ),
    ]
    assert split_pk("3:abc2:17", 2) == ["abc", "17"]
    assert join_pk(["abc", "17"]) == "3:abc2:17"
    assert split_pk("17", 1) == ["17"]


@pytest.mark.parametrize(
    "model",
    [zoo.PlainIntegerPk, zoo.TextPk, zoo.UuidPk, zoo.CompositePk],
    ids=lambda model: model.__name__,
)
def test_rows_are_looked_up_by_the_index_of_the_pk(node, model):
    if model is zoo.CompositePk:
        rows(zoo.TextPk, node).create(code="a", name="x")
    samples = {
        zoo.PlainIntegerPk: lambda n: {"code": n},
        zoo.TextPk: lambda n: {"code": f"text {n}"},
        zoo.UuidPk: lambda n: {"id": uuid.UUID(int=n)},
        zoo.CompositePk: lambda n: {"text_pk_id": "a", "position": n},
    }
    node.watch(model)
    rows(model, node).bulk_create(
        [model(**samples[model](n), name="x") for n in range(3000)]
    )
    (table,) = node.watched
    pks = sorted(entry.pk for entry in node.take())[::600]
    where = node.capture.with_pks(table.pk, pks)
    sql = f"SELECT * FROM {node.quote(table.table)} WHERE {where.sql}"
    match node.engine.name:
        case "sqlite":
            plan = node.execute(f"EXPLAIN QUERY PLAN {sql}", *where.params)
            assert any("SEARCH" in row[3] and table.table in row[3] for row in plan)
            assert not any(row[3].startswith(f"SCAN {table.table}") for row in plan)
        case "postgresql":
            node.execute(f"ANALYZE {node.quote(table.table)}")
            plan = node.execute(f"EXPLAIN {sql}", *where.params)
            assert any("Index Cond" in line for (line,) in plan), plan
        case _:
            node.execute(f"ANALYZE TABLE {node.quote(table.table)}")
            plan = node.execute(f"EXPLAIN {sql}", *where.params)
            assert [(row[3], row[5]) for row in plan] == [("range", "PRIMARY")]


# Origins


def test_marks_nest_and_end(node):
    node.watch(zoo.PlainIntegerPk)
    marked = node.capture.mark
    codes = iter(range(100))

    def write():
        rows(zoo.PlainIntegerPk, node).create(code=next(codes), name="a")

    with transaction.atomic(using=node.alias):
        write()
        with marked(node.connection, Origin.APPLY):
            write()
            with marked(node.connection, Origin.MIGRATION):
                write()
                with marked(node.connection, Origin.USER):
                    write()
            write()
        write()
    write()

    assert [entry.origin for entry in node.take()] == [0, 1, 2, 0, 1, 0, 0]


def test_mark_ends_with_its_transaction(node):
    node.watch(zoo.PlainIntegerPk)

    def write(code):
        rows(zoo.PlainIntegerPk, node).create(code=code, name="a")

    with pytest.raises(ZeroDivisionError), transaction.atomic(using=node.alias):  # noqa: PT012 - it is the end of the block that raises
        with node.capture.mark(node.connection, Origin.APPLY):
            write(1)
            raise ZeroDivisionError
    write(2)
    with pytest.raises(IntegrityError), transaction.atomic(using=node.alias):
        with node.capture.mark(node.connection, Origin.APPLY):
            write(2)
    write(3)
    with transaction.atomic(using=node.alias):
        with node.capture.mark(node.connection, Origin.APPLY):
            with pytest.raises(IntegrityError), transaction.atomic(using=node.alias):
                with node.capture.mark(node.connection, Origin.MIGRATION):
                    write(3)
            write(4)
        write(5)
    write(6)

    assert [entry.origin for entry in node.take()] == [0, 0, 1, 0, 0]


def test_mark_needs_a_transaction(node):
    with pytest.raises(TransactionManagementError):
        with node.capture.mark(node.connection, Origin.APPLY):
            pass


def test_moment_is_that_of_the_databases_clock(node):
    node.watch(zoo.PlainIntegerPk)
    rows(zoo.PlainIntegerPk, node).create(code=1, name="a")
    [entry] = node.take()

    assert abs(entry.at / 1_000_000 - time.time()) < 600


# What foreign keys write


def test_rows_that_keys_delete_are_journaled(node):
    node.make("above", "id integer PRIMARY KEY")
    node.make(
        "below",
        "id integer PRIMARY KEY, above_id integer, "
        "FOREIGN KEY (above_id) REFERENCES above (id) ON DELETE CASCADE",
    )
    node.watch(("below", ["id"]))
    node.execute("INSERT INTO above VALUES (1), (2)")
    node.execute("INSERT INTO below VALUES (10, 1), (11, 1), (20, 2)")
    node.take()
    node.execute("DELETE FROM above WHERE id = 1")

    assert node.execute("SELECT id FROM below") == [(20,)]
    assert node.said() == [(DELETE, "10"), (DELETE, "11")]


def test_columns_that_keys_set_to_null_are_journaled(node):
    node.make("above", "id integer PRIMARY KEY")
    node.make(
        "below",
        "id integer PRIMARY KEY, above_id integer, name integer, "
        "FOREIGN KEY (above_id) REFERENCES above (id) ON DELETE SET NULL",
    )
    node.watch(("below", ["id"]), ("above", ["id"]))
    node.execute("INSERT INTO above VALUES (1)")
    node.execute("INSERT INTO below VALUES (10, 1, 0), (20, NULL, 0)")
    node.take()
    node.execute("DELETE FROM above")

    assert set(node.take()) == {
        Entry("below", UPDATE, "10", changed=frozenset({"above_id"})),
        Entry("above", DELETE, "1"),
    }


def test_rows_that_keys_delete_through_other_tables_are_journaled(node):
    """From the top, over a table that is not watched, down to three more levels."""
    node.make("l0", "id integer PRIMARY KEY")
    for level in (1, 2, 3):
        action = "SET NULL" if level == 3 else "CASCADE"
        node.make(
            f"l{level}",
            "id integer PRIMARY KEY, up integer, FOREIGN KEY (up) "
            f"REFERENCES l{level - 1} (id) ON DELETE {action}",
        )
    node.watch(("l2", ["id"]), ("l3", ["id"]))
    node.execute("INSERT INTO l0 VALUES (1)")
    for level in (1, 2, 3):
        node.execute(f"INSERT INTO l{level} VALUES (1, 1), (2, 1)")
    node.take()
    node.execute("DELETE FROM l0")

    assert set(node.take()) == {
        Entry("l2", DELETE, "1"),
        Entry("l2", DELETE, "2"),
        Entry("l3", UPDATE, "1", changed=frozenset({"up"})),
        Entry("l3", UPDATE, "2", changed=frozenset({"up"})),
    }


def test_tree_that_keys_delete_is_journaled(node):
    node.make(
        "tree",
        "id integer PRIMARY KEY, up integer, "
        "FOREIGN KEY (up) REFERENCES tree (id) ON DELETE CASCADE",
    )
    node.watch(("tree", ["id"]))
    node.execute("INSERT INTO tree VALUES (0, NULL)")
    for number in range(1, 12):
        node.execute("INSERT INTO tree VALUES (%s, %s)", number, number - 1)
    node.take()
    node.execute("DELETE FROM tree WHERE id = 1")

    assert set(node.said()) == {(DELETE, str(number)) for number in range(1, 12)}


def test_keys_that_follow_a_changed_key_are_journaled(node):
    """The child's pk is the link, and its own child follows."""
    node.make("above", "id varchar(9) PRIMARY KEY")
    node.make(
        "below",
        "id varchar(9) PRIMARY KEY, "
        "FOREIGN KEY (id) REFERENCES above (id) ON UPDATE CASCADE",
    )
    node.make(
        "lowest",
        "below_id varchar(9), number integer, PRIMARY KEY (below_id, number), "
        "FOREIGN KEY (below_id) REFERENCES below (id) ON UPDATE CASCADE",
    )
    node.watch(("below", ["id"]), ("lowest", ["below_id", "number"]))
    node.execute("INSERT INTO above VALUES ('a')")
    node.execute("INSERT INTO below VALUES ('a')")
    node.execute("INSERT INTO lowest VALUES ('a', 1)")
    node.take()
    node.execute("UPDATE above SET id = 'bb'")

    assert node.execute("SELECT below_id FROM lowest") == [("bb",)]
    moved = {entry for entry in node.take() if entry.old_pk}
    assert moved == {
        Entry("below", UPDATE, "bb", "a", frozenset({"id"})),
        Entry("lowest", UPDATE, "2:bb1:1", "1:a1:1", frozenset({"below_id"})),
    }


# Triggers


def test_installed_tells_what_is_there(node):
    assert node.capture.installed(node.connection) == {}
    node.watch(zoo.PlainIntegerPk, awkward.Account)
    before = node.capture.installed(node.connection)
    assert set(before) == {1, 2}
    assert all(len(digest) == 32 for digest in before.values())

    node.capture.install(node.connection, node.watched)
    assert node.capture.installed(node.connection) == before

    drop = "DROP TRIGGER syncline_1_update"
    on = " ON zoo_plainintegerpk" if node.engine.name == "postgresql" else ""
    node.execute(drop + on)
    after = node.capture.installed(node.connection)
    assert after[1] != before[1]
    assert after[2] == before[2]

    node.capture.install(node.connection, node.watched[:1])
    assert node.capture.installed(node.connection) == before


def test_remove_takes_what_a_dropped_table_has_left(node):
    """PostgreSQL drops a table's triggers with it, and not their functions."""
    if node.engine.name != "postgresql":
        pytest.skip("its triggers are all there is")
    node.watch(zoo.PlainIntegerPk)
    for (name,) in node.execute(
        "SELECT tgname FROM pg_trigger WHERE tgname LIKE 'syncline%%'"
    ):
        node.execute(f"DROP TRIGGER {name} ON zoo_plainintegerpk")

    node.capture.remove(node.connection, [])

    found = "SELECT proname FROM pg_proc WHERE proname LIKE 'syncline%%'"
    assert node.execute(found) == []


def test_remove_leaves_nothing_of_ours_and_all_of_the_users(node):
    own = {
        "sqlite": "CREATE TRIGGER syncliner AFTER INSERT ON awkward_account "
        "BEGIN SELECT 1; END",
        "mariadb": "CREATE TRIGGER syncliner AFTER INSERT ON awkward_account "
        "FOR EACH ROW SET @syncliner = 1",
        "postgresql": "CREATE TRIGGER syncliner BEFORE UPDATE ON awkward_account "
        "FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    }[node.engine.name]
    node.execute(own)
    try:
        node.watch(awkward.Account, zoo.PlainIntegerPk)
        node.capture.remove(node.connection, ["awkward_account"])
        assert set(node.capture.installed(node.connection)) == {2}
        node.capture.remove(node.connection, ["zoo_plainintegerpk", "nowhere"])
        assert node.capture.installed(node.connection) == {}
        if node.engine.name == "postgresql":
            found = node.execute(
                "SELECT proname FROM pg_proc WHERE proname LIKE 'syncline%%'"
            )
            assert found == []
    finally:
        on = " ON awkward_account" if node.engine.name == "postgresql" else ""
        node.execute(f"DROP TRIGGER syncliner{on}")


def test_tables_watched_anew_get_other_triggers(node):
    node.watch(awkward.Account)
    found = node.describe("awkward_account", ["id"], columns=["balance"])
    node.capture.install(node.connection, [found])
    assert set(node.capture.installed(node.connection)) == {2}
    node.watched.append(found)
    rows(awkward.Account, node).create(id=1, login="a")

    assert len(node.take()) == 1


def test_odd_names_are_quoted(node):
    name = (
        "it's \"odd`; % --"
        if node.engine.name != "postgresql"
        else "it's `odd; % $syncline$"
    )
    quoted = node.quote(name)
    node.make(
        name,
        f"{quoted} integer PRIMARY KEY, {node.quote('new')} integer, "
        f"{node.quote('at')} integer",
    )
    node.watch((name, [name]))
    node.execute(f"INSERT INTO {quoted} VALUES (1, 1, 1)")
    node.execute(f"UPDATE {quoted} SET {node.quote('at')} = 2")
    node.execute(f"DELETE FROM {quoted}")

    assert node.said() == [(INSERT, "1"), (UPDATE, "1"), (DELETE, "1")]
    (table,) = node.watched
    where = node.capture.with_pks(table.pk, ["1"])
    sql = f"SELECT 1 FROM {quoted.replace('%', '%%')} WHERE {where.sql}"
    assert node.execute(sql, *where.params) == []


@pytest.mark.parametrize(
    "model", [awkward.Order, awkward.Select, awkward.Unicode, awkward.MixedCase]
)
def test_awkward_names_are_watched(node, model):
    node.watch(model)
    pk = node.quote(model._meta.pk.column)
    name = node.quote(model._meta.db_table)
    node.execute(f"UPDATE {name} SET {pk} = {pk} + 1")
    node.execute(f"DELETE FROM {name}")

    assert node.take() == []


def test_nothing_is_missing_for_the_owner(node):
    assert node.capture.missing_privileges(node.connection, ["zoo_bigpk"]) == []


# The sequencer's lock


def test_sequencer_lock_is_held_until_the_commit(node, second):
    with node.capture.sequencing(node.connection):
        rows(zoo.PlainIntegerPk, node).create(code=1, name="a")
        with pytest.raises(SequencerBusy, match=r"busy for 0\.1 seconds"):
            with node.capture.sequencing(second, 0.1):
                pass
    with node.capture.sequencing(second, 0.1):
        assert zoo.PlainIntegerPk.objects.using(second.alias).count() == 1


def test_sequencer_lock_ends_with_a_rollback(node, second):
    with pytest.raises(ZeroDivisionError), node.capture.sequencing(node.connection):  # noqa: PT012 - it is the end of the block that raises
        rows(zoo.PlainIntegerPk, node).create(code=1, name="a")
        raise ZeroDivisionError
    with node.capture.sequencing(second, 0.1):
        assert not zoo.PlainIntegerPk.objects.using(second.alias).exists()


def test_sequencer_is_a_savepoint_within_a_transaction(node, second):
    with transaction.atomic(using=node.alias):
        rows(zoo.PlainIntegerPk, node).create(code=1, name="a")
        with pytest.raises(ZeroDivisionError), node.capture.sequencing(node.connection):  # noqa: PT012 - it is the end of the block that raises
            rows(zoo.PlainIntegerPk, node).create(code=2, name="a")
            raise ZeroDivisionError
        with node.capture.sequencing(node.connection):
            with node.capture.sequencing(node.connection):
                with pytest.raises(SequencerBusy):
                    with node.capture.sequencing(second, 0.1):
                        pass

    assert rows(zoo.PlainIntegerPk, node).count() == 1


def test_sequencer_sees_what_others_commit(node, second):
    if node.engine.name == "sqlite":
        pytest.skip("has one writer")
    with node.capture.sequencing(node.connection):
        assert not rows(zoo.PlainIntegerPk, node).exists()
        zoo.PlainIntegerPk.objects.using(second.alias).create(code=1, name="a")
        assert rows(zoo.PlainIntegerPk, node).exists()


def test_waiting_leaves_the_session_as_it_was(node):
    asked = {
        "sqlite": "PRAGMA busy_timeout",
        "postgresql": "SHOW lock_timeout",
        "mariadb": "SELECT @@sql_mode",
    }[node.engine.name]
    before = node.execute(asked)
    with node.capture.sequencing(node.connection, 1):
        pass
    node.watch(zoo.BigPk)

    assert node.execute(asked) == before


def test_triggers_as_the_engine_gets_them(node):
    """Read these files to see what runs at each write."""
    node.make("parent", "id integer PRIMARY KEY")
    node.make(
        "child",
        "id integer PRIMARY KEY, parent_id integer, word varchar(20), "
        "FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE",
    )
    node.watch(("child", ["id"]), zoo.CompositePk, awkward.Account)
    ddl = node.capture.statements(node.connection, node.watched)

    texts.check(
        f"triggers/{node.engine.name}.sql", "".join(f"{sql};\n\n" for sql in ddl)
    )


def test_generic_engine_refuses():
    with pytest.raises(CaptureUnsupported):
        _ = Generic(connections["default"]).capture


# PostgreSQL's own


@pytest.fixture
def postgresql(node):
    if node.engine.name != "postgresql":
        pytest.skip("is PostgreSQL's own")
    return node


def test_search_path_does_not_matter(postgresql):
    """Not even one that hides the journal, and has functions and types of its own."""
    node = postgresql
    node.execute("CREATE SCHEMA elsewhere")
    try:
        node.execute(
            'CREATE TABLE elsewhere."odd table" (id integer PRIMARY KEY, word text)'
        )
        name = '"elsewhere"."odd table"'
        node.watch((name, ["id"]), awkward.Account)
        with transaction.atomic(using=node.alias):
            node.execute("SET LOCAL search_path = elsewhere, pg_catalog")
            node.execute(
                "CREATE FUNCTION elsewhere.wrong(text, text) RETURNS boolean "
                "LANGUAGE sql AS 'SELECT 1 / 0 = 1'"
            )
            node.execute(
                "CREATE OPERATOR elsewhere.= "
                "(LEFTARG = text, RIGHTARG = text, FUNCTION = elsewhere.wrong)"
            )
            node.execute("INSERT INTO \"odd table\" VALUES (1, 'a')")
            node.execute("UPDATE \"odd table\" SET word = 'b'")
            node.execute('UPDATE "odd table" SET id = 2')
            node.execute('DELETE FROM "odd table"')
            node.execute('TRUNCATE "odd table"')
        digests = node.capture.installed(node.connection)
        said = node.said()
        node.execute("SET search_path = elsewhere, public")
        assert node.capture.installed(node.connection) == digests
        node.execute("SET search_path = public")
        node.capture.remove(node.connection, [name])
        assert set(node.capture.installed(node.connection)) == {2}
    finally:
        node.execute("DROP SCHEMA elsewhere CASCADE")

    assert said == [
        (INSERT, "1"),
        (UPDATE, "1"),
        (UPDATE, "2"),
        (DELETE, "2"),
        (TRUNCATE, ""),
    ]


def test_session_without_rights_on_the_journal_is_seen(postgresql):
    node = postgresql
    node.watch(zoo.PlainIntegerPk)
    role = f"syncline_{secrets.token_hex(4)}"
    with transaction.atomic(using=node.alias):
        node.execute(f"CREATE ROLE {role}")
        node.execute(
            f"GRANT SELECT, INSERT, UPDATE, DELETE ON zoo_plainintegerpk TO {role}"
        )
        node.execute(f"SET LOCAL ROLE {role}")
        node.execute("INSERT INTO zoo_plainintegerpk VALUES (1, 'a')")
        node.execute("UPDATE zoo_plainintegerpk SET name = 'b'")
        node.execute("DELETE FROM zoo_plainintegerpk")
        sentences = node.capture.missing_privileges(
            node.connection, ["zoo_plainintegerpk"]
        )
        node.execute("RESET ROLE")
        said = node.said()
        transaction.set_rollback(True, using=node.alias)

    assert said == [(INSERT, "1"), (UPDATE, "1"), (DELETE, "1")]
    assert "zoo_plainintegerpk belongs to" in sentences[0]


def test_partitioned_table_is_watched(postgresql):
    node = postgresql
    node.make("parts", "id integer PRIMARY KEY, word text", " PARTITION BY RANGE (id)")
    node.execute("CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10)")
    node.execute("CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20)")
    node.watch(("parts", ["id"]))
    node.execute("INSERT INTO parts VALUES (1, 'a'), (11, 'b')")
    assert node.said() == [(INSERT, "1"), (INSERT, "11")]

    node.execute("UPDATE parts SET word = 'c' WHERE id = 1")
    assert node.changed() == [("1", {"word"})]

    node.execute("UPDATE parts SET id = 12 WHERE id = 1")
    assert {pk for _, pk in node.said()} == {"1", "12"}

    node.execute("DELETE FROM parts")
    assert node.said() == [(DELETE, "11"), (DELETE, "12")]


def test_odd_key_does_not_fail_the_write(node):
    """A key that is refused at first, and a table that has it nevertheless."""
    if node.engine.name == "mariadb":
        pytest.skip("has no longer keys")
    node.make("long", "id text PRIMARY KEY, word text")
    node.watch(("long", ["id"]))
    (table,) = node.watched
    node.execute("INSERT INTO long VALUES (%s, 'a')", "x" * 1000)
    node.execute("UPDATE long SET id = %s", "y" * 1000)
    node.execute("DELETE FROM long")

    assert len(node.take()) == 3
    assert (
        node.engine.name == "sqlite"
        or "longer than 700" in node.capture.pk_troubles(table.pk)[0]
    )


@pytest.mark.parametrize("kind", ["real", "double precision"])
def test_keys_without_exact_text_are_refused(node, kind):
    node.make("inexact", f"id {kind} PRIMARY KEY")
    column = node.engine.columns(node.connection, "inexact")["id"]

    assert "no exact text" in node.capture.pk_trouble(column)
