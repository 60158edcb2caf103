"""Power and type I error of simulated trials against numbers found without simulation, design by design.

Rates: the exact chance, by adding up every table (`exactly`, with scipy's binomials and the definition of each test).
Survival: recursive integration of the group-sequential statistic by rpact 3.3.4 in R at Schoenfeld's drift
`-log(hazard ratio) sqrt(events ratio) / (1 + ratio)`. Everything within three Monte Carlo standard errors. The default
run plays few trials, `many` all of them.
"""

from __future__ import annotations

from itertools import product
from math import ceil, log

import numpy as np
import pytest
from scipy import stats

from tests.simulate.trials import EFFECT, NULL, family, trial
from trialopt.simulate.simulate import simulate_trials
from trialopt.simulate.simulation import Simulation
from trialopt.simulate.trial import Family

Z = 1.959963984540054
FEW, MANY = 400, 20_000


def played(made: Family, trials: int) -> Simulation:
    return simulate_trials({"made": trial(made)}, [NULL, EFFECT], trials=trials, seed=11)


def holds(found: Simulation, null: float, power: float) -> None:
    """Success without and with the effect, each within three errors at the true chance."""
    for scenario, chance in (("null", null), ("effect", power)):
        seen = found.number(scenario, "all", arm="A1")
        error = (chance * (1 - chance) / found.trials) ** 0.5
        assert seen is not None
        assert abs(seen.value - chance) <= 3 * error, (scenario, seen.value, chance, error)


# -- Rates, one analysis: every table with its chance. ------------------------------------------------------------


def rejected(test: str, x1: np.ndarray, n1: int, x0: np.ndarray, n0: int) -> np.ndarray:
    """Whether each table is rejected, from the definition of the test."""
    if test == "fisher":
        return np.asarray(stats.hypergeom.sf(x1 - 1, n1 + n0, n1, x1 + x0) <= 0.025 * (1 + 1e-9))
    p1, p0, p = x1 / n1, x0 / n0, (x1 + x0) / (n1 + n0)
    pooled = p * (1 - p) * (1 / n1 + 1 / n0)
    variance = pooled if test == "z_pooled" else p1 * (1 - p1) / n1 + p0 * (1 - p0) / n0
    spread = np.sqrt(np.where(variance > 1e-15, variance, 1.0))
    return np.where(variance > 1e-15, (p1 - p0) / spread >= Z, p1 > p0)


def exactly(test: str, n1: int, n0: int, p1: float, p0: float) -> float:
    """Chance of rejection, over every table."""
    x1, x0 = np.arange(n1 + 1), np.arange(n0 + 1)
    chances = stats.binom.pmf(x1, n1, p1)[:, None] * stats.binom.pmf(x0, n0, p0)
    return float(chances[rejected(test, x1[:, None], n1, x0[None, :], n0)].sum())


FIXED = [
    ("z_unpooled", 40, 40, 0.6, 0.3),
    ("z_unpooled", 60, 30, 0.7, 0.4),
    ("z_unpooled", 75, 25, 0.5, 0.25),
    ("z_pooled", 40, 40, 0.6, 0.3),
    ("z_pooled", 60, 30, 0.7, 0.4),
    ("z_pooled", 30, 60, 0.35, 0.1),
    ("fisher", 40, 40, 0.6, 0.3),
    ("fisher", 27, 80, 0.52, 0.23),
    ("fisher", 60, 30, 0.7, 0.4),
]


@pytest.mark.parametrize("trials", [FEW, pytest.param(MANY, marks=pytest.mark.many)])
@pytest.mark.parametrize(("test", "n1", "n0", "p1", "p0"), FIXED)
def test_two_rates_attain_the_exact_chance(test, n1, n0, p1, p0, trials):
    found = played(family(test, [n1], [n0], [[p1], [p0]]), trials)
    holds(found, exactly(test, n1, n0, p0, p0), exactly(test, n1, n0, p1, p0))


@pytest.mark.parametrize("trials", [FEW, pytest.param(MANY, marks=pytest.mark.many)])
@pytest.mark.parametrize(("n1", "n0", "p1", "p0"), [(15, 15, 0.75, 0.25), (12, 18, 0.8, 0.3)])
def test_boschloo_attains_the_exact_chance(n1, n0, p1, p0, trials):
    """Which tables reject: scipy's own p-values, on those near the critical line."""
    order = {}
    for a, b in product(range(n1 + 1), range(n0 + 1)):
        order[a, b] = stats.hypergeom.sf(a - 1, n1 + n0, n1, a + b)
    grid = np.linspace(0.001, 0.999, 999)
    pmf1 = stats.binom.pmf(np.arange(n1 + 1)[:, None], n1, grid)
    pmf0 = stats.binom.pmf(np.arange(n0 + 1)[:, None], n0, grid)
    total, rejected = np.zeros(len(grid)), []
    for value in sorted(set(np.round(list(order.values()), 12))):
        new = [table for table, p in order.items() if round(p, 12) == value]
        total = total + sum(pmf1[a] * pmf0[b] for a, b in new)
        if total.max() > 0.025:
            break
        rejected += new
    chance = [sum(stats.binom.pmf(a, n1, p) * stats.binom.pmf(b, n0, p0) for a, b in rejected) for p in (p0, p1)]
    holds(played(family("boschloo", [n1], [n0], [[p1], [p0]]), trials), *map(float, chance))


