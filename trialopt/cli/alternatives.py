"""`trialopt alternatives`: the best designs in their order."""

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


def alternatives(
    instance: QuestionArgument,
    k: Annotated[int, typer.Option("--k", "-k", min=1, help="How many designs to list.")] = 10,
    diverse: Annotated[
        int,
        typer.Option(
            min=0,
            metavar="D",
            help="List only designs of which any two differ by D agents or more, counted over arms and epochs.",
        ),
    ] = 0,
    settings: SetOption = None,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
    time_limit: Annotated[
        float | None, typer.Option(min=0.0, help="Seconds after which to stop; what was found is kept.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Write alternatives.json and CSV tables; into a run's folder, and its report shows them.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the list as JSON and no tables.")] = False,
    quiet: QuietOption = False,
) -> None:
    """List the best designs, proven in their order, with what each loses and does otherwise.

    Names of arms do not count, nor, without patients, whether subgroups that get the same share an arm. Exit codes:
    0 all designs asked for, or all there are; 2 the command line or the instance is wrong; 3 proven infeasible; 4
    stopped before the list was full; 5 stopped without a design.
    """
    with told():
        folder_for(out)
        question = read_question(instance, overrides=overrides_of(settings, include, exclude))
        from trialopt.decision.alternatives import FILE_NAME
        from trialopt.decision.alternatives import alternatives as ranked

        found = followed(lambda monitor: ranked(question, k, diverse=diverse, monitor=monitor), time_limit, quiet)
        if out is not None:
            write_list(found, out, FILE_NAME, {"alternatives": found.frame, "alternatives_arms": found.arms})
    from trialopt.output.terminal.listed import alternatives_parts

    raise told_list(found, len(found.items), alternatives_parts, instance, out, as_json=as_json, quiet=quiet)
