"""A run of many solves: the same whoever does them, resumed after a kill, stopped at once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.many.work import cut, failing, falling, jobs, squared
from trialopt.core import WrongInput
from trialopt.core.run import Limits, Monitor
from trialopt.many import Job, Store, answers, executor, named

ROOT = Path(__file__).parents[2]
JOBS = 12


def through(work, asked, place, monitor=None, **options):
    monitor = monitor or Monitor(Limits())
    return {job.number: answer for job, answer in answers(work, asked, place, monitor, total=len(asked), **options)}


def done(log: Path) -> Counter[int]:
    """How often each piece of work was done."""
    lines = log.read_text().splitlines() if log.exists() else []
    return Counter(int(line.split()[0]) for line in lines)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_has_its_answer_and_is_done_once(tmp_path, workers):
    asked = jobs(JOBS, 0.0, tmp_path / "log")
    twice = [*asked, *(Job(job.number + JOBS, job.key, job.question) for job in asked)]
    with executor(workers) as place:
        found = through(squared, twice, place)
    assert found == {k: {"square": (k % JOBS) ** 2} for k in range(2 * JOBS)}
    assert done(tmp_path / "log") == Counter(range(JOBS))
    processes = {line.split()[1] for line in (tmp_path / "log").read_text().splitlines()}
    assert (str(os.getpid()) in processes) is (workers == 1)


def test_what_is_kept_is_not_done_again(tmp_path):
    asked = jobs(JOBS, 0.0, tmp_path / "log")
    with Store(tmp_path / "s") as store, executor(1) as place:
        through(squared, asked[:5], place, store=store)
        assert through(squared, asked, place, store=store) == {k: {"square": k * k} for k in range(JOBS)}
    assert done(tmp_path / "log") == Counter(range(JOBS))


def test_the_line_of_progress_counts_and_estimates(tmp_path):
    said = []
    monitor = Monitor(Limits(), lambda seconds, value, bound, doing: said.append(doing))
    with Store() as store, executor(1) as place:
        through(squared, jobs(2, 0.0, tmp_path / "log"), place, store=store)
        through(squared, jobs(6, 0.3, tmp_path / "log"), place, monitor, store=store)
    assert said[0] == "0 of 6 solves, this process"
    assert said[2] == "2 of 6 solves, 2 of them kept from before, this process"
    assert re.fullmatch(r"4 of 6 solves, 2 of them kept from before, this process, about 1 s left", said[4])
    assert said[-1] == "6 of 6 solves, 2 of them kept from before, this process"


def test_a_solve_cut_short_is_kept_for_no_longer_limit(tmp_path):
    asked = [Job(0, named("q", "cut", {}), None)]
    with Store() as store, executor(1) as place:
        assert through(cut, asked, place, store=store, seconds=5.0) == {0: {"stopped": "time_limit", "had": 5.0}}
        assert through(cut, asked, place, store=store, seconds=4.0)[0]["had"] == 5.0
        assert through(cut, asked, place, store=store) == {0: {"stopped": "", "had": None}}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_solve_that_fails_ends_the_run(workers):
    with pytest.raises(RuntimeError, match="no root of 7"), executor(workers) as place:
        through(failing, [Job(0, "a", 7)], place)


def test_a_worker_that_falls_is_told_and_nothing_kept_is_lost(tmp_path):
    with Store(tmp_path / "s") as store:
        store.put("a", {"square": 1})
        asked = [Job(0, "a", None), Job(1, "b", None)]
        with pytest.raises(RuntimeError, match=r"ended by itself .* with 1 of 2 solves done"), executor(2) as place:
            through(falling, asked, place, store=store)
        assert store.get("a") == {"square": 1}


def test_places_that_are_none_are_refused():
    with pytest.raises(WrongInput, match="workers is 0"), executor(0):
        pass
    with pytest.raises(WrongInput, match=r"--scheduler nowhere\.json: no Dask scheduler .* give local"):
        executor(1, "nowhere.json").__enter__()


def started(tmp_path: Path, seconds: float) -> subprocess.Popen[str]:
    arguments = [str(tmp_path / "log"), str(tmp_path / "s"), str(JOBS), str(seconds), "2"]
    command = [sys.executable, "-m", "tests.many.work", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def until(true, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("after", [1, 6])
def test_killed_at_any_moment_it_goes_on_and_repeats_no_finished_solve(tmp_path, after):
    """Killed -9 with two solves in hand; its workers end with it, and at most those in hand are done twice."""
    run = started(tmp_path, 0.1)
    until(lambda: done(tmp_path / "log").total() >= after)
    run.send_signal(signal.SIGKILL)
    run.communicate()
    time.sleep(0.4)
    before = done(tmp_path / "log")
    with Store(tmp_path / "s") as store:
        kept = [k for k in range(JOBS) if store.get(named(str(k), "square", {})) is not None]
    time.sleep(0.3)
    assert done(tmp_path / "log") == before, "its workers went on without it"
    assert before.total() - len(kept) <= 4, "more was lost than what was in hand"
    assert started(tmp_path, 0.0).communicate(timeout=60)[0] == "all\n"
    after_all = done(tmp_path / "log")
    assert set(after_all) == set(range(JOBS))
    assert all(after_all[k] == 1 for k in kept)


def test_ctrl_c_is_answered_at_once_and_nothing_is_left_running(tmp_path):
    """Long solves in hand: a program that sets `interrupted` has its answers back in a moment."""
    asked = jobs(4, 30.0, tmp_path / "log")
    monitor = Monitor(Limits())
    with executor(2) as place:
        found = answers(squared, asked, place, monitor, total=4)
        signal.signal(signal.SIGALRM, lambda number, frame: setattr(monitor, "interrupted", True))
        signal.setitimer(signal.ITIMER_REAL, 1.5)
        assert list(found) == []
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert not (tmp_path / "log").exists()