def stratified_exactly(n: list[tuple[int, int]], p1: list[float], p0: list[float], pooled: bool) -> float:
    """Chance that the Mantel-Haenszel statistic of two strata reaches its bound, over every pair of tables."""
    parts = []
    for (a, b), treated, control in zip(n, p1, p0, strict=True):
        x, y = np.meshgrid(np.arange(a + 1), np.arange(b + 1), indexing="ij")
        chance = stats.binom.pmf(x, a, treated) * stats.binom.pmf(y, b, control)
        w, p = a * b / (a + b), (x + y) / (a + b)
        slope = (a**2 * y - b**2 * x + a * b * (b - a) / 2) / (a + b) ** 2
        level = (x * (b - y) + y * (a - x)) / (2 * (a + b)) if not pooled else w**2 * p * (1 - p) * (1 / a + 1 / b)
        parts.append([column.ravel() for column in (chance, w * (x / a - y / b), slope, level)])
    (c1, t1, s1, l1), (c2, t2, s2, l2) = parts
    top, variance = t1[:, None] + t2, l1[:, None] + l2
    if not pooled:
        variance = variance + top / sum(a * b / (a + b) for a, b in n) * (s1[:, None] + s2)
    wins = np.where(variance > 1e-9, top >= Z * np.sqrt(np.maximum(variance, 0.0)), top > 1e-12)
    return float((c1[:, None] * c2)[wins].sum())


@pytest.mark.parametrize("trials", [FEW, pytest.param(MANY, marks=pytest.mark.many)])
@pytest.mark.parametrize(
    ("n", "p1", "p0", "pooled"),
    [
        ([(16, 16), (10, 10)], [0.6, 0.8], [0.2, 0.5], False),
        ([(20, 10), (12, 6)], [0.7, 0.85], [0.25, 0.5], True),
    ],
)
def test_two_strata_attain_the_exact_chance(n, p1, p0, pooled, trials):
    test = "mantel_haenszel_pooled" if pooled else "mantel_haenszel"
    made = family(test, [a for a, _ in n], [b for _, b in n], [p1, p0])
    holds(played(made, trials), stratified_exactly(n, p0, p0, pooled), stratified_exactly(n, p1, p0, pooled))


# -- Rates, two analyses: tables of the first half, then of the second. -------------------------------------------


def two_stages(n: int, p1: float, p0: float, first: float, last: float, futility: float) -> tuple[float, float]:
    """Chance of success, and of stopping at the first look, with `n` patients a side in each half (pooled z)."""

    def z(a: np.ndarray, b: np.ndarray, m: int) -> np.ndarray:
        p = (a + b) / (2 * m)
        spread = np.sqrt(p * (1 - p) * 2 / m)
        return np.where(spread > 0, (a - b) / m / np.where(spread > 0, spread, 1.0), 0.0)

    k = np.arange(n + 1)
    half = stats.binom.pmf(k, n, p1)[:, None] * stats.binom.pmf(k, n, p0)
    early = z(k[:, None], k[None, :], n)
    up, down = early >= first, early <= futility
    success = half[up].sum()
    for a, b in np.argwhere(~up & ~down).tolist():
        end = z(a + k[:, None], b + k[None, :], 2 * n)
        success += half[a, b] * half[end >= last].sum()
    return float(success), float(half[up | down].sum())


TWO_STAGES = [
    (28, 0.6, 0.35, 2.96259, 1.968596, -np.inf),
    (36, 0.5, 0.25, 2.156999, 2.200977, 0.3),
    (20, 0.75, 0.4, 2.5, 2.1, 0.0),
]


@pytest.mark.parametrize("trials", [FEW, pytest.param(MANY, marks=pytest.mark.many)])
@pytest.mark.parametrize(("n", "p1", "p0", "first", "last", "futility"), TWO_STAGES)
def test_two_analyses_of_rates_attain_the_exact_chance(n, p1, p0, first, last, futility, trials):
    """Half of the patients is a whole number of blocks, so both sides are as large at the look."""
    made = family(
        "z_pooled", [2 * n], [2 * n], [[p1], [p0]], z=(first, last), futility=(futility, 0.0), fractions=(0.5, 1.0)
    )
    found = played(made, trials)
    null, effect = (two_stages(n, p, p0, first, last, futility) for p in (p0, p1))
    holds(found, null[0], effect[0])
    for scenario, chance in (("null", null[1]), ("effect", effect[1])):
        patients = found.number(scenario, "patients", arm="A1")
        assert patients is not None
        assert abs(patients.value - (4 * n - 2 * n * chance)) <= 3 * max(patients.error, 1e-9), scenario


