"""One part of an explanation in a process of its own, that ends when the run does."""

from __future__ import annotations

import multiprocessing
import signal
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any

from trialopt.core.run import Limits, Monitor
from trialopt.decision.binding import Binding

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.synchronize import Event

    from trialopt.core.design import Design
    from trialopt.core.instance import Instance

Work = Callable[["Instance", "Design", Monitor], Binding]

LISTEN = 0.2
"""Seconds between two looks at whether the run has to stop."""


class Beside:
    """Work on an instance and a design, done in another process while the block runs."""

    def __init__(self, work: Work, instance: Instance, design: Design, monitor: Monitor) -> None:
        self._work, self._instance, self._design, self._monitor = work, instance, design, monitor
        context = multiprocessing.get_context("spawn")
        self._stop = context.Event()
        self._here, there = context.Pipe(duplex=False)
        arguments = (work, instance, design, monitor.remaining, self._stop, there)
        self._process = context.Process(target=_run, args=arguments, daemon=True)
        self._there = there

    def __enter__(self) -> Beside:
        self._process.start()
        self._there.close()
        return self

    def result(self) -> Binding:
        """Wait for what the work found. Raises `RuntimeError` when it failed."""
        doing = ""
        while True:
            if self._monitor.stop() is not None:
                self._stop.set()
            if not self._here.poll(LISTEN):
                continue
            try:
                kind, content = self._here.recv()
            except EOFError as error:
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

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._process.join(timeout=0 if error else 1)
        if self._process.is_alive():
            self._process.terminate()


def _run(work: Work, instance: Instance, design: Design, seconds: float | None, stop: Event, there: Connection) -> None:
    """Do the work, in the other process. Ctrl-C is the first process' affair."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    monitor = Monitor(Limits(time=seconds), lambda _, value, bound, doing: there.send(("doing", doing)))
    over = threading.Event()
    threading.Thread(target=_listen, args=(monitor, stop, over), daemon=True).start()
    try:
        result: tuple[str, Any] = ("done", work(instance, design, monitor))
    except Exception as error:
        result = ("failed", f"{type(error).__name__}: {error}")
    over.set()
    there.send(result)


def _listen(monitor: Monitor, stop: Event, over: threading.Event) -> None:
    """Pass the wish to stop on to the work."""
    while not over.wait(LISTEN):
        if stop.is_set():
            monitor.interrupted = True
