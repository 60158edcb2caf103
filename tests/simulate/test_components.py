"""Arms with component arms, played: the min test, the level of each comparison, and when they are analysed."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
import pytest

from trialopt.core import WrongInput
from trialopt.core.catalog import find
from trialopt.core.design import Arm, Design, Dose
from trialopt.evaluation import evaluate
from trialopt.output.simulation_views import claimed, estimates, scenario_table
from trialopt.reading import build, load
from trialopt.reading.overrides import Overrides, apply
from trialopt.record.solution import DesignNumbers, numbers_of
from trialopt.simulate import Comparison, Family, Group, Scenario, Simulation, Trial, Truth
from trialopt.simulate.plan import trial_of
from trialopt.simulate.scenario import default_scenarios
from trialopt.simulate.simulate import simulate_trials
from trialopt.sizing.group_sequential import group_sequential_design

ASKED = (
    *("trial.power=0.8", "trial.control_rate=0.35", "trial.contribution.require=all", "trial.contribution.alpha=0.1"),
    *("subgroups.fit.accrual_per_month=6", "subgroups.frail.accrual_per_month=4"),
)


def made(*settings: str) -> tuple[DesignNumbers, Trial]:
    """Both subgroups under lenalidomide and daratumumab in one arm, and as a trial to play."""
    instance = build(apply(load(find("tiny_duo")), Overrides(settings=(*ASKED, *settings))))
    first = (Dose("daratumumab", "standard"), Dose("lenalidomide", "mg25"))
    arm = Arm("A1", instance.subgroups, {"induction": first, "maintenance": (Dose("daratumumab", "standard"),)})
    numbers = numbers_of(instance, evaluate(instance, Design((arm,))))
    return numbers, trial_of(numbers, instance, None)


@pytest.fixture(scope="module")
def played() -> tuple[DesignNumbers, Trial, Simulation]:
    numbers, trial = made()
    return numbers, trial, simulate_trials({"run": trial}, trials=4000, seed=3)


def value(found: Simulation, scenario: str, what: str, of: str = "") -> tuple[float, float]:
    number = found.number(scenario, what, arm="A1", of=of)
    assert number is not None
    return number.value, number.error


def test_every_comparison_attains_its_power_and_its_level(played):
    numbers, trial, found = played
    size = numbers.arms[0].size
    assert size is not None
    assert [part.without for part in size.components] == ["daratumumab", "lenalidomide"]
    for part in size.components:
        of = f"A1 against {part.arm}"
        power, error = value(found, "effect sized for", "each", of)
        assert power == pytest.approx(part.power, abs=3 * error + 0.01)
        level, error = value(found, f"{part.without} adds nothing", "each", of)
        assert level == pytest.approx(0.1, abs=3 * error + 0.005)
        other, _ = value(found, "no effect", "each", of)
        assert other == pytest.approx(0.1, abs=3 * error + 0.005)
        every, error = value(found, f"{part.without} adds nothing", "all")
        assert every <= level
    families = trial.families
    assert families[0].total == size.patients + size.control_patients
    assert sum(n * c for g in families[0].groups for n, c in zip(g.patients, g.cost, strict=True)) == size.cost


def test_all_of_them_are_won_as_often_as_in_trials_drawn_by_a_plain_loop(played):
    """Binomial counts of the groups by stratum, Mantel-Haenszel differences by their own lines."""
    _, trial, found = played
    family, rng, trials = trial.families[0], np.random.default_rng(8), 4000
    rates = family.truths["sized"].outcome[0]
    counts = [np.array(group.patients) for group in family.groups]
    x = [rng.binomial(n, p, (trials, len(n))) for n, p in zip(counts, rates, strict=True)]

    def z(k: int) -> np.ndarray:
        n1, n0 = counts[0], counts[k]
        w, p1, p0 = n1 * n0 / (n1 + n0), x[0] / n1, x[k] / n0
        spread = (w**2 * (p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0)).sum(axis=1)
        return (w * (p1 - p0)).sum(axis=1) / np.sqrt(spread)

    levels = {1: 0.1, 2: 0.1, 3: 0.025}
    won = np.all([z(k) >= -NormalDist().inv_cdf(alpha) for k, alpha in levels.items()], axis=0).mean()
    seen, error = value(found, "effect sized for", "all")
    assert seen == pytest.approx(won, abs=3 * 2**0.5 * error + 0.005)


def test_tables_have_a_row_for_each_comparison_and_one_for_all(played):
    _, _, found = played
    rows = claimed(found)
    assert [row[0] for row in rows.rows] == ["A1 against control", "A1 against A1a", "A1 against A1b", "A1"]
    assert "A1 against A1b: what lenalidomide adds" in rows.note
    shown = {(row[0], row[1]) for row in estimates(found).rows}
    assert ("A1 against A1a", "daratumumab adds nothing") in shown
    assert ("A1 against A1b", "daratumumab adds nothing") not in shown
    assert found.arms() == ["A1"]


def test_side_by_side_all_that_are_best_are_marked_and_no_success_where_an_agent_adds_nothing(played):
    _, trial, _ = played
    designs = {"one": trial, "the same": trial, "standard of care": trial.standard_of_care()}
    rows = scenario_table(simulate_trials(designs, trials=250, seed=3)).rows
    of = {(row[0], row[1]): [cell.split()[-1] for cell in row[2:]] for row in rows}
    assert of["effect sized for", "success of any arm, %"] == ["best", "best", "worst"]
    assert not {"best", "worst"} & set(of["lenalidomide adds nothing", "success of any arm, %"])


def test_the_record_reads_back(played, tmp_path):
    _, _, found = played
    path = tmp_path / "simulation.json"
    path.write_text(found.to_json(), encoding="utf-8")
    assert Simulation.load(path).to_json() == found.to_json()


def test_looks_have_the_bounds_of_each_comparisons_level():
    _, trial = made("trial.interim.looks=1", "trial.interim.spending=obrien_fleming", "trial.allocation_ratio=2")
    against, *parts = trial.families[0].comparisons
    for part in parts:
        assert part.efficacy == pytest.approx(
            list(group_sequential_design(1, alpha=0.1, power=0.8).efficacy_z), abs=1e-4
        )
        assert part.test == "mantel_haenszel"
    assert against.efficacy[0] > parts[0].efficacy[0]
    assert trial.families[0].test == "mantel_haenszel_pooled"


def test_a_scenario_of_an_agent_without_a_component_arm_is_refused(played):
    _, trial, _ = played
    assert [one.name for one in default_scenarios(trial)][-1] == "lenalidomide adds nothing"
    with pytest.raises(WrongInput, match="no component arm without bortezomib; it has daratumumab, lenalidomide"):
        simulate_trials({"run": trial}, [Scenario("odd", adds_nothing="bortezomib")], trials=10)


def survival(events: Sequence[int]) -> Family:
    """An arm, the arm without an agent and the control, a hundred each; the second comparison asks for `events`."""
    hazards = np.array([0.04, 0.06, 0.08])[None, :, None]
    risk = np.zeros((1, 3, 1, 0))
    z = (1.96,)
    return Family(
        name="A1",
        strata=("all",),
        groups=tuple(Group(name, (100,)) for name in ("A1", "A1a", "control")),
        comparisons=(
            Comparison("A1 against control", 0, 2, 0.025, z, events=(60,)),
            Comparison("A1 against A1a", 0, 1, 0.025, z, events=tuple(events)),
        ),
        truths={"sized": Truth(hazards, risk)},
        test="stratified_logrank",
        weights=(1.0,),
        events=(60,),
        per_month=20.0,
        adds={"daratumumab": 1},
    )


def test_an_analysis_waits_for_the_events_of_every_comparison():
    few, many = (
        simulate_trials({"run": Trial("t", "", "0", "pfs", (survival((n,)),))}, [Scenario("sized")], trials=500)
        for n in (30, 150)
    )
    months = [found.number("sized", "months") for found in (few, many)]
    events = [found.number("sized", "events") for found in (few, many)]
    assert events[0].value == 60
    assert events[1].value > 120
    assert months[1].value > months[0].value + 10
    each = many.number("sized", "each", arm="A1", of="A1 against A1a")
    assert each.value == pytest.approx(NormalDist().cdf(np.log(1.5) * 150**0.5 / 2 - 1.96), abs=3 * each.error + 0.02)
