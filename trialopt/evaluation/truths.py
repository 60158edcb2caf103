"""Numbers of an arm under many possible truths at once (model section 11), N truths first.

    Lambda^n[g,s,m] = factor^n[set of agents]
                      * (sum over options of beta^n * activity_factor * sensitivity^n * retained^n
                         + sum over pairs given together of delta^n * both sensitivities^n * both retained^n)

Everything else is what `numbers` says of one truth, with the numbers of that truth. Source: ours (model text).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from trialopt.core.instance import Floats, Instance, Ints
from trialopt.core.truths import Truths
from trialopt.evaluation.numbers import (
    HIGHEST_PROBABILITY,
    agents_given,
    emergence,
    pairs_together,
    prevalence_at_start,
)
from trialopt.evaluation.resolve import ResolvedArm, Sequence


@dataclass(frozen=True)
class DrawnArm:
    """One arm under N truths. The second axis g follows `arm.subgroups`."""

    resolved: ResolvedArm
    coverage: Floats
    """(N, g, S)"""
    mechanism_coverage: Floats
    """(N, g, S, M)"""
    risk: Floats
    """(N, g, S, E) background included."""
    cumulative_risk: Floats
    """(N, g, E)"""
    burden: Floats
    """(N, g, S)"""
    worth: Floats
    """(N, g) what each subgroup adds to the objective, before its share."""


def truths_of(instance: Instance) -> Truths:
    """The truths of an instance. Raises `ValueError` where it has none."""
    if instance.truths is None:
        raise ValueError(f"{instance.name} has no truths: it asks for none in [uncertainty]")
    return instance.truths


def log_activity(instance: Instance, sequence: Sequence, groups: Ints) -> Floats:
    """(N, g, S, M) Lambda of each epoch's regimen under each truth."""
    i, t = instance, truths_of(instance)
    given = agents_given(i, sequence)
    total = np.zeros((len(t), len(groups), len(i.epochs), len(i.mechanisms)))
    sensitivity = t.sensitivity[:, groups]
    for s, options in enumerate(sequence):
        o = list(options)
        d = i.option_agent[o]
        single = (t.beta[:, d, s] * i.activity_factor[o])[:, None, :] * sensitivity[:, :, d]
        lambdas = single @ t.retained[:, d]
        pairs = pairs_together(i, given[s])
        if pairs.size:
            a, b = i.pair_agents[pairs].T
            joint = t.pair_activity[:, None, pairs] * sensitivity[:, :, a] * sensitivity[:, :, b]
            lambdas = lambdas + joint @ (t.retained[:, a] * t.retained[:, b])
        names = [i.agents[k] for k in np.flatnonzero(given[s]).tolist()]
        total[:, :, s] = t.factor(names)[:, None, None] * lambdas
    return total


def covered(instance: Instance, sequence: Sequence, groups: Ints, activity: Floats) -> Floats:
    """(N, g, S) coverage, from Lambda (N, g, S, M)."""
    shares = prevalence_at_start(instance, groups) * emergence(instance, sequence)
    earlier = np.cumsum(activity, axis=2) - activity
    residual = (shares * np.exp(-instance.trial.carry * earlier - activity)).sum(axis=3)
    result: Floats = 1.0 - residual
    return result


def sequence_coverage(instance: Instance, sequence: Sequence, groups: Ints) -> Floats:
    """(N, g, S) coverage of a sequence in the subgroups asked for."""
    return covered(instance, sequence, groups, log_activity(instance, sequence, groups))


def _events(probability: Floats) -> Floats:
    result: Floats = -np.log1p(-np.minimum(HIGHEST_PROBABILITY, probability))
    return result


def attributable(instance: Instance, sequence: Sequence, groups: Ints) -> Floats:
    """(N, g, S, E) severe events caused by what is given, on the log scale."""
    i, t = instance, truths_of(instance)
    given = agents_given(i, sequence)
    total = np.zeros((len(t), len(groups), len(i.epochs), len(i.categories)))
    for s, options in enumerate(sequence):
        for o in options:
            rate = t.event_rate[:, i.option_agent[o], :, s] * i.toxicity_factor[o]
            total[:, :, s] += i.exposure[s] * _events(rate[:, None, :] * i.susceptibility[groups])
        total[:, :, s] += t.pair_toxicity[:, pairs_together(i, given[s])].sum(axis=1)[:, None, :]
    return total


def background(instance: Instance, groups: Ints) -> Floats:
    """(N, g, S, E) severe events met whatever is given, on the log scale."""
    events = _events(truths_of(instance).background[:, None, :] * instance.susceptibility[groups])
    result: Floats = instance.exposure[:, None] * events[:, :, None, :]
    return result


def drawn_arm(instance: Instance, resolved: ResolvedArm) -> DrawnArm:
    """An arm under all truths of its instance."""
    groups = np.array(resolved.groups, dtype=np.int64)
    activity = log_activity(instance, resolved.sequence, groups)
    caused = attributable(instance, resolved.sequence, groups)
    events = caused + background(instance, groups)
    coverage, burden = covered(instance, resolved.sequence, groups, activity), caused.sum(axis=3)
    gain = coverage - instance.trial.toxicity_weight * burden
    return DrawnArm(
        resolved=resolved,
        coverage=coverage,
        mechanism_coverage=-np.expm1(-activity),
        risk=-np.expm1(-events),
        cumulative_risk=-np.expm1(-events.sum(axis=2)),
        burden=burden,
        worth=(instance.weight * instance.reach[groups] * gain).sum(axis=2),
    )


def values(instance: Instance, arms: Iterable[DrawnArm]) -> Floats:
    """(N,) the objective of model section 8 in each truth; a subgroup counts with the first arm that serves it."""
    counted: dict[int, Floats] = {}
    for drawn in arms:
        for k, g in enumerate(drawn.resolved.groups):
            counted.setdefault(g, instance.share[g] * drawn.worth[:, k])
    return np.asarray(sum(counted.values(), start=np.zeros(len(truths_of(instance)))))


def worst_mean(values: Floats, tail: float) -> float:
    """Mean of the worst share `tail` of equally likely values; a value on its edge counts in part (cvar)."""
    ordered = np.sort(values)
    room = tail * len(ordered)
    part = np.clip(room - np.arange(len(ordered)), 0.0, 1.0)
    return float((part @ ordered) / room)


def asked_value(instance: Instance, found: Floats) -> float | None:
    """What the objective asks of values (N,): their mean or the mean of the worst; `None` for the inputs as given."""
    asked = instance.uncertainty
    if asked is None or asked.objective == "given":
        return None
    return float(found.mean()) if asked.objective == "mean" else worst_mean(found, asked.tail)
