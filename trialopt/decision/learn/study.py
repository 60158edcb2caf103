"""Planned studies of one uncertain input: what they are called, and what their results tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from trialopt.core import WrongInput
from trialopt.core.inputs import Input, Uncertain
from trialopt.core.instance import Floats
from trialopt.decision.learn.worth import Worth, of_binomial, of_normal


@dataclass(frozen=True)
class Study:
    """So many patients (events, where a hazard ratio is measured) to learn about one input."""

    name: str
    input: int
    size: int
    hazard: bool

    @property
    def words(self) -> str:
        """`60 patients on talquetamab (response)`."""
        agent, _, what = self.name.partition(".")
        unit = "events" if self.hazard else "patients"
        return f"{self.size} {unit} on {agent} ({what.replace('.', ' in ').replace('_', ' ')})"


def study_name(one: Input) -> str | None:
    """What a study of an input is called; `None` where no count of patients measures it.

    AGENT.response, AGENT.hazard or AGENT.CATEGORY, with .EPOCH for an epoch's own number.
    """
    if not isinstance(one, Uncertain):
        return None
    what = "hazard" if one.hazard else one.category or "response"
    return f"{one.agent}.{what}{f'.{one.epoch}' if one.epoch and not one.hazard else ''}"


def studies_of(inputs: Sequence[Input], names: Sequence[str], sizes: Sequence[int]) -> list[Study]:
    """Find the inputs that studies name. Raises `WrongInput` with the names there are."""
    known = {name: k for k, one in enumerate(inputs) if (name := study_name(one)) is not None}
    found = []
    for name in names:
        if name not in known:
            agent = name.partition(".")[0]
            own = [other for other in known if other.startswith(f"{agent}.")]
            right = f"of {agent} there are {', '.join(own)}" if own else f"for example {next(iter(known), 'none')}"
            raise WrongInput(f"--study {name}: no uncertain number of the instance is called so; {right}")
        one = inputs[known[name]]
        assert isinstance(one, Uncertain)
        found += [Study(name, known[name], size, one.hazard) for size in sizes]
    return found


def worth_of(study: Study, rates: Floats, expected: Floats) -> Worth:
    """EVSI of a study; `rates` (N,) is its input in each truth, `expected` (N, K) the regression on it.

    A hazard ratio's logarithm is measured with variance 4 / events (Schoenfeld 1981, arms of equal size); a rate by
    the number of patients with the event.
    """
    if study.hazard:
        return of_normal(expected, np.log1p(-rates), 2 / np.sqrt(study.size))
    return of_binomial(expected, rates, study.size)
