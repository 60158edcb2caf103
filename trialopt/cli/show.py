"""`trialopt show`: the tables of a run again."""

from __future__ import annotations

from typing import Annotated

import typer

from trialopt.cli.arguments import RunArgument
from trialopt.cli.errors import told


def show(
    run: RunArgument,
    sources: Annotated[bool, typer.Option("--sources", help="List what each arm's numbers rest on.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the solution as JSON and no tables.")] = False,
) -> None:
    """Show the tables of a run again."""
    with told():
        from trialopt.record.solution import Solution

        solution = Solution.load(run)
    if as_json:
        typer.echo(solution.to_json(), nl=False)
        return
    from trialopt.output.terminal import console
    from trialopt.output.terminal.run import run_parts

    console.show(lambda width: run_parts(solution, width, sources=sources))
