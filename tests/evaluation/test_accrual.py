"""Accrual that changes with time: months by hand, events and patients as plain sums over entries, and trials played."""

from __future__ import annotations

from dataclasses import replace
from math import log

import numpy as np
import pytest

from tests.evaluation.test_calendar import HSD, made, pfs, response
from tests.simulate.trials import EFFECT, family
from trialopt.core.instance import Instance
from trialopt.evaluation.intake import inflow_of
from trialopt.evaluation.result import ArmSize
from trialopt.simulate.patients import drawn
from trialopt.simulate.situation import situation

LATE = {"frail": ((0.0, 0.0), (6.0, 0.5), (18.0, 1.0))}
RAMP = {"fit": 9.0, "frail": 4.0}


def changing(instance: Instance, steps: dict[str, tuple[tuple[float, float], ...]], ramp: dict[str, float]) -> Instance:
    return replace(instance, accrual_steps=steps, ramp_up=ramp)


def total(size: ArmSize) -> int:
    return size.patients + size.control_patients


def share_of_rate(g: str, month: np.ndarray) -> np.ndarray:
    """Share of a subgroup's full rate under `LATE` and `RAMP`, read from their definition."""
    if g == "fit":
        return np.clip(month / 9.0, 0, 1)
    return np.where(month < 6, 0.0, np.where(month < 18, 0.5, 1.0)) * np.clip((month - 6) / 4.0, 0, 1)


def entries(g: str, months: float) -> tuple[np.ndarray, np.ndarray]:
    """Moments of entry of a subgroup and what each stands for, until so many months at the full rate are over."""
    moments = (np.arange(200_000) + 0.5) / 200_000 * 120
    come = np.cumsum(share_of_rate(g, moments)) * 120 / 200_000
    within = come <= months
    weight = share_of_rate(g, moments[within])
    return moments[within], weight / weight.sum()


@pytest.mark.parametrize(
    ("steps", "ramp", "months"),
    [
        ({}, {"fit": 6.0, "frail": 6.0}, lambda tau: tau + 3),  # the area lost under a ramp is half its length
        ({}, {"frail": 6.0}, lambda tau: tau + 3),  # the last subgroup ends the accrual
        ({"fit": ((0.0, 0.0), (5.0, 1.0))}, {}, lambda tau: tau + 5),
        ({"fit": ((0.0, 0.5),), "frail": ((0.0, 0.5),)}, {}, lambda tau: 2 * tau),
        ({"frail": ((0.0, 2.0),)}, {}, lambda tau: tau),
        ({"fit": ((0.0, 1.0), (4.0, 0.25))}, {"fit": 4.0}, lambda tau: 4 + 4 * (tau - 2)),
    ],
)
def test_months_of_accrual_by_hand(steps, ramp, months) -> None:
    """A response size does not move; N patients at 14 a month, and where the rate is not full it takes longer."""
    plain, _ = made(response())
    size, found = made(changing(response(), steps, ramp))
    assert total(size) == total(plain)
    assert size.accrual_months == pytest.approx(months(total(plain) / 14), rel=1e-12)
    assert found.study_months == size.accrual_months


def test_looks_of_a_response_trial_wait_for_their_patients() -> None:
    instance = changing(response(interim=HSD), LATE, RAMP)
    size, found = made(instance)
    tau = total(size) / 14
    (fit, fit_weight), (frail, frail_weight) = entries("fit", tau), entries("frail", tau)
    for analysis in found.analyses[:-1]:
        assert analysis.month is not None
        come = 10 / 14 * fit_weight[fit <= analysis.month].sum() + 4 / 14 * frail_weight[frail <= analysis.month].sum()
        assert come * total(size) == pytest.approx(analysis.patients, abs=0.05)
    assert size.accrual_months == pytest.approx(max(fit[-1], frail[-1]), abs=2e-3)
    assert found.enrolling["frail"][0] == 6.0
    assert found.enrolling["fit"] == (0.0, pytest.approx(fit[-1], abs=2e-3))
    assert found.forecast[-1].enrolled == total(size)


def test_events_of_a_pfs_trial_are_sums_over_entries() -> None:
    instance = changing(pfs(interim=HSD), LATE, RAMP)
    size, found = made(instance)
    plain, _ = made(pfs(interim=HSD))
    assert total(size) < total(plain)  # a slow start leaves those who come first longer under observation
    tau = total(size) / 14

    def seen(month: float, ratio: float) -> float:
        counted = 0.0
        for g in ("fit", "frail"):
            entry, weight = entries(g, tau)
            for patients, factor in ((size.control[g], 1.0), (size.experimental[g], ratio)):
                k, since = factor * log(2) / 9 + 0.01, np.maximum(month - entry, 0)
                counted += patients * factor * log(2) / 9 / k * float(weight @ (1 - np.exp(-k * since)))
        return counted

    assert found.study_months is not None
    assert size.events is not None
    assert seen(found.study_months, 0.65) == pytest.approx(size.events, rel=0.01)
    for a in found.analyses[:-1]:
        assert a.month is not None
        assert seen(a.month, 0.65) == pytest.approx(a.fraction * size.events, rel=1e-3)
    point = found.forecast[15]
    assert point.events == pytest.approx(seen(point.month, 0.65), rel=1e-3)
    assert point.events_without_effect == pytest.approx(seen(point.month, 1.0), rel=1e-3)


def test_trials_played_enrol_the_same() -> None:
    """Mean number of patients in by a month, over 2,000 trials, within four standard errors of what is expected."""
    inflows = (inflow_of((), 9.0), inflow_of(LATE["frail"], 4.0))
    one = family("mantel_haenszel", [60, 24], [60, 24], [(0.5, 0.3), (0.5, 0.3)], per_month=14.0, inflows=inflows)
    patients = drawn(one, situation(one, EFFECT), np.zeros(2000, dtype=np.int64), np.random.default_rng(5))
    for k, (g, count) in enumerate((("fit", 120), ("frail", 48))):
        entry, weight = entries(g, 168 / 14)
        for month in (7.0, 10.0, 13.0):
            by = (patients[k].entry <= month).sum(axis=1)
            error = by.std() / np.sqrt(len(by))
            assert by.mean() == pytest.approx(count * weight[entry <= month].sum(), abs=4 * error + 0.6)
