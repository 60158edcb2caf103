"""Coverage, risk and burden of an arm (model sections 2 to 4 and 8).

    Lambda[g,s,m]     = sum over options of beta * activity_factor * sensitivity * retained
                        + sum over pairs given together of delta * both sensitivities * both retained
    prevalence[g,s,m] = p (from the second epoch on at least the seed) * multipliers of what was given before
    left[g,s,m]       = exp(-carry * sum of Lambda over earlier epochs)
    coverage[g,s]     = 1 - sum over m of prevalence * left * exp(-Lambda)

Source: ours (model text); agents act independently after Bliss (1939), on the log scale additively.

    tau[g,s,e]  = exposure * -ln(1 - min(0.95, q * toxicity_factor * susceptibility)), summed over options,
                  + pair toxicity of agents given together
    base[g,s,e] = exposure * -ln(1 - min(0.95, background * susceptibility))
    risk        = 1 - exp(-base - tau)
    burden[g,s] = sum over categories of tau

Source: ours (model text). Events of different causes are independent, so they add on the log scale.
"""

from __future__ import annotations

import numpy as np

from trialopt.core.design import Arm
from trialopt.core.instance import Bools, Floats, Instance, Ints
from trialopt.evaluation.resolve import ResolvedArm, Sequence, resolve_arm
from trialopt.evaluation.result import ArmNumbers


def agents_given(instance: Instance, sequence: Sequence) -> Bools:
    """(S, D) agents given in each epoch, at whatever level."""
    given = np.zeros((len(instance.epochs), len(instance.agents)), dtype=bool)
    for s, options in enumerate(sequence):
        given[s, instance.option_agent[list(options)]] = True
    return given


def pairs_together(instance: Instance, given: Bools) -> Ints:
    """Indices of the interacting pairs whose two agents are both among `given` (D,)."""
    return np.flatnonzero(given[instance.pair_agents].all(axis=1))


def log_activity(instance: Instance, sequence: Sequence, groups: Ints) -> Floats:
    """Lambda, (g, S, M): log-activity of each epoch's regimen on disease with each mechanism."""
    i = instance
    given = agents_given(i, sequence)
    sensitivity = i.sensitivity[groups]
    total = np.zeros((len(groups), len(i.epochs), len(i.mechanisms)))
    for s, options in enumerate(sequence):
        o = list(options)
        d = i.option_agent[o]
        total[:, s] = (i.beta[d, s] * i.activity_factor[o] * sensitivity[:, d]) @ i.retained[d]
        pairs = pairs_together(i, given[s])
        if pairs.size:
            a, b = i.pair_agents[pairs].T
            joint = i.pair_activity[pairs] * sensitivity[:, a] * sensitivity[:, b]
            total[:, s] += joint @ (i.retained[a] * i.retained[b])
    return total


def prevalence_at_start(instance: Instance, groups: Ints) -> Floats:
    """(g, S, M) prevalence before any emergence: `p`, and from the second epoch on `max(p, seed)`."""
    start = np.repeat(instance.prevalence[groups][:, None, :], len(instance.epochs), axis=1)
    start[:, 1:] = np.maximum(start[:, 1:], instance.seed)
    return start


def emergence(instance: Instance, sequence: Sequence) -> Floats:
    """(S, M) factor on each prevalence from the agents given in earlier epochs; every row counts once."""
    i = instance
    factor = np.ones((len(i.epochs), len(i.mechanisms)))
    before = np.zeros(len(i.agents), dtype=bool)
    for s, options in enumerate(sequence):
        for row in np.flatnonzero(i.emergence_agents[:, before].any(axis=1)).tolist():
            factor[s, i.emergence_mechanism[row]] *= i.emergence_multiplier[row]
        before[i.option_agent[list(options)]] = True
    return factor


def prevalence(instance: Instance, sequence: Sequence, groups: Ints) -> Floats:
    """(g, S, M) share of the subgroup whose disease carries each mechanism, emergence included."""
    return prevalence_at_start(instance, groups) * emergence(instance, sequence)


def left(instance: Instance, activity: Floats) -> Floats:
    """(g, S, M) share of the disease that the earlier epochs left, from Lambda of the same shape."""
    earlier = np.cumsum(activity, axis=1) - activity
    result: Floats = np.exp(-instance.trial.carry * earlier)
    return result


def covered(instance: Instance, activity: Floats, prevalences: Floats) -> Floats:
    """Coverage (g, S) from Lambda and prevalence, both (g, S, M). It may be negative and is not clamped."""
    residual = (prevalences * left(instance, activity) * np.exp(-activity)).sum(axis=2)
    result: Floats = 1.0 - residual
    return result


