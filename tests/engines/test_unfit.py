"""Values that the target cannot hold are reported first, and then mended as told."""

import re

import pytest

from syncline import LoadOptions, Mode, copy, dump, load, read_transforms
from syncline.errors import (
    ConstraintBroken,
    PluginFailed,
    RowsUnfit,
    SynclineError,
    UsageError,
)
from tests.engines.faults import FAULTS, add, insert, unfit_rows
from tests.engines.state import contents, schema
from tests.zoo import models as zoo
from tests.zoo.compare import differences
from tests.zoo.samples import add_infinities, add_nul_text, add_oversized
from tests.zoo.writing import objects

FINDING = re.compile(r"(\S+) has (\d+) values? (.+) \(pk (.+)\)")
EVERYTHING = ["zoo.Everything"]


def routes(*names):
    """Run a test from engine to engine, each as `sqlite-postgresql`."""
    return pytest.mark.parametrize("route", names, indirect=True)


def move(route, *, folder=None, models=EVERYTHING, **told):
    """Copy, or dump and load when there is a folder, replacing what is there."""
    options = LoadOptions(mode=Mode.REPLACE, **told)
    if folder is None:
        return copy(route.source, route.target, models=models, options=options).run()
    path = folder / "rows.syncline"
    dump(path, database=route.source, models=models).run()
    return load(path, database=route.target, options=options).run()


def keys_by_field(error):
    """Return which rows an error names, by field; its counts have to agree."""
    found: dict[str, set[int]] = {}
    for finding in error.findings:
        match = FINDING.fullmatch(finding)
        assert match, finding
        name, count, what, spelled = match.groups()
        keys = {int(key) for key in spelled.split(", ")}
        assert what.strip()
        assert len(keys) == int(count)
        found.setdefault(name, set()).update(keys)
    return found


@pytest.mark.parametrize("way", ["copy", "file"])
@pytest.mark.parametrize(
    ("fault", "route"),
    [(name, route) for name, fault in FAULTS.items() for route in fault.routes],
    indirect=["route"],
)
def test_unfit_rows_are_named_before_any_write(fault, route, way, tmp_path):
    objects(zoo.Everything, route.source).create(char="fits", integer=None)
    objects(zoo.Everything, route.source).filter(char="fits").update(char=None)
    FAULTS[fault].add(route.source)
    objects(zoo.Everything, route.target).create(id=5, char="was here")
    before = contents(route.target), schema(route.target)

    with pytest.raises(RowsUnfit) as caught:
        move(route, folder=tmp_path if way == "file" else None)

    assert keys_by_field(caught.value) == unfit_rows(route.source, FAULTS[fault])
    assert (contents(route.target), schema(route.target)) == before


@routes("sqlite-postgresql")
def test_many_unfit_rows_are_counted_and_some_are_named(route):
    rows = [zoo.Everything(char="x" * 101) for _ in range(12)]
    objects(zoo.Everything, route.source).bulk_create(rows)
    keys = ", ".join(str(row.pk) for row in rows[:5])

    with pytest.raises(RowsUnfit) as caught:
        move(route)

    told = "zoo.Everything.char has 12 values longer than 100 characters"
    assert caught.value.findings == (f"{told} (pk {keys} and others)",)


@pytest.mark.parametrize("way", ["copy", "file"])
@pytest.mark.parametrize(
    ("column", "spelled"),
    [
        ("decimal_5_2", "12345678.9"),
        ("integer", "'many'"),
        ("date_time", "'yesterday'"),
        ("date", "'0000-00-00'"),
        ("time", "'25:00'"),
        ("uuid", "'not a uuid'"),
        ("char", "X'ff00'"),
    ],
)
@routes("sqlite-postgresql", "sqlite-mariadb")
def test_a_value_of_another_type_is_named_and_nothing_changes(
    route, column, spelled, way, tmp_path
):
    """SQLite holds anything in any column; Django itself cannot read these."""
    insert(route.source, column, spelled)
    [key] = objects(zoo.Everything, route.source).values_list("pk", flat=True)
    before = contents(route.target), schema(route.target)

    with pytest.raises(SynclineError) as caught:
        move(route, folder=tmp_path if way == "file" else None)

    assert f"zoo.Everything.{column} " in str(caught.value)
    assert f"pk {key}" in str(caught.value)
    assert (contents(route.target), schema(route.target)) == before


