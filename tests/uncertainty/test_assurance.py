"""Assurance, probabilities and patients with events: against simulation, and bounded as they must be."""

from __future__ import annotations

import json
from functools import cache

import jsonschema
import numpy as np
import pytest

import trialopt
from trialopt.core.catalog import find
from trialopt.core.instance import Instance
from trialopt.evaluation.boundaries import boundaries
from trialopt.evaluation.comparison import response_rates
from trialopt.evaluation.patients import accrual_parts
from trialopt.evaluation.resolve import resolve
from trialopt.evaluation.truths import worst_mean
from trialopt.evaluation.under_truths import UnderTruths, under_truths
from trialopt.reading import build, load
from trialopt.reading.overrides import Overrides, apply
from trialopt.record.solution import Solution
from trialopt.record.solution_schema import solution_schema


@cache
def run(name: str = "biomarker_umbrella") -> tuple[Instance, Solution, UnderTruths]:
    instance = build(apply(load(find(name)), Overrides(settings=("uncertainty.draws=120",))))
    solution = trialopt.solve(instance, gap=0.01)
    assert solution.design is not None
    return instance, solution, under_truths(instance, solution.design, 200)


def test_assurance_is_what_trials_show_that_are_run() -> None:
    """Each truth's trial, run 400 times: patients respond, the difference is tested; the share that succeeds."""
    instance, solution, under = run()
    generator = np.random.default_rng(7)
    assert solution.design is not None
    for arm, told in zip(resolve(instance, solution.design), under.arms, strict=True):
        size = next(a.size for a in solution.arms if a.name == told.arm)
        assert size is not None
        assert told.shown is not None
        p0, p1 = response_rates(instance, arm)
        within = accrual_parts(instance, arm.groups)
        sides = [np.maximum(1, np.round(n * within)).astype(int) for n in (size.control_patients, size.patients)]
        rates = []
        for n, p in zip(sides, (p0, p1), strict=True):
            rates.append(generator.binomial(n, np.clip(p, 0, 1), size=(400, *p.shape)) / n)
        difference = (rates[1] - rates[0]) @ within
        variance = sum(((r * (1 - r)) / n) @ within**2 for r, n in zip(rates, sides, strict=True))
        success = difference / np.sqrt(variance) > 1.959964
        assert told.shown.assurance == pytest.approx(success.mean(), abs=0.02)


def test_assurance_with_looks_is_what_trials_show_that_are_looked_at() -> None:
    """Each truth's trial, run 400 times: patients come in thirds, and after each a bound on either side may end it."""
    looks = ("uncertainty.draws=120", "trial.interim.looks=2", "trial.interim.spending=pocock")
    instance = build(
        apply(load(find("biomarker_umbrella")), Overrides(settings=(*looks, "trial.interim.futility=nonbinding")))
    )
    _, solution, _ = run()
    assert solution.design is not None
    design = solution.design
    under = under_truths(instance, design, 10)
    generator = np.random.default_rng(11)
    trial = instance.trial
    assert trial.interim is not None
    assert trial.multiplicity == "none"
    bounds = boundaries(trial.interim, trial.alpha, trial.power or 0.8)
    assert bounds.futility is not None
    for arm, told, numbers in zip(
        resolve(instance, design), under.arms, trialopt.evaluate(instance, design).arms, strict=True
    ):
        assert numbers.size is not None
        assert told.shown is not None
        rates, within = response_rates(instance, arm), accrual_parts(instance, arm.groups)
        sides = [n * within for n in (numbers.size.control_patients, numbers.size.patients)]
        seen = [np.zeros((400, *p.shape)) for p in rates]
        open_, won = np.ones((400, len(rates[0])), dtype=bool), np.zeros((400, len(rates[0])), dtype=bool)
        for k in range(3):
            stages = [np.round((k + 1) / 3 * n).astype(int) - np.round(k / 3 * n).astype(int) for n in sides]
            for responders, n, p in zip(seen, stages, rates, strict=True):
                responders += generator.binomial(n, np.clip(p, 0, 1), size=responders.shape)
            so_far = [np.round((k + 1) / 3 * n) for n in sides]
            found = [r / n for r, n in zip(seen, so_far, strict=True)]
            variance = sum((r * (1 - r) / n) @ within**2 for r, n in zip(found, so_far, strict=True))
            with np.errstate(divide="ignore", invalid="ignore"):
                z = np.nan_to_num((found[1] - found[0]) @ within / np.sqrt(variance))
            won |= open_ & (z > bounds.efficacy[k])
            open_ &= (z <= bounds.efficacy[k]) & (z >= bounds.futility[k])
        assert told.shown.assurance == pytest.approx(won.mean(), abs=0.02)
    assert under.assurance is not None


def test_chances_bound_each_other() -> None:
    _, _, under = run()
    for arm in under.arms:
        assert arm.shown is not None
        assert arm.shown.assurance <= arm.shown.better.mean() + 0.025
        assert arm.shown.reached is not None
        assert arm.shown.reached.mean() <= arm.shown.better.mean()
        assert arm.all_kept <= min(held.share for held in arm.limits)
        for one in arm.patients:
            assert one.low <= one.expected <= one.high
    assert under.assurance is not None
    assert under.assurance <= min(arm.shown.assurance for arm in under.arms if arm.shown is not None)
    assert under.all_kept <= min(arm.all_kept for arm in under.arms)


def test_the_record_says_it_all_and_fits_its_schema(tmp_path) -> None:  # type: ignore[no-untyped-def]
    instance, solution, under = run()
    record = json.loads(solution.to_json())
    jsonschema.validate(record, solution_schema())
    told = record["uncertainty"]
    assert instance.truths is not None
    assert (told["draws"], told["seed"], told["draws_sha256"]) == (120, 1, instance.truths.sha256)
    assert told["mean"] == pytest.approx(under.values.mean())
    assert told["worst"] == pytest.approx(worst_mean(under.values, 0.1))
    assert told["fresh_draws"] == 1000
    solution.save(tmp_path)
    assert Solution.load(tmp_path).uncertainty == told


def test_a_target_is_not_reached_for_certain() -> None:
    """The worst arm of the sized instance reaches its 18 points in fewer than all truths."""
    _, solution, _ = run()
    assert solution.uncertainty is not None
    reached = [arm["reaches_target"] for arm in solution.uncertainty["arms"].values()]
    for arm in solution.uncertainty["arms"].values():
        assert (arm["reaches_target"] < 1) == (arm["effect"]["low"] < 0.18) or arm["reaches_target"] > 0.95
    assert min(reached) < 1


def test_worst_mean_counts_the_edge_in_part() -> None:
    values = np.array([3.0, 1.0, 2.0, 4.0])
    assert worst_mean(values, 0.25) == 1.0
    assert worst_mean(values, 0.375) == pytest.approx((1.0 + 0.5 * 2.0) / 1.5)
    assert worst_mean(values, 1.0) == 2.5
