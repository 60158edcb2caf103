"""Scenarios: what is different from plan when a trial is played, and how that is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import pairwise

from trialopt.core import WrongInput
from trialopt.simulate.trial import Trial

WORDS = {
    "none": "no effect",
    "sized": "effect sized for",
    "predicted": "effect predicted",
    "draws": "predictive draws",
}
"""Effect -> its name as a scenario."""


@dataclass(frozen=True)
class Scenario:
    """One way in which a trial may turn out.

    Attributes
    ----------
    effect
        One of `trialopt.simulate.trial.EFFECTS`.
    delay
        Months from entry before the treatment acts on the hazard at all (pfs).
    accrual
        Factor on the accrual rates.
    dropout
        Factor on the dropout hazard (pfs), or on the shares not evaluable and off protocol (response).
    control_factor, control_added
        The control's rate or median is this many times, then this much above, what was assumed. A response rate keeps
        its difference to the control's, a hazard its ratio.
    without
        Strata without an effect.
    pieces
        `(month, hazard ratio)`: the hazard ratio from that month after entry on, in place of the effect (pfs).
    adds_nothing
        Agent whose component arm does as well as the whole arm.
    """

    name: str
    effect: str = "sized"
    delay: float = 0.0
    accrual: float = 1.0
    dropout: float = 1.0
    control_factor: float = 1.0
    control_added: float = 0.0
    without: tuple[str, ...] = ()
    pieces: tuple[tuple[float, float], ...] = ()
    adds_nothing: str = ""

    @property
    def proportional(self) -> bool:
        """Whether hazards are proportional, so that there is one true hazard ratio."""
        return not self.pieces and self.delay == 0


def default_scenarios(trial: Trial) -> list[Scenario]:
    """No effect, the effect sized for, the effect predicted and predictive draws, as far as the trial knows them.

    Where arms have to show what their agents add, also each agent adding nothing to the effect sized for.
    """
    usual = [Scenario(WORDS[effect], effect) for effect in trial.effects]
    return usual + [Scenario(adding_nothing(agent), adds_nothing=agent) for agent in trial.added]


def adding_nothing(agent: str) -> str:
    """Name of the scenario in which an agent adds nothing."""
    return f"{agent} adds nothing"


def asked_scenarios(
    *,
    delay: Sequence[float] = (),
    accrual: Sequence[str] = (),
    dropout: Sequence[str] = (),
    control: Sequence[str] = (),
    without: Sequence[str] = (),
    hazard_ratio: Sequence[str] = (),
) -> list[Scenario]:
    """One scenario for each value, on the effect sized for. Raises `WrongInput` for what cannot be read."""
    found = [Scenario(f"effect after {months:g} months", delay=_delay(months)) for months in delay]
    found += [Scenario(f"accrual {text.strip()}", accrual=_factor(text, "--accrual")) for text in accrual]
    found += [Scenario(f"dropout {text.strip()}", dropout=_factor(text, "--dropout", zero=True)) for text in dropout]
    for text in control:
        factor, added = _shift(text)
        found.append(Scenario(f"control {text.strip()}", control_factor=factor, control_added=added))
    found += [Scenario(f"no effect in {group}", without=(group,)) for group in without]
    found += [Scenario(f"hazard ratio {text.strip()}", pieces=_pieces(text)) for text in hazard_ratio]
    return found


def check(trial: Trial, scenarios: Sequence[Scenario]) -> None:
    """Raise `WrongInput` for a scenario that a trial cannot be played under, or a name given twice."""
    survival = trial.families[0].survival
    strata = [stratum for family in trial.families for stratum in family.strata]
    names = [scenario.name for scenario in scenarios]
    for name in names:
        if names.count(name) > 1:
            raise WrongInput(f"two scenarios are called {name!r}: give each a name of its own")
    for one in scenarios:
        if one.effect not in trial.effects:
            there = ", ".join(trial.effects)
            raise WrongInput(f"scenario {one.name!r}: effect is {one.effect!r}; this trial can be played under {there}")
        if not survival and (one.delay or one.pieces):
            raise WrongInput(
                f"scenario {one.name!r}: --delay and --hazard-ratio are for progression-free survival, and "
                f"{trial.name} compares response rates"
            )
        if one.adds_nothing and one.adds_nothing not in trial.added:
            there = ", ".join(trial.added) or "none"
            raise WrongInput(
                f"scenario {one.name!r}: the trial has no component arm without {one.adds_nothing}; it has {there}"
            )
        for group in one.without:
            if group not in strata:
                near = get_close_matches(group, strata, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(strata)}"
                raise WrongInput(f"scenario {one.name!r}: {group!r} is no subgroup of the trial; {hint}")


def _delay(months: float) -> float:
    if not 0 < months < 1200:
        raise WrongInput(f"--delay {months:g}: give months above 0 after which the treatment begins to act")
    return months


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < 1e6 else None


def _factor(text: str, option: str, zero: bool = False) -> float:
    value = _number(text.strip().lower().removeprefix("x"))
    if value is None or value < 0 or (value == 0 and not zero):
        raise WrongInput(
            f"{option} {text}: give a factor {'of at least' if zero else 'above'} 0, for example x0.5 or x2"
        )
    return value


def _shift(text: str) -> tuple[float, float]:
    """Factor and what is added, from `x1.2`, `+0.05` or `-0.05`."""
    found = re.fullmatch(r"([xX+-])\s*([0-9.eE-]+)", text.strip())
    value = _number(found[2]) if found else None
    if found is None or value is None or value < 0 or (found[1] in "xX" and value == 0):
        raise WrongInput(f"--control {text}: give x1.2 for a factor, or +0.05 or -0.05 for what is added")
    if found[1] in "xX":
        return value, 0.0
    return 1.0, value if found[1] == "+" else -value


def _pieces(text: str) -> tuple[tuple[float, float], ...]:
    """`0:1,6:0.6` as months and hazard ratios."""
    wrong = WrongInput(
        f"--hazard-ratio {text}: give MONTH:RATIO pieces in order from month 0, for example 0:1,6:0.6 for no effect in "
        "the first six months"
    )
    pieces = []
    for part in text.split(","):
        month, _, ratio = part.partition(":")
        start, value = _number(month), _number(ratio)
        if start is None or value is None or value <= 0:
            raise wrong
        pieces.append((start, value))
    starts = [start for start, _ in pieces]
    if starts[0] != 0 or any(b <= a for a, b in pairwise(starts)):
        raise wrong
    return tuple(pieces)
