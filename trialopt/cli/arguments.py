"""Arguments that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from trialopt.instance import Instance


def shipped(incomplete: str) -> list[str]:
    """Names of shipped instances that begin so, for the completion of the shell."""
    from trialopt.catalog import instances

    return [instance.name for instance in instances() if instance.name.startswith(incomplete)]


INSTANCE_HELP = "An instance folder, a scenario file, or the name of a shipped one."

InstanceArgument = Annotated[
    str,
    typer.Argument(
        metavar="INSTANCE",
        help=INSTANCE_HELP,
        show_default=False,
        autocompletion=shipped,
    ),
]
InstancesArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="INSTANCE...",
        help=f"{INSTANCE_HELP} Several are solved in turn and compared.",
        show_default=False,
        autocompletion=shipped,
    ),
]
RunArgument = Annotated[
    Path, typer.Argument(metavar="RUN", help="A run folder or its solution.json.", show_default=False)
]
Force = Annotated[bool, typer.Option("--force", help="Replace files that are there already.")]


def read_instance(name: str, max_arms: int | None = None) -> Instance:
    """Read an instance by path or shipped name; `max_arms` takes the place of its own."""
    from dataclasses import replace

    from trialopt.catalog import find
    from trialopt.reading import build, load

    document = load(find(name))
    if max_arms is not None:
        trial = {**document.settings.get("trial", {}), "max_arms": max_arms}
        document = replace(document, settings={**document.settings, "trial": trial})
    return build(document)
