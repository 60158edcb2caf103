"""`trialopt schema`: every table and setting that may be written, as declared."""

from __future__ import annotations

import json
import shutil
from typing import Annotated

import typer

from trialopt.cli.errors import WRONG_INPUT, fail


def schema(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Tables or parts of trial.toml: agents, trial.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON Schema of trial.toml, the tables and solution.json.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page docs/input.md.")] = False,
) -> None:
    """Print what may be written in trial.toml and the tables."""
    from trialopt.output import schema as declared

    try:
        groups = [declared.group(name) for name in names or ()] or list(declared.GROUPS)
    except KeyError as error:
        raise fail(str(error.args[0]), WRONG_INPUT) from None
    if as_json:
        typer.echo(json.dumps(declared.document(groups if names else None), indent=1, ensure_ascii=False))
    elif markdown:
        typer.echo(declared.page(groups), nl=False)
    else:
        typer.echo(declared.text(groups, shutil.get_terminal_size((declared.WIDEST, 24)).columns))
