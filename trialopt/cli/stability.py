"""`trialopt stability`: whether the best design stays the best one when its inputs are uncertain."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from trialopt.cli import arguments as shared
from trialopt.cli.errors import DONE, INFEASIBLE, STOPPED, STOPPED_EMPTY, fail
from trialopt.cli.question import overrides_of, read_document
from trialopt.cli.runner import Runner, write_tables


def stability(
    instance: shared.InstanceArgument,
    draws: Annotated[int, typer.Option(min=1, help="How many times to draw the uncertain inputs.")] = 1000,
    top: Annotated[int, typer.Option(min=1, help="How many of the best designs to compare in each draw.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws; the same seed repeats them.")] = 1,
    verify: Annotated[
        int,
        typer.Option(min=0, help="How many switching values to verify by searching all designs, likeliest first."),
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
    run = Runner(out, as_json, quiet, time_limit=time_limit)
    with run.told():
        document = read_document(instance, overrides_of(settings, include, exclude))
        from trialopt.decision.stability import NoDesign
        from trialopt.decision.stability import stability as assessed
        from trialopt.engine import TooLarge
        from trialopt.output.terminal.stability import stability_parts

        try:
            found = run.follow(
                lambda monitor: assessed(document, draws=draws, top=top, seed=seed, verify=verify, monitor=monitor)
            )
        except TooLarge as reason:
            raise fail(f"the designs cannot be listed exactly: {reason}") from reason
        except NoDesign as none:
            raise fail(str(none), INFEASIBLE if none.proven else STOPPED_EMPTY) from none
        run.finish(
            partial(stability_parts, found),
            found.to_json,
            DONE if found.complete else STOPPED,
            write=lambda folder: write_tables(folder, found.tables, "stability.json", found.to_json()),
        )
