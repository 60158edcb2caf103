"""Why not this agent, and why that one: the value lost when an agent is forced in, or done without.

Losses are against the best design, by solving again. Of an agent that is not given, two questions are asked: the best
design in which at least one arm contains it, and the best in which every arm does (`include`). Of one that is given:
the best design without it (`exclude`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

import pandas as pd

from trialopt.core.design import Design
from trialopt.core.instance import Instance
from trialopt.core.run import Monitor, Outcome
from trialopt.decision.agent_reasons import (
    NOBODY,
    barred_everywhere,
    barred_in,
    because,
    because_of,
    with_agent,
    with_nobody,
    without_agent,
    without_nobody,
)
from trialopt.decision.differences import differences
from trialopt.decision.solving import NOTHING, Answer, best
from trialopt.engine.regimens import Stopped, TooLarge
from trialopt.engine.some_arm import Refused, SomeArm
from trialopt.evaluation import evaluate

NO_PLACE = "an arm could give it, but no design with such an arm keeps the limits of the trial"

SOME, EVERY, WITHOUT = "in some arm", "in every arm", "left out"


@dataclass(frozen=True)
class AgentLoss:
    """One question about one agent, and its answer.

    Attributes
    ----------
    agent, question
        `in some arm` or `in every arm` of an agent that is not given, `left out` of one that is.
    value, lost
        Value of the best such design, and by how much it is below the recommended one's; `None` when there is no
        such design, or when it is not known.
    gap
        Most that the loss could be smaller than stated; `None` without a value.
    possible
        Whether there is such a design; `None` when that is not known.
    because
        When impossible: limits and rules that together bar it, in words; empty when the search for them was cut
        short.
    instead
        What the best such design does differently from the recommended one, in words.
    note
        Why the answer is not proven; empty when it is.
    """

    agent: str
    question: str
    value: float | None = None
    lost: float | None = None
    gap: float | None = None
    possible: bool | None = None
    because: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Agents:
    """What each agent of an instance would cost or is worth. `given` are the agents of the recommended design."""

    rows: tuple[AgentLoss, ...]
    given: tuple[str, ...]
    complete: bool
    missing: tuple[str, ...] = ()

    @property
    def table(self) -> pd.DataFrame:
        """One row an agent and question."""
        names = [field.name for field in fields(AgentLoss)]
        rows = [{**r.__dict__, "because": "; ".join(r.because), "instead": "; ".join(r.instead)} for r in self.rows]
        return pd.DataFrame(rows, columns=names).astype({"possible": "boolean"})

    def of(self, question: str) -> list[AgentLoss]:
        """Answers to one question: what costs least first, then what is impossible, then what is not known."""

        def order(row: AgentLoss) -> tuple[int, float]:
            return (0, row.lost) if row.lost is not None else (1 if row.possible is False else 2, 0.0)

        return sorted((row for row in self.rows if row.question == question), key=order)


def agents_of(design: Design) -> tuple[str, ...]:
    """Agents given in any arm, in the order of the design."""
    doses = (dose for arm in design.arms for given in arm.sequence.values() for dose in given)
    return tuple(dict.fromkeys(dose.agent for dose in doses))


def agent_losses(instance: Instance, design: Design, monitor: Monitor) -> Agents:
    """Ask of every agent what it would cost to give it, or to do without it, against the best design.

    Stops when the monitor says so, and then says what is missing.
    """
    given = agents_of(design)
    others = [agent for agent in instance.agents if agent not in given]
    search = _Search(instance, design, others, monitor)
    asked = ((SOME, others, search.some_arm), (WITHOUT, given, search.without), (EVERY, others, search.every_arm))
    for question, agents, answer in asked:
        for agent in agents:
            search.ask(agent, question, answer)
    return Agents(tuple(search.rows), given, not search.missing, tuple(search.missing))


class InSomeArm:
    """Answers about the agents of one instance.

    Unsized, all agents share one set of tables (`SomeArm`). Sized, a subgroup of nobody carries the wish (`nobody`).
    Where neither applies, the subgroups whose arm contains the agent are gone through one by one.
    """

    def __init__(self, instance: Instance, agents: Sequence[str], monitor: Monitor) -> None:
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


Found = tuple[Answer, tuple[str, ...]]
"""The answer, and why there is none."""


class _Search:
    """The answers so far."""

    def __init__(self, instance: Instance, design: Design, others: Sequence[str], monitor: Monitor) -> None:
        self._instance, self._design, self._monitor = instance, design, monitor
        self._value = evaluate(instance, design).value
        self._others = others
        self.rows: list[AgentLoss] = []
        self.missing: list[str] = []

    @cached_property
    def _searcher(self) -> InSomeArm:
        return InSomeArm(self._instance, self._others, self._monitor)

    def ask(self, agent: str, question: str, answer: Callable[[str], Found]) -> None:
        """Ask one question and keep its answer."""
        if (why := self._monitor.stop()) is not None:
            found: Found = Answer(None, None, float("inf"), why), ()
        else:
            self._monitor.report(doing=f"agents: {agent} {question}")
            found = answer(agent)
        self.rows.append(self._row(agent, question, *found))
        if found[0].stopped:
            self.missing.append(f"{agent} {question}")
        elif found[0].nothing and not found[1]:
            self.missing.append(f"why {agent} cannot be {question}")

    def without(self, agent: str) -> Found:
        """The best design without an agent."""
        answer = best(without_agent(self._instance, agent), self._monitor)
        return answer, self._because(answer, lambda j: without_agent(j, agent), ("exclude", agent))

    def some_arm(self, agent: str) -> Found:
        """The best design in which at least one arm contains an agent."""
        everywhere = barred_everywhere(self._instance, agent)
        if everywhere:
            return _NOTHING, (everywhere,)
        bars = [barred_in(self._instance, agent, g) for g in self._instance.subgroups]
        if all(bars):
            return _NOTHING, tuple(dict.fromkeys(bars))
        answer = self._searcher.some_arm(agent)
        if not answer.nothing:
            return answer, ()
        reasons = [because_of(self._instance, agent, g, self._monitor) for g in self._instance.subgroups]
        if any(reason is None for reason in reasons):
            return answer, (NO_PLACE,)
        known = [reason for reason in reasons if reason]
        if len(known) < len(reasons):
            return answer, ()
        return answer, tuple(dict.fromkeys(" with ".join(reason) for reason in known))

    def every_arm(self, agent: str) -> Found:
        """The best design in which every arm contains an agent: impossible as soon as it is in one subgroup."""
        for g in self._instance.subgroups:
            if bar := barred_in(self._instance, agent, g):
                return _NOTHING, (bar,)
        answer = self._searcher.every_arm(agent)
        return answer, self._because(answer, lambda j: with_agent(j, agent), ("include", agent))

    def _because(self, answer: Answer, change: Callable[[Instance], Instance], but: tuple[str, str]) -> tuple[str, ...]:
        return because(self._instance, change, but, self._monitor) if answer.nothing else ()

    def _row(self, agent: str, question: str, answer: Answer, why: tuple[str, ...]) -> AgentLoss:
        if answer.design is None or answer.value is None:
            possible = False if answer.nothing else None
            return AgentLoss(agent, question, possible=possible, because=why, note=answer.stopped)
        return AgentLoss(
            agent,
            question,
            value=answer.value,
            lost=self._value - answer.value,
            gap=answer.gap,
            possible=True,
            instead=tuple(differences(self._design, answer.design)),
            note=answer.stopped,
        )


_NOTHING = Answer(None, None, NOTHING)
