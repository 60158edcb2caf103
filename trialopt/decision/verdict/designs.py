"""Random feasible designs: a walk over designs by single changes, taking a design now and then."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from trialopt.core.design import Arm, Design, Dose
from trialopt.core.instance import Instance
from trialopt.core.run import Monitor
from trialopt.evaluation import evaluate

BURN = 40
"""Changes that are kept before the first is taken."""

STEPS = 8
"""Changes that are kept between two designs taken."""

TRIES = 120
"""Changes tried for each design asked for, before the walk is given up."""


def random_designs(instance: Instance, start: Design, count: int, seed: int, monitor: Monitor) -> tuple[Design, ...]:
    """Take `count` distinct designs that keep every rule and limit from a random walk that begins at `start`.

    A change gives an arm another agent, dose or none in an epoch, or moves a subgroup to another arm or one of its own;
    it is kept if the judge finds nothing broken. Fewer come back where few changes are possible.
    """
    rng = np.random.default_rng(seed)
    now, kept = start, 0
    found: dict[object, Design] = {}
    for _ in range(BURN * 10 + count * TRIES):
        if len(found) == count or monitor.stop() is not None:
            break
        other = _changed(instance, now, rng)
        if other is None or not evaluate(instance, other).feasible:
            continue
        now, kept = other, kept + 1
        if kept >= BURN and kept % STEPS == 0:
            found.setdefault(_key(now), now)
            monitor.report(doing=f"{len(found)} of {count} random designs")
    return tuple(found.values())


def _key(design: Design) -> object:
    return frozenset((g, tuple(sorted(a.sequence.items()))) for a in design.arms for g in a.subgroups)


def _changed(instance: Instance, design: Design, rng: np.random.Generator) -> Design | None:
    """One random change; `None` where it comes to nothing."""
    arms = list(design.arms)
    if rng.random() < 0.2:
        return _moved(instance, arms, rng)
    k = int(rng.integers(len(arms)))
    s = int(rng.integers(len(instance.epochs)))
    epoch = instance.epochs[s]
    doses = list(arms[k].sequence.get(epoch, ()))
    o = int(rng.integers(len(instance.option_agent)))
    dose = Dose(instance.agents[int(instance.option_agent[o])], instance.option_level[o])
    what = rng.random()
    if doses and what < 0.6:
        doses[int(rng.integers(len(doses)))] = dose
    elif doses and what < 0.8:
        doses.pop(int(rng.integers(len(doses))))
    else:
        doses.append(dose)
    if len({d.agent for d in doses}) < len(doses) or doses == list(arms[k].sequence.get(epoch, ())):
        return None
    sequence = {**arms[k].sequence, epoch: tuple(sorted(doses))}
    arms[k] = replace(arms[k], sequence={e: sequence.get(e, ()) for e in instance.epochs})
    return Design(tuple(arms))


def _moved(instance: Instance, arms: list[Arm], rng: np.random.Generator) -> Design | None:
    """One subgroup served by another arm, or by a new one."""
    subgroup = instance.subgroups[int(rng.integers(len(instance.subgroups)))]
    old = next(k for k, arm in enumerate(arms) if subgroup in arm.subgroups)
    to = int(rng.integers(len(arms) + (len(arms) < instance.trial.max_arms)))
    if to == old:
        return None
    left = tuple(g for g in arms[old].subgroups if g != subgroup)
    if to == len(arms):
        if not left:
            return None
        arms.append(replace(arms[old], subgroups=(subgroup,)))
    else:
        together = {*arms[to].subgroups, subgroup}
        arms[to] = replace(arms[to], subgroups=tuple(g for g in instance.subgroups if g in together))
    arms[old] = replace(arms[old], subgroups=left)
    some = [arm for arm in arms if arm.subgroups]
    return Design(tuple(replace(arm, name=f"A{k}") for k, arm in enumerate(some, start=1)))
