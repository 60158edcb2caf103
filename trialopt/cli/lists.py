"""Many designs: `trialopt alternatives` and `frontier`, proven in order, and `stability` under uncertain inputs."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from trialopt.cli import arguments as shared
from trialopt.cli.errors import DONE, STOPPED, found_code, searching
from trialopt.cli.question import overrides_of, read_document, read_question
from trialopt.cli.runner import Runner


def alternatives(
    instance: shared.QuestionArgument,
    k: Annotated[int, typer.Option("--k", "-k", min=1, help="How many designs to list.")] = 10,
    diverse: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="D",
            help="List only designs of which any two differ by at least D agents, counted over arms and epochs.",
        ),
    ] = 0,
    settings: shared.SetOption = None,
    include: shared.IncludeOption = None,
    exclude: shared.ExcludeOption = None,
    time_limit: shared.TimeOption = None,
    out: Annotated[
        Path | None,
        shared.folder_option("Write alternatives.json and CSV tables. In a run's folder, its report will show them."),
    ] = None,
    force: shared.ForceRun = False,
    as_json: shared.JsonOption = False,
    quiet: shared.QuietOption = False,
) -> None:
    """List the best designs in order, with what each loses and does differently.

    Two designs count as the same if they differ only in the names of arms or, in a trial without patient numbers,
    only in how subgroups that get the same treatment are put into arms. There is no --gap: each place in the order is
    proven.

    Exit codes: 0 all designs asked for, or all there are; 2 wrong command line or instance; 3 proven infeasible;
    4 stopped before the list was full; 5 stopped without a design.
    """
    run = Runner(out, as_json, quiet, time_limit=time_limit, force=force)
    with run.told():
        question = read_question(instance, overrides_of(settings, include, exclude))
        from trialopt.decision.alternatives import FILE_NAME
        from trialopt.decision.alternatives import alternatives as ranked
        from trialopt.output.formats.folder import write_tables
        from trialopt.output.terminal.listed import alternatives_parts
        from trialopt.record.make import question as asked

        run.reserve(FILE_NAME, question.sha256)
        found = run.follow(lambda monitor: ranked(question, k, diverse=diverse, monitor=monitor))

        def write(folder: Path) -> None:
            frames = {"alternatives": found.frame, "alternatives_arms": found.arms}
            write_tables(folder, frames, (FILE_NAME, found.to_json()), question.sha256, force=force)

        run.finish(
            partial(alternatives_parts, found, asked(question)),
            found.to_json,
            found_code(len(found.items), found.complete),
            write=write,
            remarks=_why_none(instance, len(found.items), found.complete),
        )


def frontier(
    instance: shared.QuestionArgument,
    against: Annotated[
        str, typer.Option(help="What to weigh value against: patients, arms, burden or budget.", show_default=False)
    ],
    settings: shared.SetOption = None,
    include: shared.IncludeOption = None,
    exclude: shared.ExcludeOption = None,
    time_limit: shared.TimeOption = None,
    out: Annotated[
        Path | None, shared.folder_option("Write frontier.json, CSV tables and, if matplotlib is installed, a figure.")
    ] = None,
    force: shared.ForceRun = False,
    as_json: shared.JsonOption = False,
    quiet: shared.QuietOption = False,
) -> None:
    """Trade value off against patients, arms, burden or money.

    Finds every design for which no other design has a higher value with no more patients (arms, burden, money). There
    is no --gap: each design is proven to be the best at its price, and the result says whether any may be missing.

    Exit codes: 0 complete; 2 wrong command line or instance; 3 proven infeasible; 4 stopped before it was complete;
    5 stopped without a design.
    """
    run = Runner(out, as_json, quiet, time_limit=time_limit, force=force)
    with run.told():
        from trialopt.decision.frontier import AXES, FILE_NAME
        from trialopt.decision.frontier import frontier as traced
        from trialopt.output.formats.folder import figure_of, write_tables
        from trialopt.output.terminal.listed import frontier_parts
        from trialopt.record.make import question as asked

        if against not in AXES:
            raise typer.BadParameter(f"{against!r} is not one of {', '.join(AXES)}", param_hint="--against")
        question = read_question(instance, overrides_of(settings, include, exclude))
        run.reserve(FILE_NAME, question.sha256)
        found = run.follow(lambda monitor: traced(question, against, monitor=monitor))

        def write(folder: Path) -> None:
            frames = {"frontier": found.frame, "frontier_arms": found.arms}
            drawn = figure_of(FILE_NAME, found) if found.points else {}
            record = (FILE_NAME, found.to_json())
            write_tables(folder, frames, record, question.sha256, force=force, figures=drawn)

        run.finish(
            partial(frontier_parts, found, asked(question)),
            found.to_json,
            found_code(len(found.points), found.complete),
            write=write,
            remarks=_why_none(instance, len(found.points), found.complete),
        )


def _why_none(instance: str, count: int, complete: bool) -> list[str]:
    return [f"trialopt explain {instance} says why"] if complete and not count else []


def stability(
    instance: shared.InstanceArgument,
    draws: Annotated[int, typer.Option(min=1, help="How many times to draw the uncertain inputs.")] = 1000,
    top: Annotated[int, typer.Option(min=1, help="How many of the best designs to compare in each draw.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws; the same seed repeats them.")] = 1,
    verify: Annotated[
        int, typer.Option(min=0, help="How many switching values to verify by searching all designs, likeliest first.")
    ] = 5,
    settings: shared.SetOption = None,
    include: shared.IncludeOption = None,
    exclude: shared.ExcludeOption = None,
    time_limit: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            metavar="SECONDS",
            help="Stop the search for designs and the verification after this time; the draws are always done.",
        ),
    ] = None,
    out: Annotated[Path | None, shared.folder_option("Write stability.json and the tables as CSV.")] = None,
    force: shared.ForceRun = False,
    as_json: shared.JsonOption = False,
    quiet: shared.QuietOption = False,
) -> None:
    """Test whether the best design stays best when the inputs are uncertain.

    Every agent's response and adverse event rates are drawn from their uncertainty: that of the fit, of the published
    counts, of the number of patients in the trial cited or, failing these, an assumed one that is marked as such. The
    best designs are valued again in each draw. Switching values say how far a single rate must move before another
    design becomes the best. There is no --gap: the designs are listed in their proven order.

    Exit codes: 0 done; 2 wrong command line or instance; 3 proven infeasible; 4 stopped at the time limit or by Ctrl-C,
    with what was done by then; 5 stopped without a design.
    """
    run = Runner(out, as_json, quiet, time_limit=time_limit, force=force)
    with run.told():
        document = read_document(instance, overrides_of(settings, include, exclude))
        from trialopt.decision.stability import stability as assessed
        from trialopt.output.formats.folder import write_tables
        from trialopt.output.terminal.stability import stability_parts
        from trialopt.reading import build
        from trialopt.record.make import question as asked

        question = build(document)
        run.reserve("stability.json", question.sha256)
        with searching("the designs cannot be listed"):
            found = run.follow(
                lambda monitor: assessed(document, draws=draws, top=top, seed=seed, verify=verify, monitor=monitor)
            )
        run.finish(
            partial(stability_parts, found, asked(question)),
            found.to_json,
            DONE if found.complete else STOPPED,
            write=lambda folder: write_tables(
                folder, found.tables, ("stability.json", found.to_json()), question.sha256, force=force
            ),
        )
