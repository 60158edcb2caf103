"""Many solves at once: `trialopt sweep`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from trialopt.cli import arguments as shared
from trialopt.cli.errors import DONE, STOPPED, STOPPED_EMPTY
from trialopt.cli.question import overrides_of
from trialopt.cli.runner import GAP, Runner


def sweep(
    grid: Annotated[
        Path,
        typer.Argument(metavar="GRID", help="A grid file: an instance and settings by values.", show_default=False),
    ],
    workers: shared.WorkersOption = None,
    scheduler: shared.SchedulerOption = None,
    store: shared.StoreOption = None,
    settings: shared.SetOption = None,
    include: shared.IncludeOption = None,
    exclude: shared.ExcludeOption = None,
    gap: shared.GapOption = GAP,
    time_limit: shared.TimeOfEachOption = None,
    out: Annotated[
        Path | None,
        shared.folder_option("Write sweep.json and CSV tables, and keep finished solves in solves.sqlite."),
    ] = None,
    force: shared.ForceRun = False,
    as_json: shared.JsonOption = False,
    quiet: shared.QuietOption = False,
) -> None:
    """Solve an instance under many settings: any settings by any values.

    The grid file says base = "INSTANCE" and, in [grid], "trial.max_arms" = [1, 2, 3] and whatever else --set can name;
    every combination is solved. A run that was stopped or killed goes on where it was, if --out or --store is given.

    Exit codes: 0 every point has its best design, or the proof that it has none; 2 wrong command line, grid or
    instance; 4 stopped by Ctrl-C, or some solves at the time limit; 5 stopped before any was done.
    """
    run = Runner(out, as_json, quiet, gap, time_limit, force=force)
    with run.told():
        from trialopt.decision.sweep import FILE_NAME
        from trialopt.decision.sweep import sweep as swept
        from trialopt.decision.sweep_grid import read_grid
        from trialopt.output.formats.folder import write_tables
        from trialopt.output.terminal.sweep import sweep_parts
        from trialopt.reading import build

        points = read_grid(grid, overrides_of(settings, include, exclude))
        question = build(points.document).sha256
        run.reserve(FILE_NAME, question)
        where = shared.store_of(store, out)
        found = run.count(
            lambda monitor: swept(
                points,
                workers=workers,
                scheduler=scheduler,
                store=where,
                gap=run.gap,
                time_limit=time_limit,
                monitor=monitor,
            )
        )

        def write(folder: Path) -> None:
            frames = {"sweep": found.frame, "sweep_arms": found.arms}
            write_tables(folder, frames, (FILE_NAME, found.to_json()), question, force=force)

        kept = f"{found.kept} of {len(found.points)} answers were kept from before or asked twice" if found.kept else ""
        run.finish(
            partial(sweep_parts, found),
            found.to_json,
            DONE if found.complete else STOPPED if found.points else STOPPED_EMPTY,
            write=write,
            remarks=[kept, "" if found.complete or where is None else "the same command again goes on from here"],
        )
