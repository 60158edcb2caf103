"""A real Dask scheduler with two worker processes, all on this machine: one process and Dask give the same answers."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("distributed")

from tests.many.work import jobs, squared
from trialopt.core import WrongInput
from trialopt.core.run import Limits, Monitor
from trialopt.decision.sweep import sweep
from trialopt.many import Store, answers, executor

ROOT = Path(__file__).parents[2]
GRID = """
base = "tiny_duo"
[grid]
"trial.max_arms" = [1, 2]
"trial.toxicity_weight" = [0.0, 0.05, 0.1]
exclude = [[], ["daratumumab"], ["lenalidomide", "daratumumab", "bortezomib"]]
"""


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The file of a scheduler with two workers."""
    folder = tmp_path_factory.mktemp("dask")
    file = folder / "scheduler.json"
    begin = [sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"]
    begin += ["--no-dashboard", "--no-show", "--scheduler-file", str(file)]
    join = [sys.executable, "-m", "distributed.cli.dask_worker", "--scheduler-file", str(file), "--no-dashboard"]
    join += ["--nthreads", "1", "--no-nanny", "--host", "127.0.0.1", "--local-directory", str(folder)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
    processes = [subprocess.Popen(begin, **quiet)]  # type: ignore[call-overload]
    try:
        end = time.monotonic() + 60
        while not file.exists() and time.monotonic() < end:
            time.sleep(0.05)
        processes += [subprocess.Popen(join, **quiet) for _ in range(2)]  # type: ignore[call-overload]
        yield file
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:  # a worker in the middle of a solve
                process.kill()
                process.wait(10)


@pytest.mark.slow
def test_a_sweep_by_two_workers_is_that_of_one_process(scheduler, tmp_path):
    grid = tmp_path / "grid.toml"
    grid.write_text(GRID)
    here = sweep(grid)
    there = sweep(grid, scheduler=str(scheduler), store=tmp_path / "s")
    assert there.where.endswith("2 workers")
    assert {p.ending for p in here.points} == {"optimal", "infeasible"}
    columns = [name for name in here.frame.columns if name != "seconds"]
    assert here.frame[columns].equals(there.frame[columns])
    assert here.arms.equals(there.arms)
    again = sweep(grid, scheduler=str(scheduler), store=tmp_path / "s")
    assert (again.kept, again.frame.equals(there.frame)) == (18, True)


@pytest.mark.slow
def test_both_workers_work_and_ctrl_c_is_answered_at_once(scheduler, tmp_path):
    address = json.loads(scheduler.read_text())["address"]
    with executor(None, address) as place:
        asked = jobs(12, 0.05, tmp_path / "log")
        found = {job.number: a for job, a in answers(squared, asked, place, Monitor(Limits()), total=12, store=Store())}
        assert found == {k: {"square": k * k} for k in range(12)}
        assert len({line.split()[1] for line in (tmp_path / "log").read_text().splitlines()}) == 2
        monitor = Monitor(Limits())
        monitor.report = lambda *a, **k: setattr(monitor, "interrupted", monitor.seconds > 0)  # type: ignore[method-assign]
        began = time.monotonic()
        assert list(answers(squared, jobs(4, 3.0, tmp_path / "log"), place, monitor, total=4)) == []
    assert time.monotonic() - began < 2


def test_a_scheduler_that_is_none_is_refused(tmp_path):
    with pytest.raises(WrongInput, match=r"--scheduler .*none\.json: no Dask scheduler answers there .*give local"):
        executor(1, str(tmp_path / "none.json")).__enter__()
