"""A second process that looks into limits while the first looks into agents; Ctrl-C and the end of the first end it.

Nothing but a pipe joins the two: no semaphore is left behind whenever either is stopped.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any

from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.decision.binding import Binding
from trialopt.many.signals import without_ctrl_c

Work = Callable[[Instance, Design, Monitor], Binding]

LISTEN = 0.2
"""Seconds between two looks at whether the run has to stop."""

PATIENCE = 0.8
"""Seconds that a process which was asked to stop has to hand over what it found."""


class Beside:
    """Work on an instance and a design, done in another process while the block runs."""

    def __init__(self, work: Work, instance: Instance, design: Design, monitor: Monitor) -> None:
        self._work, self._instance, self._design, self._monitor = work, instance, design, monitor
        context = multiprocessing.get_context("spawn")
        self._here, self._there = context.Pipe()
        arguments = (work, instance, design, monitor.remaining, self._there)
        self._process = context.Process(target=_run, args=arguments, daemon=True)
        self._asked: float | None = None

    def __enter__(self) -> Beside:
        with without_ctrl_c():
            self._process.start()
        self._there.close()
        return self

    def result(self) -> Binding:
        """Wait for what the work found. Raises `RuntimeError` when it failed."""
        doing = ""
        while True:
            if self._monitor.stop() is not None:
                self._ask()
                if time.monotonic() - (self._asked or 0.0) > PATIENCE:
                    return self._work(self._instance, self._design, self._monitor)
            if not self._here.poll(LISTEN):
                continue
            try:
                kind, content = self._here.recv()
            except (EOFError, OSError) as error:
                if self._monitor.stop() is not None:  # it was told to end before it had begun
                    return self._work(self._instance, self._design, self._monitor)
                raise RuntimeError("the process that looks into the limits ended without an answer") from error
            if kind == "doing" and content != doing:
                doing = content
                self._monitor.report(doing=doing)
            if kind == "failed":
                raise RuntimeError(content)
            if kind == "done":
                found: Binding = content
                return found

    def _ask(self) -> None:
        """Ask the other process, once, to stop."""
        if self._asked is None:
            self._asked = time.monotonic()
            with suppress(OSError):
                self._here.send("stop")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ask()
        self._process.join(timeout=0 if error or self._monitor.stop() else 1)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        self._here.close()


def _run(work: Work, instance: Instance, design: Design, seconds: float | None, there: Connection) -> None:
    """Do the work, in the other process; nobody listens any more once the first one has ended."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    monitor = Monitor(Limits(time=seconds), lambda _, value, bound, doing: _tell(there, ("doing", doing)))
    threading.Thread(target=_listen, args=(monitor, there), daemon=True).start()
    try:
        result: tuple[str, Any] = ("done", work(instance, design, monitor))
    except Exception as error:
        result = ("failed", f"{type(error).__name__}: {error}")
    _tell(there, result)


def _tell(there: Connection, what: tuple[str, Any]) -> None:
    with suppress(OSError):
        there.send(what)


def _listen(monitor: Monitor, there: Connection) -> None:
    """Pass the wish to stop, or the end of the first process, on to the work."""
    with suppress(EOFError, OSError):
        there.recv()
    monitor.interrupted = True
