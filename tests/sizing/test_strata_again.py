"""Stratified sizes by a second computation of our own, and what the search relies on when it bounds them.

The second one shares nothing with the first: chances of an event by Gauss-Legendre quadrature over entry times, the
patients by bisection of months, quantiles from the standard library.
"""

from __future__ import annotations

import math
from random import Random
from statistics import NormalDist

import numpy as np
import pytest

from trialopt.evaluation.formulas import Asked, Course, Rates, progression_size, response_size
from trialopt.sizing.strata import stratified_response_size, stratified_survival_size
from trialopt.sizing.strata_sizes import (
    Comparison,
    fewest_response_patients,
    patients_fall,
    response_patients,
    survival_patients,
)

NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)
Z = NormalDist().inv_cdf


def seen(hazard: float, months: float, follow_up: float, dropout: float) -> float:
    """Chance that the event of a patient who enters at any time of the accrual is seen."""
    watched = follow_up + months * (1 + NODES) / 2
    leaving = hazard + dropout
    return float((WEIGHTS / 2) @ (hazard / leaving * (1 - np.exp(-leaving * watched))))


def survival_again(
    f: list[float], medians: list[float], hr: float, rate: float, late: float, lost: float, ratio: float, method: str
) -> tuple[float, float, float]:
    """Control and experimental patients and events: alpha 0.025, power 0.9."""

    def short(months: float) -> float:
        n, gain, arm = rate * months, -math.log(hr), ratio / (1 + ratio)
        hazards = [math.log(2) / m for m in medians]
        if method == "schoenfeld":
            events = sum(
                n * part * (arm * seen(hr * h, months, late, lost) + (1 - arm) * seen(h, months, late, lost))
                for part, h in zip(f, hazards, strict=True)
            )
            return (Z(0.975) + Z(0.9)) ** 2 / (arm * (1 - arm) * gain**2) - events
        null = real = 0.0
        for part, h in zip(f, hazards, strict=True):
            mean = seen(h * (1 - arm + arm * hr), months, late, lost)
            null += n * part * mean * arm * (1 - arm)
            d1, d0 = (n * part * side * seen(x, months, late, lost) for side, x in ((arm, hr * h), (1 - arm, h)))
            real += d1 * d0 / (d1 + d0)
        return Z(0.975) / math.sqrt(null) + Z(0.9) / math.sqrt(real) - gain

    low, high = 1e-9, 1.0
    while short(high) > 0:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if short(middle) > 0 else (low, middle)
    n, arm = rate * high, ratio / (1 + ratio)
    events = sum(
        n * part * (arm * seen(hr * h, high, late, lost) + (1 - arm) * seen(h, high, late, lost))
        for part, h in zip(f, (math.log(2) / m for m in medians), strict=True)
    )
    return n * (1 - arm), n * arm, events


@pytest.mark.parametrize("method", ["schoenfeld", "lachin_foulkes"])
@pytest.mark.parametrize("seed", range(20))
def test_stratified_survival_by_a_second_computation(seed: int, method: str) -> None:
    random = Random(seed)
    strata = 2 + seed % 4
    raw = [random.uniform(0.2, 3) for _ in range(strata)]
    f, medians = [x / sum(raw) for x in raw], [random.uniform(3, 40) for _ in range(strata)]
    hr, rate, ratio = random.uniform(0.4, 0.85), random.uniform(2, 40), random.uniform(0.5, 3)
    late, lost = random.choice([0.0, 6.0, 18.0]), random.choice([0.0, 0.01, 0.03])
    n0, n1, events = survival_again(f, medians, hr, rate, late, lost, ratio, method)
    first = stratified_survival_size(hr, medians, f, rate, 0.025, 0.9, ratio, method, follow_up=late, dropout=lost)  # type: ignore[arg-type]
    assert [float(first.n0_exact), float(first.n1_exact), float(first.events)] == pytest.approx(
        [n0, n1, events], rel=1e-6
    )
    course = Course(tuple(f), tuple(math.log(2) / m for m in medians), hr, rate, late, lost, method)
    judged = progression_size(course, Asked(0.025, 0.9, ratio))
    whole = (math.ceil(n1 - 1e-9), math.ceil(n0 - 1e-9))
    assert judged[:2] == whole
    assert judged[2] == pytest.approx(events, rel=1e-6)
    c = Comparison(0.025, 0.9, ratio, method=method, follow_up=late, dropout=lost)
    searched = survival_patients(np.array([hr]), np.array(f), np.array(medians), np.array(rate), c)
    assert (int(searched[0][0]), int(searched[1][0])) == whole


