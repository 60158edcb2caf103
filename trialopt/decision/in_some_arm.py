"""The best design in which some arm has an agent.

A subgroup without patients is added that any arm may serve as well: it has no weight, no toxicity and no limits, so it
changes no number of an arm. The arm that serves it must contain the agent. Its control already helps everybody, so an
arm that serves it alone has no effect and cannot be sized: it always joins an arm of real subgroups.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from trialopt.core.design import Design
from trialopt.core.instance import Floats, Instance
from trialopt.core.run import Monitor, Outcome
from trialopt.decision.agent_reasons import with_agent
from trialopt.decision.solving import NOTHING, Answer, best
from trialopt.engine.some_arm import Refused, SomeArm
from trialopt.evaluation import evaluate

# -- A sized design in which at least one arm contains an agent, asked for with one search. -----------------------

NOBODY = "nobody"

ALMOST_NONE = 1e-12
"""Patients a month of that subgroup: nothing beside real ones, yet a rate as sizes need it."""


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
        "accrual": np.append(i.accrual, np.nan if np.isnan(i.accrual).any() else ALMOST_NONE),
        "control_rate": np.append(i.control_rate, 1.0),
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


# -- The best designs with an agent in some arm, or in every arm: each way of searching where it applies. ---------


class InSomeArm:
    """Answers about the agents of one instance.

    Unsized, all agents share one set of tables (`SomeArm`). Sized, a subgroup of nobody carries the wish (`nobody`).
    Where neither applies, the subgroups whose arm contains the agent are gone through one by one.
    """

    def __init__(self, instance: Instance, agents: Sequence[str], monitor: Monitor) -> None:
        from trialopt.engine import TooLarge
        from trialopt.engine.regimens import Stopped

        self._instance, self._monitor = instance, monitor
        self._nobody = with_nobody(instance)
        self._shared: SomeArm | None = None
        if not instance.trial.sized:
            try:
                self._shared = SomeArm(instance, agents, monitor)
            except (TooLarge, Stopped):
                self._shared = None

    def some_arm(self, agent: str) -> Answer:
        """The best design in which at least one arm contains the agent."""
        if self._shared is not None:
            try:
                return self._judged(self._shared.some_arm(agent))
            except Refused:
                return self.by_subgroup(agent)
        if self._nobody is None:
            return self.by_subgroup(agent)
        found = best(self._nobody, self._monitor, {NOBODY: (agent,)})
        if found.design is None:
            return found
        design = without_nobody(found.design)
        judged = evaluate(self._instance, design)
        if not judged.feasible:
            return self.by_subgroup(agent)
        return Answer(design, judged.value, found.bound, found.stopped)

    def every_arm(self, agent: str) -> Answer:
        """The best design in which every arm contains the agent."""
        if self._shared is not None:
            try:
                return self._judged(self._shared.every_arm(agent))
            except Refused:
                pass
        return best(with_agent(self._instance, agent), self._monitor)

    def _judged(self, outcome: Outcome) -> Answer:
        if outcome.design is None:
            stopped = "" if outcome.bound == NOTHING else outcome.stopped
            return Answer(None, None, outcome.bound, stopped)
        return Answer(outcome.design, evaluate(self._instance, outcome.design).value, outcome.bound)

    def by_subgroup(self, agent: str) -> Answer:
        """The same as `some_arm`, subgroup by subgroup; what cannot beat the best so far is cut short."""
        top = Answer(None, None, NOTHING)
        bound, stopped = NOTHING, ""
        for g in self._instance.subgroups:
            enough = NOTHING if top.value is None else top.value
            answer = best(self._instance, self._monitor, {g: (agent,)}, enough=enough)
            bound, stopped = max(bound, answer.bound), stopped or answer.stopped
            if answer.value is not None and (top.value is None or answer.value > top.value):
                top = answer
        return Answer(top.design, top.value, bound if top.value is None else max(bound, top.value), stopped)
