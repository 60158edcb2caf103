"""accrual.csv and ramp-ups: steps in order, whose rows win, and one clear message for each mistake."""

from __future__ import annotations

import pytest

from tests.reading.base import Folder, message
from trialopt.reading import read

ROWS = "from_month,subgroup,factor\n12,,1\n0,,0.5\n6,,0.5\n0,frail,0\n4,frail,1\n"


def test_steps_are_put_in_order_and_own_rows_win(folder: Folder) -> None:
    folder.write("accrual.csv", ROWS)
    folder.edit("trial.toml", "max_arms = 2", "max_arms = 2\nramp_up_months = 3")
    folder.edit("subgroups.csv", "control_rate\n", "control_rate,ramp_up_months\n")
    folder.edit("subgroups.csv", "0.25,,\n", "0.25,,,0\n")
    instance = read(folder.path)
    assert instance.accrual_steps == {"fit": ((0.0, 0.5), (12.0, 1.0)), "frail": ((0.0, 0.0), (4.0, 1.0))}
    assert instance.ramp_up == {"fit": 3.0}
    assert not instance.accrues_evenly


def test_a_rate_that_never_changes_is_the_same_question(folder: Folder) -> None:
    before = read(folder.path).sha256
    folder.write("accrual.csv", "from_month,subgroup,factor\n0,,1\n9,,1\n7,frail,1\n")
    instance = read(folder.path)
    assert instance.accrues_evenly
    assert instance.sha256 == before
    folder.write("accrual.csv", "from_month,subgroup,factor\n9,,1.1\n")
    assert read(folder.path).sha256 != before


CASES = {
    "a month twice": (
        "0,,0.5\n0.0,,1\n",
        "accrual.csv:3 from_month: month 0 already has a factor in line 2; keep one row",
    ),
    "accrual that stops": (
        "0,,0.5\n6,,0\n12,,1\n",
        "accrual.csv:3 factor: accrual stops although it had begun; give a factor above 0; only a subgroup that opens "
        "later has 0, from month 0 on",
    ),
    "nobody": (
        "0,frail,0\n",
        "accrual.csv:2 factor: nobody is ever enrolled; add a row with the month in which it opens",
    ),
    "a factor below 0": (
        "0,,-1\n",
        "accrual.csv:2 factor: -1 is out of range; give a number of at least 0",
    ),
    "an unknown subgroup": (
        "0,fail,1\n",
        "accrual.csv:2 subgroup: 'fail' is not a subgroup of subgroups.csv; did you mean 'frail'?",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_every_mistake_has_a_message(folder: Folder, case: str) -> None:
    rows, expected = CASES[case]
    folder.write("accrual.csv", "from_month,subgroup,factor\n" + rows)
    assert message(folder.path) == expected


def test_steps_need_rates(folder: Folder) -> None:
    folder.write("accrual.csv", "from_month,subgroup,factor\n6,,2\n")
    folder.edit("trial.toml", "max_arms = 2", "max_arms = 2\npower = 0.8\ncontrol_rate = 0.3")
    assert "accrual_per_month" in message(folder.path)
    assert "accrual.csv needs it of every subgroup" in message(folder.path)
