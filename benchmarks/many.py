"""A sweep by one process, and by two Dask workers or two processes on the same two cores.

    python -m benchmarks.many                                     # 200 solves by one process and by two Dask workers
    python -m benchmarks.many --solves 60 --places "one process" "two processes" "two Dask workers"
    python -m benchmarks.many --set uncertainty.draws=100 --set uncertainty.objective=mean

Every run is the command `trialopt sweep`, started and measured from outside, its workers with it (`psutil`, which Dask
brings). `faster` is wall clock of one process over that of the run. On a busy machine wall clock says little, so `with
two cores` stands beside it: twice the CPU seconds of one process over those of all processes of the run, which is how
much faster two idle cores can be. The tables written must be the same but for the seconds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import psutil

LOOK = 0.2
"""Seconds between two looks at the processes."""

PLACES = {
    "one process": ("--workers", "1"),
    "two processes": ("--workers", "2"),
    "two Dask workers": ("--scheduler", "local", "--workers", "2"),
}


@dataclass(frozen=True)
class Measured:
    """One run of the sweep."""

    place: str
    wall: float
    cpu: float
    table: pd.DataFrame


def grid(base: str, solves: int) -> str:
    """A grid of so many questions that have an answer: weights of burden, with two and with three arms.

    One arm fits nobody in some instances, and why not takes longer to find than a hundred designs.
    """
    weights = ", ".join(f"{0.1 * k / solves:.6f}" for k in range((solves + 1) // 2))
    return f'base = "{base}"\n[grid]\n"trial.max_arms" = [2, 3]\n"trial.toxicity_weight" = [{weights}]\n'


def measured(place: str, file: Path, settings: list[str]) -> Measured:
    """Run the sweep, and wait for it and all that it started."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "sweep"
        command = [sys.executable, "-m", "trialopt", "sweep", str(file), "--quiet", "--json", "--out", str(out)]
        begun = time.perf_counter()
        process = subprocess.Popen([*command, *PLACES[place], *settings], stdout=subprocess.DEVNULL)
        spent: dict[int, float] = {}
        while process.poll() is None:
            spent.update(_spent(process.pid))
            time.sleep(LOOK)
        wall = time.perf_counter() - begun
        if process.returncode:
            raise SystemExit(f"the sweep by {place} ended with {process.returncode}")
        table = pd.read_csv(out / "sweep.csv").drop(columns="seconds")
    return Measured(place, wall, sum(spent.values()), table)


def _spent(pid: int) -> dict[int, float]:
    """CPU seconds so far of a process and of all that it started, by process."""
    found = {}
    with suppress(psutil.NoSuchProcess):
        run = psutil.Process(pid)
        for one in [run, *run.children(recursive=True)]:
            with suppress(psutil.NoSuchProcess):
                found[one.pid] = sum(one.cpu_times()[:2])
    return found


def main() -> None:
    """Measure, compare the tables, and print a row for each place."""
    parser = argparse.ArgumentParser("python -m benchmarks.many", description=__doc__)
    parser.add_argument("--base", default="rrmm_early_relapse")
    parser.add_argument("--solves", type=int, default=200)
    parser.add_argument("--set", action="append", default=[], help="as for trialopt")
    parser.add_argument("--places", nargs="+", choices=PLACES, default=["one process", "two Dask workers"])
    args = parser.parse_args()
    settings = [word for text in args.set for word in ("--set", text)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "grid.toml"
        file.write_text(grid(args.base, args.solves), encoding="utf-8")
        runs = [measured(place, file, settings) for place in args.places]
    print("| solved by | wall, s | CPU s | faster | with two cores | the same table |\n|---|---|---|---|---|---|")
    for run in runs:
        with_two = 2 * runs[0].cpu / run.cpu if run is not runs[0] else 1.0
        same = "yes" if run.table.equals(runs[0].table) else "NO"
        faster = runs[0].wall / run.wall
        print(f"| {run.place} | {run.wall:.0f} | {run.cpu:.0f} | {faster:.2f} | {with_two:.2f} | {same} |")


if __name__ == "__main__":
    main()
