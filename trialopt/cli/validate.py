"""`trialopt validate`: every problem of an instance, or what it holds and where its numbers come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from trialopt.cli.arguments import InstanceArgument, read_instance
from trialopt.cli.errors import told

if TYPE_CHECKING:
    from trialopt.core.instance import Instance


def validate(instance: InstanceArgument) -> None:
    """Check an instance.

    Prints every problem (exit 2), or counts of everything, warnings, and how many rows were read in a publication,
    recalled or assumed.
    """
    with told():
        found = read_instance(instance)
    from trialopt.output.terminal.console import show
    from trialopt.output.terminal.instance import instance_parts

    show(lambda width: instance_parts(found, width))
    for warning in found.warnings:
        typer.echo(f"warning: {warning}")
    typer.echo(_verdict(found))


def _verdict(instance: Instance) -> str:
    count = len(instance.warnings)
    return f"{instance.name} is valid, {count or 'no'} warning{'' if count == 1 else 's'}"
