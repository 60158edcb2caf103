"""A truth under a scenario: rates and hazards as they are when the trial is played."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from trialopt.core import WrongInput
from trialopt.core.instance import Floats
from trialopt.simulate.scenario import Scenario
from trialopt.simulate.trial import Comparison, Family

SAME = 1e-12
"""Effects this small are none."""


@dataclass(frozen=True, eq=False)
class Situation:
    """What a family is played under; n truths that trials go through in turn.

    Attributes
    ----------
    outcome : (n, groups, strata)
        Response rate of all randomised, or hazard per month at the end.
    steps : (pieces, n, groups, strata) or None
        Hazard from each of `starts` on, where it changes with time since entry.
    """

    outcome: Floats
    risk: Floats
    steps: Floats | None
    starts: tuple[float, ...]
    per_month: float | None
    dropout: float
    not_evaluable: float
    proportional: bool
    """Whether there is one true effect."""

    def effect(self, comparison: Comparison, weights: Floats, survival: bool) -> Floats:
        """(n,) true difference in rates, or log hazard ratio, weighted over the strata; NaN where there is no one."""
        treated, control = self.outcome[:, comparison.treatment], self.outcome[:, comparison.control]
        if not self.proportional:
            return np.full(len(treated), np.nan)
        by_stratum = np.log(treated / control) if survival else treated - control
        return np.asarray(by_stratum @ weights)

    def worse(self, survival: bool) -> Floats:
        """(n, groups, strata) 1 where another group of the stratum is better."""
        good = -self.outcome if survival else self.outcome
        if survival and self.steps is not None:
            alike = np.ptp(good, axis=1, keepdims=True) <= SAME
            good = np.where(alike, -self.steps.sum(axis=0), good)
        return np.asarray(good < good.max(axis=1, keepdims=True) - SAME, dtype=float)


def situation(family: Family, scenario: Scenario) -> Situation:
    """A family's truth as a scenario changes it. Raises `WrongInput` for rates that it takes outside 0 to 1."""
    truth = family.truths[scenario.effect]
    control = family.comparisons[0].control
    outcome = truth.outcome.copy()
    if scenario.adds_nothing in family.adds:
        _level(outcome, family.adds[scenario.adds_nothing], control)
    for name in scenario.without:
        if name in family.strata:
            outcome[:, :, family.strata.index(name)] = outcome[:, [control], family.strata.index(name)]
    per_month = None if family.per_month is None else family.per_month * scenario.accrual
    if family.survival:
        shifted = _other_median(outcome, control, scenario)
        steps, starts = _steps(shifted, control, scenario)
        if steps is not None:
            shifted = steps[-1]
        dropout = family.dropout * scenario.dropout
        return Situation(shifted, truth.risk, steps, starts, per_month, dropout, 0.0, scenario.proportional)
    rates = _other_rate(family, outcome, control, scenario)
    lost = min(1.0, family.not_evaluable * scenario.dropout)
    return Situation(rates, truth.risk, None, (0.0,), per_month, 0.0, lost, True)


def _level(outcome: Floats, without: int, control: int) -> None:
    """The group that goes without an agent does as well as the arm; the arm as the control, where that stands in."""
    if without == control:
        outcome[:, 0] = outcome[:, control]
    else:
        outcome[:, without] = outcome[:, 0]


def _other_median(hazards: Floats, control: int, scenario: Scenario) -> Floats:
    """Hazards when the control's median is off; the ratios stay."""
    if scenario.control_factor == 1 and scenario.control_added == 0:
        return hazards
    median = np.log(2) / hazards[:, control] * scenario.control_factor + scenario.control_added
    if (median <= 0).any():
        raise WrongInput(f"scenario {scenario.name!r}: the control's median becomes {median.min():.3g} months")
    return np.asarray(hazards * (np.log(2) / median / hazards[:, control])[:, None, :])


def _steps(hazards: Floats, control: int, scenario: Scenario) -> tuple[Floats | None, tuple[float, ...]]:
    """Hazards by piece of time, for a late effect or a hazard ratio in pieces."""
    if scenario.proportional:
        return None, (0.0,)
    base = np.broadcast_to(hazards[:, [control]], hazards.shape)
    treated = np.abs(hazards - base) > SAME * base
    if scenario.pieces:
        parts = [np.where(treated, base * ratio, base) for _, ratio in scenario.pieces]
        return np.stack(parts), tuple(start for start, _ in scenario.pieces)
    return np.stack([base, hazards]), (0.0, scenario.delay)


def _other_rate(family: Family, rates: Floats, control: int, scenario: Scenario) -> Floats:
    """Rates when the control's is off (differences stay), and when more patients leave protocol."""
    own = rates[:, control]
    moved = rates + (own * scenario.control_factor + scenario.control_added - own)[:, None, :]
    if scenario.dropout != 1 and family.reach:
        reach = np.array(family.reach)
        moved = moved * np.clip(1 - scenario.dropout * (1 - reach), 0.0, None) / reach
    if scenario.effect == "draws":
        return np.clip(moved, 0.0, 1.0)
    outside = (moved < 0) | (moved > 1)
    if outside.any():
        _, group, stratum = np.argwhere(outside)[0].tolist()
        name = f"{family.groups[group].name} in {family.strata[stratum]}"
        raise WrongInput(
            f"scenario {scenario.name!r}: the response rate of {name} becomes {moved[0, group, stratum]:.3f}, and must "
            "be between 0 and 1"
        )
    return np.asarray(moved)
