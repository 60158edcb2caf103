"""`trialopt formulation`: the mathematics, from the docstrings of the model."""

from __future__ import annotations

import typer


def formulation() -> None:
    """Print the mathematical formulation that is solved."""
    from trialopt.model.formulation import formulation as text

    typer.echo(text())
