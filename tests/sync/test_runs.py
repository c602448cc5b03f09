"""The ledger: what is recorded, what is found interrupted, and what is pruned."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event
from typing import Any

import pytest

from syncline import LoadOptions, Mode, conf, copy, dump
from syncline import load as load_file
from syncline.errors import (
    BadSetting,
    NotResumable,
    SynclineError,
    TargetNotEmpty,
    UnknownRun,
)
from syncline.management.verbs_runs import summary
from syncline.models import Before, Chunk, Conflict, Context, Receipt, RecordRow, Run
from syncline.models import State as NodeState
from syncline.progress import Task
from syncline.runs import processes
from syncline.runs.ledger import SILENT_MAX, Ledger, State
from syncline.runs.pruning import Pruner
from syncline.transfer import rounds as rounds_module
from syncline.transfer.history import resumed
from syncline.transfer.peers import Call
from syncline.transfer.peers import exchange as real_exchange
from syncline.transfer.rounds import PAUSE_S_MAX, Rounds
from syncline.transfer.tracked import pull, sync
from tests.stations.models import Region
from tests.sync.test_sync import fill

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
MERGE = LoadOptions(mode=Mode.MERGE)
KEEP = {"runs": 90, "receipts": 30, "before": 30, "conflicts": 90}


@pytest.fixture
def ledger(nodes):
    return Ledger(alias=nodes[0].alias)


# Who is still there


def test_a_run_of_a_living_process_is_running(ledger):
    number = ledger.begin("sync", {})
    assert ledger.run(number).state == State.RUNNING


def test_a_run_whose_process_was_killed_is_interrupted(ledger):
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with child:
        started = processes.started(child.pid)
        number = ledger.begin("sync", {})
        ledger.runs.filter(pk=number).update(pid=child.pid, process=started)
        assert ledger.run(number).state == State.RUNNING
        child.send_signal(signal.SIGKILL)
    assert ledger.run(number).state == State.INTERRUPTED


def test_another_process_of_that_number_is_not_taken_for_it(ledger):
    number = ledger.begin("sync", {})
    ledger.runs.filter(pk=number).update(process="another boot 17")
    assert ledger.run(number).state == State.INTERRUPTED


def test_where_nobody_tells_when_a_process_started_its_number_decides():
    here = processes.this_process()
    assert processes.lives(replace(here, started="")) is True
    with suppress(ProcessLookupError):
        os.kill(2**22 + 1, 0)
    assert processes.lives(replace(here, started="", pid=2**22 + 1)) is False


def test_a_run_of_another_machine_is_given_time(ledger):
    number = ledger.begin("sync", {})
    ledger.runs.filter(pk=number).update(host="elsewhere")
    assert ledger.run(number).state == State.RUNNING
    long_ago = ledger.clock() - SILENT_MAX - timedelta(minutes=1)
    ledger.runs.filter(pk=number).update(started_at=long_ago)
    assert ledger.run(number).state == State.INTERRUPTED


# What is recorded


def test_a_chunk_commits_with_its_changeset(nodes):
    here, there = nodes
    fill(there.alias)
    report = pull(there.alias, database=here.alias).run()
    [chunk] = Chunk.objects.using(here.alias).filter(run=report.run)
    receipts = Receipt.objects.using(here.alias)

    assert chunk.counts["created"]["stations.Region"] == 1
    assert receipts.filter(transfer=chunk.transfer, number=chunk.number).exists()


def test_a_task_that_is_left_early_is_interrupted(nodes, ledger):
    here, there = nodes
    fill(there.alias)
    steps = sync(there.alias, database=here.alias).steps
    next(steps)
    steps.close()
    [run] = ledger.listed(1)

    assert run.state == State.INTERRUPTED
    Task(resumed(here.alias, run.pk)).run()
    assert Region.objects.using(here.alias).exists()


def test_a_run_of_another_node_is_not_resumed_here(nodes):
    here, there = nodes
    fill(here.alias)
    sync(there.alias, database=here.alias).run()
    [guest] = Run.objects.using(there.alias).filter(verb="sync")
    with pytest.raises(NotResumable):
        Task(resumed(there.alias, guest.pk)).run()


def test_a_run_that_never_was(ledger):
    with pytest.raises(UnknownRun):
        ledger.run(4711)


def test_bulk_verbs_are_runs_of_the_nodes_that_take_part(nodes, tmp_path):
    here, there = nodes
    there.untrack()
    NodeState.objects.using(there.alias).all().delete()
    fill(here.alias)
    file = tmp_path / "a.syncline"
    dump(file, database=here.alias, models=["stations"]).run()
    load_file(file, database=there.alias).run()
    copy(there.alias, here.alias, models=["stations"], options=MERGE).run()

    dumped, copied = Run.objects.using(here.alias).exclude(verb="track").order_by("pk")
    assert (dumped.verb, dumped.state) == ("dump", "done")
    assert dumped.arguments["models"] == ["stations"]
    assert dumped.report["rows"]["stations.Station"] == 2
    assert (copied.verb, copied.state) == ("copy", "done")
    assert copied.arguments["mode"] == "merge"
    assert not Run.objects.using(there.alias).filter(verb="load").exists()
    with pytest.raises(NotResumable):
        Task(resumed(here.alias, copied.pk)).run()


def test_a_bulk_verb_that_fails_is_written_down_with_its_reason(nodes):
    here, there = nodes
    fill(here.alias)
    Region.objects.using(there.alias).create(code="R", name="in the way")
    with pytest.raises(TargetNotEmpty):
        copy(here.alias, there.alias, models=["stations"]).run()

    for node in nodes:
        [run] = Run.objects.using(node.alias).filter(verb="copy")
        assert run.state == "failed"
        assert "stations.Region" in run.error


# Pruning


def kinds(alias):
    return {
        model._meta.model_name: model.objects.using(alias).count()
        for model in (Run, Receipt, Before, Conflict)
    }


def test_what_is_old_goes_and_the_rest_stays(ledger):
    alias = ledger.alias
    Run.objects.using(alias).all().delete()
    for days in (0, 31, 91):
        at = NOON - timedelta(days=days)
        old = Ledger(alias=alias, clock=partial(datetime.fromisoformat, at.isoformat()))
        old.end(old.begin("sync", {}), State.DONE)
        Receipt.objects.using(alias).create(
            transfer=f"{days}", number=1, report=b"", at=at
        )
        Before.objects.using(alias).create(run_id=1, source="", records=b"", at=at)
        for held in (False, True):
            Conflict.objects.using(alias).create(
                uid=bytes(16), table_id=1, part="", held=held, lost=b"", kept=b"", at=at
            )
    pruner = Pruner(alias=alias, keep=KEEP, clock=lambda: NOON)

    assert pruner.due()
    assert pruner.prune() == {"before": 2, "receipts": 2, "conflicts": 1, "runs": 1}
    assert kinds(alias) == {"run": 2, "receipt": 1, "before": 1, "conflict": 5}
    assert not pruner.due()
    tomorrow = Pruner(alias=alias, keep=KEEP, clock=lambda: NOON + timedelta(days=1.1))
    assert tomorrow.due()


def test_what_no_record_refers_to_is_pruned(ledger):
    contexts = Context.objects.using(ledger.alias)
    named, forgotten = (contexts.create(knowledge=b"\x93\x80\x80\x80") for _ in "ab")
    RecordRow.objects.using(ledger.alias).create(
        uid=b"u" * 16,
        table_id=1,
        life=1,
        clock=0,
        node_id=1,
        counter=1,
        seq=1,
        context_id=named.pk,
    )

    Pruner(alias=ledger.alias, keep=KEEP, clock=lambda: NOON).prune()

    assert [row.pk for row in contexts.all()] == [named.pk]
    assert forgotten.pk != named.pk


def test_a_run_that_goes_on_is_not_pruned(ledger):
    ledger.begin("run", {})
    later = ledger.clock() + timedelta(days=365)
    Pruner(alias=ledger.alias, keep=KEEP, clock=lambda: later).prune()
    assert ledger.runs.filter(verb="run").exists()


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"KEEP": {"run": 3}}, "KEEP has no 'run'"),
        ({"KEEP": {"runs": "3"}}, "not a number of days"),
        ({"KEEP": {"runs": True}}, "not a number of days"),
        ({"KEEP": {"runs": -1}}, "not a number of days"),
        ({"KEEP": 3}, "KEEP is a int, not a dict"),
    ],
)
def test_a_setting_that_is_off_is_told(said, words, settings):
    settings.SYNCLINE = said
    with pytest.raises(BadSetting, match=words):
        conf.read()


def test_what_the_settings_do_not_say_stays_as_usual(settings):
    settings.SYNCLINE = {"KEEP": {"runs": 1}}
    assert conf.read().keep == {**KEEP, "runs": 1}


# Rounds


class Rehearsal:
    """Rounds with a sleep of our own, that end after some."""

    def __init__(self, here, there, *, most, **options):
        self.slept: list[float] = []
        self.told: list[Any] = []
        self.warned: list[str] = []
        self.most, self.stop = most, Event()
        self.rounds = Rounds(
            call=Call(verb="sync", peer=there.alias, database=here.alias),
            every_s=60.0,
            stop=self.stop,
            sleep=self.sleep,
            tell=self.told.append,
            warn=self.warned.append,
            **options,
        )

    def sleep(self, seconds):
        self.slept.append(seconds)
        if len(self.slept) >= self.most:
            self.stop.set()

    def run(self):
        return Task(self.rounds.run()).run()


def test_rounds_with_nothing_to_do_say_nothing_and_leave_no_entry(nodes):
    here, there = nodes
    fill(here.alias)
    rehearsal = Rehearsal(here, there, most=4)

    assert rehearsal.run() == 4
    assert [report.written > 0 for report in rehearsal.told] == [True]
    assert rehearsal.slept == [60.0] * 4
    assert rehearsal.warned == []
    verbs = Run.objects.using(here.alias).values_list("verb", "state")
    assert ("run", "done") in list(verbs)
    assert len(verbs) <= 4


def test_rounds_that_fail_are_told_once_and_tried_again_after_longer_pauses(
    nodes, monkeypatch
):
    here, there = nodes
    failing = iter([True] * 9 + [False] * 2)

    def exchange(call):
        if next(failing):
            raise SynclineError("The server is away.")
        return real_exchange(call)

    monkeypatch.setattr(rounds_module, "exchange", exchange)
    rehearsal = Rehearsal(here, there, most=11)
    rehearsal.run()

    [run] = Run.objects.using(here.alias).filter(verb="run")
    assert (run.report["failed"], run.report["rounds"]) == (9, 11)
    assert run.report["reason"] == "The server is away."
    assert "9 failed" in summary(run.report)
    assert summary(run.report).endswith("; the last failure: The server is away.")
    assert rehearsal.warned == ["The server is away.", "In step again."]
    assert rehearsal.slept[:4] == [120.0, 240.0, 480.0, 960.0]
    assert max(rehearsal.slept) == PAUSE_S_MAX
    assert rehearsal.slept[-1] == 60.0
