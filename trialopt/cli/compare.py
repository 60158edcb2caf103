"""`trialopt compare`: runs and instances side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli.arguments import Force, read_instance, run_at
from trialopt.cli.errors import WRONG_INPUT, exit_code, fail, told
from trialopt.cli.searching import GapOption, QuietOption, Searches, TimeOption, promised

if TYPE_CHECKING:
    from trialopt.core.instance import Instance
    from trialopt.record.comparison import Comparison
    from trialopt.record.solution import Solution


def compare(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="A B...",
            help="Run folders or their solution.json, or instances, which are solved first.",
            show_default=False,
        ),
    ],
    csv: Annotated[
        Path | None,
        typer.Option(
            "--csv", metavar="PATH", help="Write it as CSV: a folder gets a file a table, a .csv file one table."
        ),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            help="The table to write: summary (what a .csv file holds), arms, changes, allocation, coverage or risk.",
            show_default=False,
        ),
    ] = None,
    force: Force = False,
    gap: GapOption = 1e-4,
    time_limit: TimeOption = None,
    quiet: QuietOption = False,
) -> None:
    """Compare runs or instances side by side.

    Arms are matched by similarity to those of the first one; what differs from it is marked. Exit code 0, or of the
    instances solved the largest that `solve` has for them.
    """
    if len(runs) < 2:
        raise fail("give two or more runs or instances", WRONG_INPUT)
    names = _names(runs)
    with told():
        from trialopt.record.comparison import compare as held_together

        found = [_read(run) for run in runs]
        gap = promised(gap)
        solutions = _solved(found, names, gap, time_limit, quiet)
        code = max(
            (exit_code(s.ending, s.design is not None) for s, f in zip(solutions, found, strict=False) if s is not f),
            default=0,
        )
        if len(solutions) < 2:
            raise fail("stopped: there are not yet two to compare", code)
        comparison = held_together(*solutions, names=names[: len(solutions)])
        written = _write(comparison, csv, table, force)
    from trialopt.output.terminal.comparison import comparison_parts
    from trialopt.output.terminal.console import show

    show(lambda width: comparison_parts(comparison, width))
    if len(solutions) < len(runs):
        typer.echo(f"stopped: {len(runs) - len(solutions)} not solved and not compared", err=True)
    for path in written:
        typer.echo(f"{path} written", err=True)
    raise typer.Exit(code)


def _read(name: str) -> Solution | Instance:
    """Record of a run, or the question of an instance."""
    from trialopt.record.solution import Solution

    run = run_at(name)
    return read_instance(name) if run is None else Solution.load(run)


def _solved(
    found: list[Solution | Instance], names: list[str], gap: float, time_limit: float | None, quiet: bool
) -> list[Solution]:
    """Runs as they are, and a run of each instance; those after an interrupted one are left out."""
    from trialopt.core.run import Limits
    from trialopt.record.solution import Solution

    search = Searches(Limits(gap, time_limit), quiet=quiet)
    solutions: list[Solution] = []
    for one, name in zip(found, names, strict=True):
        if isinstance(one, Solution):
            solutions.append(one)
            continue
        solutions.append(search(one, name))
        if search.interrupted:
            break
    return solutions


def _write(comparison: Comparison, csv: Path | None, table: str | None, force: bool) -> tuple[Path, ...]:
    if csv is None:
        if table is not None:
            raise fail("--table goes with --csv", WRONG_INPUT)
        return ()
    from trialopt.output.formats import ExportError
    from trialopt.output.formats.comparison import write_comparison

    try:
        return write_comparison(comparison, csv, table=table, force=force)
    except ExportError as error:
        raise fail(str(error), WRONG_INPUT) from error


def _names(runs: list[str]) -> list[str]:
    """Shortest distinct names: of the folder or scenario, else the whole path, else numbered."""
    plain = [_name(Path(run)) for run in runs]
    for names in (plain, [str(Path(run)) for run in runs]):
        if len(set(names)) == len(names) and all(names):
            return names
    return [f"{run} ({number})" for number, run in enumerate(runs, start=1)]


def _name(path: Path) -> str:
    return path.stem if path.suffix == ".toml" else path.parent.name if path.suffix else path.name
