"""`trialopt frontier`: value against patients, arms, burden or money."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialopt.cli.arguments import (
    ExcludeOption,
    IncludeOption,
    QuestionArgument,
    SetOption,
    overrides_of,
    read_question,
)
from trialopt.cli.errors import told
from trialopt.cli.searching import QuietOption, folder_for, followed, told_list, write_list


def frontier(
    instance: QuestionArgument,
    against: Annotated[
        str, typer.Option(help="What to weigh value against: patients, arms, burden or budget.", show_default=False)
    ],
    settings: SetOption = None,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    time_limit: Annotated[
        float | None, typer.Option(min=0.0, help="Seconds after which to stop; the front then says it is incomplete.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write frontier.json, CSV tables and, where matplotlib is, a figure."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the front as JSON and no tables.")] = False,
    quiet: QuietOption = False,
) -> None:
    """Find every design that none beats in value without taking more patients, arms, burden or money.

    Each point is proven by itself, and the front says whether it is complete. Exit codes: 0 complete; 2 the command
    line or the instance is wrong; 3 proven infeasible; 4 stopped before it was complete; 5 stopped without a point.
    """
    with told():
        from trialopt.decision.frontier import AXES, FILE_NAME
        from trialopt.decision.frontier import frontier as traced

        if against not in AXES:
            raise typer.BadParameter(f"{against!r} is not one of {', '.join(AXES)}", param_hint="--against")
        folder_for(out)
        question = read_question(instance, overrides=overrides_of(settings, include, exclude))
        found = followed(lambda monitor: traced(question, against, monitor=monitor), time_limit, quiet)
        if out is not None:
            figure = found.plot if found.points else None
            write_list(found, out, FILE_NAME, {"frontier": found.frame, "frontier_arms": found.arms}, figure)
    from trialopt.output.terminal.listed import frontier_parts

    raise told_list(found, len(found.points), frontier_parts, instance, out, as_json=as_json, quiet=quiet)
