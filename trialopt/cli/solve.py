"""`trialopt solve`: the best design of an instance, with its proof."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli import STARTED
from trialopt.cli.arguments import InstanceArgument, read_instance
from trialopt.cli.errors import WRONG_INPUT, exit_code, fail, told
from trialopt.cli.interrupt import stops
from trialopt.cli.progress import Progress

SMALLEST_GAP = 1e-6
"""Bounds are proven up to the solver's tolerance, so no smaller gap can be."""

if TYPE_CHECKING:
    from trialopt.instance import Instance
    from trialopt.solution import Solution


def solve(
    instance: InstanceArgument,
    method: Annotated[
        str, typer.Option(help="auto, compact (the model as written down) or decompose (the fast exact engine).")
    ] = "auto",
    gap: Annotated[float, typer.Option(min=0.0, help="Stop when value and bound are this close, relatively.")] = 1e-4,
    time_limit: Annotated[float | None, typer.Option(min=0.0, help="Seconds after which to stop.")] = None,
    node_limit: Annotated[int | None, typer.Option(min=1, help="Branch-and-bound nodes of any one program.")] = None,
    profile: Annotated[
        str, typer.Option(help="HiGHS option file of the compact model: quick, default, proof, or a path.")
    ] = "default",
    max_arms: Annotated[int | None, typer.Option(help="Most arms, in the place of the instance's.")] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write solution.json and the tables as CSV.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the solution as JSON and no tables.")] = False,
    sources: Annotated[bool, typer.Option("--sources", help="List what each arm's numbers rest on.")] = False,
    timings: Annotated[bool, typer.Option("--timings", help="Print where the time went.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress on stderr.")] = False,
) -> None:
    """Find the best arms and prove how good they are.

    Exit codes: 0 a design within the gap; 1 the program failed; 2 the command line or the instance is wrong;
    3 proven infeasible; 4 stopped at a limit or by Ctrl-C with a design; 5 stopped without one.
    """
    with told():
        from trialopt.solving import METHODS

        if method not in METHODS:
            raise typer.BadParameter(f"{method!r} is not one of {', '.join(METHODS)}", param_hint="--method")
        _check_profile(profile)
        if out is not None and out.exists() and not out.is_dir():
            raise NotADirectoryError(f"{out} is a file; --out takes a folder")
        if gap < SMALLEST_GAP:
            typer.echo(f"gaps below {SMALLEST_GAP:g} are not promised: stopping at that", err=True)
            gap = SMALLEST_GAP
        imported = time.perf_counter()
        question = read_instance(instance, max_arms)
        read = time.perf_counter()
        solution = _run(question, method, gap, time_limit, node_limit, profile, quiet)
        spent = {"importing": imported - STARTED, "reading": read - imported}
        known = {**spent, **solution.provenance["timings"]}
        solution = replace(solution, provenance={**solution.provenance, "timings": known})
        if out is not None:
            from trialopt.export.folder import write_run

            write_run(solution, out)
    _print(solution, as_json, sources)
    if not quiet:
        _remarks(question, solution, out)
    if timings:
        _print_timings(solution)
    raise typer.Exit(exit_code(solution.ending, solution.design is not None))


def _run(
    question: Instance,
    method: str,
    gap: float,
    time_limit: float | None,
    node_limit: int | None,
    profile: str,
    quiet: bool,
) -> Solution:
    from trialopt.run import Limits, Monitor
    from trialopt.solving import solve as search

    with Progress(quiet) as progress:
        monitor = Monitor(Limits(gap, time_limit, node_limit, profile), progress)
        with stops(monitor):
            try:
                return search(question, method=method, monitor=monitor)
            except ValueError as error:
                if method == "decompose" and error.__cause__ is not None:  # outside the engine: another method will do
                    raise fail(str(error), WRONG_INPUT) from error
                raise


def _check_profile(profile: str) -> None:
    """Refuse an unknown profile before anything is computed."""
    if profile != "default":
        from trialopt import profiles

        profiles.load(profile)


def _print(solution: Solution, as_json: bool, sources: bool) -> None:
    if as_json:
        typer.echo(solution.to_json(), nl=False)
        return
    from trialopt.show.console import show
    from trialopt.show.run import run_parts

    show(lambda width: run_parts(solution, width, sources=sources))


def _remarks(question: Instance, solution: Solution, out: Path | None) -> None:
    warnings = len(solution.warnings)
    if warnings:
        more = f"; trialopt validate lists {len(question.warnings)} of them" if question.warnings else ""
        typer.echo(f"{warnings} warning{'' if warnings == 1 else 's'}{more}", err=True)
    if out is not None:
        typer.echo(f"written to {out}", err=True)


def _print_timings(solution: Solution) -> None:
    spent = dict(solution.provenance["timings"])
    whole = time.perf_counter() - STARTED
    spent["showing and the rest"] = max(0.0, whole - sum(spent.values()))
    for name, seconds in spent.items():
        typer.echo(f"{name:<24}{seconds:8.2f} s {100 * seconds / whole:5.1f} %", err=True)
    typer.echo(f"{'all':<24}{whole:8.2f} s", err=True)
