"""Memory does not grow with the number of rows (42).

The peak is that of a fresh process, which `make benchmark` also takes for ten times
336,776 flights.
"""

import os
import subprocess
import sys

import pytest
from django.db import connections

from tests.databases import engine_of
from tests.faces.running import PLACES

FEW, MANY = 12_000, 120_000
"""Many are some 20 MB as Python objects: three times what growth is allowed."""

GROWTH_MAX = 1.1
MEMORY_MAX_MB = 200

NUMBERS = {
    "sqlite": "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s"
    " WHERE n < {0}) SELECT n, 'name ' || hex(zeroblob(15)) || n FROM s",
    "postgresql": "SELECT n, 'name ' || repeat('x', 30) || n"
    " FROM generate_series(1, {0}) n",
    "mariadb": "SELECT seq, CONCAT('name ', REPEAT('x', 30), seq) FROM seq_1_to_{0}",
}
PROGRAM = """
import os, resource, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
import syncline
{}
try:
    # On Linux ru_maxrss is at least the peak of whoever started us: pytest's.
    status = open("/proc/self/status").read()
    peak = 1024 * int(status.partition("VmHWM:")[2].split()[0])
except OSError:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    peak *= 1 if sys.platform == "darwin" else 1024
print(peak)
"""
COPY = """
replace = syncline.LoadOptions(mode=syncline.Mode.REPLACE)
syncline.copy("{0}", "{1}", models=["zoo.BigPk"], options=replace).run()
assert syncline.verify("{0}", "{1}", models=["zoo.BigPk"]).run().total == {2}
"""
FILE = """
replace = syncline.LoadOptions(mode=syncline.Mode.REPLACE)
syncline.dump("{3}", database="{0}", models=["zoo.BigPk"]).run()
assert syncline.load("{3}", database="{1}", options=replace).run().total == {2}
"""


def fill(alias, rows):
    """Make so many rows, by one statement."""
    with connections[alias].cursor() as cursor:
        cursor.execute("DELETE FROM zoo_bigpk")
        select = NUMBERS[engine_of(alias)].format(rows)
        cursor.execute(f"INSERT INTO zoo_bigpk (number, name) {select}")


def peak_mb(program):
    """Run a program in a process of its own, and say how much memory it took."""
    pytest.importorskip("resource")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(program)],
        env={**os.environ, "PYTHONPATH": PLACES},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout) / 1_000_000


def assert_flat(program, source, target, *more):
    peaks = []
    for rows in (FEW, MANY):
        fill(source, rows)
        peaks.append(peak_mb(program.format(source, target, rows, *more)))
    assert max(peaks) <= MEMORY_MAX_MB
    assert peaks[1] <= GROWTH_MAX * peaks[0], peaks


def test_a_copy_and_its_verification_take_no_more_for_ten_times_the_rows(pair):
    assert_flat(COPY, pair.source, pair.target)


def test_a_dump_and_its_load_take_no_more_for_ten_times_the_rows(engine, tmp_path):
    path = tmp_path / "rows.syncline"
    assert_flat(FILE, f"{engine}_a", f"{engine}_b", path)
