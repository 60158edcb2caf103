"""Ctrl-C asks the run to stop and keep its incumbent; a second one ends the program at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from trialopt.run import Monitor


@contextmanager
def stops(monitor: Monitor) -> Iterator[None]:
    """Let the first Ctrl-C set `monitor.interrupted`, while the block runs."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def ask(number: int, frame: FrameType | None) -> None:
        monitor.interrupted = True
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        typer.echo("\nstopping with the best design so far; Ctrl-C again to abort", err=True)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
