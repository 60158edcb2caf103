"""What is seen of a search while it runs: a line of progress on stderr, and Ctrl-C that keeps the best so far.

A second Ctrl-C ends the program at once.
"""

from __future__ import annotations

import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import TYPE_CHECKING

import typer

from trialopt.record.words import duration, gap_percent, objective

if TYPE_CHECKING:
    from trialopt.core.run import Monitor

EVERY = 0.2
"""Seconds between two drawings of the line on a terminal."""

PATIENCE = 1.0
"""Least seconds between two lines where stderr is no terminal."""


class Progress:
    """Called by a run with what it knows; draws one line on a terminal, and a line a change elsewhere."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._terminal = sys.stderr.isatty()
        self._start = time.monotonic()
        self._value: float | None = None
        self._bound = float("inf")
        self._doing = ""
        self._told: tuple[float | None, float, str] | None = None
        self._told_at = -PATIENCE
        self._over = threading.Event()
        self._drawer = threading.Thread(target=self._draw, daemon=True)

    def __call__(self, seconds: float, value: float | None, bound: float, doing: str) -> None:
        """Take what a run reports."""
        self._value, self._bound, self._doing = value, bound, doing or self._doing
        state = (value, bound, self._doing)
        elapsed = time.monotonic() - self._start
        if not self._quiet and not self._terminal and state != self._told and elapsed - self._told_at >= PATIENCE:
            self._told, self._told_at = state, elapsed
            print(self.line(), file=sys.stderr, flush=True)

    def __enter__(self) -> Progress:
        if self._terminal and not self._quiet:
            self._drawer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        if self._drawer.is_alive():
            self._drawer.join()
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)

    def line(self) -> str:
        """Put the numbers so far into one line."""
        known = self._value is not None and self._bound < float("inf")
        gap = None
        if self._value is not None and known:
            gap = max(0.0, self._bound - self._value) / max(abs(self._value), 1e-9)
        bound = self._bound if abs(self._bound) < float("inf") else None
        parts = (
            f"{duration(time.monotonic() - self._start):>8}",
            f"incumbent {objective(self._value)}",
            f"bound {objective(bound)}",
            f"gap {gap_percent(gap)}",
            self._doing,
        )
        return "  ".join(part for part in parts if part)

    def _draw(self) -> None:
        while not self._over.wait(EVERY):
            width = shutil.get_terminal_size().columns
            print(f"\r\x1b[K{self.line()[: width - 1]}", end="", file=sys.stderr, flush=True)


class Count(Progress):
    """The same for a run of many solves, which has no incumbent of its own: the time and how many are done."""

    def line(self) -> str:
        """Put what is done and what is left into one line."""
        return f"{duration(time.monotonic() - self._start):>8}  {self._doing}"


@contextmanager
def stops(monitor: Monitor, keeps: str = "the best design so far") -> Iterator[None]:
    """Let the first Ctrl-C set `monitor.interrupted`, while the block runs; `keeps` says what is not lost."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        monitor.interrupted = True
        signal.signal(signal.SIGINT, signal.getsignal(signal.SIGTERM))  # where there are workers, they end first
        typer.echo(f"\nstopping with {keeps}; Ctrl-C again to abort", err=True)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def finishing() -> Iterator[None]:
    """Let the first Ctrl-C pass while what was found is written and shown: the search is not lost for a moment."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        typer.echo("\nfinishing what was found; Ctrl-C again to abort", err=True)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is ask:
            signal.signal(signal.SIGINT, before)
