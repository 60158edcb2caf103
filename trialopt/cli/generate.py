"""`trialopt generate`: seeded synthetic instances of any size."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialopt.cli.errors import WRONG_INPUT, fail, told


def generate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.", show_default=False)],
    agents: Annotated[int, typer.Option(min=1, help="Number of agents.")] = 26,
    subgroups: Annotated[int, typer.Option(min=1, help="Number of patient subgroups.")] = 6,
    arms: Annotated[int, typer.Option(min=1, help="Most arms.")] = 3,
    epochs: Annotated[int, typer.Option(min=1, help="Number of epochs.")] = 3,
    mechanisms: Annotated[int, typer.Option(min=0, help="Number of resistance mechanisms.")] = 13,
    levels: Annotated[bool, typer.Option("--levels", help="Give half of the agents a second dose level.")] = False,
    sized: Annotated[bool, typer.Option("--sized", help="Ask for power, so that arms carry patients.")] = False,
    carry: Annotated[float, typer.Option(min=0.0, max=1.0, help="How much of an effect lasts.")] = 0.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed makes the same instance.")] = 1,
) -> None:
    """Make a synthetic instance of any size.

    It is shaped like the real ones, for trying how fast solving is; its numbers mean nothing clinically.
    """
    with told():
        from trialopt.generate import Size
        from trialopt.generate import generate as made
        from trialopt.reading import write

        try:
            document = made(Size(agents, subgroups, arms, epochs, mechanisms, levels, sized, carry), seed)
        except ValueError as error:
            raise fail(str(error), WRONG_INPUT) from error
        write(document, folder)
    typer.echo(f"{folder}: run: trialopt solve {folder}")
