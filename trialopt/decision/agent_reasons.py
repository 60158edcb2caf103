"""Changed instances that tell about an agent, and why one cannot be given: the limits and rules in its way.

What no arm can give to one subgroup alone is in no design, and neither is what fails in a single epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np

from trialopt.core.design import Arm, Design, Dose
from trialopt.core.instance import TOLERANCE, Floats, Instance
from trialopt.core.run import Monitor
from trialopt.decision.solving import best
from trialopt.evaluation import arm_numbers
from trialopt.evaluation.result import listed
from trialopt.limits.conflict import find_conflict
from trialopt.limits.questions import Questions


def only(instance: Instance, subgroup: str) -> Instance:
    """The instance of a single subgroup, without sizes: what one arm may give to it."""
    i, g = instance, instance.subgroups.index(subgroup)
    cut: dict[str, Any] = {
        **_cut(i, "G", g),
        "subgroups": (subgroup,),
        "trial": replace(i.trial, power=None, max_arms=1),
        "rules": replace(i.rules, contraindicated=tuple(b for b in i.rules.contraindicated if b.subgroup == subgroup)),
        "share": np.ones(1),
        "own_control": {g: own for g, own in i.own_control.items() if g == subgroup},
    }
    return replace(i, **cut)


def only_epoch(instance: Instance, s: int) -> Instance:
    """The instance of a single epoch, without sizes, cumulative limits and `no_harm`: what its regimen has to keep.

    Seeds count as what is there at the start, from the second epoch on, so that the same requirements bind.
    """
    i = instance
    listed = i.prevalence[:, 1:] if s == 0 else np.maximum(i.prevalence[:, 1:], i.seed[1:])
    cut: dict[str, Any] = {
        **_cut(i, "S", s),
        "epochs": (i.epochs[s],),
        "trial": replace(i.trial, power=None, no_harm=False, endpoint_epoch=0),
        "weight": np.ones(1),
        "pfs_weight": np.ones(1),
        "prevalence": np.hstack([i.prevalence[:, :1], listed]),
        "cumulative_limit": np.ones_like(i.cumulative_limit),
        "control": None if i.control is None else i.control[s : s + 1],
        "own_control": {g: own[s : s + 1] for g, own in i.own_control.items()},
    }
    return replace(i, **cut)


def _cut(instance: Instance, axis: str, at: int) -> dict[str, Any]:
    """Every array over an axis, at one place of it."""
    over = {f.name: f.metadata["axes"].index(axis) for f in fields(instance) if axis in f.metadata.get("axes", "")}
    return {name: np.take(getattr(instance, name), [at], axis=k) for name, k in over.items()}


# The subgroup of nobody: a sized design in which some arm has an agent, by one search.
#
# Any arm may serve it as well: it has no weight, no toxicity and no limits, so it changes no number of an arm. The arm
# that serves it must contain the agent. Its control already helps everybody, so an arm that serves it alone has no
# effect and cannot be sized: it always joins an arm of real subgroups.

NOBODY = "nobody"


def with_nobody(instance: Instance) -> Instance | None:
    """The instance with such a subgroup, the last; `None` where it could not be told apart from real ones."""
    i = instance
    if not i.trial.sized or (i.share <= 0).any() or NOBODY in i.subgroups:
        return None
    # What is required against mechanisms that grow from seeds must not ask more of this subgroup than of real ones.
    seeded = i.seed > 0
    required = bool((seeded & ((i.min_active > 0) | ~np.isnan(i.min_coverage))).any())
    weakened = bool((seeded & ~np.isnan(i.min_coverage)).any() and (i.pair_activity < 0).any())
    if required and (weakened or i.trial.endpoint == "pfs"):
        return None
    sensitivity = i.sensitivity.max(axis=0) if required else np.zeros(len(i.agents))
    alone = np.zeros((1, len(i.mechanisms)))
    alone[0, 0] = 1.0
    added: dict[str, Any] = {
        "subgroups": (*i.subgroups, NOBODY),
        "share": np.append(i.share, 0.0),
        "accrual": np.append(i.accrual, np.nan if np.isnan(i.accrual).any() else 0.0),
        "control_rate": np.append(i.control_rate, 1.0),
        "control_median": np.append(i.control_median, np.nan if np.isnan(i.control_median).all() else 1.0),
        "reach": _more(i.reach, 0.0),
        "sensitivity": np.vstack([i.sensitivity, sensitivity]),
        "susceptibility": _more(i.susceptibility, 0.0),
        "prevalence": np.vstack([i.prevalence, alone]),
        "limit": _more(i.limit, 1.0),
    }
    return replace(i, **added)


def without_nobody(design: Design) -> Design:
    """The design in its real subgroups."""
    return Design(tuple(replace(arm, subgroups=tuple(g for g in arm.subgroups if g != NOBODY)) for arm in design.arms))


def _more(array: Floats, value: float) -> Floats:
    return np.concatenate([array, np.full((1, *array.shape[1:]), value)])


ROUGH = 1.0
"""Gap at which a search ends that only asks whether there is a design."""

NO_LIMIT = "too few agents are left in some epoch, whatever the limits and rules"

EACH, IN_ALL = 5.0, 20.0
"""Most seconds of one question about the whole instance, and of all of them, when reasons are looked for."""


def barred_everywhere(instance: Instance, agent: str) -> str:
    """What bars an agent from every arm by itself; empty when nothing does."""
    d = instance.agents.index(agent)
    for item in instance.rules.exclude:
        if instance.options_matching(item)[instance.option_agent == d].all():
            return f"no arm contains {item} (exclude)"
    if not instance.usable[d].any():
        return f"no epoch allows {agent} (its epochs)"
    return ""


def barred_in(instance: Instance, agent: str, subgroup: str) -> str:
    """What bars an agent from the arm of a subgroup by itself, without a search; empty when nothing does so."""
    everywhere = barred_everywhere(instance, agent)
    if everywhere:
        return everywhere
    d = instance.agents.index(agent)
    for bar in instance.rules.contraindicated:
        whole = bar.partner is None and not bar.epochs and bar.subgroup == subgroup
        if whole and instance.options_matching(bar.key)[instance.option_agent == d].all():
            return f"{bar.key} contraindicated in {subgroup}"
    return _too_toxic(instance, agent, subgroup)


def because(
    instance: Instance, change: Callable[[Instance], Instance], but: tuple[str, str], monitor: Monitor
) -> tuple[str, ...]:
    """Limits and rules, in words, that together leave no design of a changed instance.

    Irreducible: with any one of them left out there is one. Looked for in single subgroups first, because what no arm
    can give to one of them alone is in no design. `but` is the family and item of the change itself, which is not
    named. Empty when they were not told apart in time.
    """
    for subgroup in instance.subgroups:
        alone = only(instance, subgroup)
        if best(change(alone), monitor, gap=ROUGH).nothing:
            return _in_one(alone, change, but, monitor)
    return _conflict(change(instance), but, Questions(monitor, EACH, IN_ALL))


def _in_one(
    alone: Instance, change: Callable[[Instance], Instance], but: tuple[str, str], monitor: Monitor
) -> tuple[str, ...]:
    """The same in an instance of one subgroup, by epochs where they fail by themselves.

    An agent that must be given needs an epoch that allows it, so all of those must fail; one that must not be given
    leaves nothing where a single one fails.
    """
    given = but[0] == "include"
    epochs = [s for s in range(len(alone.epochs)) if not given or alone.usable[alone.agents.index(but[1]), s]]
    failing = [s for s in epochs if best(change(only_epoch(alone, s)), monitor, gap=ROUGH).nothing]
    if failing and (not given or failing == epochs):
        reasons = [_conflict(change(only_epoch(alone, s)), but, Questions(monitor, EACH, IN_ALL)) for s in failing]
        return tuple(dict.fromkeys(words for reason in (reasons if given else reasons[:1]) for words in reason))
    return _conflict(change(alone), but, Questions(monitor, EACH, IN_ALL))


def because_of(instance: Instance, agent: str, subgroup: str, monitor: Monitor) -> tuple[str, ...] | None:
    """The same for an agent in an arm that serves just one subgroup; `None` when it can be given there."""
    bar = barred_in(instance, agent, subgroup)
    if bar:
        return (bar,)
    alone = only(instance, subgroup)
    answer = best(with_agent(alone, agent), monitor, gap=ROUGH)
    if not answer.nothing:
        return None if answer.design is not None else ()
    return _in_one(alone, lambda j: with_agent(j, agent), ("include", agent), monitor)


def _conflict(instance: Instance, but: tuple[str, str], questions: Questions) -> tuple[str, ...]:
    found = find_conflict(instance, questions)
    if not found.reduced:
        return ()
    return tuple(limit.words for limit in found.members if limit.key != but) or (NO_LIMIT,)


def with_agent(instance: Instance, agent: str) -> Instance:
    """The instance with every arm containing the agent."""
    return replace(instance, rules=replace(instance.rules, include=(*instance.rules.include, agent)))


def without_agent(instance: Instance, agent: str) -> Instance:
    """The instance with no arm containing the agent."""
    return replace(instance, rules=replace(instance.rules, exclude=(*instance.rules.exclude, agent)))


def _too_toxic(i: Instance, agent: str, subgroup: str) -> str:
    """The limits that the agent breaks by itself at every level and in every epoch that allows it."""
    d, g = i.agents.index(agent), i.subgroups.index(subgroup)
    found: dict[str, list[str]] = {}
    for s in np.flatnonzero(i.usable[d]).tolist():
        broken = [set(_broken(i, agent, level, g, s)) for level in _levels(i, d)]
        common = set.intersection(*broken)
        if not common:
            return ""
        found.setdefault(sorted(common)[0], []).append(i.epochs[s])
    return "; ".join(
        f"{agent} alone breaks the {category} limit of {subgroup} in {listed(epochs)}"
        for category, epochs in found.items()
    )


def _levels(i: Instance, d: int) -> Sequence[str]:
    return [level for o, level in enumerate(i.option_level) if i.option_agent[o] == d]


def _broken(i: Instance, agent: str, level: str, g: int, s: int) -> Iterator[str]:
    sequence = {i.epochs[s]: (Dose(agent, level),)}
    risk = arm_numbers(i, Arm("alone", (i.subgroups[g],), sequence)).risk[0, s]
    for e in np.flatnonzero(risk > i.limit[g, :, s] + TOLERANCE).tolist():
        yield i.categories[e]
