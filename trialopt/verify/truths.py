"""A design's worth under many possible truths (model section 11), each an instance of its own numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trialopt.core.instance import Floats, Instance
from trialopt.verify.design import PlainArm
from trialopt.verify.facts import Facts, coverage_along, events, facts_of


def rests_on_truths(instance: Instance) -> bool:
    """Whether the value or a limit is about truths that were drawn."""
    return _asks_value(instance) or _asks_limits(instance)


def _asks_value(instance: Instance) -> bool:
    return instance.uncertainty is not None and instance.uncertainty.objective != "given"


def _asks_limits(instance: Instance) -> bool:
    return instance.uncertainty is not None and instance.uncertainty.confidence is not None


def with_rules_only(instance: Instance) -> Instance:
    """The instance without the limits that hold in a share of the truths, where they are asked for like that."""
    if not _asks_limits(instance):
        return instance
    return replace(
        instance,
        limit=np.ones_like(instance.limit),
        cumulative_limit=np.ones_like(instance.cumulative_limit),
        not_worse_than_control=np.ones_like(instance.not_worse_than_control),
        min_coverage=np.full_like(instance.min_coverage, np.nan),
        trial=replace(instance.trial, no_harm=False),
    )


def worth_of(instance: Instance, arms: list[PlainArm]) -> float | None:
    """The mean over the truths, or that of their worst share; `None` where the inputs count as given."""
    asked, truths = instance.uncertainty, instance.truths
    if asked is None or truths is None or not _asks_value(instance):
        return None
    worth = np.zeros(len(truths))
    for n in range(len(truths)):
        facts = facts_of(truths.written_in(instance, n), every=True)
        for arm in arms:
            names = [[instance.agents[d] for d in set(instance.option_agent[row].tolist())] for row in arm.given]
            worth[n] += _worth(facts, arm, np.array([truths.factor(agents)[n] for agents in names]))
    if asked.objective == "mean":
        return float(worth.mean())
    return _mean_of_worst(worth, asked.tail)


def _worth(facts: Facts, arm: PlainArm, factors: Floats) -> float:
    coverage = coverage_along(facts, arm.given[None], factors)[0][0]
    burden = np.array([events(facts, s, given[None])[0].sum(axis=1) for s, given in enumerate(arm.given)])
    gain = (facts.counts * (coverage - facts.weight * burden)).sum(axis=0)
    return float((facts.instance.share * gain)[arm.members].sum())


def _mean_of_worst(worth: Floats, tail: float) -> float:
    """Mean of the worst share of equally likely values; one that the share cuts counts in part."""
    left, total = tail * len(worth), 0.0
    for value in np.sort(worth).tolist():
        part = min(1.0, left)
        total, left = total + part * value, left - part
        if left <= 0:
            break
    return total / (tail * len(worth))
