"""`trialopt export`: a run's tables as files for others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialopt.cli.arguments import Force, RunArgument
from trialopt.cli.errors import WRONG_INPUT, fail, told


def export(
    run: RunArgument,
    output: Annotated[
        list[Path],
        typer.Option("--output", "-o", metavar="FILE", help="A .csv, .md, .xlsx or .json file; may be repeated."),
    ],
    table: Annotated[str, typer.Option(help="The table a .csv holds: arms, allocation, coverage, risk, ...")] = "arms",
    force: Force = False,
) -> None:
    """Write a run's tables to files.

    A .csv holds one table; .md, .xlsx and .json hold all.
    """
    with told():
        from trialopt.export import ExportError, write
        from trialopt.solution import Solution

        solution = Solution.load(run)
        try:
            for path in output:
                write(solution, path, table=table, force=force)
                typer.echo(f"{path} written")
        except ExportError as error:
            raise fail(str(error), WRONG_INPUT) from error