CLIPPED = {
    "char": "longlonglong" * 8 + "long",
    "slug": "s" * 50,
    "integer": 2**31 - 1,
    "small_integer": -(2**15),
}
GREATEST = {"postgresql": (2**31 - 1, 2**15 - 1), "mariadb": (2**32 - 1, 2**16 - 1)}


@pytest.mark.parametrize("way", ["copy", "file"])
@routes("sqlite-postgresql", "sqlite-mariadb")
def test_clip_gives_the_nearest_value_that_fits(route, way, tmp_path):
    add_oversized(route.source)
    objects(zoo.Everything, route.source).create(char="fits", integer=7)

    report = move(route, folder=tmp_path if way == "file" else None, unfit=["clip"])

    rows = objects(zoo.Everything, route.target)
    for name, value in CLIPPED.items():
        assert rows.filter(**{name: value}).count() == 1
    integer, small = GREATEST[route.target_engine]
    assert rows.filter(positive_integer=integer).count() == 1
    assert rows.filter(positive_small_integer=small).count() == 1
    assert rows.filter(char="fits", integer=7).count() == 1
    assert len(report.mended) == 6
    assert all(text.endswith(": clip") for text in report.mended)


@routes("sqlite-postgresql", "mariadb-postgresql")
def test_clip_takes_nul_out_of_text_and_json(route):
    add_nul_text(route.source)
    move(route, unfit=["clip"])

    rows = objects(zoo.Everything, route.target).order_by("pk")
    assert rows.values_list("char", "text")[0] == ("ab", "")
    assert rows.values_list("slug", "email", "url")[1] == ("", "", "end")
    assert rows[2].json == {"nul": "ab", "": 1}


@routes("sqlite-mariadb", "postgresql-mariadb")
def test_clip_gives_the_largest_float_for_infinity(route):
    add_infinities(route.source)
    move(route, unfit=["clip"])

    floats = objects(zoo.Everything, route.target).values_list("floating", flat=True)
    most = 1.7976931348623157e308
    # NaN has no nearest number.
    assert list(floats.order_by("pk"))[:2] == [most, -most]
    assert set(floats) <= {most, -most, None}


@routes("sqlite-postgresql", "sqlite-mariadb")
def test_null_empties_exactly_the_values_that_do_not_fit(route):
    add_oversized(route.source)
    objects(zoo.Everything, route.source).create(char="fits", integer=7)
    fault = FAULTS["too large"]
    expected = list(objects(zoo.Everything, route.source).values().order_by("pk"))
    unfit = unfit_rows(route.source, fault)
    for row in expected:
        for name in fault.fields:
            if row["id"] in unfit[f"zoo.Everything.{name}"] and row[name] not in {
                "fits",
                7,
            }:
                row[name] = None

    move(route, unfit=["null"])

    rows = objects(zoo.Everything, route.target).values().order_by("pk")
    assert list(rows) == expected


@routes("sqlite-postgresql")
def test_null_is_refused_where_none_is_allowed(route):
    objects(zoo.Required, route.source).create(char="x" * 101)
    before = contents(route.target)

    with pytest.raises(RowsUnfit) as caught:
        move(route, models=["zoo.Required"], unfit=["null"])

    assert "zoo.Required.char has 1 value longer than 100" in str(caught.value)
    assert contents(route.target) == before


@routes("sqlite-postgresql")
def test_an_action_for_one_field_leaves_the_others_refused(route):
    add_oversized(route.source)
    with pytest.raises(RowsUnfit) as caught:
        move(route, unfit=["zoo.Everything.char=clip", "ZOO.everything.SLUG=null"])
    refused = keys_by_field(caught.value)
    assert len(refused) == 4
    assert not {"zoo.Everything.char", "zoo.Everything.slug"} & refused.keys()

    move(route, unfit=["null", "zoo.Everything.char=clip"])
    rows = objects(zoo.Everything, route.target)
    assert rows.filter(char=CLIPPED["char"]).count() == 1
    assert not rows.exclude(slug=None).exclude(slug="").exists()


@routes("sqlite-postgresql")
@pytest.mark.parametrize(
    "words", ["shorten", "zoo.Everything.char=shorten", "zoo.Everything.chars=clip"]
)
def test_an_action_that_is_not_known_is_a_usage_error(route, words):
    with pytest.raises(UsageError, match=re.escape(words.partition("=")[0])):
        move(route, unfit=[words])


