"""Delayed effects against adaptive integration in R, and against simulated log-rank tests."""

import numpy as np
import pytest

from trialopt.sizing import SizingError, delayed_power, event_probability

# R 4.2.2: ``integrate(rel.tol = 1e-11)`` piece by piece of the formulas of the module.
# ratios | starts | median n0 n1 accrual follow-up alpha dropout | average ratio, events, power, power without delay
INTEGRATED = """
1 0.6|0 0.001|9 130 130 18 12 0.025 0.01|0.60003669886 167.23303663 0.90894174453 0.90900435245
1 0.6|0 2|9 130 130 18 12 0.025 0.01|0.66981465686 170.58535238 0.74007802018 0.90900435245
1 0.6|0 4|9 130 130 18 12 0.025 0.01|0.73213404696 173.60826148 0.5317637864 0.90900435245
1 0.6|0 6|9 130 130 18 12 0.025 0.01|0.78686706018 176.34067108 0.35132454766 0.90900435245
1 0.5|0 3|6 100 200 12 12 0.025 0|0.6547933579 225.81687958 0.86799802326 0.99890591216
1.2 0.5|0 2|12 150 150 24 18 0.025 0.005|0.58403377593 200.66703553 0.96440472582 0.99788568441
1 0.8 0.5|0 2 6|8 120 120 15 15 0.025 0.02|0.683077292 158.46122652 0.66223122383 0.98785909199
1 0.65|0 6|20 200 200 24 24 0.0125 0.01|0.74787785383 224.09066929 0.46895012132 0.82204945688
0.5 1|0 6|9 130 130 18 12 0.025 0.01|0.75640671038 180.8946892 0.45229086545 0.025
1 0.7|0 3|15 250 250 30 18 0.025 0.005|0.74974984114 333.78412465 0.74692008595 0.89885174196
1 0.5|0 1|4 60 60 12 6 0.025 0|0.57851414685 90.733077432 0.73267090717 0.90217013191
0.9 0.6|0 4|12 150 300 20 20 0.0125 0.01|0.67686856685 287.94667469 0.83455847113 0.97477797883
1.1 0.8 0.5|0 3 9|10 200 100 24 12 0.025 0.02|0.7511939702 189.17106607 0.42205657319 0.98290598727
1 0.55|0 5|18 160 160 24 30 0.05 0|0.63781945662 226.17945264 0.956702793 0.9973112642
1 0.6|0 12|9 200 200 12 24 0.025 0.01|0.87088627666 314.54673842 0.22788895406 0.99248404859
"""


@pytest.mark.parametrize("row", INTEGRATED.strip().splitlines())
def test_integrated(row):
    ratios, starts, course, want = ([float(x) for x in part.split()] for part in row.split("|"))
    got = delayed_power(ratios, starts, *course)
    numbers = (got.average_hazard_ratio, got.events, got.power, got.power_without_delay)
    assert numbers == pytest.approx(want, rel=1e-7)
    assert got.loss == pytest.approx(want[3] - want[2], abs=1e-7)


@pytest.mark.parametrize(("accrual", "follow_up", "dropout"), [(18, 12, 0.01), (6, 24, 0.0), (30, 3, 0.05)])
def test_events_without_delay_are_those_of_the_plan(accrual, follow_up, dropout):
    got = delayed_power([0.6], [0.0], 9, 120, 180, accrual, follow_up, dropout=dropout)
    plan = event_probability(9, 0.6, accrual, follow_up, dropout)
    assert got.events == pytest.approx(120 * float(plan.control) + 180 * float(plan.experimental), rel=1e-9)
    assert got.average_hazard_ratio == pytest.approx(0.6, rel=1e-12)
    assert got.loss == 0


def log_rank(time, seen, arm):
    order = np.argsort(time)
    seen, arm = seen[order], arm[order]
    at_risk = np.arange(len(time), 0, -1)
    share = np.cumsum(arm[::-1])[::-1] / at_risk
    return (seen * (share - arm)).sum() / np.sqrt((seen * share * (1 - share)).sum())


@pytest.mark.parametrize(("delay", "hr"), [(3.0, 0.5), (5.0, 0.6)])
def test_simulated(delay, hr):
    """4,000 trials of 130 + 130 patients, seed 8: the standard error of a power is 0.008."""
    rng = np.random.default_rng(8)
    h, passed = np.log(2) / 9, 0
    for _ in range(4000):
        arm = np.repeat([0, 1], 130)
        own = rng.exponential(1 / h, 260)
        late = (arm == 1) & (own > delay)
        own[late] = delay + (own[late] - delay) / hr
        stop = np.minimum(rng.exponential(100, 260), 30 - rng.uniform(0, 18, 260))
        passed += log_rank(np.minimum(own, stop), own <= stop, arm) > 1.959964
    got = delayed_power([1.0, hr], [0.0, delay], 9, 130, 130, 18, 12, dropout=0.01)
    assert got.power == pytest.approx(passed / 4000, abs=0.025)


@pytest.mark.parametrize("starts", [[1.0, 3.0], [0.0, 0.0], [0.0]])
def test_refused(starts):
    with pytest.raises(SizingError, match="starts"):
        delayed_power([1.0, 0.6], starts, 9, 100, 100, 12, 12)
