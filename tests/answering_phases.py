"""How commands answer Ctrl-C in each of their phases: `python -m tests.answering_phases`, a Markdown table.

A command runs in a process group of its own. When it enters the function that begins a phase, the group gets SIGINT;
in a search half a CPU second later. What it computes after that is counted in CPU seconds, its processes included;
whatever it leaves alive or prints as a traceback is told.
"""

from __future__ import annotations

import argparse
import importlib
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from types import FunctionType
from typing import Any

from tests.answering_time import call, cpu

PHASES = {
    "start": "",
    "reading": "trialopt.reading.folder:load_folder",
    "building": "trialopt.reading.build:build",
    "workers": "trialopt.many.executor:_Elsewhere.submit",
    "search": "trialopt.core.run:Monitor.report",
    "ties": "trialopt.engine.ties:settled",
    "writing": "trialopt.core.run_folder:changing",
    "showing": "trialopt.output.terminal.console:show",
}
"""Phase -> the function that begins it; the start is 0.2 CPU seconds after the process begins."""

MOST = 60.0
"""CPU seconds after which a command is not waited for any more to come to a phase."""

TWO = ("--workers", "2")
ONE_ROW = ("--confidence", "0.5")
COMMANDS: dict[str, tuple[str, ...]] = {
    "solve": ("solve", "big", "--out", "new"),
    "solve, compact": ("solve", "rrmm_early_relapse", "--method", "compact", "--out", "new"),
    "alternatives": ("alternatives", "big", "--out", "new"),
    "frontier": ("frontier", "rrmm_early_relapse_sized", "--against", "patients", "--out", "new"),
    "explain": ("explain", "rrmm_early_relapse", "--out", "new"),
    "explain, two processes": ("explain", "rrmm_early_relapse", "--processes", "2", "--out", "new"),
    "whatif": ("whatif", "rrmm_early_relapse", "--exclude", "daratumumab", "--out", "new"),
    "stability": ("stability", "rrmm_early_relapse", "--draws", "500", "--out", "new"),
    "robust, two workers": ("robust", "rrmm_early_relapse", "--draws", "4", *ONE_ROW, *TWO, "--out", "new"),
    "learn, two workers": ("learn", "rrmm_early_relapse", "--draws", "12", *TWO, "--out", "new"),
    "sweep, two workers": ("sweep", "grid.toml", *TWO, "--out", "new"),
    "simulate, two workers": ("simulate", "run", "--trials", "20000", *TWO, "--out", "new"),
    "replay, two workers": ("replay", "run", *TWO, "--out", "new"),
    "compare": ("compare", "rrmm_early_relapse", "tiny_duo", "--out", "new"),
    "verify": ("verify", "run"),
    "report": ("report", "run", "-o", "new.html"),
    "export": ("export", "run", "-f", "csv,json,md,xlsx,docx", "-o", "new"),
}


def child(target: str, telling: int, arguments: list[str]) -> None:
    """Run a command that tells when it enters a function."""
    if target:
        module, name = target.split(":")
        watched: Any = attrgetter(name)(importlib.import_module(module))
        _tell_of(getattr(watched, "__wrapped__", watched), telling)
    from trialopt.cli import main

    sys.argv = ["trialopt", *arguments]
    main()


def _tell_of(function: Any, telling: int) -> None:
    """Make a function tell of its first call, wherever it was imported to."""
    plain = FunctionType(function.__code__, function.__globals__, function.__name__, function.__defaults__)
    plain.__kwdefaults__ = function.__kwdefaults__

    def told(*given: Any, **named: Any) -> Any:
        with suppress(OSError):
            os.write(telling, b"x")
            time.sleep(0.1)  # the signal comes
        return plain(*given, **named)

    function.__globals__["_told"] = told
    made: dict[str, Any] = {}
    exec("def instead(*given, **named): return _told(*given, **named)", function.__globals__, made)
    function.__defaults__ = function.__kwdefaults__ = None
    function.__code__ = made["instead"].__code__


