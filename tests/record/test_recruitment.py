"""Totals against limits and the course of recruitment, by hand and on the page."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

import trialopt
from tests.made import made
from trialopt.core.catalog import find
from trialopt.core.design import Interim
from trialopt.output.terminal.sizes import size_tables
from trialopt.record.parts import enrolled, months_shown, recruiting
from trialopt.record.solution import DesignNumbers, Solution, SolvedArm


def with_months(solution: Solution, *months: float | None) -> Solution:
    """The made design with other months of accrual, arm by arm."""

    def of(arm: SolvedArm, took: float | None) -> SolvedArm:
        assert arm.size is not None
        return replace(arm, size=replace(arm.size, accrual_months=took))

    arms = tuple(of(arm, took) for arm, took in zip(solution.arms, months, strict=True))
    return replace(solution, arms=arms)


def page(numbers: DesignNumbers, width: int = 100) -> str:
    out = Console(file=StringIO(), width=width, markup=False)
    for part in size_tables(numbers, width):
        out.print(part)
    assert isinstance(out.file, StringIO)
    return out.file.getvalue()


def test_totals_stand_beside_their_limits():
    frame = made(sized=True).tables.totals.set_index("what")
    assert frame["total"].to_dict() == {"patients": 180.0, "accrual_months": 20.5, "cost": 18.2e6}
    assert frame.loc["patients", "used"] == pytest.approx(0.2)
    assert not frame["binding"].any()
    assert frame["limit"].isna().to_dict() == {"patients": False, "accrual_months": True, "cost": True}


def test_months_are_those_of_the_slowest_arm_and_unknown_when_one_is():
    assert with_months(made(sized=True), 3.0, 7.5).tables.totals["total"].tolist()[1] == 7.5
    assert with_months(made(sized=True), 3.0, None).tables.totals["total"].isna().tolist()[1]


def test_recruitment_is_even_and_ends_whole():
    solution = with_months(made(sized=True), 3.0, 7.5)
    frame = solution.tables.recruitment
    first = frame[frame["arm"] == "A1"]
    assert first["cumulative"].tolist() == [30, 60, 90, 90, 90, 90, 90, 90]
    second = frame[frame["arm"] == "A2"]
    assert second["cumulative"].tolist() == [12, 24, 36, 48, 60, 72, 84, 90]
    assert second["enrolled"].sum() == 90
    assert [enrolled(solution.arms[1], month) for month in (0, 7, 8, 99)] == [0, 84, 90, 90]


def test_an_arm_without_rates_has_no_course():
    solution = with_months(made(sized=True), None, 7.5)
    assert set(solution.tables.recruitment["arm"]) == {"A2"}
    assert [arm.name for arm in recruiting(solution)] == ["A2"]
    assert with_months(made(sized=True), None, None).tables.recruitment.empty


@pytest.mark.parametrize("months", [0.2, 1.0, 9.9, 31.0, 85.5, 400.0, 3000.0])
def test_the_page_has_few_rows_and_every_end(months):
    arms = with_months(made(sized=True), months, 5.0).arms
    shown = list(months_shown(arms))
    assert len(shown) <= 12
    assert {5, shown[-1]} <= set(shown)
    assert shown[-1] >= months > shown[-1] - 1 or shown[-1] == 5


def test_the_page_shows_all_there_is_to_a_size():
    text = page(made(sized=True, arms=(("fit", "frail"),)))
    for words in ("Together", "power inside", "70.0 % against 50.0 %", "sized by: two proportions, unpooled", "180"):
        assert words in text
    assert "inflation" not in text
    assert "events" not in text
    assert "patients (max_patients)" in text
    assert "20.0 %" in text


def test_an_unsized_design_has_no_page_and_no_rows():
    assert page(made()) == ""
    assert made().tables.totals.empty
    assert made().tables.recruitment.empty


@pytest.mark.parametrize("width", [80, 100])
def test_a_shipped_sized_instance_fits_the_page(width):
    """Looks and survival: alpha, inflation, events and power inside, none of them cut."""
    instance = trialopt.read(find("rrmm_early_relapse_pfs"))
    looking = replace(instance.trial, interim=Interim(2, "obrien_fleming"))
    solution = trialopt.solve(replace(instance, trial=looking), gap=0.01)
    size = solution.arms[0].size
    assert size is not None
    assert size.inflation > 1.0
    text = page(solution, width)
    assert max(map(len, text.splitlines())) <= width
    for words in ("inflation", "events", f"{size.inflation:.3f}", f"{size.events:.1f}", "Schoenfeld's formula"):
        assert words in text
    rows = solution.tables.recruitment
    assert size.patients + size.control_patients == int(rows[rows["arm"] == rows["arm"].iloc[0]]["cumulative"].iloc[-1])


def test_recruitment_of_centuries_fits_a_page_too():
    """A record edited by hand may say so; a step for each ten years would never end."""
    arms = recruiting(with_months(made(sized=True), 12.0, 1e13))
    assert len(list(months_shown(arms))) < 20
