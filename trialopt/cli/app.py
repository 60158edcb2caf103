"""The `trialopt` application: every command, by name."""

from __future__ import annotations

from importlib.util import find_spec

import typer

from trialopt import __version__
from trialopt.cli.alternatives import alternatives
from trialopt.cli.check import check
from trialopt.cli.compare import compare
from trialopt.cli.explain import explain
from trialopt.cli.export import export
from trialopt.cli.formulation import formulation
from trialopt.cli.frontier import frontier
from trialopt.cli.generate import generate
from trialopt.cli.instances import instances
from trialopt.cli.new import new
from trialopt.cli.report import report
from trialopt.cli.show import show
from trialopt.cli.solve import solve
from trialopt.cli.stability import stability
from trialopt.cli.validate import validate
from trialopt.cli.whatif import whatif

app = typer.Typer(
    name="trialopt",
    help="Provably best designs for combination-therapy trials. Research use, not medical advice.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
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


for command in (
    instances,
    new,
    validate,
    solve,
    check,
    show,
    compare,
    alternatives,
    frontier,
    whatif,
    explain,
    stability,
    export,
    report,
    formulation,
    generate,
):
    app.command()(command)

for extra in ("trialopt.cli.size", "trialopt.cli.evidence"):
    if find_spec(extra):
        __import__(extra, fromlist=["register"]).register(app)
