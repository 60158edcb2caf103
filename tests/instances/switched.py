"""An instance with one thing switched off: what the tables of hinges in the READMEs are computed with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from trialopt import engine
from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Limits, Monitor
from trialopt.evaluation import evaluate


def without_mechanism(instance: Instance, mechanism: str) -> Instance:
    """Disease with the mechanism becomes disease with no listed mechanism, from the start and later."""
    m = instance.mechanisms.index(mechanism)
    prevalence, seed = instance.prevalence.copy(), instance.seed.copy()
    prevalence[:, 0] += prevalence[:, m]
    prevalence[:, m] = 0.0
    seed[m] = 0.0
    return replace(instance, prevalence=prevalence, seed=seed)


def without_agent(instance: Instance, agent: str) -> Instance:
    """No arm may contain the agent. The control is left as it is."""
    return replace(instance, rules=replace(instance.rules, exclude=(*instance.rules.exclude, agent)))


def without_limits(instance: Instance, category: str) -> Instance:
    """The category limits nothing; its events still count in the burden."""
    e = instance.categories.index(category)
    limit, cumulative = instance.limit.copy(), instance.cumulative_limit.copy()
    limit[:, e, :] = 1.0
    cumulative[e] = 1.0
    return replace(instance, limit=limit, cumulative_limit=cumulative)


def without_setting(instance: Instance, setting: str) -> Instance:
    """One limit of the trial (`max_patients`, `max_accrual_months`, `budget`, the target) is not given."""
    return replace(instance, trial=replace(instance.trial, **{setting: None}))


def switched(instance: Instance) -> Iterator[tuple[str, str, Instance]]:
    """Everything switched off, one at a time: kind, name, instance without it."""
    for mechanism in instance.mechanisms[1:]:
        yield "mechanism", mechanism, without_mechanism(instance, mechanism)
    for agent in instance.agents:
        yield "agent", agent, without_agent(instance, agent)
    for e, category in enumerate(instance.categories):
        if (instance.limit[:, e, :] < 1).any() or instance.cumulative_limit[e] < 1:
            yield "limit", category, without_limits(instance, category)
    for setting in (
        "max_patients",
        "max_accrual_months",
        "max_study_months",
        "budget",
        "target_difference",
        "target_hazard_ratio",
    ):
        if getattr(instance.trial, setting) is not None:
            yield "setting", setting, without_setting(instance, setting)


def best(instance: Instance) -> Design | None:
    """The best design to a gap of 1e-4, or none; why there is none is not asked."""
    return engine.search(instance, Monitor(Limits(gap=1e-4))).design


def arms_of(design: Design) -> frozenset[object]:
    """What is recommended, without names: subgroups and doses of each epoch."""
    return frozenset(
        (
            frozenset(arm.subgroups),
            tuple((epoch, frozenset((d.agent, d.level) for d in doses)) for epoch, doses in arm.sequence.items()),
        )
        for arm in design.arms
    )


def changed(instance: Instance, before: Design, after: Design) -> bool:
    """Whether the recommendation differs by more than a tie: other arms, where the old ones are barred or worse."""
    if arms_of(before) == arms_of(after):
        return False
    kept = evaluate(instance, before)
    return bool(kept.violations) or evaluate(instance, after).value - kept.value > 2e-4
