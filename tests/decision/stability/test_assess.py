"""What is said of designs over the draws: by integration, by hand, and where there is little to say."""

from __future__ import annotations

import json
from math import log

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from tests.decision.stability.small import giving, single
from trialopt.core.catalog import find
from trialopt.core.design import Arm, Design, Dose
from trialopt.core.run import Limits, Monitor
from trialopt.decision.stability import assess, uncertain_inputs
from trialopt.decision.stability.draws import AT_ONCE
from trialopt.reading import build, load

A, B = {"agent": "a", "responders": 12, "n": 30}, {"agent": "b", "responders": 36, "n": 100}


def assessed(document, designs, **options):
    instance = build(document)
    return assess(instance, uncertain_inputs(document, instance), designs, **options)


def test_probability_of_being_best_is_that_of_one_beta_above_another():
    """P(Beta(12.5, 18.5) > Beta(36.5, 64.5)), the regret and the values by integration."""
    a, b = stats.beta(12.5, 18.5), stats.beta(36.5, 64.5)
    above = quad(lambda x: a.pdf(x) * b.cdf(x), 0, 1)[0]
    lost = quad(lambda x: quad(lambda y: (y - x) * b.pdf(y), x, 1)[0] * a.pdf(x), 0, 1)[0]  # E max(b - a, 0)
    run = assessed(single([A, B]), [giving("a"), giving("b")], draws=40_000, seed=7)
    first, second = run.tables["designs"].to_dict("records")
    assert first["best"] == pytest.approx(above, abs=4 * first["best_se"])
    assert second["best"] == pytest.approx(1 - above, abs=4 * first["best_se"])
    assert first["expected_value"] == pytest.approx(a.mean(), abs=4 * first["expected_value_se"])
    assert first["expected_regret"] == pytest.approx(lost, abs=4 * first["expected_regret_se"])
    assert (first["q05"], first["q95"]) == pytest.approx(a.ppf([0.05, 0.95]), abs=0.005)
    assert first["best_se"] == pytest.approx((above * (1 - above) / 40_000) ** 0.5, rel=0.02)
    agents = run.tables["agents"].set_index("agent")
    assert agents["in_best"].to_dict() == {"a": first["best"], "b": second["best"]}
    assert agents["recommended"].to_dict() == {"a": True, "b": False}
    assert run.tables["arms"]["stays"][0] == first["best"]


def test_tiny_duo_by_dense_integration():
    """Daratumumab or lenalidomide in maintenance after bortezomib and daratumumab, by the model written out.

    Residuals in maintenance: cd38_loss has 3 x 0.05 in fit and 3 x 0.1 in frail patients; daratumumab does nothing
    there and lenalidomide nothing on crbn_loss, at half its activity.
    """
    document = load(find("tiny_duo"))
    instance = build(document)
    inputs = [one for one in uncertain_inputs(document, instance) if one.category is None]
    induction = (Dose("bortezomib"), Dose("daratumumab"))
    groups = ("fit", "frail")
    designs = [
        Design((Arm("A1", groups, {"induction": induction, "maintenance": (dose,)}),))
        for dose in (Dose("daratumumab"), Dose("lenalidomide", "mg10"))
    ]
    of = {one.agent: one.spread for one in inputs}
    middle = (np.arange(600) + 0.5) / 600
    d = 1 - of["daratumumab"].quantile(middle)[:, None]  # exp(-beta)
    h = np.sqrt(1 - of["lenalidomide"].quantile(middle))[None, :]  # at half its activity
    fit = (0.9 * h + 0.1 + 0.15 * h) - (0.9 * d + 0.1 * d + 0.15)
    frail = (0.8 * h + 0.1 + 0.3 * h) - (0.8 * d + 0.1 * d + 0.3)
    burden = 0.6 * (-log(0.9) + log(0.88)) + 0.4 * (-log(0.8) + log(0.76))
    gain = 0.4 * (0.6 * fit + 0.4 * frail - 0.05 * burden)
    run = assess(instance, inputs, designs, draws=20_000)
    table = run.tables["designs"].set_index("differs")["best"]
    daratumumab = table[""] if run.designs[0] == designs[0] else 1 - table[""]
    assert 0.1 < (gain > 0).mean() < 0.95
    assert daratumumab == pytest.approx((gain > 0).mean(), abs=0.015)


