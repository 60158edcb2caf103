"""Numbers of whole regimens in every truth (model section 11), for the families that hold truths side by side."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pyomo.environ as pyo

from trialopt.core import WrongInput
from trialopt.core.coefficients import coefficients
from trialopt.core.instance import Floats, Instance
from trialopt.model.space import Space

MOST_REGIMENS = 4_000
"""Regimens of an epoch."""


def truths_count(instance: Instance) -> bool:
    """Whether value or limits rest on the truths."""
    asked = instance.uncertainty
    return asked is not None and (asked.objective != "given" or asked.confidence is not None)


class Drawn:
    """Numbers of whole regimens in every truth. Letters as in `Space`, N truths, R regimens of an epoch."""

    def __init__(self, space: Space) -> None:
        """Tabulate. Raises `WrongInput` where there are too many regimens."""
        i = space.instance
        assert i.truths is not None
        assert i.uncertainty is not None
        self.asked, self.count = i.uncertainty, len(i.truths)
        self.regimens = [_regimens(space, s) for s in space.epochs]
        self.place = [{options: r for r, options in enumerate(regimens)} for regimens in self.regimens]
        shape = (self.count, len(i.subgroups))
        self.activity = [np.zeros((*shape, len(r), len(i.mechanisms))) for r in self.regimens]
        """By epoch (N, G, R, M)."""
        self.events = [np.zeros((*shape, len(r), len(i.categories))) for r in self.regimens]
        """By epoch (N, G, R, E): attributable, log scale."""
        self.base = np.zeros((*shape, len(i.epochs), len(i.categories)))
        """(N, G, S, E)"""
        self._coefficients = [coefficients(i.truths.written_in(i, n)) for n in range(self.count)]
        self._instance, self._truths = i, i.truths
        for n, c in enumerate(self._coefficients):
            self.base[n] = c.base
        for s, regimens in enumerate(self.regimens):
            for r, options in enumerate(regimens):
                self.activity[s][:, :, r], self.events[s][:, :, r] = self.of(s, options)

    def of(self, s: int, options: tuple[int, ...]) -> tuple[Floats, Floats]:
        """Log-activity (N, G, M) and events (N, G, E) of any regimen of an epoch."""
        i, o = self._instance, list(options)
        agents = set(i.option_agent[o].tolist())
        pairs = [p for p, (a, b) in enumerate(i.pair_agents.tolist()) if a in agents and b in agents]
        factor = self._truths.factor([i.agents[d] for d in agents])
        activity, events = [], []
        for n, c in enumerate(self._coefficients):
            single = c.activity[:, s][:, :, o].sum(axis=2)
            activity.append(float(factor[n]) * (single + c.pair_activity[:, :, pairs].sum(axis=2)))
            events.append(c.tau[:, s][:, :, o].sum(axis=2) + c.pair_tau[pairs].sum(axis=0))
        return np.array(activity), np.array(events)

    @property
    def needed(self) -> int:
        """Truths in which a limit has to hold."""
        return self.asked.needed(self.count)

    def exponents(self, space: Space, chosen: Floats) -> Floats:
        """Exponents (N, G, M, S) of choices (G, S, O) of 0 and 1; -inf where start is 0."""
        i = space.instance
        found = np.empty((self.count, len(i.subgroups), len(i.mechanisms), len(i.epochs)))
        for g in range(len(i.subgroups)):
            before = np.zeros(len(i.agents), dtype=bool)
            earlier = np.zeros((self.count, len(i.mechanisms)))
            for s in range(len(i.epochs)):
                options = tuple(np.flatnonzero(chosen[g, s] > 0.5).tolist())
                known = self.place[s].get(options)
                now = self.of(s, options)[0][:, g] if known is None else self.activity[s][:, g, known]
                growth = np.zeros(len(i.mechanisms))
                rows = i.emergence_agents[:, before].any(axis=1)
                np.add.at(growth, i.emergence_mechanism[rows], np.log(i.emergence_multiplier[rows]))
                with np.errstate(divide="ignore"):
                    start = np.log(space.c.start[g, s])
                found[:, g, :, s] = start + growth - i.trial.carry * earlier - now
                earlier = earlier + now
                before[i.option_agent[list(options)]] = True
        return found


def _regimens(space: Space, s: int) -> list[tuple[int, ...]]:
    """Sorted options of every regimen of an epoch with at most `max_agents` agents, one level of each."""
    i, found = space.instance, []
    for size in range(min(int(i.max_agents[s]), len(space.used[s])) + 1):
        for agents in combinations(space.used[s], size):
            for options in product(*(space.levels[d] for d in agents)):
                found.append(tuple(sorted(int(o) for o in options)))
                if len(found) > MOST_REGIMENS:
                    raise WrongInput(
                        f"the compact model holds at most {MOST_REGIMENS:,} regimens of an epoch with truths side by "
                        "side; use method decompose, or, for more than the 18 subgroups that it takes, fewer "
                        "subgroups, agents (--exclude) or agents a regimen (max_agents)"
                    )
    return found


def drawn(model: pyo.ConcreteModel, space: Space) -> Drawn | None:
    """Numbers in every truth; `None` where nothing rests on them."""
    if not hasattr(model, "drawn_numbers"):
        model.drawn_numbers = Drawn(space) if truths_count(space.instance) else None
    found: Drawn | None = model.drawn_numbers
    return found


def exponent_range(space: Space, numbers: Drawn, n: int, g: int, m: int, s: int) -> tuple[float, float]:
    """Least and largest exponent of any sequence in a truth."""
    i = space.instance
    low = high = float(np.log(space.c.start[g, s, m]))
    for t in range(s + 1):
        activity = numbers.activity[t][n, g, :, m]
        factor = 1.0 if t == s else i.trial.carry
        low, high = low - factor * float(activity.max()), high - factor * float(activity.min())
    if s > 0:
        high += float(np.log(i.emergence_multiplier[i.emergence_mechanism == m]).sum())
    return low, high