def heard() -> None:
    """A shell lets what it runs in the background ignore Ctrl-C, and that is inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


SENDERS: dict[str, Callable[[int], None]] = {
    "group": lambda first: os.killpg(first, signal.SIGINT),  # as a terminal does
    "first": lambda first: os.kill(first, signal.SIGINT),
    "end": lambda first: os.kill(first, signal.SIGTERM),
}


def _work_on(process: subprocess.Popen[bytes], until: float) -> None:
    """Wait until the processes have worked so many CPU seconds, or have ended."""
    while process.poll() is None and cpu(process.pid) < until:
        time.sleep(0.01)


def answer(phase: str, arguments: tuple[str, ...], folder: str, send: Callable[[int], None] | None = None) -> str:
    """CPU seconds after Ctrl-C in a phase, exit code, and what is wrong; blank where there is no such phase."""
    reading, telling = os.pipe()
    command = [sys.executable, "-m", "tests.answering_phases", "--child", PHASES[phase], str(telling), *arguments]
    with open(os.path.join(folder, "stderr"), "w+", encoding="utf-8") as errors:
        process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=errors, start_new_session=True,
            preexec_fn=heard, pass_fds=(telling,),
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [str(Path(__file__).parents[1])]))},
        )  # fmt: skip
        os.close(telling)
        begun = None
        while process.poll() is None and begun is None:
            entered = bool(select.select([reading], [], [], 0.005)[0]) and os.read(reading, 1) == b"x"
            if entered or (phase == "start" and cpu(process.pid) >= 0.2):
                _work_on(process, cpu(process.pid) + (0.5 if phase == "search" else 0.0))
                begun = cpu(process.pid)
                with suppress(ProcessLookupError):
                    (send or SENDERS["group"])(process.pid)
            elif cpu(process.pid) > MOST:
                os.killpg(process.pid, signal.SIGKILL)
        used, end = begun or 0.0, time.monotonic() + 120
        while process.poll() is None and time.monotonic() < end:
            used = max(used, cpu(process.pid))
            time.sleep(0.01)
        wrong = "" if process.poll() is not None else " HANGS"
        errors.seek(0)
        said = errors.read()
    os.close(reading)
    if begun is None:
        return ""
    end = time.monotonic() + 30  # workers that were being started, and what serves them, import before they end
    while process.poll() is not None and cpu(process.pid) and time.monotonic() < end:
        time.sleep(0.1)
    wrong += " LEFT ALIVE" if process.poll() is not None and cpu(process.pid) else ""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    wrong += " TRACEBACK" if "Traceback" in said else ""
    wrong += " LEAKS" if "leaked" in said or "resource_tracker" in said else ""
    code = 128 - process.returncode if process.returncode < 0 else process.returncode
    return f"{used - begun:.1f} ({code}{wrong})"


def table(folder: str, names: list[str], send: Callable[[int], None]) -> None:
    call("generate", "big", "--agents", "26", "--subgroups", "10", "--epochs", "3", folder=folder)
    call("solve", "rrmm_early_relapse_sized", "--quiet", "--out", "run", folder=folder)
    grid = 'base = "rrmm_early_relapse"\n[grid]\n"trial.max_arms" = [1, 2, 3]\n"trial.carry" = [0, 0.1, 0.2]\n'
    (Path(folder) / "grid.toml").write_text(grid)
    print(f"| command | {' | '.join(PHASES)} |\n|---|{'---|' * len(PHASES)}", flush=True)
    for name in names:
        cells = []
        for phase in PHASES:
            subprocess.run(["rm", "-rf", "new", "new.html"], cwd=folder, check=True)
            cells.append(answer(phase, COMMANDS[name], folder, send))
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
    else:
        parser = argparse.ArgumentParser(description=__doc__)
        parser.add_argument("--only", action="append")
        parser.add_argument("--to", choices=SENDERS, default="group", help="who gets it; end: SIGTERM")
        given = parser.parse_args()
        with tempfile.TemporaryDirectory() as home:
            table(home, given.only or list(COMMANDS), SENDERS[given.to])
