"""`trialopt compare`: runs side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialopt.cli.errors import WRONG_INPUT, fail, told


def compare(
    runs: Annotated[
        list[Path],
        typer.Argument(metavar="RUN RUN...", help="Run folders or their solution.json.", show_default=False),
    ],
) -> None:
    """Compare runs side by side.

    Arms are matched by similarity to those of the first run; what differs from it is marked.
    """
    if len(runs) < 2:
        raise fail("give two runs or more", WRONG_INPUT)
    with told():
        from trialopt.solution import Solution

        solutions = [Solution.load(run) for run in runs]
    from trialopt.comparison import compare as held_together
    from trialopt.show.comparison import comparison_parts
    from trialopt.show.console import show

    comparison = held_together(*solutions, names=_names(runs))
    show(lambda width: comparison_parts(comparison, width))


def _names(runs: list[Path]) -> list[str]:
    """Shortest distinct names: of the folder, else the whole path, else numbered."""
    folders = [run.parent if run.suffix else run for run in runs]
    for names in ([folder.name for folder in folders], [str(run) for run in runs]):
        if len(set(names)) == len(names) and all(names):
            return names
    return [f"{run} ({number})" for number, run in enumerate(runs, start=1)]