@pytest.mark.parametrize("seed", range(60))
def test_response_sizes_of_judge_search_and_library_agree(seed: int) -> None:
    random = Random(f"{seed}/response")
    strata = random.choice([1, 2, 3, 5])
    raw = [random.uniform(0.2, 3) for _ in range(strata)]
    f = [x / sum(raw) for x in raw]
    p0 = [random.uniform(0.05, 0.6) for _ in f]
    p1 = [min(0.98, p + random.uniform(0.02, 0.4)) for p in p0]
    ratio, pooled, lost = random.choice([0.5, 1.0, 2.0, 3.0]), random.random() < 0.5, random.choice([0.0, 0.1])
    analysis = random.choice(["stratified", "pooled_data"])
    library = stratified_response_size(
        p0, p1, f, 0.025, 0.8, ratio,
        analysis=analysis, null_variance="pooled" if pooled else "unpooled", not_evaluable=lost, inflation=1.03,
    )  # type: ignore[arg-type]  # fmt: skip
    rates = Rates(tuple(f), tuple(p0), tuple(p1))
    judged = response_size(
        rates if analysis == "stratified" else rates.together(), Asked(0.025, 0.8, ratio, 1.03, 1 - lost), pooled
    )
    c = Comparison(0.025, 0.8, ratio, 1.03, 1 - lost, analysis, pooled)
    searched = response_patients(np.array(f), np.array(p0), np.array([p1]), c)
    assert judged == (int(library.n1), int(library.n0)) == (int(searched[0][0]), int(searched[1][0]))


@pytest.mark.parametrize("seed", range(40))
def test_bounds_of_response_sizes_hold(seed: int) -> None:
    """No rates up to the most take fewer patients than the bound; where patients are said to fall, they do."""
    random, draw = Random(f"{seed}/bound"), np.random.default_rng(seed)
    strata = random.choice([2, 3])
    f = draw.dirichlet(np.ones(strata))
    p0, most = draw.uniform(0.02, 0.6, strata), draw.uniform(0.3, 1.0, strata)
    c = Comparison(0.025, 0.8, random.choice([0.5, 1.0, 3.0]), pooled_variance=random.random() < 0.5)
    rates = np.concatenate([draw.uniform(0.001, 0.999, (4000, strata)) * most, most[None, :] * 0.999])
    needed = response_patients(f, p0, rates, c)
    for side, least in zip(needed, fewest_response_patients(f, p0, most, c), strict=True):
        assert (side >= least).all()
    if patients_fall(f[None, :], p0, most, c):
        more = np.minimum(rates + draw.uniform(0, 0.2, rates.shape), most)
        sized = np.isfinite(needed[1])
        assert (response_patients(f, p0, more, c)[1][sized] <= needed[1][sized]).all()


def test_patients_can_rise_with_a_rate() -> None:
    """Two strata at 5 %: one wins by 90 points, and a small gain in the other adds more variance than effect."""
    f, p0, c = np.array([0.5, 0.5]), np.array([0.05, 0.05]), Comparison(0.025, 0.8, 1.0, inflation=100.0)
    few, more = (float(response_patients(f, p0, np.array([0.95, x]), c)[1]) for x in (0.05, 0.06))
    assert few < more
    assert not patients_fall(f[None, :], p0, np.ones(2), c)
    assert patients_fall(f[None, :], p0 + 0.45, np.ones(2), c)
