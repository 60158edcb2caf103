"""Published boundaries, inflation factors and expected sizes of group-sequential designs.

rpact: expected values in the test suite of R package rpact 4.1.0, test-f_design_group_sequential.R.
"""

import itertools

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from trialopt.sizing.group_sequential import FUTILITY, SPENDING, group_sequential_design, inflation
from trialopt.sizing.spending import spend
from trialopt.sizing.walk import crossing, efficacy_bounds

BOUNDS = [
    (
        "rpact x6a, asP",
        *(0.13, (0.35, 0.7, 1.0), "pocock"),
        (1.5446617, 1.4828682, 1.4620058),
        (0.061214062, 0.10266465, 0.13),
    ),
    ("rpact x6b, asP", 0.025, (0.4, 0.7, 1.0), "pocock", (2.223875, 2.3050796), (0.013078429, 0.0197432)),
    (
        "rpact x7a, asOF, kMax = 3",
        *(0.13, (0.4, 0.75, 1.0), "obrien_fleming"),
        (2.1280732, 1.4368565, 1.2468994),
        (0.016665509, 0.080406163, 0.13),
    ),
    (
        "rpact x7a, asOF, kMax = 4",
        *(0.13, (0.4, 0.75, 0.85, 1.0), "obrien_fleming"),
        (2.1280732, 1.4368565, 1.422873, 1.2970881),
        (0.016665509, 0.080406163, 0.10053322, 0.13),
    ),
    (
        "rpact dl5, asP",
        *(0.05, (0.4, 0.65, 1.0), "pocock"),
        (1.9405431, 2.0327662, 1.9734104),
        (0.026156858, 0.037497241, 0.05),
    ),
    (
        "Reboussin, DeMets, Kim and Lan, Controlled Clinical Trials 21 (2000) 190-207, ld98, as quoted in public code",
        *(0.025, (0.2, 0.4, 0.6, 0.8, 1.0), "obrien_fleming"),
        (4.8769, 3.3569, 2.6803, 2.2898, 2.0310),
        (),
    ),
    (
        "the same, Pocock type",
        *(0.025, (0.2, 0.4, 0.6, 0.8, 1.0), "pocock"),
        (2.4380, 2.4268, 2.4101, 2.3966, 2.3859),
        (),
    ),
]


@pytest.mark.parametrize(("source", "alpha", "timing", "spending", "bounds", "spent"), BOUNDS)
def test_efficacy_bounds(source, alpha, timing, spending, bounds, spent):
    got = efficacy_bounds(alpha, timing, spending)
    close = 2e-7 if source.startswith("rpact") else 1e-4  # ld98 cuts its four decimals off
    assert got[: len(bounds)] == pytest.approx(bounds, rel=close), source
    levels = [spend(alpha, t, spending) for t in timing]
    assert levels[: len(spent)] == pytest.approx(spent, rel=1e-6), source


class TestRpactFutility:
    """rpact dl5 and dl6: Pocock-type alpha and beta spending, non-binding futility, alpha 0.05, power 0.9."""

    design = group_sequential_design(2, "pocock", 0.05, 0.9, "pocock", (0.4, 0.65))

    @pytest.mark.parametrize(
        ("what", "printed"),
        [
            ("efficacy_z", (1.9405431, 2.0327662, 1.9734104)),
            ("futility_z", (0.5448398, 1.0899149, 1.9734104)),
            ("beta_spent", (0.052313716, 0.074994481, 0.1)),
            ("inflation", 1.3716844),
            ("expected_h1", 0.73486016),
            ("expected_half", 0.8455149),
            ("expected_h0", 0.67993383),
        ],
    )
    def test_design(self, what, printed):
        assert getattr(self.design, what) == pytest.approx(printed, rel=1e-6)

    def test_shift(self):
        assert self.design.drift**2 == pytest.approx(11.746896, rel=1e-6)

    def test_stopping_probabilities(self):
        under = self.design.under_h1
        assert under.efficacy == pytest.approx((0.58983431, 0.20296375, 0.10720193), rel=1e-6)
        assert under.futility[:2] == pytest.approx((0.052313716, 0.022680765), rel=1e-6)


def test_east_bounds_on_the_effect_scale():
    """East 6.5 in gsDesign's test-independent-test-gsDelta.R: one look at a half, O'Brien-Fleming type.

    ``gsDesign(k = 2, test.type = 1, alpha = 0.025, beta = 0.1, delta1 = 0.3, sfu = sfLDOF)``; the bound on the
    effect is ``0.3 z / (z_fixed sqrt(t * inflation))``.
    """
    design = group_sequential_design(1, "obrien_fleming", 0.025, 0.9)
    z_fixed = norm.isf(0.025) + norm.ppf(0.9)
    effect = [
        0.3 * z / (z_fixed * np.sqrt(t * design.inflation))
        for z, t in zip(design.efficacy_z, design.timing, strict=True)
    ]
    assert effect == pytest.approx((0.38709581, 0.18188158), abs=1e-6)


@pytest.mark.parametrize(("drift", "timing"), [(0.0, (0.3, 0.6, 1.0)), (2.5, (0.5, 1.0)), (3.2, (0.2, 0.3, 0.9, 1.0))])
def test_crossing_against_multivariate_normal(drift, timing):
    """The chance of never crossing, by Genz's algorithm."""
    t = np.array(timing)
    upper, lower = np.linspace(2.8, 2.0, len(t)), np.linspace(-1.0, 1.9, len(t))
    cov = np.sqrt(np.minimum.outer(t, t) / np.maximum.outer(t, t))
    inside = multivariate_normal.cdf(
        upper, mean=drift * np.sqrt(t), cov=cov, lower_limit=lower, abseps=1e-9, releps=1e-9, maxpts=10**6
    )
    got = crossing(timing, upper, lower, drift)
    assert 1 - sum(got.efficacy) - sum(got.futility) == pytest.approx(float(inside), abs=2e-7)


@pytest.mark.parametrize(("looks", "spending", "futility"), list(itertools.product((0, 1, 2, 3), SPENDING, FUTILITY)))
def test_every_design_keeps_its_promises(looks, spending, futility):
    """Alpha is spent without the futility rule, power is reached with it, and beta is spent look by look."""
    design = group_sequential_design(looks, spending, 0.025, 0.8, futility)
    unheeded = crossing(design.timing, design.efficacy_z, None, 0.0)
    assert np.cumsum(unheeded.efficacy) == pytest.approx(design.alpha_spent, abs=1e-9)
    assert sum(design.under_h1.efficacy) == pytest.approx(0.8, abs=1e-8)
    if design.beta_spent is not None:
        assert np.cumsum(design.under_h1.futility) == pytest.approx(design.beta_spent, abs=1e-8)
        assert design.futility_z is not None
        assert all(low <= up for low, up in zip(design.futility_z, design.efficacy_z, strict=True))
    assert design.inflation == pytest.approx(1.0, abs=1e-9) if looks == 0 else design.inflation > 1
    assert design.expected_h1 <= design.inflation + 1e-12


def test_inflation_of_arrays():
    alpha, power = np.array([[0.025], [0.0125]]), np.array([0.8, 0.9, 0.8])
    got = inflation(2, "obrien_fleming", alpha, power)
    assert got.shape == (2, 3)
    assert got[0, 0] == got[0, 2] == float(inflation(2, "obrien_fleming", 0.025, 0.8))