# -- Survival: rpact. ---------------------------------------------------------------------------------------------

RPACT = {
    "obrien_fleming, 2": ([0.5, 1], [2.962588, 1.968596], None, 0.7, 250, 1, 0.8036069, 0.025, 229.20702, 249.80933),
    "obrien_fleming, 3": (
        [1 / 3, 2 / 3, 1], [3.710303, 2.511427, 1.993047], None, 0.7, 300, 1, 0.8665553, 0.025, 246.84080, 299.38481,
    ),
    "pocock, 2": ([0.5, 1], [2.156999, 2.200977], None, 0.7, 280, 1, 0.8043192, 0.025, 212.61748, 277.82960),
    "pocock, 3": (
        [1 / 3, 2 / 3, 1], [2.279428, 2.294911, 2.29594], None, 0.75, 399, 1, 0.7544658, 0.025, 289.96203, 394.95608,
    ),
    "hsd -4": (
        [0.4, 0.7, 1], [2.903713, 2.501502, 2.003788], None, 0.7, 300, 1, 0.8649739, 0.025, 235.90709, 299.18570,
    ),
    "power 3": ([0.6, 1], [2.549104, 1.995489], None, 0.7, 250, 1, 0.7992849, 0.025, 214.24164, 249.45996),
    "obrien_fleming, 3, futility": (
        [1 / 3, 2 / 3, 1], [3.710303, 2.511427, 1.993047], [0.0, 0.5, 0.0], 0.7, 300, 1,
        0.8495960, 0.0236596, 238.26873, 175.48061,
    ),
    "obrien_fleming, 4": (
        [0.25, 0.5, 0.75, 1], [4.332634, 2.963132, 2.359044, 2.01409], None, 0.7, 332, 1,
        0.8961838, 0.025, 254.39741, 331.07189,
    ),
}  # fmt: skip
"""Fractions, bounds, futility, hazard ratio, events, ratio; power, level, expected events with and without effect.

rpact: `getDesignGroupSequential(typeOfDesign = "asOF", "asP", "asHSD", "asKD", bindingFutility = FALSE)`, then
`getPowerAndAverageSampleNumber(design, theta = drift / sqrt(events), nMax = events)`; the futility rule is followed.
"""


@pytest.mark.parametrize("trials", [FEW, pytest.param(MANY, marks=pytest.mark.many)])
@pytest.mark.parametrize("design", RPACT)
def test_survival_with_looks_attains_what_rpact_integrates(design, trials):
    fractions, z, futility, ratio, events, _, power, level, with_effect, without = RPACT[design]
    hazard = log(2) / 12
    made = family(
        "stratified_logrank",
        [events],
        [events],
        [[ratio * hazard], [hazard]],
        z=z,
        futility=futility,
        fractions=fractions,
        events=[ceil(t * events - 1e-9) for t in fractions],
        per_month=2 * events / 18,
    )
    found = played(made, trials)
    holds(found, level, power)
    for scenario, expected in (("null", without), ("effect", with_effect)):
        seen = found.number(scenario, "events", arm="A1")
        assert seen is not None
        # Schoenfeld's drift is an approximation, and the events of an analysis are whole: one more than chance
        assert abs(seen.value - expected) <= 3 * seen.error + 1.0, (scenario, seen, expected)


FIXED_SURVIVAL = [(0.7, 247, 1.0), (0.75, 380, 1.0), (0.8, 500, 1.5)]


@pytest.mark.parametrize("trials", [FEW, pytest.param(MANY, marks=pytest.mark.many)])
@pytest.mark.parametrize(("ratio", "events", "allocation"), FIXED_SURVIVAL)
@pytest.mark.parametrize("test", ["logrank", "stratified_logrank"])
def test_survival_without_looks_attains_schoenfelds_power(test, ratio, events, allocation, trials):
    """Schoenfeld (1981): z has mean `-log HR sqrt(d r) / (1 + r)`. The strata are alike, so both tests have it."""
    hazard, control = log(2) / 10, round(events / (1 + allocation))
    treated = 2 * events - 2 * control
    made = family(
        test,
        [treated // 2] * 2,
        [control] * 2,
        [[ratio * hazard] * 2, [hazard] * 2],
        events=[events],
        per_month=events / 8,
        dropout=0.005,
    )
    drift = -log(ratio) * (events * allocation) ** 0.5 / (1 + allocation)
    holds(played(made, trials), 0.025, float(stats.norm.sf(Z - drift)))
