"""How soon commands answer Ctrl-C and the time limit, by phase: `python -m tests.answering`; makes a table.

A command runs in a child of this process. At a random moment it gets SIGINT, or its time limit passes; what it computes
after that, until it ends with its answer, is counted in CPU seconds, which a busy machine does not change.
"""

from __future__ import annotations

import argparse
import os
import random
import select
import signal
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from typer.testing import CliRunner

from trialopt.cli.app import app
from trialopt.cli.progress import Progress
from trialopt.core.run import Monitor

COMMANDS: dict[str, tuple[str, ...]] = {
    "solve": ("solve", "rrmm_early_relapse"),
    "solve, sized": ("solve", "rrmm_early_relapse_sized"),
    "solve, sized, synthetic": ("solve", "sized"),
    "solve, pfs": ("solve", "rrmm_early_relapse_pfs"),
    "solve, 40 agents, 10 subgroups": ("solve", "big"),
    "solve, 20 subgroups": ("solve", "wide"),
    "solve, carry": ("solve", "carry"),
    "solve, compact": ("solve", "rrmm_early_relapse", "--method", "compact"),
    "solve, compact, sized": ("solve", "rrmm_early_relapse_sized", "--method", "compact"),
    "alternatives": ("alternatives", "rrmm_early_relapse", "-k", "50"),
    "alternatives, sized": ("alternatives", "sized", "-k", "50"),
    "frontier": ("frontier", "rrmm_early_relapse", "--against", "burden"),
    "frontier, sized": ("frontier", "rrmm_early_relapse_sized", "--against", "patients"),
    "explain": ("explain", "rrmm_early_relapse", "--processes", "1"),
    "explain, infeasible": ("explain", "t11_14_too_few_patients"),
    "whatif": ("whatif", "rrmm_early_relapse_sized", "--exclude", "daratumumab"),
    "stability": ("stability", "rrmm_early_relapse", "--draws", "2000", "--verify", "3"),
    "compare": ("compare", "rrmm_early_relapse_sized", "sized"),
}
"""Name -> command; the instances that are not shipped are made by `generate`."""

MADE = {
    "big": ("--agents", "40", "--subgroups", "10", "--arms", "4", "--levels"),
    "wide": ("--agents", "20", "--subgroups", "20", "--arms", "4"),
    "carry": ("--agents", "26", "--subgroups", "8", "--carry", "0.5"),
    "sized": ("--agents", "26", "--subgroups", "6", "--sized"),
}


class Answer(NamedTuple):
    """What a command did after it was asked to stop."""

    phase: str
    cpu: float
    code: int


def answer(arguments: tuple[str, ...], after: float, *, ctrl_c: bool) -> Answer | None:
    """Run a command and ask it to stop `after` its search began; `None` if it ended before."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _in_child(arguments if ctrl_c else (*arguments, "--time-limit", f"{after:g}"), writing)
    os.close(writing)
    phase, begun, used = "before the search", None, None
    end = time.monotonic() + 120
    while time.monotonic() < end:
        due = None if begun is None or used is not None else begun + after
        wait = 0.5 if due is None else max(0.0, due - time.monotonic())
        ready, _, _ = select.select([reading], [], [], wait)
        if ready:
            told = os.read(reading, 4096)
            if not told:
                break
            begun = begun if begun is not None else time.monotonic()
            if used is None:
                phase = told.decode(errors="replace").rstrip("\n").split("\n")[-1] or phase
        if due is not None and time.monotonic() >= due:
            used = _cpu(child)
            if ctrl_c:
                os.kill(child, signal.SIGINT)
    else:
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    _, status, spent = os.wait4(child, 0)
    if used is None:
        return None
    return Answer(phase, spent.ru_utime + spent.ru_stime - used, os.waitstatus_to_exitcode(status))


def _in_child(arguments: tuple[str, ...], writing: int) -> None:
    """Run the command and tell of its phases as they begin."""
    report, begin = Monitor.report, Progress.__enter__

    def told(self: Monitor, value: float | None = None, bound: float | None = None, doing: str = "") -> None:
        if doing:
            os.write(writing, f"{doing}\n".encode())
        report(self, value, bound, doing)

    def began(self: Progress) -> Progress:
        os.write(writing, b"\n")
        return begin(self)

    Monitor.report, Progress.__enter__ = told, began  # type: ignore[method-assign]
    code = 99
    try:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        code = CliRunner().invoke(app, [*arguments, "--quiet"]).exit_code
    finally:
        os._exit(code)


def _cpu(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measured(name: str, count: int, seed: int, longest: float = 8.0) -> dict[tuple[str, str], list[float]]:
    """CPU seconds until the answer, by what asked and the phase it came in."""
    rng = random.Random(f"{name}:{seed}")
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for k in range(count):
        ctrl_c = k % 2 == 0
        given = answer(COMMANDS[name], rng.uniform(0, longest) * rng.random(), ctrl_c=ctrl_c)
        if given is not None:
            phase = "".join(" " if letter.isdigit() else letter for letter in given.phase)
            found["Ctrl-C" if ctrl_c else "time limit", " ".join(phase.split())].append(given.cpu)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", action="append")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.chdir(home)
        for made, options in MADE.items():
            CliRunner().invoke(app, ["generate", made, *options])
        CliRunner().invoke(app, ["solve", "tiny_duo", "--quiet"])  # imports
        for command in asked.only or COMMANDS:
            for (what, phase), seconds in sorted(measured(command, asked.count, asked.seed).items()):
                print(f"| {command} | {phase} | {what} | {len(seconds)} | {max(seconds):.2f} |", flush=True)
