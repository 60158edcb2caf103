"""The best designs with an agent in some arm, or in every arm: each way of searching where it applies."""

from __future__ import annotations

from collections.abc import Sequence

from trialopt.decision.agent_reasons import with_agent
from trialopt.decision.best_answer import NOTHING, Answer, best
from trialopt.decision.subgroup_of_nobody import NOBODY, with_nobody, without_nobody
from trialopt.engine.some_arm import Refused, SomeArm
from trialopt.evaluation import evaluate
from trialopt.instance import Instance
from trialopt.run import Monitor, Outcome


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
