"""The tables that a person prints: those of a run in words, with names and doses, short enough for a page.

Every digit and every id is in the files for programs: CSV, Parquet, JSON and Excel.
"""

from __future__ import annotations

from dataclasses import replace

from trialopt.output import short_views, simulation_views
from trialopt.output.report import grids
from trialopt.output.report.sentences import published, sizes
from trialopt.output.under_truths import under_truths
from trialopt.output.views import Grid, drawn
from trialopt.output.voices import Words
from trialopt.record.solution import Solution


def pages(solution: Solution) -> list[Grid]:
    """The tables in the order in which they are read; those without rows are left out."""
    voice, sized = Words(solution.question), bool(sizes(solution))
    found = [grids.question(solution)]
    if solution.arms:
        found += [
            grids.synopsis(solution),
            grids.subgroups(solution),
            grids.schedule(solution),
            grids.precedent(solution),
            grids.coverage(solution),
            grids.toxicity(solution),
        ]
    if sized:
        found += [grids.sizes(solution), drawn(short_views.basis(solution).telling(), voice)]
        found += [drawn(short_views.components(solution), voice), *grids.analyses(solution)]
    if solution.simulation is not None:
        found += simulation_views.grids(solution.simulation)
    if (told := under_truths(solution)) is not None:
        found += told.tables
    found += [_sources(solution), grids.certificate(solution)]
    return [_headed(grid) for grid in found if grid.rows]


def _headed(grid: Grid) -> Grid:
    """The table as a page of text has it: lists in a cell on one line, heads where it had none."""
    rows = tuple(tuple("; ".join(cell.split("\n")) for cell in row) for row in grid.rows)
    return replace(grid, rows=rows, heads=grid.heads if any(grid.heads) else ("Item", "Entry"))


def _sources(solution: Solution) -> Grid:
    """One row a publication on which the numbers of the arms rest."""
    rows = tuple((str(s.number), s.text, s.used_in, s.sure) for s in published(solution, of_design=True))
    heads = ("No.", "Source", "Tables and rows", "Confidence of the rows")
    return Grid("Sources that the arms rest on", heads, rows, frozenset({0}))
