"""Searches as commands run them: progress on stderr, Ctrl-C keeps the best so far, lists are told and written."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar

import typer

from trialopt.cli.errors import DONE, INFEASIBLE, STOPPED, STOPPED_EMPTY, WRONG_INPUT, fail
from trialopt.record.words import duration, gap_percent, objective

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import RenderableType

    from trialopt.core.instance import Instance
    from trialopt.core.run import Limits, Monitor
    from trialopt.output.figures.picture import Picture
    from trialopt.record.solution import Solution

# -- Live progress on stderr: elapsed, incumbent, bound, gap, and what is being done. -----------------------------

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


# -- Ctrl-C asks the run to stop and keep its incumbent; a second one ends the program at once. -------------------


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


# -- Searches as the commands run them: progress on stderr, and Ctrl-C keeps the best design so far. --------------

Found = TypeVar("Found")

SMALLEST_GAP = 1e-6
"""Bounds are proven up to the solver's tolerance, so no smaller gap can be."""

GapOption = Annotated[
    float, typer.Option("--gap", min=0.0, help="Stop when value and bound are this close, relatively.")
]
TimeOption = Annotated[
    float | None, typer.Option("--time-limit", min=0.0, help="Seconds after which to stop each instance.")
]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")]


def promised(gap: float) -> float:
    """Return the gap to stop at, which is the smallest that can be proven where less is asked for, and say so."""
    if gap >= SMALLEST_GAP:
        return gap
    typer.echo(f"gaps below {SMALLEST_GAP:g} are not promised: stopping at that", err=True)
    return SMALLEST_GAP


class Searches:
    """Solves instances one after the other with progress shown; once interrupted, later ones take what comes at once.

    `interrupted` says whether Ctrl-C was pressed in any of them.
    """

    def __init__(self, limits: Limits, *, method: str = "auto", quiet: bool = False) -> None:
        self._limits, self._method, self._quiet = limits, method, quiet
        self.interrupted = False

    def __call__(self, instance: Instance, name: str = "") -> Solution:
        """Solve an instance; a `name` is told before."""
        from trialopt.core.run import Monitor
        from trialopt.decision.solving import solve

        if name and not self._quiet:
            typer.echo(f"{name}:", err=True)
        with Progress(self._quiet) as progress:
            monitor = Monitor(self._limits, progress)
            monitor.interrupted = self.interrupted
            with stops(monitor):
                try:
                    return solve(instance, method=self._method, monitor=monitor)
                except ValueError as error:
                    outside = self._method == "decompose" and error.__cause__ is not None
                    if outside:  # of the engine: another method will do
                        raise fail(str(error), WRONG_INPUT) from error
                    raise
                finally:
                    self.interrupted = monitor.interrupted


def followed(work: Callable[[Monitor], Found], time: float | None, quiet: bool) -> Found:
    """Do a piece of work under a time limit with progress shown; Ctrl-C asks it to stop and keep what it has."""
    from trialopt.core.run import Limits, Monitor

    with Progress(quiet) as progress:
        monitor = Monitor(Limits(time=time), progress)
        with stops(monitor):
            try:
                return work(monitor)
            except ValueError as error:  # the question is outside what can be answered: it says why
                from trialopt.reading.document import InputErrors

                if isinstance(error, InputErrors):
                    raise
                raise fail(str(error), WRONG_INPUT) from error


# -- Lists of designs, printed and as files of a folder. ----------------------------------------------------------


class Listed(Protocol):
    """A list of designs."""

    @property
    def complete(self) -> bool:
        """Whether it has all that were asked for, or all there are."""

    def to_json(self) -> str:
        """The list as text."""


L = TypeVar("L", bound=Listed)


def folder_for(out: Path | None) -> None:
    """Refuse a file where a folder is asked for, before anything is computed."""
    if out is not None and out.exists() and not out.is_dir():
        raise NotADirectoryError(f"{out} is a file; --out takes a folder")


def write_list(
    found: Listed,
    folder: Path,
    name: str,
    frames: Mapping[str, pd.DataFrame],
    figure: Callable[[], Picture] | None = None,
) -> None:
    """Write the record, its tables as CSV, and a figure where matplotlib is installed."""
    from importlib.util import find_spec

    from trialopt.core.files import write_bytes, write_text
    from trialopt.output.formats.delimited import encode

    for table, frame in frames.items():
        write_bytes(folder / f"{table}.csv", encode(frame))
    write_text(folder / name, found.to_json())
    if figure is not None and find_spec("matplotlib"):
        figure().write(folder / f"{Path(name).stem}.svg")


def told_list(
    found: L,
    count: int,
    parts: Callable[[L, int], Iterable[RenderableType]],
    instance: str,
    out: Path | None,
    *,
    as_json: bool,
    quiet: bool,
) -> typer.Exit:
    """Print a list of `count` designs, say where it was written, and return the exit to raise."""
    if as_json:
        typer.echo(found.to_json(), nl=False)
    else:
        from trialopt.output.terminal.console import show

        show(lambda width: parts(found, width))
    if not count and found.complete and not quiet:
        typer.echo(f"trialopt explain {instance} says why", err=True)
    if out is not None and not quiet:
        typer.echo(f"written to {out}", err=True)
    if not count:
        return typer.Exit(INFEASIBLE if found.complete else STOPPED_EMPTY)
    return typer.Exit(DONE if found.complete else STOPPED)
