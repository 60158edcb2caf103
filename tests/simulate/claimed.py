"""Claimed and attained: shipped designs and variants of them, sized by the judge and played."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from trialopt.core.catalog import find
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.decision.solving import solve
from trialopt.evaluation import evaluate
from trialopt.evaluation.logrank import logrank_power
from trialopt.reading import Document, build, load
from trialopt.reading.overrides import Overrides, apply
from trialopt.record.solution import numbers_of
from trialopt.simulate import Scenario, Trial
from trialopt.simulate.plan import trial_of
from trialopt.simulate.simulate import simulate_trials

SIZED = (
    *("biomarker_umbrella", "rrmm_early_relapse_sized", "rrmm_triple_class"),
    *("ndmm_frail", "ndmm_transplant_eligible", "rrmm_early_relapse_pfs"),
)
"""Shipped instances whose designs have sizes."""

FACTORS = {"pfs": (0.6, 1.0, 1.4), "response": (0.6, 1.0, 1.2)}
"""Of the subgroups' control medians, or rates, in turn: a rate times 1.4 and a target would pass 1."""

VARIANTS = ("as shipped", "ratio 2", "ratio 3", "shares unlike accrual", "unlike controls")


@dataclass(frozen=True)
class Row:
    """One arm of a design: what it claims, what it attains, each attained number with its Monte Carlo error."""

    instance: str
    variant: str
    arm: str
    test: str
    patients: int
    events: int
    power: float
    attained: tuple[float, float]
    alpha: float
    level: tuple[float, float]
    own: float | None
    """Power by the log-rank test's own mean and variance; `None` for a response."""


def changed(document: Document, i: Instance, variant: str) -> Document:
    """The document of a variant."""
    settings: list[str] = []
    if variant.startswith("ratio"):
        settings = [f"trial.allocation_ratio={variant.split()[1]}"]
    elif variant == "shares unlike accrual":
        order = np.argsort(i.accrual)
        shares = dict(zip(order.tolist(), np.sort(i.share)[::-1].tolist(), strict=True))
        settings = [f"subgroups.{g}.share={shares[k]}" for k, g in enumerate(i.subgroups)]
    elif variant == "unlike controls":
        pfs = i.trial.endpoint == "pfs"
        known = i.control_medians if pfs else i.control_rate
        column = "control_median_months" if pfs else "control_rate"
        factors = FACTORS["pfs" if pfs else "response"]
        settings = [f"subgroups.{g}.{column}={known[k] * factors[k % 3]:.4f}" for k, g in enumerate(i.subgroups)]
    return apply(document, Overrides((), (), tuple(settings)))


def trial_in(name: str, variant: str, design: Design) -> tuple[Trial, dict[str, float]]:
    """A design as the variant of an instance sizes it, and the log-rank test's own power of each arm."""
    base = load(find(name))
    document = changed(base, build(base), variant)
    instance = build(document)
    judged = evaluate(instance, design)
    pfs = instance.trial.endpoint == "pfs"
    own = {arm.arm.name: logrank_power(instance, arm) for arm in judged.arms} if pfs else {}
    return trial_of(numbers_of(instance, judged), instance, None), own


def design_of(name: str) -> Design:
    """The best design of a shipped instance."""
    found = solve(build(load(find(name))), monitor=Monitor(Limits()))
    assert found.design is not None
    return found.design


def rows(name: str, variant: str, design: Design, trials: int) -> Iterator[Row]:
    """One row per arm."""
    trial, own = trial_in(name, variant, design)
    scenarios = [Scenario("none", "none"), Scenario("sized", "sized")]
    found = simulate_trials({"design": trial}, scenarios, trials=trials, seed=14)
    for family in trial.families:
        one = family.comparisons[0]
        level, power = (found.number(name_, "all", arm=family.name) for name_ in ("none", "sized"))
        assert level is not None
        assert power is not None
        assert one.power is not None
        yield Row(
            name, variant, family.name, family.test, family.total, family.events[-1] if family.events else 0,
            one.power, (power.value, power.error), one.alpha, (level.value, level.error),
            own.get(family.name),
        )  # fmt: skip


def tested_by(trial: Trial, test: str) -> Trial:
    """The same trial, decided otherwise."""
    return replace(trial, families=tuple(replace(family, test=test) for family in trial.families))
