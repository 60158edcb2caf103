"""What an input's distribution rests on, and that its cells move as they should."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tests.decision.stability.small import single
from tests.random_documents import random_document
from trialopt.core.catalog import find
from trialopt.core.distributions import Counted, Fitted, Hazard
from trialopt.core.inputs import activity_in
from trialopt.core.uncertainty import Defaults
from trialopt.decision.stability import Uncertain, uncertain_inputs
from trialopt.decision.stability.draws import drawn, moved, truths
from trialopt.reading import build, load
from trialopt.reading.checks import log_activity_in


def inputs_of(name: str) -> dict[tuple[str, str | None, str], Uncertain]:
    document = load(find(name))
    return {(one.agent, one.category, one.epoch): one for one in uncertain_inputs(document, build(document))}


@pytest.mark.parametrize(
    ("spread", "same"),
    [
        (Counted.of_counts(9, 50), stats.beta(9.5, 41.5)),
        (Counted.of_rate(0.2, 30), stats.beta(6, 24)),
    ],
)
def test_beta_is_beta(spread, same):
    chance = np.linspace(0.01, 0.99, 9)
    assert spread.quantile(chance) == pytest.approx(same.ppf(chance))
    assert [spread.below(rate) for rate in same.ppf(chance)] == pytest.approx(chance)


@pytest.mark.parametrize("spread", [Counted(3, 5, top=0.6), Fitted(0.4, 0.3), Hazard(0.4, 0.2), Counted(0.1, 4.0)])
def test_quantiles_and_probabilities_agree(spread):
    chance = np.linspace(0.01, 0.99, 25)
    assert [spread.below(rate) for rate in spread.quantile(chance)] == pytest.approx(chance, abs=1e-9)
    assert spread.quantile(np.array([0.0 + 1e-12, 1 - 1e-12])).max() < 1
    if isinstance(spread, Counted):
        assert spread.quantile(np.array([1.0]))[0] <= spread.top


def test_a_fit_has_the_interval_the_library_gives():
    """fitted_activity.csv: dexamethasone 0.241, 90 % 0.198 to 0.293; the interval keeps its ratio to the value."""
    one = inputs_of("ndmm_frail")["dexamethasone", None, ""]
    assert one.basis == "fit"
    given, low, high = (-np.log1p(-rate) for rate in (one.rate, one.low, one.high))
    assert low / given == pytest.approx(0.198 / 0.241, abs=0.01)
    assert high / given == pytest.approx(0.293 / 0.241, abs=0.01)


def test_a_fitted_hazard_ratio_has_its_interval():
    """fitted_hazard.csv: daratumumab in maintenance 0.552, 90 % 0.441 to 0.693."""
    one = inputs_of("ndmm_frail")["daratumumab", None, "maintenance"]
    assert one.hazard
    assert (1 - one.high, 1 - one.low) == pytest.approx((0.441, 0.693), abs=0.01)


def test_a_fitted_event_rate_has_its_interval():
    """fitted_toxicity.csv: bortezomib, thrombocytopenia 0.187, 90 % 0.152 to 0.229."""
    one = inputs_of("ndmm_frail")["bortezomib", "thrombocytopenia", ""]
    assert (one.low, one.high) == pytest.approx((0.152, 0.229), abs=0.002)


def test_counts_come_before_the_trial_cited_and_that_before_an_assumption():
    found = inputs_of("rrmm_early_relapse")
    carfilzomib = found["carfilzomib", None, ""]
    assert (carfilzomib.basis, carfilzomib.said) == ("counts", "35 of 67 patients")
    assert carfilzomib.spread.a == 35.5
    assert carfilzomib.spread.b == 32.5
    assert found["lenalidomide", None, ""].basis == "cited"
    assert found["lenalidomide", None, ""].spread.a == pytest.approx(0.26 * 222)
    assert found["mezigdomide", None, ""].basis == "assumed"
    assert found["mezigdomide", None, ""].spread.a == pytest.approx(0.27 * Defaults().assumed_patients)
    assert found["carfilzomib", "infection", ""].basis == "rate"
    assert found["carfilzomib", "infection", ""].spread.b == pytest.approx(0.91 * Defaults().read_patients)
    assert "our assumption" in found["carfilzomib", "infection", ""].said


def test_zeros_stay():
    document = single([{"agent": "a", "responders": 0, "n": 34}, {"agent": "b", "orr": 0.4}])
    assert [one.agent for one in uncertain_inputs(document, build(document))] == ["b"]


def test_a_response_rate_moves_activity_by_the_root_where_it_was_measured():
    p, kept = np.array([0.7, 0.2, 0.1]), np.array([0.8, 0.4, 0.0])
    for rate in (0.01, 0.3, 0.85):
        assert activity_in(np.array([rate]), p, kept)[0] == pytest.approx(log_activity_in(rate, p, kept), rel=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_the_rates_given_change_nothing_and_each_input_moves_its_own_cells_only(seed):
    document = random_document(seed)
    instance = build(document)
    inputs = uncertain_inputs(document, instance)
    same = truths(instance, inputs, np.array([[one.rate for one in inputs]]))
    assert same.beta[0] == pytest.approx(instance.beta, abs=1e-12)
    assert same.event_rate[0] == pytest.approx(instance.event_rate, abs=1e-8)
    for number, one in enumerate(inputs):
        other = moved(instance, inputs, np.array([number]), np.array([one.high])).instance(instance, 0)
        beta = np.argwhere(~np.isclose(other.beta, instance.beta)).tolist()
        rates = np.argwhere(~np.isclose(other.event_rate, instance.event_rate)).tolist()
        d = instance.agents.index(one.agent)
        if one.category is None:
            assert rates == []
            assert all(cell[0] == d and cell[1] in one.epochs for cell in beta)
            assert beta
        else:
            assert beta == []
            assert all(cell[:2] == [d, instance.categories.index(one.category)] for cell in rates)


def test_an_epochs_own_rate_moves_with_the_rate_of_the_others():
    """lenalidomide has neutropenia 0.364, and 0.73 of its own in maintenance: both double on the log scale."""
    document = load(find("rrmm_early_relapse"))
    instance = build(document)
    inputs = uncertain_inputs(document, instance)
    number = next(k for k, one in enumerate(inputs) if (one.agent, one.category) == ("lenalidomide", "neutropenia"))
    twice = 1 - (1 - 0.364) ** 2
    truth = moved(instance, inputs, np.array([number]), np.array([twice])).instance(instance, 0)
    d, e = instance.agents.index("lenalidomide"), instance.categories.index("neutropenia")
    assert truth.event_rate[d, e] == pytest.approx([twice, twice, 1 - 0.27**2])


def test_draws_are_repeatable_and_a_longer_run_begins_with_a_shorter():
    document = load(find("tiny_duo"))
    inputs = uncertain_inputs(document, build(document))
    long, short, other = (
        np.concatenate(list(drawn(inputs, count, seed))) for count, seed in ((450, 3), (130, 3), (130, 4))
    )
    assert len(long) == 450
    assert (long[:130] == short).all()
    assert (other != short).any()
