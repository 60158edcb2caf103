"""`trialopt robust`: what limits held with confidence, and a good worst case, cost."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli import arguments as shared
from trialopt.cli.errors import DONE, INFEASIBLE, STOPPED, STOPPED_EMPTY
from trialopt.cli.question import overrides_of, read_document
from trialopt.cli.runner import GOES_ON, Runner

if TYPE_CHECKING:
    from trialopt.decision.robust import Robustness

GAP = 1e-3


def robust(
    instance: shared.InstanceArgument,
    confidence: Annotated[
        list[float] | None,
        typer.Option(
            "--confidence",
            metavar="SHARE",
            help="A row in which each limit holds in this share of the truths. May be repeated. Default: 0.5, 0.6, "
            "0.7, 0.8, 0.9, 0.95.",
            show_default=False,
        ),
    ] = None,
    tail: Annotated[
        list[float] | None,
        typer.Option(
            "--tail",
            metavar="SHARE",
            help="A row that is best in this worst share of the truths; 1 is the mean. May be repeated. Default: 1, "
            "0.5, 0.25, 0.1, 0.05.",
            show_default=False,
        ),
    ] = None,
    draws: shared.DrawsOption = None,
    seed: shared.SeedOfDrawsOption = None,
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
        shared.folder_option(
            "Write robust.json, CSV tables and, if matplotlib is installed, a figure; keep finished solves in "
            "solves.sqlite."
        ),
    ] = None,
    force: shared.ForceRun = False,
    as_json: shared.JsonOption = False,
    quiet: shared.QuietOption = False,
) -> None:
    """Find out what robustness costs: limits held with confidence, and the best in the worst truths.

    One table: the best design for the inputs as given, for limits that each hold in 50 to 95 % of possible truths, and
    for the mean over ever smaller worst shares of them. Every row is proven. The highest confidence for which a design
    exists is found and marked *; rows above it say which limits leave no design.

    Exit codes: 0 every row is proven; 2 wrong command line or instance; 3 proven that not even the first row has a
    design; 4 stopped by Ctrl-C, or some rows at the time limit; 5 stopped before any was done.
    """
    run = Runner(out, as_json, quiet, gap, time_limit, force=force)
    with run.told():
        settings = shared.with_draws(settings, draws, seed)
        document = read_document(instance, overrides_of(settings, include, exclude))
        from trialopt.decision.robust import FILE_NAME
        from trialopt.decision.robust import robust as priced
        from trialopt.decision.robust.robust import CONFIDENCES, TAILS
        from trialopt.output.formats.folder import figure_of, write_tables
        from trialopt.output.terminal.robust import robust_parts
        from trialopt.reading import build
        from trialopt.record.make import question as asked

        built = build(document)
        run.reserve(FILE_NAME, question := built.sha256)
        where = shared.store_of(store, out)
        alone = bool(confidence) != bool(tail)
        found = run.count(
            lambda monitor: priced(
                document,
                confidences=confidence or (() if alone else CONFIDENCES),
                tails=tail or (() if alone else TAILS),
                workers=workers,
                scheduler=scheduler,
                store=where,
                gap=run.gap,
                time_limit=time_limit,
                monitor=monitor,
            )
        )

        def write(folder: Path) -> None:
            drawn = figure_of(FILE_NAME, found) if any(row.design for row in found.rows) else {}
            record = (FILE_NAME, found.to_json())
            frames = {"robust": found.frame, "robust_arms": found.arms}
            write_tables(folder, frames, record, question, force=force, figures=drawn)

        kept = f"{found.kept} of {len(found.rows) + 1} answers were kept from before" if found.kept > 0 else ""
        run.finish(
            partial(robust_parts, found, asked(built)),
            found.to_json,
            _code(found),
            write=write,
            remarks=[kept, "" if found.complete or where is None or run.unwritten else GOES_ON],
        )


def _code(found: Robustness) -> int:
    if not found.complete:
        return STOPPED if found.rows else STOPPED_EMPTY
    return INFEASIBLE if found.rows[0].ending == "infeasible" else DONE
