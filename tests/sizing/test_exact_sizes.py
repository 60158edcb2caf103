"""Exact tests of two proportions against independent computations in R.

Sizes: R package clinfun 1.1.5, ``fe.ssize(p0, p1, alpha = 0.05 (two-sided), power, r, npm = 20)``:
Casagrande-Pike-Smith, and the exact size of Fisher's test after which the next 20 sizes keep the power. Powers: base
R, regions by ``phyper``, Boschloo's bound raised over 19,999 common rates, power by ``dbinom``.
"""

import numpy as np
import pytest
from scipy.stats import boschloo_exact

from trialopt.sizing import SizingError, casagrande_power, casagrande_size, exact_power, exact_size
from trialopt.sizing.exact import rejection_region

# p0 p1 power ratio; Casagrande-Pike-Smith control and experimental patients; Fisher's control patients
CLINFUN = """
0.2 0.5 0.8 1; 45 45; 44
0.2 0.5 0.8 2; 35 69; 34
0.2 0.5 0.9 1; 58 58; 58
0.1 0.4 0.8 1; 38 38; 36
0.1 0.4 0.8 2; 30 59; 28
0.1 0.4 0.9 1; 49 49; 47
0.3 0.6 0.8 1; 49 49; 48
0.3 0.6 0.8 2; 37 73; 37
0.3 0.6 0.9 1; 63 63; 61
0.3 0.5 0.8 1; 103 103; 102
0.3 0.5 0.8 2; 78 156; 78
0.3 0.5 0.9 1; 134 134; 133
0.1 0.3 0.8 1; 72 72; 69
0.1 0.3 0.8 2; 56 111; 53
0.1 0.3 0.9 1; 92 92; 89
0.05 0.25 0.8 1; 59 59; 55
0.05 0.25 0.8 2; 46 92; 41
0.05 0.25 0.9 1; 75 75; 69
0.5 0.8 0.8 1; 45 45; 44
0.5 0.8 0.8 2; 33 66; 33
0.5 0.8 0.9 1; 58 58; 58
0.6 0.9 0.8 1; 38 38; 36
0.6 0.9 0.8 2; 27 54; 26
0.6 0.9 0.9 1; 49 49; 47
0.15 0.45 0.8 1; 42 42; 41
0.15 0.45 0.8 2; 33 65; 31
0.15 0.45 0.9 1; 54 54; 53
0.4 0.7 0.8 1; 49 49; 48
0.4 0.7 0.8 2; 36 72; 36
0.4 0.7 0.9 1; 63 63; 61
0.05 0.2 0.8 1; 88 88; 82
0.05 0.2 0.8 2; 70 139; 65
0.05 0.2 0.9 1; 114 114; 106
0.2 0.4 0.8 1; 91 91; 90
0.2 0.4 0.8 2; 70 139; 68
0.2 0.4 0.9 1; 119 119; 117
"""

# n0 n1 p0 p1 alpha, power of Fisher's test and of Boschloo's, Boschloo's largest type I error
POWERS = """
27 80 0.2 0.5 0.025 0.7587074841 0.8197415918 0.02496792129
27 80 0.05 0.3 0.025 0.8044344053 0.875588008 0.02496792129
20 20 0.2 0.6 0.025 0.6502245469 0.7278580324 0.02321656063
15 30 0.3 0.7 0.025 0.6433490475 0.7238917197 0.02250419811
30 15 0.1 0.5 0.025 0.727743002 0.8214477194 0.02250419811
40 40 0.2 0.5 0.025 0.7494249439 0.8096508327 0.02384900753
10 10 0.1 0.6 0.05 0.659041887 0.7867774943 0.04470428002
50 50 0.1 0.3 0.025 0.6403255751 0.6956010169 0.02433270181
12 36 0.25 0.7 0.025 0.704412496 0.7780165077 0.02163073004
60 30 0.3 0.6 0.05 0.8107803538 0.8599543557 0.04987896616
25 25 0.5 0.9 0.0125 0.7479730416 0.8288904275 0.01169340487
33 66 0.4 0.7 0.025 0.7551626906 0.8196998277 0.02487268622
18 18 0.05 0.4 0.025 0.6465088489 0.7447750365 0.02383662198
70 70 0.6 0.8 0.025 0.6828180395 0.7191430351 0.02464069599
8 8 0.1 0.8 0.025 0.7916135016 0.8121317982 0.01394691594
45 90 0.15 0.4 0.025 0.8353648588 0.8755072593 0.02498916619
"""


@pytest.mark.parametrize("row", CLINFUN.strip().splitlines())
def test_sizes(row):
    head, corrected, exact = ([float(x) for x in part.split()] for part in row.split(";"))
    p0, p1, power, ratio = head
    got = casagrande_size(p0, p1, 0.025, power, ratio)
    assert [float(got.n0), float(got.n1)] == corrected
    assert float(casagrande_power(p0, p1, got.n0_exact, got.n1_exact).power) == pytest.approx(power, abs=1e-9)
    if ratio == 1:
        assert exact_size(p0, p1, 0.025, power, test="fisher").n0 == exact[0]


@pytest.mark.parametrize("row", POWERS.strip().splitlines())
def test_powers(row):
    n0, n1, p0, p1, alpha, fisher, boschloo, worst = map(float, row.split())
    assert exact_power(p0, p1, n0, n1, alpha, "fisher").power == pytest.approx(fisher, abs=1e-9)
    got = exact_power(p0, p1, n0, n1, alpha, "boschloo")
    assert got.power == pytest.approx(boschloo, abs=1e-9)
    assert got.worst_type_one_error == pytest.approx(worst, abs=1e-7)
    assert got.worst_type_one_error <= alpha


def test_region_is_that_of_scipy():
    """SciPy's own p-value of Boschloo's test, outcome by outcome."""
    region = rejection_region(5, 9, 0.05, "boschloo")
    for (x0, x1), rejected in np.ndenumerate(region):
        table = np.array([[x1, x0], [9 - x1, 5 - x0]])
        assert (boschloo_exact(table, alternative="greater", n=128).pvalue <= 0.05) == rejected


@pytest.mark.parametrize(("p0", "p1", "ratio"), [(0.1, 0.4, 1.0), (0.2, 0.6, 2.0), (0.5, 0.8, 0.5)])
def test_saw_tooth(p0, p1, ratio):
    """One patient fewer misses the power, and none of the next 25 sizes does."""
    got = exact_size(p0, p1, 0.025, 0.8, ratio)
    powers = [
        exact_power(p0, p1, n, int(np.ceil(ratio * n)), 0.025, "boschloo").power for n in range(got.n0 - 1, got.n0 + 25)
    ]
    assert powers[0] < 0.8 <= min(powers[1:])
    assert got.power == pytest.approx(powers[1], abs=1e-12)
    assert got.worst_type_one_error <= 0.025
    assert got.n0 <= exact_size(p0, p1, 0.025, 0.8, ratio, "fisher").n0


BAD = [
    (lambda: exact_size(0.3, 0.35), "about"),
    (lambda: exact_size(0.3, 0.6, test="barnard"), "fisher or boschloo"),
    (lambda: exact_size(0.6, 0.3), "p1 must be above p0"),
    (lambda: casagrande_power(0.6, 0.3, 20, 20), "p1 must be above p0"),
]


@pytest.mark.parametrize(("call", "message"), BAD)
def test_refused(call, message):
    with pytest.raises(SizingError, match=message):
        call()
