"""One search as the commands run it: progress on stderr, and Ctrl-C keeps the best design so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli.errors import WRONG_INPUT, fail
from trialopt.cli.interrupt import stops
from trialopt.cli.progress import Progress

if TYPE_CHECKING:
    from trialopt.instance import Instance
    from trialopt.run import Limits
    from trialopt.solution import Solution

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


def searched(
    instance: Instance, limits: Limits, *, method: str = "auto", quiet: bool = False, interrupted: bool = False
) -> Solution:
    """Solve an instance with its progress shown; `interrupted` before it begins, it takes what comes at once."""
    from trialopt.run import Monitor
    from trialopt.solving import solve

    with Progress(quiet) as progress:
        monitor = Monitor(limits, progress)
        monitor.interrupted = interrupted
        with stops(monitor):
            try:
                return solve(instance, method=method, monitor=monitor)
            except ValueError as error:
                if method == "decompose" and error.__cause__ is not None:  # outside the engine: another method will do
                    raise fail(str(error), WRONG_INPUT) from error
                raise
