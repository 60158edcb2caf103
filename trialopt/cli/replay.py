"""`trialopt replay`: a design played on virtual patients who know nothing of the model."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from trialopt.cli import arguments as shared
from trialopt.cli.errors import DONE, STOPPED, fail
from trialopt.cli.runner import Runner


def replay(
    run_folder: shared.RunArgument,
    others: Annotated[
        int, typer.Option(min=0, help="Runners-up that are played beside it, and as many random feasible designs.")
    ] = 100,
    patients: Annotated[int, typer.Option(min=10, help="Virtual patients of each subgroup.")] = 600,
    trials: Annotated[int, typer.Option(min=10, help="Trials of each arm and of each contest with a rival.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the patients and of the random designs.")] = 1,
    population: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="newly_diagnosed, early_relapse, late_relapse or triple_class_exposed; read off the title by default.",
            show_default=False,
        ),
    ] = None,
    workers: shared.WorkersOption = None,
    scheduler: shared.SchedulerOption = None,
    time_limit: shared.TimeOption = None,
    out: Annotated[
        Path | None,
        shared.folder_option(
            "Write replay.json, CSV tables and, if matplotlib is installed, a figure. In the run's folder, its report "
            "will show them."
        ),
    ] = None,
    force: shared.ForceRun = False,
    as_json: shared.JsonOption = False,
    quiet: shared.QuietOption = False,
) -> None:
    """Play a design on virtual patients who know nothing of the model.

    Patients are clones that grow and are killed; response, progression and severe events are read off them as in a
    trial. Says how well the model's value ranks what is played, whether the recommendation beats its rivals, and which
    promises do not hold, whichever way that falls (docs/replay.md).

    Exit codes: 0 all was played; 2 wrong command line or run; 4 stopped by Ctrl-C or the time limit with what was
    played by then.
    """
    run = Runner(out, as_json, quiet, time_limit=time_limit, force=force)
    with run.told():
        from trialopt.decision.verdict import FILE_NAME, virtual_trial
        from trialopt.output.formats.folder import figure_of, read_question_of, write_tables
        from trialopt.output.terminal.replay import replay_parts
        from trialopt.record.solution import Solution

        design = Solution.load(run_folder).design
        if design is None:
            raise fail(f"{run_folder}: the run has no design to play")
        _, instance = read_question_of(run_folder)
        run.reserve(FILE_NAME, instance.sha256)
        found = run.follow(
            lambda monitor: virtual_trial(
                instance,
                design,
                others=others,
                patients=patients,
                trials=trials,
                seed=seed,
                population=population or "",
                workers=workers,
                scheduler=scheduler,
                monitor=monitor,
            )
        )
        run.finish(
            partial(replay_parts, found),
            found.to_json,
            DONE if found.complete else STOPPED,
            write=lambda folder: write_tables(
                folder,
                found.tables,
                (FILE_NAME, found.to_json()),
                instance.sha256,
                force=force,
                figures=figure_of(FILE_NAME, found),
            ),
        )
