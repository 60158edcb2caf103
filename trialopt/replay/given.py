"""What an arm gives, read from the instance's tables: agents by epoch, their kills of each clone, their hazards."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trialopt.core.design import Dose
from trialopt.core.instance import Floats, Instance
from trialopt.replay.agents import MONTH, agent_of
from trialopt.replay.table import Constants

Options = tuple[tuple[int, ...], ...]
"""Options of each epoch."""

ALWAYS = "background"
"""Cause of the severe events that come whatever is given."""


@dataclass(frozen=True)
class Gift:
    """One agent at its level in an epoch."""

    agent: int
    kill: Floats
    """(K,) cells killed of each clone, per cell and day, at factor 1."""
    days: float
    """Days from the start of the epoch over which it acts."""
    hazard: Floats
    """(E,) cumulative hazard of severe events over the epoch, at frailty 1."""


@dataclass(frozen=True)
class Epoch:
    """One epoch of a sequence, months from the start of treatment."""

    start: float
    end: float
    gifts: tuple[Gift, ...]
    always: Floats
    """(E,) cumulative hazard of the background and of pairs."""


@dataclass(frozen=True)
class Course:
    """A sequence in a subgroup; the last epoch goes on until progression."""

    key: Options
    epochs: tuple[Epoch, ...]


def hazard(rate: Floats, exposure: float, frailty: float) -> Floats:
    """Cumulative hazard at frailty 1 that gives `rate` in an epoch of exposure 1, over patients of gamma frailty."""
    rate = np.minimum(rate, 0.95)
    alone = -np.log1p(-rate) if frailty <= 0 else ((1 - rate) ** -frailty - 1) / frailty
    return np.asarray(exposure * alone)


def options_of(instance: Instance, sequence: Mapping[str, Sequence[Dose]]) -> Options:
    """Options of each epoch of a design's sequence."""
    return tuple(
        tuple(sorted(instance.option(dose.agent, dose.level) for dose in sequence.get(epoch, ())))
        for epoch in instance.epochs
    )


def given(instance: Instance, subgroup: int, options: Options, constants: Constants) -> Course:
    """What the options of each epoch do in a subgroup."""
    i, start = instance, 0.0
    epochs: list[Epoch] = []
    for s, taken in enumerate(options):
        days = max((int(i.cycle_days[o]) for o in taken), default=0) or 28
        end = start + float(i.cycles[s]) * days / MONTH
        gifts = tuple(_gift(i, subgroup, s, o, constants) for o in taken)
        always = hazard(i.background * i.susceptibility[subgroup], float(i.exposure[s]), constants.frailty)
        agents = {int(i.option_agent[o]) for o in taken}
        for pair, added in zip(i.pair_agents.tolist(), i.pair_toxicity, strict=True):
            if set(pair) <= agents:
                always = always + hazard(1 - np.exp(-added), 1.0, constants.frailty)
        epochs.append(Epoch(start, end, gifts, always))
        start = end
    return Course(options, tuple(epochs))


def _gift(i: Instance, subgroup: int, epoch: int, option: int, c: Constants) -> Gift:
    d = int(i.option_agent[option])
    name = i.agents[d]
    agent = agent_of(name, i.classes[int(i.agent_class[d])], c, name in i.one_off)
    rate = i.event_rate[d, :, epoch] * float(i.toxicity_factor[option]) * i.susceptibility[subgroup]
    factor = agent.kill(c) * float(i.activity_factor[option])
    retained = np.append(i.retained[d], c.escape_retained)
    days = agent.days(c)
    return Gift(d, factor * retained, days, hazard(rate, float(i.exposure[epoch]), c.frailty))


def unknown_agents(instance: Instance, options: Options) -> tuple[str, ...]:
    """Agents of a sequence of which neither the agent nor its class is in the replay's table."""
    from trialopt.replay.table import constants

    found = {int(instance.option_agent[o]) for taken in options for o in taken}
    named = [(instance.agents[d], instance.classes[int(instance.agent_class[d])]) for d in sorted(found)]
    return tuple(name for name, class_ in named if not agent_of(name, class_, constants()).known)


def endless(days: float) -> bool:
    """Whether a gift acts as long as its epoch goes on."""
    return math.isinf(days)
