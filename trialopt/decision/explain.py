"""`explain`: why this design, what binds it, what each agent is worth; or, where nothing fits, why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from html import escape
from typing import Any

import pandas as pd

from trialopt.core.design import Design
from trialopt.core.handed import a_whole, an_instance, of_kind, texts
from trialopt.core.instance import Instance
from trialopt.core.run import PROVEN_TO, Limits, Monitor
from trialopt.core.shown import brief
from trialopt.decision.agents import Agents, agent_losses
from trialopt.decision.binding import Binding, binding_limits, earlier, joined, later
from trialopt.decision.confidence import highest_confidence
from trialopt.decision.contribution import Contributions, contributions
from trialopt.decision.infeasible import Infeasible, explain_infeasible
from trialopt.decision.second_process import Beside
from trialopt.decision.sentences import sentences
from trialopt.decision.solving import Answer, best
from trialopt.evaluation import evaluate
from trialopt.record.solution import DesignNumbers, Solution, numbers_of
from trialopt.record.words import objective

LIMITS, AGENTS, CONTRIBUTION = "limits", "agents", "contribution"
PARTS = (LIMITS, AGENTS, CONTRIBUTION)
"""Parts of an explanation."""


@dataclass(frozen=True)
class Explanation:
    """The reasons for the best design of an instance, or for there being none.

    Attributes
    ----------
    design, value, bound
        The design that is explained, its exact value, and what no design is better than; `None` without a design.
    limits, agents, contribution
        The parts asked for; `None` for the others.
    infeasible
        When there is no design: the limits in conflict, and repairs.
    missing
        What the run had to leave open, in words; empty when it is complete.
    notes
        What to know of the design explained, or of the highest confidence for which there is one.
    """

    instance: Instance
    design: Design | None
    value: float | None
    bound: float | None
    limits: Binding | None = None
    agents: Agents | None = None
    contribution: Contributions | None = None
    infeasible: Infeasible | None = None
    seconds: float = 0.0
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every question was answered, and proven."""
        return not self.missing

    @property
    def numbers(self) -> DesignNumbers:
        """The design's numbers beside the limits they are held against. Raises `ValueError` without a design."""
        if self.design is None:
            raise ValueError("there is no design to explain")
        return numbers_of(self.instance, evaluate(self.instance, self.design))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The explanation in words, the most important first."""
        return tuple(sentences(self))

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Data frames by name, of the parts there are.

        `limits`, `agents`, `contribution`, `contribution_coverage` and `contribution_risk`, or `conflict` and
        `repairs`.
        """
        found: dict[str, pd.DataFrame] = {}
        if self.limits is not None:
            found["limits"] = self.limits.table
        if self.agents is not None:
            found["agents"] = self.agents.table
        if self.contribution is not None:
            found["contribution"] = self.contribution.table
            found["contribution_coverage"] = self.contribution.coverage
            found["contribution_risk"] = self.contribution.risk
        if self.infeasible is not None:
            found["conflict"] = self.infeasible.conflict_table
            found["repairs"] = self.infeasible.repairs_table
        return found

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain numbers, texts, lists and mappings, ready for JSON."""
        parts = {name: getattr(self, name) for name in PARTS}
        return {
            "instance": self.instance.name,
            "sha256": self.instance.sha256,
            "complete": self.complete,
            "missing": list(self.missing),
            "notes": list(self.notes),
            "value": self.value,
            "bound": self.bound,
            "seconds": self.seconds,
            "design": None if self.design is None else asdict(self.design)["arms"],
            "sentences": list(self.sentences),
            **{name: None if part is None else asdict(part) for name, part in parts.items()},
            "infeasible": None if self.infeasible is None else list(self.infeasible.lines),
        }

    def __repr__(self) -> str:
        value = "no design" if self.value is None else f"value {self.value:#.4g}"
        parts = ", ".join(name for name in (*PARTS, "infeasible") if getattr(self, name) is not None)
        return brief(f"<Explanation of {self.instance.name}: {value}; {parts or 'nothing asked'}>")

    def _repr_html_(self) -> str:
        lines = "".join(f"<li>{escape(line)}</li>" for line in self.sentences)
        frames = "".join(f"<h4>{name}</h4>{frame.to_html(index=False)}" for name, frame in self.tables.items())
        return f"<div><ul>{lines}</ul>{frames}</div>"


def explain(
    instance: Instance,
    solution: Solution | None = None,
    *,
    parts: Sequence[str] = PARTS,
    monitor: Monitor | None = None,
    time_limit: float | None = None,
    processes: int = 1,
) -> Explanation:
    """Explain the best design of an instance by solving changed questions; or why it has none.

    Parameters
    ----------
    instance
        The question.
    solution
        A run that answered it. Its design is explained where it is the best one; else a better one is, with a note.
    parts
        Which of `limits`, `agents` and `contribution`.
    monitor
        Carries the time limit, progress and the wish to stop; what is done by then is kept.
    time_limit
        Seconds, in the place of a monitor.
    processes
        With 2 the limits are looked into in a process of their own. Scripts need the usual
        `if __name__ == "__main__":` then.

    Returns
    -------
    Explanation
        `complete` only when every question was answered and proven.

    Raises
    ------
    ValueError
        For an unknown part.
    """
    an_instance(instance)
    if solution is not None:
        how = "trialopt.solve makes one, trialopt.Solution.load reads one"
        of_kind(solution, Solution, "solution", "a Solution", how)
    a_whole(processes, "processes", 1)
    parts = texts(parts, "parts")
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no part of an explanation; the parts are {', '.join(PARTS)}")
    monitor = monitor or Monitor(Limits(time=time_limit))
    monitor.report(doing="solving")
    answer = best(instance, monitor)
    design, value, notes = _explained(instance, answer, solution)
    if design is None or value is None:
        return _without_design(instance, answer, monitor)
    monitor.report(value=value, bound=answer.bound)
    made = _made(instance, design, parts, monitor, processes)
    missing = [f"the design may not be the best: {answer.stopped}"] if answer.stopped else []
    missing += [words for part in (made.get(LIMITS), made.get(AGENTS)) if part is not None for words in part.missing]
    if (highest := highest_confidence(instance, monitor)) is not None:
        notes = (*notes, *highest.sentences())
    told: dict[str, Any] = {**made, "seconds": monitor.seconds, "missing": tuple(missing), "notes": notes}
    return Explanation(instance, design, value, max(answer.bound, value), **told)


def _explained(
    instance: Instance, answer: Answer, solution: Solution | None
) -> tuple[Design | None, float | None, tuple[str, ...]]:
    """The design to explain: the run's where it is as good as the best, else the best; and what to know of it."""
    if solution is None or solution.design is None:
        return answer.design, answer.value, ()
    value = evaluate(instance, solution.design).value
    if answer.value is None or value >= answer.value - PROVEN_TO:
        return solution.design, value, ()
    note = f"the run's design, worth {objective(value)}, is not the best: a better one is explained"
    return answer.design, answer.value, (note,)