def sequence_coverage(instance: Instance, sequence: Sequence, groups: Ints) -> Floats:
    """Coverage (g, S) of a sequence in the subgroups asked for."""
    return covered(instance, log_activity(instance, sequence, groups), prevalence(instance, sequence, groups))


def control_coverage(instance: Instance) -> Floats:
    """Coverage (G, S) of each subgroup's control regimen; an epoch it leaves out gives nothing.

    Raises
    ------
    ValueError
        When the instance has no control regimen.
    """
    if instance.control is None:
        raise ValueError(f"{instance.name} has no [control] regimen")
    covered = sequence_coverage(instance, instance.control, np.arange(len(instance.subgroups)))
    for subgroup, own in instance.own_control.items():
        g = instance.subgroups.index(subgroup)
        covered[g] = sequence_coverage(instance, own, np.array([g]))[0]
    return covered


HIGHEST_PROBABILITY = 0.95
"""Event probabilities above this count as this much."""


def _events(probability: Floats) -> Floats:
    """Events on the log scale of a probability."""
    result: Floats = -np.log1p(-np.minimum(HIGHEST_PROBABILITY, probability))
    return result


def attributable(instance: Instance, sequence: Sequence, groups: Ints) -> Floats:
    """(g, S, E) severe events caused by what is given, on the log scale."""
    i = instance
    given = agents_given(i, sequence)
    susceptibility = i.susceptibility[groups][:, None, :]
    total = np.zeros((len(groups), len(i.epochs), len(i.categories)))
    for s, options in enumerate(sequence):
        o = list(options)
        rate = i.event_rate[i.option_agent[o], :, s] * i.toxicity_factor[o, None]
        total[:, s] = i.exposure[s] * _events(rate * susceptibility).sum(axis=1)
        total[:, s] += i.pair_toxicity[pairs_together(i, given[s])].sum(axis=0)
    return total


def background(instance: Instance, groups: Ints) -> Floats:
    """(g, S, E) severe events met whatever is given, on the log scale."""
    events = _events(instance.background * instance.susceptibility[groups])
    return instance.exposure[:, None] * events[:, None, :]


def risk(caused: Floats, base: Floats) -> tuple[Floats, Floats]:
    """Risk per epoch (g, S, E) and over all epochs (g, E), from events on the log scale, both (g, S, E)."""
    events = caused + base
    return -np.expm1(-events), -np.expm1(-events.sum(axis=1))


def excess_risk(instance: Instance, arm: Arm) -> Floats:
    """(g, S, E) attributable risk of an arm less that of the control regimen in the same subgroup and epoch.

    Raises `ValueError` when the instance has no control regimen, and `DesignError`.
    """
    if instance.control is None:
        raise ValueError(f"{instance.name} has no [control] regimen")
    resolved = resolve_arm(instance, arm)
    groups = np.array(resolved.groups, dtype=np.int64)
    ours = attributable(instance, resolved.sequence, groups)
    controls = (instance.control_of(g) or () for g in resolved.groups)
    theirs = np.concatenate([attributable(instance, c, groups[k : k + 1]) for k, c in enumerate(controls)])
    result: Floats = np.exp(-theirs) - np.exp(-ours)
    return result


def arm_numbers(instance: Instance, arm: Arm) -> ArmNumbers:
    """Coverage, risk and burden of an arm in each subgroup it lists, rules broken or not.

    For one sequence in one subgroup, pass an arm that lists just that subgroup. Without a size: that depends on how
    many arms the design has. Raises `DesignError`.
    """
    return resolved_numbers(instance, resolve_arm(instance, arm))


def resolved_numbers(instance: Instance, resolved: ResolvedArm) -> ArmNumbers:
    """The same of an arm whose names are known to be right."""
    groups = np.array(resolved.groups, dtype=np.int64)
    sequence = resolved.sequence
    activity = log_activity(instance, sequence, groups)
    prevalences = prevalence(instance, sequence, groups)
    caused = attributable(instance, sequence, groups)
    risks, cumulative_risk = risk(caused, background(instance, groups))
    return ArmNumbers(
        arm=resolved.arm,
        coverage=covered(instance, activity, prevalences),
        mechanism_coverage=-np.expm1(-activity),
        prevalence=prevalences,
        risk=risks,
        cumulative_risk=cumulative_risk,
        burden=caused.sum(axis=2),
    )


def worth(instance: Instance, resolved: ResolvedArm, numbers: ArmNumbers) -> Floats:
    """(g,) what each subgroup adds to the objective, before its share (section 8).

    `sum over s of v * reach * (coverage - toxicity_weight * burden)`.
    """
    gain = numbers.coverage - instance.trial.toxicity_weight * numbers.burden
    result: Floats = (instance.weight * instance.reach[list(resolved.groups)] * gain).sum(axis=1)
    return result