@routes("sqlite-postgresql", "sqlite-mariadb")
def test_a_key_and_the_links_to_it_are_clipped_alike(route):
    long = objects(zoo.TextPk, route.source).create(code="k" * 250, name="long")
    objects(zoo.CompositePk, route.source).create(text_pk=long, position=1, name="1")

    move(route, models=["zoo.TextPk", "zoo.CompositePk"], unfit=["clip"])

    assert objects(zoo.CompositePk, route.target).get().text_pk.name == "long"


@routes("sqlite-postgresql", "sqlite-mariadb")
def test_two_keys_that_are_clipped_to_one_are_refused(route):
    for end in "ab":
        objects(zoo.TextPk, route.source).create(code="k" * 250 + end)
    before = contents(route.target), schema(route.target)

    with pytest.raises(ConstraintBroken):
        move(route, models=["zoo.TextPk"], unfit=["clip"])

    assert (contents(route.target), schema(route.target)) == before


PLUGIN = """
def pre_save(label, row):
    if label == "zoo.Everything":
        row["char"] = row["char"] and row["char"][:10]
        row["integer"] = row["integer"] and min(row["integer"], 99)
        if row["slug"] == "drop me":
            return None
    return row
"""


@pytest.mark.parametrize("way", ["copy", "file"])
@routes("sqlite-postgresql", "sqlite-mariadb")
def test_a_plugin_mends_values_on_the_way(route, way, tmp_path):
    for values in ({"char": "x" * 200}, {"integer": 2**40}, {"slug": "drop me"}):
        objects(zoo.Everything, route.source).create(**values)
    plugin = tmp_path / "mend.py"
    plugin.write_text(PLUGIN)

    folder = tmp_path if way == "file" else None
    move(route, folder=folder, transforms=read_transforms(plugin=plugin))

    rows = objects(zoo.Everything, route.target).order_by("pk")
    assert list(rows.values_list("char", "integer")) == [("x" * 10, None), (None, 99)]


@routes("sqlite-postgresql", "sqlite-mariadb")
def test_what_a_plugin_does_not_mend_is_still_refused(route, tmp_path):
    add_oversized(route.source)
    plugin = tmp_path / "mend.py"
    plugin.write_text(PLUGIN)

    with pytest.raises(RowsUnfit) as caught:
        move(route, transforms=read_transforms(plugin=plugin))

    refused = keys_by_field(caught.value)
    assert len(refused) == 4
    assert not {"zoo.Everything.char", "zoo.Everything.integer"} & refused.keys()


@routes("sqlite-postgresql")
def test_a_plugin_that_fails_names_its_hook_and_changes_nothing(route, tmp_path):
    objects(zoo.Everything, route.source).create(char="any")
    objects(zoo.Everything, route.target).create(id=5, char="was here")
    before = contents(route.target)
    plugin = tmp_path / "mend.py"
    plugin.write_text("def pre_save(label, row):\n    return row['no such field']\n")

    with pytest.raises(PluginFailed, match=r"pre_save failed .* zoo\.Everything"):
        move(route, transforms=read_transforms(plugin=plugin))

    assert contents(route.target) == before


@routes("sqlite-mariadb", "postgresql-mariadb")
def test_rows_that_hooks_have_seen_are_looked_at_as_well(route, tmp_path):
    """Their statistics were taken by us, and not by a database."""
    FAULTS["JSON deeper than MariaDB goes"].add(route.source)
    path, plugin = tmp_path / "rows.syncline", tmp_path / "same.py"
    plugin.write_text("def pre_walk(label, row):\n    return row\n")
    transforms = read_transforms(plugin=plugin)
    dump(path, database=route.source, models=EVERYTHING, transforms=transforms).run()

    with pytest.raises(RowsUnfit, match=r"zoo\.Everything\.json has 1 value nested"):
        load(path, database=route.target).run()


def test_backslash_u0000_that_is_no_nul_arrives(pair):
    """JSON of a backslash before u0000 looks like an escaped NUL, and is none."""
    values = [{"text": "\\u0000", "\\\\u0000": "\\\\"}, "\\\\u0000"]
    for value in values:
        add(json=value)(pair.source)
    move(pair)
    rows = objects(zoo.Everything, pair.target).order_by("pk")
    assert [row.json for row in rows] == values
    assert differences(pair.source, pair.target, [zoo.Everything]) == []
