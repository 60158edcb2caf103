"""`trialopt check`: anybody's design against an instance."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialopt.cli.arguments import InstanceArgument, read_instance
from trialopt.cli.errors import DONE, INFEASIBLE, told


def check(
    instance: InstanceArgument,
    design: Annotated[
        Path,
        typer.Argument(metavar="DESIGN", help="A solution.json, a run folder or a design.csv.", show_default=False),
    ],
) -> None:
    """Judge anybody's design.

    Prints its exact numbers, and every rule and limit it breaks (exit 3 when it breaks any).
    """
    with told():
        from trialopt.evaluation import evaluate
        from trialopt.record.design_file import read_design
        from trialopt.record.make import numbers_of

        question = read_instance(instance)
        evaluation = evaluate(question, read_design(design, question))
        numbers = numbers_of(question, evaluation)
    from trialopt.output.terminal.console import show
    from trialopt.output.terminal.run import check_parts

    show(lambda width: check_parts(numbers, evaluation, width))
    for warning in evaluation.warnings:
        typer.echo(f"warning: {warning}", err=True)
    raise typer.Exit(INFEASIBLE if evaluation.violations else DONE)
