"""How soon each command answers Ctrl-C and its time limit: `python -m tests.answering_time`, a Markdown table.

CPU seconds of the command and its processes after the signal, or beyond the limit, since wall time on a busy machine
says little; a command that does nothing and does not end would show in the wall time, which is given too.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
ALLOWED = 2.0
"""CPU seconds in which a command has to answer."""

MAKE = ("generate", "big", "--agents", "26", "--subgroups", "10", "--epochs", "3", "--sized")
RUN = ("solve", "rrmm_early_relapse_sized", "--quiet", "--out", "run")

COMMANDS: dict[str, tuple[str, ...]] = {
    "solve, engine": ("solve", "big", "--method", "decompose"),
    "solve, compact": ("solve", "rrmm_early_relapse", "--method", "compact"),
    "alternatives": ("alternatives", "big"),
    "frontier": ("frontier", "big", "--against", "patients"),
    "explain": ("explain", "big"),
    "whatif": ("whatif", "big", "--exclude", "agent_03"),
    "stability": ("stability", "rrmm_early_relapse", "--draws", "2000"),
    "robust": ("robust", "rrmm_early_relapse_sized", "--draws", "100", "--workers", "1"),
    "learn": ("learn", "rrmm_early_relapse", "--workers", "1"),
    "sweep": ("sweep", "grid.toml", "--workers", "1"),
    "simulate": ("simulate", "run", "--trials", "100000", "--workers", "1"),
    "replay": ("replay", "run"),
    "compare": ("compare", "big", "rrmm_early_relapse"),
    "verify": ("verify", "run"),
    "report": ("report", "run", "-o", "page.html", "--force"),
    "size --exact": (*["size", "--endpoint", "response", "--p0", "0.35", "--p1", "0.4", "--power", "0.95", "--exact"],),
    "evidence predict": ("evidence", "predict", "DRd", "--population", "early_relapse"),
    "generate": ("generate", "more", "--agents", "200", "--subgroups", "40"),
}
NO_LIMIT = ("verify", "report", "size --exact", "evidence predict", "generate", "compare")
"""Commands without a time limit, or without one of all their searches."""


def call(*arguments: str, folder: str) -> None:
    subprocess.run([sys.executable, "-m", "trialopt", *arguments], cwd=folder, capture_output=True, check=True)


def cpu(group: int) -> float:
    """CPU seconds of the processes of a group that run, and of those that they waited for."""
    total = 0
    for place in Path("/proc").glob("[0-9]*"):
        try:
            fields = (place / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            total += sum(map(int, fields[11:15]))
    return total / TICKS


def _heard() -> None:
    """A shell lets what it runs in the background ignore Ctrl-C, and that is inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def answer(name: str, folder: str, after: float | None) -> tuple[int, float, float, str]:
    """Exit code, CPU seconds and wall seconds beyond the limit or the signal, and stderr.

    The signal comes `after` so many CPU seconds; `None` asks for a time limit of a second instead.
    """
    more = () if after is not None else ("--time-limit", "1")
    quiet = () if name in NO_LIMIT else ("--quiet",)
    process = subprocess.Popen(
        [sys.executable, "-m", "trialopt", *COMMANDS[name], *more, *quiet],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=_heard,
    )  # fmt: skip
    used, begun, start, told = 0.0, 0.0, time.monotonic(), after is None
    while process.poll() is None and time.monotonic() - start < 300:
        used = max(used, cpu(process.pid))
        if not told and after is not None and used >= after:
            begun, start, told = used, time.monotonic(), True
            os.killpg(process.pid, signal.SIGINT)
        time.sleep(0.02)
    hung = process.poll() is None
    if hung:
        os.killpg(process.pid, signal.SIGKILL)
    error = process.communicate()[1]
    lag = used - begun if told else 0.0
    return process.returncode, lag, time.monotonic() - start, "hangs" if hung else error


def table(folder: str) -> list[str]:
    call(*MAKE, folder=folder)
    call(*RUN, folder=folder)
    grid = 'base = "big"\n[grid]\n"trial.max_arms" = [1, 2, 3]\n"trial.carry" = [0, 0.1, 0.2]\n'
    (Path(folder) / "grid.toml").write_text(grid)
    rows = ["| command | Ctrl-C at 0.7, 1.5 and 3 CPU s | time limit 1 s |", "|---|---|---|"]
    for name in COMMANDS:
        cells = []
        for after in (0.7, 1.5, 3.0):
            code, lag, wall, error = answer(name, folder, after)
            wrong = " FAILED" if "Traceback" in error or error == "hangs" else ""
            cells.append(f"over ({code})" if code >= 0 and not lag else f"{lag:.1f} ({code}{wrong}; {wall:.0f} s)")
        limit = "-"
        if name not in NO_LIMIT:
            code, used, wall, error = answer(name, folder, None)
            limit = f"{used:.1f} in all ({code}{' FAILED' if 'Traceback' in error else ''}; {wall:.0f} s)"
        rows.append(f"| {name} | {', '.join(cells)} | {limit} |")
        print(rows[-1], flush=True)
    return rows


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as home:
        print("\n".join(table(home)))
