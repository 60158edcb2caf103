"""`trialopt compare`: runs and instances side by side."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli import arguments as shared
from trialopt.cli.errors import exit_code, fail, told
from trialopt.cli.question import overrides_of, read_instance, run_at
from trialopt.cli.runner import GAP, Runner

if TYPE_CHECKING:
    from trialopt.core.instance import Instance
    from trialopt.reading.overrides import Overrides
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
    settings: shared.SetOption = None,
    include: shared.IncludeOption = None,
    exclude: shared.ExcludeOption = None,
    output: Annotated[
        Path | None, shared.place_option("Write CSV: every table into a folder, or one table to a .csv file.", "--csv")
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(
            help="The table to write: summary (the default for a file), arms, changes, allocation, coverage or risk.",
            show_default=False,
        ),
    ] = None,
    force: shared.Force = False,
    gap: shared.GapOption = GAP,
    time_limit: shared.TimeOfEachOption = None,
    as_json: shared.JsonOption = False,
    quiet: shared.QuietOption = False,
) -> None:
    """Compare runs or instances side by side.

    Each arm is matched to the most similar arm of the first run; whatever differs from it is marked. --set, --include
    and --exclude change the instances, not the runs.

    Exit code 0, or the largest that `solve` has for the instances solved.
    """
    if len(runs) < 2:
        raise fail("give two or more runs or instances")
    if table is not None and output is None:
        raise fail("--table goes with --output")
    run = Runner(None, as_json, quiet, gap, time_limit)
    with run.told(), told(output, force=force):
        from trialopt.output.formats import refuse_present
        from trialopt.output.formats.data import comparison_json, comparison_places, write_comparison
        from trialopt.output.terminal.comparison import comparison_parts
        from trialopt.record.comparison import compare as held_together

        if output is not None and not force:
            refuse_present(comparison_places(output, table).values())
        names = _names(runs)
        solutions, code = _solved(run, _read(runs, overrides_of(settings, include, exclude)), names)
        if len(solutions) < 2:
            raise fail("stopped: there are not yet two to compare", code)
        comparison = held_together(*solutions, names=names[: len(solutions)])
        if output is not None:
            run.keep(lambda: write_comparison(comparison, output, table=table, force=force))
        written = comparison_places(output, table).values() if output is not None and not run.unwritten else ()
        left = len(runs) - len(solutions)
        stopped = f"stopped: {left} not solved and not compared" if left else ""
        run.finish(
            partial(comparison_parts, comparison),
            partial(comparison_json, comparison),
            code,
            remarks=[stopped, *(f"{path} written" for path in written)],
        )


def _read(names: list[str], overrides: Overrides) -> list[Solution | Instance]:
    """Record of each run, and question of each instance with the overrides laid over it."""
    from trialopt.record.solution import Solution

    places = [run_at(name) for name in names]
    if overrides and all(places):
        raise fail("--set, --include and --exclude change instances, and all of these are runs")
    return [
        read_instance(name, overrides) if place is None else Solution.load(place)
        for name, place in zip(names, places, strict=True)
    ]


def _solved(run: Runner, found: list[Solution | Instance], names: list[str]) -> tuple[list[Solution], int]:
    """Runs as they are, and a run of each instance, with the largest exit code of these.

    Those after an interrupted one are left out.
    """
    from trialopt.record.solution import Solution

    solutions: list[Solution] = []
    code = 0
    for one, name in zip(found, names, strict=True):
        if isinstance(one, Solution):
            solutions.append(one)
            continue
        solution = run.solve(one, name)
        solutions.append(solution)
        code = max(code, exit_code(solution.ending, solution.design is not None))
        if run.interrupted:
            break
    return solutions, code


def _names(runs: list[str]) -> list[str]:
    """Shortest distinct names: of the folder or scenario, else the whole path, else numbered."""
    plain = [_name(Path(run)) for run in runs]
    for names in (plain, [str(Path(run)) for run in runs]):
        if len(set(names)) == len(names) and all(names):
            return names
    return [f"{run} ({number})" for number, run in enumerate(runs, start=1)]


def _name(path: Path) -> str:
    return path.stem if path.suffix == ".toml" else path.parent.name if path.suffix else path.name
