"""Run one case in a process of its own, and measure it from outside."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from resource import struct_rusage

from benchmarks.cases import Case
from trialopt.core.run import relative_gap

GRACE = 90.0
"""Seconds past its time limit after which a process is killed."""

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Row:
    """One line of the results."""

    suite: str
    axis: str
    agents: int
    mechanisms: int
    epochs: int
    subgroups: int
    arms: int
    levels: bool
    carry: float
    seed: int
    method: str
    value: float | None
    bound: float | None
    gap: float | None
    asked_gap: float
    ending: str
    seconds: float
    """Wall clock of solving alone."""
    cpu_seconds: float
    """User and system time of the whole process: says more than `seconds` on a machine that is busy."""
    megabytes: float
    """Peak resident memory of the whole process."""
    limit: float
    note: str = ""

    @property
    def closed(self) -> bool:
        """Whether the gap asked for was proven."""
        return self.gap is not None and self.gap <= self.asked_gap


def measure(case: Case) -> Row:
    """Solve a case and report; a process that dies or overruns is reported too."""
    with tempfile.TemporaryDirectory() as folder:
        question, answer = Path(folder) / "case.json", Path(folder) / "answer.json"
        question.write_text(json.dumps({**asdict(case), "size": asdict(case.size)}))
        command = [sys.executable, "-m", "benchmarks.worker", str(question), str(answer)]
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=(Path(folder) / "stderr").open("w")
        )
        usage, killed = _wait(process.pid, started + case.limit + GRACE)
        wall = time.perf_counter() - started
        if answer.exists():
            said = json.loads(answer.read_text())
        else:
            last = (Path(folder) / "stderr").read_text().strip().splitlines()[-1:]
            ending = "killed" if killed else "failed"
            note = f"{GRACE:g} s past its limit" if killed else " ".join(last)
            said = {"value": None, "bound": None, "ending": ending, "note": note, "seconds": wall}
    value, bound = said["value"], said["bound"]
    size = case.size
    return Row(
        suite=case.suite,
        axis=case.axis,
        **{
            name: getattr(size, name)
            for name in ("agents", "mechanisms", "epochs", "subgroups", "arms", "levels", "carry")
        },
        seed=case.seed,
        method=case.method,
        value=value,
        bound=bound,
        gap=None if value is None or bound is None else relative_gap(value, bound),
        asked_gap=case.gap,
        ending=said["ending"],
        seconds=said["seconds"],
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        megabytes=usage.ru_maxrss / (2**20 if platform.system() == "Darwin" else 2**10),
        limit=case.limit,
        note=said["note"],
    )


def _wait(pid: int, until: float) -> tuple[struct_rusage, bool]:
    """Wait for our own child, kill it when it is too late, and return what it used."""
    import signal

    killed = False
    while True:
        done, _, usage = os.wait4(pid, os.WNOHANG)
        if done:
            return usage, killed
        if not killed and time.perf_counter() > until:
            os.kill(pid, signal.SIGKILL)
            killed = True
        time.sleep(0.02)
