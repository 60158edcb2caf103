"""The `trialopt` application. A command is loaded when it is asked for, so that `--help` answers at once."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup

from trialopt import __version__
from trialopt.cli.completion import with_words
from trialopt.cli.uncertainty import with_truths

COMMANDS = {
    "instances": ("instances", "List the shipped instances and scenarios."),
    "new": ("instances", "Copy an instance, or make one from the evidence library."),
    "validate": ("instances", "Check an instance, and count what it holds."),
    "solve": ("solve", "Find the best design and prove how good it is."),
    "check": ("runs", "Check any design against an instance."),
    "show": ("runs", "Show the tables of a run again."),
    "verify": ("verify", "Check the proof of a run, without a solver."),
    "compare": ("compare", "Compare runs or instances side by side."),
    "alternatives": ("lists", "List the best designs in order."),
    "frontier": ("lists", "Trade value off against patients, arms, burden or money."),
    "whatif": ("explain", "Change an instance and see what that changes."),
    "explain": ("explain", "Explain the best design, or why none is possible."),
    "stability": ("lists", "Test whether the best design stays best."),
    "robust": ("robust", "Find out what robust designs cost."),
    "simulate": ("simulate", "Play a design's trial many times: its operating characteristics."),
    "learn": ("many", "Find out which number to learn first."),
    "replay": ("replay", "Play a design on virtual patients who know nothing of the model."),
    "sweep": ("many", "Solve an instance under many settings."),
    "export": ("runs", "Write the tables of a run to files."),
    "report": ("runs", "Write a run as one HTML page."),
    "formulation": ("instances", "Print the mathematical formulation that is solved."),
    "schema": ("instances", "Print what may be written in trial.toml and the tables."),
    "generate": ("instances", "Make a synthetic instance of any size."),
    "size": ("size", "Calculate patients, events, power or detectable effect."),
    "evidence": ("evidence", "Look up, refit and test the published evidence."),
}
"""Command -> the module that has it under its name (a function, or a `Typer` of commands), and a line for `--help`."""


class Late(MutableMapping[str, Any]):
    """Commands by name, each made when it is first asked for."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            module, _ = COMMANDS[name]
            self._made[name] = _command(name, getattr(import_module(f"trialopt.cli.{module}"), name))
        return self._made[name]

    def __setitem__(self, name: str, command: Any) -> None:
        self._made[name] = command

    def __delitem__(self, name: str) -> None:
        del self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    def __len__(self) -> int:
        return len(COMMANDS)


def _command(name: str, work: Any) -> Any:
    if isinstance(work, typer.Typer):
        for each in work.registered_commands:
            if each.callback is not None:
                with_words(each.name or each.callback.__name__, each.callback)
        made = typer.main.get_command(work)
    else:
        alone = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)
        asked = with_truths(work)
        with_words(name, asked)
        alone.command(name)(asked)
        made = typer.main.get_command(alone)
    made.name = name
    return made


class Commands(TyperGroup):
    """The group of all commands; lists them without loading them."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = Late()

    def list_commands(self, ctx: Any) -> list[str]:
        """Names, in the order in which they are listed."""
        return list(COMMANDS)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])


app = typer.Typer(
    cls=Commands,
    name="trialopt",
    help="Provably best designs for combination-therapy trials. Research use, not medical advice.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"trialopt {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    pass
