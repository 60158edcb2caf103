"""`trialopt stability`: what the recommendation is worth when its inputs are only known to a few points."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trialopt.cli.arguments import (
    ExcludeOption,
    IncludeOption,
    InstanceArgument,
    SetOption,
    overrides_of,
    read_document,
)
from trialopt.cli.errors import DONE, INFEASIBLE, STOPPED, STOPPED_EMPTY, WRONG_INPUT, fail, told
from trialopt.cli.searching import Progress, QuietOption, folder_for, stops

if TYPE_CHECKING:
    from trialopt.decision.stability import Stability


def stability(
    instance: InstanceArgument,
    draws: Annotated[int, typer.Option(min=1, help="Possible truths to draw.")] = 1000,
    top: Annotated[int, typer.Option(min=1, help="Designs to value, the best ones.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds give equal draws.")] = 1,
    verify: Annotated[
        int, typer.Option(min=0, help="Switching values to check by searches of all designs, the likeliest first.")
    ] = 5,
    settings: SetOption = None,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    time_limit: Annotated[
        float | None,
        typer.Option(min=0.0, help="Seconds after which the search for designs and the checks stop; draws are done."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Write stability.json and the tables as CSV.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON and no tables.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Value the best designs again on draws of the inputs, and say when another is to be preferred.

    Every agent's response and event rates are drawn: from their fit, from their counts, from the patients of the
    trial cited, or from an assumption that is labelled so.

    Exit codes: 0 done; 2 the command line or the instance is wrong; 3 proven infeasible; 4 stopped at the limit or by
    Ctrl-C, with what was done until then; 5 stopped without a design.
    """
    with told():
        folder_for(out)
        document = read_document(instance, overrides=overrides_of(settings, include, exclude))
        from trialopt.core.run import Limits, Monitor
        from trialopt.decision.stability import NoDesign
        from trialopt.decision.stability import stability as assessed
        from trialopt.engine import TooLarge

        with Progress(quiet) as progress:
            monitor = Monitor(Limits(time=time_limit), progress)
            with stops(monitor):
                try:
                    run = assessed(document, draws=draws, top=top, seed=seed, verify=verify, monitor=monitor)
                except TooLarge as reason:
                    raise fail(f"the designs cannot be listed exactly: {reason}", WRONG_INPUT) from reason
                except NoDesign as none:
                    raise fail(str(none), INFEASIBLE if none.proven else STOPPED_EMPTY) from none
        if out is not None:
            _write(run, out)
    if as_json:
        typer.echo(run.to_json(), nl=False)
    else:
        from trialopt.output.terminal.console import show
        from trialopt.output.terminal.stability import stability_parts

        show(lambda width: stability_parts(run, width))
    if out is not None and not quiet:
        typer.echo(f"written to {out}", err=True)
    raise typer.Exit(DONE if run.complete else STOPPED)


def _write(run: Stability, folder: Path) -> None:
    from trialopt.core.files import write_bytes, write_text
    from trialopt.output.formats.delimited import encode

    for name, frame in run.tables.items():
        write_bytes(folder / f"{name}.csv", encode(frame))
    write_text(folder / "stability.json", run.to_json())