def test_limits_and_targets_by_integration():
    """Events Beta(4.5, 26.5) held against 0.2; response Beta(12.5, 18.5) against 0.3 + 0.1."""
    toxicity = [
        {"agent": "a", "category": "infection", "events": 4, "n": 30},
        {"agent": "b", "category": "infection", "probability": 0},
    ]
    document = single([A, B], toxicity, 0.2, control_rate=0.3, target_difference=0.05)
    run = assessed(document, [giving("a"), giving("b")], draws=20_000)
    arm = run.tables["arms"].iloc[0]
    held = stats.beta(4.5, 26.5).cdf(0.2)
    assert arm["limits_hold"] == pytest.approx(held, abs=4 * arm["limits_hold_se"])
    assert run.tables["limits"].iloc[0]["missed"] == pytest.approx(1 - arm["limits_hold"])
    assert list(run.tables["designs"]["toxicity_limits_hold"]) == [arm["limits_hold"], 1.0]
    assert arm["reaches"] == pytest.approx(stats.beta(12.5, 18.5).sf(0.35), abs=4 * arm["reaches_se"])
    assert arm["effect"] == pytest.approx(0.1)


def test_equal_designs_share_a_draw():
    run = assessed(single([A, B]), [giving("a"), giving("a")], draws=50)
    assert list(run.tables["designs"]["best"]) == [0.5, 0.5]


def test_designs_are_put_in_order_of_value():
    run = assessed(single([A, B]), [giving("b"), giving("a")], draws=10)
    assert [design.arms[0].sequence["only"][0].agent for design in run.designs] == ["a", "b"]


def test_seeds_repeat_a_run():
    one, same, other = (assessed(single([A, B]), [giving("a"), giving("b")], draws=30, seed=s) for s in (5, 5, 6))
    assert one.to_json() == same.to_json()
    assert one.to_json() != other.to_json()


def test_one_design_and_nothing_uncertain():
    document = single([{"agent": "a", "orr": 0}, {"agent": "b", "orr": 0}])
    run = assessed(document, [giving("a")], draws=7, verify=3)
    assert run.inputs == ()
    assert run.complete
    assert run.switches == ()
    assert run.tables["designs"]["best"].tolist() == [1.0]
    assert run.tables["designs"]["sd"].tolist() == [0.0]
    assert any("nothing was varied" in sentence for sentence in run.sentences)
    assert json.loads(run.to_json())["draws"] == 7


def test_no_control_to_compare_with_leaves_the_target_open():
    run = assessed(single([A]), [giving("a")], draws=5)
    assert np.isnan(run.tables["arms"]["reaches"][0])


def test_an_interrupted_run_keeps_the_draws_it_has():
    monitor = Monitor(Limits())
    monitor.interrupted = True
    run = assessed(single([A, B]), [giving("a"), giving("b")], draws=5 * AT_ONCE, monitor=monitor)
    assert run.count == AT_ONCE
    assert not run.complete
    assert len(run.tables["designs"]) == 2
    assert json.loads(run.to_json())["complete"] is False


def test_wrong_questions_are_named():
    with pytest.raises(ValueError, match="no design"):
        assessed(single([A]), [])
    with pytest.raises(ValueError, match="at least one draw"):
        assessed(single([A]), [giving("a")], draws=0)
    nobody = Design((Arm("A1", (), {"only": (Dose("a"),)}),))
    with pytest.raises(ValueError, match="each once"):
        assessed(single([A]), [nobody])
