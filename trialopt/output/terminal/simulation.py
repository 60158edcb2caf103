"""Simulated trials on a page: a sentence, then short tables."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from trialopt.output.simulation_views import grids, sentence
from trialopt.output.terminal.console import Cell, grid
from trialopt.simulate.simulation import Simulation

WIDTH = 100
"""Widest that a table of a simulation is drawn."""


def simulation_parts(found: Simulation, width: int) -> Iterator[RenderableType]:
    """All parts of a simulation for a page of `width` characters."""
    width = min(width, WIDTH)
    title = found.instance["title"] or found.instance["name"]
    yield Text(f"{title} ({found.instance['name']})", style="bold")
    yield f"{sentence(found)}\n"
    for made in grids(found) if found.scenarios else ():
        yield Text(made.caption, style="bold")
        right = [made.heads[k] for k in made.numeric]
        rows = [[Cell(cell, cell.endswith(" worst")) for cell in row] for row in made.rows]
        firsts = [row[0] for row in made.rows]
        ends = [k for k in range(len(firsts) - 1) if firsts[k] != firsts[k + 1] and len(set(firsts)) < len(firsts)]
        yield grid(made.heads, rows, width, right=right, sections=ends)
        if made.note:
            yield f" {made.note}"
        yield ""
