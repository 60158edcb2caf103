"""Two-stage many-to-one bounds against R ``mvtnorm::pmvnorm`` over all regions, Dunnett's values, and simulation."""

import numpy as np
import pytest

from trialopt.sizing import SizingError, TwoStageBounds, mams_bounds, mams_power
from trialopt.sizing.mams import family_error
from trialopt.sizing.multiplicity import dunnett_critical
from trialopt.sizing.walk import crossing

# arms, timing, ratio, upper bounds, lower bound; 1 - sum over the number m of arms that go on of choose(K, m) pmvnorm
# (GenzBretz(maxpts = 3e6, abseps = 2e-7))
REGIONS = [
    (4, 0.5, 1.0, 2.4319849654, 2.2928974144, 0.8106616551, 0.0499995189),
    (2, 0.5, 1.0, 2.2, 2.2, 0.0, 0.0431784542),
    (3, 0.5, 1.0, 2.9, 2.05, 0.0, 0.0527517061),
    (3, 0.4, 2.0, 2.5, 2.2, 0.3, 0.0410814324),
    (2, 0.6, 0.5, 2.4, 2.1, -0.5, 0.0417261055),
]


@pytest.mark.parametrize(("arms", "timing", "ratio", "first", "last", "lower", "error"), REGIONS)
def test_family_error(arms, timing, ratio, first, last, lower, error):
    assert family_error(TwoStageBounds(arms, ratio, timing, (first, last), lower)) == pytest.approx(error, abs=2e-6)


@pytest.mark.parametrize("arms", [2, 3, 5, 8])
@pytest.mark.parametrize("ratio", [0.5, 1.0])
def test_a_look_that_stops_nothing_leaves_dunnett(arms, ratio):
    c = float(dunnett_critical(arms, ratio, 0.025).z)
    assert family_error(TwoStageBounds(arms, ratio, 0.5, (9.0, c), -9.0)) == pytest.approx(0.025, abs=1e-6)


@pytest.mark.parametrize(("first", "last", "lower"), [(2.797, 1.977, 0.0), (2.2, 2.2, -1.0), (2.5, 2.1, 0.8)])
def test_one_arm_is_a_group_sequential_design(first, last, lower):
    one = TwoStageBounds(1, 1.0, 0.5, (first, last), lower)
    plain = crossing((0.5, 1.0), (first, last), (lower, last), 0.0)
    assert family_error(one) == pytest.approx(sum(plain.efficacy), abs=1e-8)
    effect = crossing((0.5, 1.0), (first, last), (lower, last), 3.0)
    assert mams_power(one, 3.0) == pytest.approx(sum(effect.efficacy), abs=1e-10)


@pytest.mark.parametrize("shape", ["pocock", "obrien_fleming", "triangular"])
def test_shapes_hold_alpha_and_power_is_the_simulated_one(shape):
    """200,000 trials, seed 1: the standard error of a power is 0.001."""
    got = mams_bounds(3, shape, 0.025, timing=0.5)
    assert family_error(got) == pytest.approx(0.025, abs=1e-9)
    rng, n, drift = np.random.default_rng(1), 200_000, np.array([3.2, 1.0, 1.0])

    def stage():
        parts = rng.normal(size=(n, 4))
        return (parts[:, :3] - parts[:, 3:]) / np.sqrt(2) + np.sqrt(0.5) * drift

    z1 = stage()
    z2 = (z1 + stage()) / np.sqrt(2)
    stopped = (z1 > got.upper[0]).any(axis=1)
    z2 = np.where(z1 > got.lower, z2, -9.0)
    won = np.where(stopped, z1.argmax(axis=1) == 0, (z2[:, 0] > got.upper[1]) & (z2.argmax(axis=1) == 0))
    assert mams_power(got, 3.2, 1.0) == pytest.approx(won.mean(), abs=0.004)


@pytest.mark.parametrize(
    "call", [lambda: mams_bounds(0), lambda: mams_bounds(2, "flat"), lambda: mams_bounds(2, timing=1)]
)
def test_refused(call):
    with pytest.raises(SizingError):
        call()
