"""The recommended arms: one row an arm, one column an epoch."""

from __future__ import annotations

from rich.table import Table

from trialopt.show.grid import TIE, grid
from trialopt.solution import DesignNumbers
from trialopt.tables import regimen
from trialopt.words import percent


def arms_table(numbers: DesignNumbers, width: int) -> Table:
    """Draw the arms: subgroups and their share, the regimen of each epoch, its coverage below."""
    by_arm = numbers.tables.arms.set_index("arm").to_dict("index")
    rows = []
    for arm in numbers.arms:
        row = by_arm[arm.name]
        served = [*arm.subgroups, f"{percent(row['share'])} % of patients".replace(" ", TIE)]
        cells = [
            regimen(arm.sequence.get(epoch, ())).replace(" + ", f"{TIE}+ ")
            + f"\ncoverage {percent(row[f'coverage_{epoch}'])}{TIE}%"
            for epoch in numbers.question.epochs
        ]
        rows.append((arm.name, "\n".join(served), *cells))
    return grid(("arm", "subgroups", *numbers.question.epochs), rows, width, lines=len(rows) > 1)
