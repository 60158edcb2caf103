"""Events attributable to a sequence, their risks and their burden (model sections 4 and 8).

    tau[g,s,e]  = exposure * -ln(1 - min(0.95, q * toxicity_factor * susceptibility)), summed over options,
                  + pair toxicity of agents given together
    base[g,s,e] = exposure * -ln(1 - min(0.95, background * susceptibility))
    risk        = 1 - exp(-base - tau)
    burden[g,s] = sum over categories of tau

Source: ours (model text). Events of different causes are independent, so they add on the log scale.
"""

from __future__ import annotations

import numpy as np

from trialopt.evaluation.coverage import agents_given, pairs_together
from trialopt.evaluation.resolve import Sequence
from trialopt.instance import Floats, Instance, Ints

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


def burden(caused: Floats) -> Floats:
    """(g, S) attributable events over all categories, limited or not."""
    result: Floats = caused.sum(axis=2)
    return result
