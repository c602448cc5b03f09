"""Whatever rows there are: they come out as they went in, by copy and by file."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncline import LoadOptions, Mode, copy, dump, load, verify
from tests.zoo import models as zoo
from tests.zoo.compare import differences
from tests.zoo.strategies import everything
from tests.zoo.writing import objects

REPLACE = LoadOptions(mode=Mode.REPLACE)
MODELS = ["zoo.Everything"]

# The same examples in each run, however slow the machine: a suite, not a search. The
# databases are not restored between them; each example replaces all rows.
examples = settings(
    max_examples=25,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def rows_of(*engines):
    """Return a strategy of a few rows that all the engines can hold."""
    return st.lists(everything(engines), min_size=1, max_size=5)


def replace_rows(alias, rows):
    objects(zoo.Everything, alias)._raw_delete(alias)
    objects(zoo.Everything, alias).bulk_create([zoo.Everything(**row) for row in rows])


def test_any_rows_survive_a_copy(pair):
    @examples
    @given(rows_of(pair.source_engine, pair.target_engine))
    def law(rows):
        replace_rows(pair.source, rows)
        copy(pair.source, pair.target, models=MODELS, options=REPLACE).run()
        assert differences(pair.source, pair.target, [zoo.Everything]) == []

    law()


def test_any_rows_survive_a_file(engine, tmp_path):
    path = tmp_path / "rows.syncline"
    source, target = f"{engine}_a", f"{engine}_b"

    @examples
    @given(rows_of(engine))
    def law(rows):
        replace_rows(source, rows)
        dump(path, database=source, models=MODELS).run()
        load(path, database=target, options=REPLACE).run()
        assert differences(source, target, [zoo.Everything]) == []

    law()


def test_any_change_is_a_difference(engine):
    """Two databases are called equal when they are, and not otherwise."""
    source, target = f"{engine}_a", f"{engine}_b"

    @examples
    @given(everything([engine]), everything([engine]), st.data())
    def law(row, other, data):
        names = data.draw(st.sets(st.sampled_from(sorted(row)), max_size=2))
        changed = row | {name: other[name] for name in names}
        replace_rows(source, [{"id": 1} | row])
        replace_rows(target, [{"id": 1} | changed])
        by_oracle = differences(source, target, [zoo.Everything])
        report = verify(source, target, models=MODELS).run()
        found = {name for each in report.differences for name in each.fields}
        assert report.equal == (not by_oracle)
        # JSON can differ twice: in its value, and in being NULL.
        told = {name for name in row if any(f": {name} " in line for line in by_oracle)}
        assert found == told
        assert found <= names

    law()
