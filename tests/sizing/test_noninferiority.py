"""Non-inferiority against R package rpact 3.3.4 (alpha 0.025, sided = 1).

Differences: ``getSampleSizeRates(pi2 = p0, pi1 = p1, thetaH0 = -margin, allocationRatioPlanned, beta)`` (Farrington and
Manning). Hazard ratios: ``getSampleSizeSurvival(hazardRatio, thetaH0 = margin, typeOfComputation = "Schoenfeld")``.
"""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from trialopt.sizing import SizingError, noninferiority_events, noninferiority_power, noninferiority_size
from trialopt.sizing.noninferiority import restricted_rates

# p0 p1 margin ratio power, unrounded n0 and n1
DIFFERENCES = """
0.8 0.8 0.1 1 0.9 339.76913912 339.76913912
0.8 0.8 0.1 2 0.9 235.74057146 471.48114292
0.7 0.75 0.1 1 0.8 139.49797239 139.49797239
0.6 0.6 0.15 0.5 0.9 338.59646418 169.29823209
0.9 0.9 0.05 1 0.8 580.73790537 580.73790537
0.5 0.45 0.15 1 0.8 385.0228706 385.0228706
0.3 0.3 0.1 3 0.9 308.05717602 924.17152806
0.2 0.25 0.05 2 0.8 214.91190528 429.82381055
0.85 0.8 0.15 1 0.9 308.29732963 308.29732963
0.65 0.7 0.05 1.5 0.85 323.65138044 485.47707066
"""

# margin, hazard ratio, ratio, power, events
HAZARD_RATIOS = """
1.3 1 1 0.9 610.58600722
1.25 1 1 0.8 630.52017118
1.3 0.9 2 0.9 349.67367549
1.2 0.95 1 0.85 658.04851139
1.5 1.1 0.5 0.9 491.5315052
"""


@pytest.mark.parametrize("row", DIFFERENCES.strip().splitlines())
def test_differences(row):
    p0, p1, margin, ratio, power, n0, n1 = map(float, row.split())
    got = noninferiority_size(p0, p1, margin, 0.025, power, ratio)
    assert (float(got.n0_exact), float(got.n1_exact)) == pytest.approx((n0, n1), rel=1e-8)
    assert float(noninferiority_power(p0, p1, margin, n0, n1)) == pytest.approx(power, abs=1e-8)


@pytest.mark.parametrize("row", HAZARD_RATIOS.strip().splitlines())
def test_hazard_ratios(row):
    margin, hr, ratio, power, events = map(float, row.split())
    got = noninferiority_events(margin, hr, 0.025, power, ratio)
    assert float(got.events_exact) == pytest.approx(events, rel=1e-8)


@pytest.mark.parametrize(
    ("p0", "p1", "gap", "ratio"), [(0.8, 0.75, -0.1, 1), (0.1, 0.3, -0.05, 2), (0.5, 0.5, 0.2, 0.5)]
)
def test_restricted_rates_have_the_largest_likelihood(p0, p1, gap, ratio):
    def loss(c):
        e = c + gap
        return -(p0 * np.log(c) + (1 - p0) * np.log(1 - c) + ratio * (p1 * np.log(e) + (1 - p1) * np.log(1 - e)))

    low, high = max(0.0, -gap) + 1e-9, min(1.0, 1 - gap) - 1e-9
    best = minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-11}).x
    got = restricted_rates(p0, p1, gap, ratio)
    assert (float(got[0]), float(got[1])) == pytest.approx((best, best + gap), abs=1e-6)


@pytest.mark.parametrize(
    "call",
    [
        lambda: noninferiority_size(0.8, 0.6, 0.1),
        lambda: noninferiority_events(0.9),
        lambda: noninferiority_events(1.2, 1.3),
    ],
)
def test_refused(call):
    with pytest.raises(SizingError, match="margin"):
        call()
