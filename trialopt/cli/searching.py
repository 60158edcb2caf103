"""Searches as the commands run them: progress on stderr, and Ctrl-C keeps the best design so far."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from trialopt.cli.errors import WRONG_INPUT, fail
from trialopt.cli.interrupt import stops
from trialopt.cli.progress import Progress

if TYPE_CHECKING:
    from trialopt.instance import Instance
    from trialopt.run import Limits, Monitor
    from trialopt.solution import Solution

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
        from trialopt.run import Monitor
        from trialopt.solving import solve

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
    from trialopt.run import Limits, Monitor

    with Progress(quiet) as progress:
        monitor = Monitor(Limits(time=time), progress)
        with stops(monitor):
            try:
                return work(monitor)
            except ValueError as error:  # the question is outside what can be answered: it says why
                from trialopt.reading.problems import InputErrors

                if isinstance(error, InputErrors):
                    raise
                raise fail(str(error), WRONG_INPUT) from error
