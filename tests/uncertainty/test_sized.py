"""Sized trials under truths: engine and judge agree, and a brute force over listed designs finds none better.

Every design of a small sized document is judged by `evaluate`, which is tested against the oracle elsewhere; the best
that it accepts is what the engine has to find, with its mean effects, its limits in truths and its assurance.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

import pytest

import trialopt
from tests.oracle import PlainArm, Sequence, partitions
from tests.plain_designs import as_design
from tests.random_sized import sized_document
from tests.sized_oracle import SizedOracle
from trialopt.core.coefficients import coefficients
from trialopt.core.design import Arm
from trialopt.core.instance import Instance
from trialopt.engine.master import limits_of
from trialopt.engine.plans import make_plan
from trialopt.engine.tables import build_tables
from trialopt.evaluation.comparison import mean_response_rates
from trialopt.evaluation.resolve import ResolvedArm
from trialopt.reading import Document, build

MOST = 1500


def asked(seed: int) -> Document:
    random = Random(f"{seed}/sized truths")
    base = sized_document(seed)
    uncertainty = {"draws": random.randint(5, 12), "seed": seed, "objective": random.choice(["mean", "cvar", "given"])}
    uncertainty["tail"] = 0.3
    if random.random() < 0.4:
        uncertainty["confidence"] = 0.6
    if random.random() < 0.5:
        uncertainty["min_assurance"] = random.choice([0.5, 0.7])
    return replace(base, settings={**base.settings, "uncertainty": uncertainty})


def designs(oracle: SizedOracle) -> list[list[PlainArm]]:
    """Every design that the rules on regimens and sequences allow; skips where there are too many."""
    f = oracle.facts
    regimens = [list(oracle.regimens(s)) for s in range(len(f.epochs))]
    sequences: list[Sequence] = [q for q in product(*regimens) if not oracle.sequence_breaks(q)]
    found: list[list[PlainArm]] = []
    for split in partitions(f.subgroups):
        if len(split) > f.max_arms or oracle.sets_break(split):
            continue
        if len(found) + len(sequences) ** len(split) > MOST:
            pytest.skip("too many designs")
        found += [list(zip(split, chosen, strict=True)) for chosen in product(sequences, repeat=len(split))]
    return found


def best(instance: Instance, oracle: SizedOracle) -> float | None:
    judged = (trialopt.evaluate(instance, as_design(oracle.facts.epochs, arms)) for arms in designs(oracle))
    return max((one.value for one in judged if one.feasible), default=None)


SEEDS = [
    *range(5),
    *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(5, 10)),
    *(pytest.param(seed, marks=pytest.mark.many) for seed in range(10, 120)),
]


@pytest.mark.parametrize("seed", SEEDS)
def test_engine_finds_what_the_judge_finds_best(seed: int) -> None:
    document = asked(seed)
    instance = build(document)
    expected = best(instance, SizedOracle(document))
    found = trialopt.solve(instance, method="decompose", gap=1e-7)
    if expected is None:
        assert found.ending == "infeasible"
        return
    assert found.value == pytest.approx(expected, abs=1e-6)
    assert found.bound is not None
    assert found.bound >= expected - 1e-6


def with_contribution(seed: int) -> Document:
    """The same where arms have to show what their agents add; every pair of agents is novel."""
    document = asked(seed)
    require = {"require": "novel" if seed % 3 else "all", "alpha": 0.2, "power": 0.7}
    trial = {**document.settings["trial"], "contribution": require}
    tables = {name: rows for name, rows in document.tables.items() if name != "precedents"}
    rules = {**document.settings.get("rules", {}), "precedent": False}
    return replace(document, settings={**document.settings, "trial": trial, "rules": rules}, tables=tables)


@pytest.mark.parametrize("seed", [2, 3, *(pytest.param(seed, marks=pytest.mark.many) for seed in range(4, 60))])
def test_component_arms_rest_on_means_over_the_truths(seed: int) -> None:
    document = with_contribution(seed)
    instance = build(document)
    expected = best(instance, SizedOracle(document))
    found = trialopt.solve(instance, method="decompose", gap=1e-7)
    assert (found.value is None) == (expected is None)
    if expected is not None:
        assert found.value == pytest.approx(expected, abs=1e-6)


def test_rates_of_the_control_are_of_all_randomised() -> None:
    """Those off protocol by the endpoint count as not responding, in every truth."""
    instance = build(replace(asked(17), name="reach"))
    t = instance.trial.endpoint_epoch
    assert (instance.reach[:, t] < 1).any()
    c = coefficients(instance)
    tables = build_tables(instance, c, every=True)
    plan = make_plan(instance, c, tables, limits_of(instance.trial, 2, False, {}))
    groups = tuple(range(len(instance.subgroups)))
    arm = Arm("A1", instance.subgroups, dict.fromkeys(instance.epochs, ()))
    assert plan.control_rate == pytest.approx(
        mean_response_rates(instance, ResolvedArm(arm, groups, ((),) * len(instance.epochs)))[0]
    )