def _without_design(instance: Instance, answer: Answer, monitor: Monitor) -> Explanation:
    if not answer.nothing:
        words = f"no design was found, and it is not proven that there is none: {answer.stopped}"
        return Explanation(instance, None, None, None, seconds=monitor.seconds, missing=(words,))
    infeasible = explain_infeasible(instance, monitor, proven=True)
    open_ = () if infeasible.complete else ("the search for the conflict and its repairs was cut short",)
    highest = highest_confidence(instance, monitor)
    told: dict[str, Any] = {"infeasible": infeasible, "notes": () if highest is None else tuple(highest.sentences())}
    return Explanation(instance, None, None, None, **told, seconds=monitor.seconds, missing=open_)


def _made(instance: Instance, design: Design, parts: Sequence[str], monitor: Monitor, processes: int) -> dict[str, Any]:
    """The parts asked for."""
    made: dict[str, Any] = {}
    if CONTRIBUTION in parts:
        made[CONTRIBUTION] = contributions(instance, design)
    if LIMITS in parts and AGENTS in parts and processes > 1:
        many = partial(binding_limits, families=earlier)
        with Beside(many, instance, design, monitor) as beside:
            made[AGENTS] = agent_losses(instance, design, monitor)
            few = binding_limits(instance, design, monitor, later)
            made[LIMITS] = joined(beside.result(), few)
        return made
    if LIMITS in parts:
        made[LIMITS] = binding_limits(instance, design, monitor)
    if AGENTS in parts:
        made[AGENTS] = agent_losses(instance, design, monitor)
    return made
