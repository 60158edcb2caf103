"""Instances before they are solved, and what is solved: `trialopt instances`, `validate`, `generate`, `formulation`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from trialopt.cli.arguments import ExcludeOption, IncludeOption, InstanceArgument, SetOption
from trialopt.cli.errors import told
from trialopt.cli.question import overrides_of, read_instance


def instances() -> None:
    """List the shipped instances and scenarios."""
    from trialopt.core import catalog
    from trialopt.output.terminal.console import grid, show

    shipped = catalog.instances()
    rows = [(s.name, s.title, f"scenario of {s.base}" if s.base else "instance") for s in shipped]
    show(lambda width: [grid(("name", "title", "kind"), rows, width)])


def validate(
    instance: InstanceArgument,
    settings: SetOption = None,
    include: IncludeOption = None,
    exclude: ExcludeOption = None,
) -> None:
    """Check an instance, and count what it holds.

    Lists every problem (exit code 2). Without problems: how many agents, subgroups and other items there are, how many
    rows were read in a publication, recalled or assumed, and what to be wary of.
    """
    with told():
        found = read_instance(instance, overrides_of(settings, include, exclude))
        from trialopt.output.terminal.console import show
        from trialopt.output.terminal.listed import instance_parts

        show(partial(instance_parts, found))
    for warning in found.warnings:
        typer.echo(f"warning: {warning}")
    count = len(found.warnings)
    typer.echo(f"{found.name} is valid, {count or 'no'} warning{'' if count == 1 else 's'}")


def generate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.", show_default=False)],
    agents: Annotated[int, typer.Option(min=1, help="Number of agents.")] = 26,
    subgroups: Annotated[int, typer.Option(min=1, help="Number of patient subgroups.")] = 6,
    arms: Annotated[int, typer.Option(min=1, help="Maximum number of arms.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="Number of epochs.")] = 3,
    mechanisms: Annotated[int, typer.Option(min=0, help="Number of resistance mechanisms.")] = 13,
    levels: Annotated[bool, typer.Option("--levels", help="Give half of the agents a second dose level.")] = False,
    sized: Annotated[bool, typer.Option("--sized", help="Set a power, so that arms have patient numbers.")] = False,
    carry: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of an effect that lasts into later epochs.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same instance.")] = 1,
) -> None:
    """Make a synthetic instance of any size.

    It has the shape of the real ones and serves to test how fast solving is. Its numbers mean nothing clinically.
    """
    with told():
        from trialopt.generate import Size
        from trialopt.generate import generate as made
        from trialopt.reading import write

        write(made(Size(agents, subgroups, arms, epochs, mechanisms, levels, sized, carry), seed), folder)
    typer.echo(f"{folder}: run: trialopt solve {folder}")


def formulation() -> None:
    """Print the mathematical formulation that is solved."""
    from trialopt.model.formulation import formulation as text

    typer.echo(text())
    typer.echo("What every number means is the model text, docs/model.md. What may be written: trialopt schema.")
