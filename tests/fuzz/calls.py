"""One call of the command line in this process, and what is wrong with how it ended."""

from __future__ import annotations

import os
import re
import signal
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from typer.testing import CliRunner

from trialopt.cli.app import app

LIMIT = 5.0
"""CPU seconds that a call may take."""

PATIENCE = 120.0
"""Seconds after which a call is taken for hanging."""

CODES = {0, 2, 3, 4, 5}
"""Exit codes that a user's input may end in; 1 says that the program failed."""

NOT_WORDS = re.compile(
    r"Traceback|\w+Error\b|NoneType|object is not|not subscriptable|unsupported operand|positional argument|"
    r"<class |list index|invalid literal|could not convert|codec can't|math domain|division by zero|not iterable|"
    r"unhashable|object at 0x|not supported between"
)
"""What Python says and a user cannot read."""


class TookTooLong(BaseException):
    """Raised into a call that hangs."""


@dataclass(frozen=True)
class Ended:
    """How a call ended: its exit code, what is wrong with it (empty if nothing), and its CPU seconds."""

    code: int
    wrong: str
    seconds: float
    stderr: str = ""


@contextmanager
def patience(seconds: float = PATIENCE) -> Iterator[None]:
    """Raise `TookTooLong` after so many seconds, where the system has alarms."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def late(_signal: int, _frame: FrameType | None) -> None:
        raise TookTooLong(f"no answer after {seconds:g} s")

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _cpu() -> float:
    return sum(os.times()[:4])


def call(arguments: Sequence[str], folder: Path, limit: float = LIMIT) -> Ended:
    """Call `trialopt` with the arguments, standing in the folder."""
    home = Path.cwd()
    os.chdir(folder)
    began = _cpu()
    try:
        with patience():
            result = CliRunner().invoke(app, list(arguments))
    except TookTooLong as error:
        return Ended(-1, f"{error}\n{traceback.format_exc()}", _cpu() - began)
    finally:
        os.chdir(home)
        time.sleep(0)
    seconds = _cpu() - began
    error = result.exception
    if error is not None and not isinstance(error, SystemExit):
        return Ended(-1, "".join(traceback.format_exception(error)), seconds)
    wrong = _wrong(result.exit_code, result.stdout, result.stderr)
    if not wrong and seconds > limit:
        wrong = f"took {seconds:.1f} CPU seconds"
    return Ended(result.exit_code, wrong, seconds, result.stderr)


def _wrong(code: int, stdout: str, stderr: str) -> str:
    if code not in CODES:
        return f"exit code {code}: {stderr[-2000:]}"
    if code == 2 and not stderr.strip():
        return "exit code 2 without a word"
    found = NOT_WORDS.search(stderr)
    if found:
        return f"not in plain words ({found[0]}): {stderr[-2000:]}"
    if code == 2 and len(stderr.splitlines()) > 60:
        return f"{len(stderr.splitlines())} lines of problems"
    if "Traceback (most recent" in stdout:
        return f"a traceback is printed: {stdout[-2000:]}"
    return ""
