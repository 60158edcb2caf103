"""Ctrl-C at any moment of a command, also while it imports and in the second process of `explain`: no traceback."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time

import pytest

from tests.answering_phases import SENDERS, answer

ENDS = {-signal.SIGINT, 0, 3, 4, 5}
"""Killed by the signal, finished before it, or stopped with and without a design."""


def interrupted(arguments: tuple[str, ...], after: float, folder: str) -> subprocess.CompletedProcess[str]:
    """The command, with Ctrl-C pressed some seconds after its start, as a terminal does it: for all its processes."""
    command = [sys.executable, "-m", "trialopt", *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder, start_new_session=True
    )
    time.sleep(after)
    os.killpg(process.pid, signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


def check(arguments: tuple[str, ...], after: float, folder: str) -> int:
    ended = interrupted(arguments, after, folder)
    for word in ("Traceback", "leaked", "Exception ignored", "Aborted", "Error"):
        assert word not in ended.stderr, (after, ended.stderr)
    assert ended.returncode in ENDS, (after, ended.returncode, ended.stderr)
    return ended.returncode


COMMANDS = {
    "solve": ("solve", "rrmm_early_relapse", "--quiet", "--out", "run", "--force"),
    "explain": ("explain", "rrmm_early_relapse", "--quiet"),
    "alternatives": ("alternatives", "rrmm_early_relapse", "--quiet"),
    "stability": ("stability", "tiny_duo", "--draws", "50", "--quiet"),
    "help": ("--help",),
}
EARLIEST = 0.15
"""Seconds in which Python itself has started; a Ctrl-C before is answered by it, not by us."""


@pytest.mark.parametrize(("name", "after"), [("solve", 0.5), pytest.param("explain", 2.5, marks=pytest.mark.slow)])
def test_ctrl_c(name, after, tmp_path):
    check(COMMANDS[name], after, str(tmp_path))


def test_what_was_found_is_written_though_ctrl_c_comes_then(tmp_path):
    said = answer("writing", ("solve", "tiny_duo", "--quiet", "--out", "new"), str(tmp_path))
    assert said.endswith(" (0)"), said
    assert (tmp_path / "new" / "solution.json").is_file()


@pytest.mark.parametrize(
    ("to", "codes"),
    [
        ("end", ["143"]),
        pytest.param("group", ["4", "5"], marks=pytest.mark.slow),
        pytest.param("first", ["4", "5"], marks=pytest.mark.slow),
    ],
)
def test_workers_end_with_the_command_and_leave_nothing(to, codes, tmp_path):
    """No process, no semaphore and no traceback, at the moment when workers are started."""
    asked = ("robust", "tiny_duo", "--draws", "8", "--workers", "2", "--quiet", "--out", "new")
    said = answer("workers", asked, str(tmp_path), SENDERS[to])
    assert said.split()[1] in [f"({code})" for code in codes], said


@pytest.mark.many
@pytest.mark.parametrize("name", COMMANDS)
def test_ctrl_c_at_many_moments(name, tmp_path):
    rng = random.Random(name)
    for _ in range(25):
        check(COMMANDS[name], rng.uniform(EARLIEST, 5.0), str(tmp_path))
