"""Adjusted p-values against R 4.2.2: ``p.adjust`` and, for Dunnett step down, ``mvtnorm::pmvnorm`` subset by subset."""

import itertools

import numpy as np
import pytest

from trialopt.sizing import SizingError, dunnett_step_down, hochberg, holm, hommel

# p-values | holm | hochberg | hommel
ADJUSTED = """
0.01 0.02 0.03 0.04 | 0.04 0.06 0.06 0.06 | 0.04 0.04 0.04 0.04 | 0.04 0.04 0.04 0.04
0.001 0.2 0.03 0.5 0.04 | 0.005 0.4 0.12 0.5 0.12 | 0.005 0.4 0.12 0.5 0.12 | 0.005 0.4 0.09 0.5 0.12
0.012 0.013 0.9 | 0.036 0.036 0.9 | 0.026 0.026 0.9 | 0.024 0.026 0.9
0.021 0.024 | 0.042 0.042 | 0.024 0.024 | 0.024 0.024
0.3 0.02 0.005 0.009 0.01 0.6|0.6 0.06 0.03 0.045 0.045 0.6|0.6 0.06 0.03 0.04 0.04 0.6|0.6 0.06 0.025 0.036 0.04 0.6
0.04 0.045 0.05 | 0.12 0.12 0.12 | 0.05 0.05 0.05 | 0.05 0.05 0.05
"""

# statistics | ratios | adjusted p-values
STEP_DOWN = """
2.1 1.8 2.5 | 1 1 1 | 0.032834001486 0.035930319113 0.016791533108
2.3 2.2 | 1 1 | 0.020022696998 0.020022696998
1 3 2 2.4 | 2 2 2 2 | 0.15865525393 0.0044642548828 0.03881405062 0.019837150793
2.6 1.9 2.2 | 0.5 1 2 | 0.012758104119 0.028716559816 0.025133270435
2 2 2 | 1 1 1 | 0.057466547788 0.057466547788 0.057466547788
"""


@pytest.mark.parametrize("row", ADJUSTED.strip().splitlines())
def test_r(row):
    p, *want = ([float(x) for x in part.split()] for part in row.split("|"))
    for procedure, answer in zip((holm, hochberg, hommel), want, strict=True):
        assert procedure(p) == pytest.approx(answer, rel=1e-9)


@pytest.mark.parametrize("row", STEP_DOWN.strip().splitlines())
def test_step_down(row):
    z, ratio, want = ([float(x) for x in part.split()] for part in row.split("|"))
    assert dunnett_step_down(z, ratio) == pytest.approx(want, abs=2e-7)


def test_hommel_is_the_closure_of_simes():
    """By definition: the largest Simes p-value of all families that hold the hypothesis."""
    rng = np.random.default_rng(5)
    for _ in range(20):
        p = rng.uniform(0, 0.2, 5)
        for k, got in enumerate(hommel(p)):
            others = [i for i in range(5) if i != k]
            families = (set(c) | {k} for size in range(5) for c in itertools.combinations(others, size))
            simes = [min(len(f) * q / (j + 1) for j, q in enumerate(sorted(p[list(f)]))) for f in families]
            assert got == pytest.approx(max(simes), rel=1e-12)
        assert np.all(hommel(p) <= hochberg(p) + 1e-15)
        assert np.all(hochberg(p) <= holm(p) + 1e-15)


@pytest.mark.parametrize("call", [lambda: holm([0.1, 1.2]), lambda: hommel([]), lambda: dunnett_step_down([[1.0]])])
def test_refused(call):
    with pytest.raises(SizingError):
        call()
