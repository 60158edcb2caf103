"""Assurance of arms as the engine finds it: the mean over the truths of their power (model section 11).

Power is the chance of crossing the efficacy bound, at any look where there are interim ones (`Crossing`).
"""

from __future__ import annotations

from functools import cached_property
from statistics import NormalDist

import numpy as np

from trialopt.core.coefficients import Coefficients
from trialopt.core.instance import TOLERANCE, Bools, Floats, Instance
from trialopt.engine.crossing import Crossing
from trialopt.engine.plans import enrolments_of
from trialopt.engine.regimens import Regimens
from trialopt.engine.truths import TruthNumbers
from trialopt.sizing.enrolment import chance_of_event_entering
from trialopt.sizing.looks import looks_design
from trialopt.sizing.special import ndtr


class Assured:
    """Asks `min_assurance` of arms; rows are those of the epochs' regimens."""

    def __init__(self, instance: Instance, c: Coefficients, epochs: list[Regimens], alpha: float) -> None:
        asked, truths = instance.uncertainty, instance.truths
        assert asked is not None
        assert asked.min_assurance is not None
        assert truths is not None
        self._i, self._c, self._epochs = instance, c, epochs
        self._least, self._alpha = asked.min_assurance, alpha
        self._numbers = TruthNumbers(instance, truths)
        self._numbers.keep()
        self._subgroup, self._mechanism = np.nonzero((c.start > 0).any(axis=1))
        self._of_group = (self._subgroup[:, None] == np.arange(len(instance.subgroups))).astype(float)
        self._known: dict[tuple[int, ...], Floats] = {}
        self._pfs = instance.trial.endpoint == "pfs"
        self._enrolments = enrolments_of(instance)
        if not self._pfs:
            self._reach = instance.reach[:, instance.trial.endpoint_epoch]
            self._rate, self._anchor = self._numbers.control_response(c, self._reach)

    @staticmethod
    def wanted(instance: Instance) -> bool:
        """Whether an instance asks for it."""
        asked = instance.uncertainty
        return instance.trial.sized and asked is not None and asked.min_assurance is not None

    def enough(self, path: tuple[int, ...], weight: Floats, n1: float, n0: float, rate: float) -> bool:
        """Whether an arm has it: weights (G,) of its subgroups, patients, and accrual per month."""
        return self.assurance(path, weight, n1, n0, rate) >= self._least - TOLERANCE

    def assurance(self, path: tuple[int, ...], weight: Floats, n1: float, n0: float, rate: float) -> float:
        """Mean over the truths of an arm's power."""
        if path not in self._known:
            self._known[path] = self._hazard(path) if self._pfs else self._response(path)
        effect, served = self._known[path], weight > 0
        w = weight[served]
        if self._pfs:
            drift = self._events_drift(effect[:, served], served, w, n1, n0, rate)
        else:
            p0, p1 = self._rate[:, served], effect[:, served]
            variance = (np.maximum(p0 * (1 - p0), 0) / n0 + np.maximum(p1 * (1 - p1), 0) / n1) @ w
            difference = (p1 - p0) @ w
            with np.errstate(divide="ignore", invalid="ignore"):
                drift = np.where(difference == 0, 0.0, difference / np.sqrt(variance))
        return float(self._power(drift).mean())

    def _power(self, drift: Floats) -> Floats:
        """(N,) chance of success where the final statistic has these means."""
        if self._i.trial.interim is None:
            return np.asarray(ndtr(drift + NormalDist().inv_cdf(self._alpha)))
        return self._crossing(drift)

    @cached_property
    def _crossing(self) -> Crossing:
        interim, power = self._i.trial.interim, self._i.trial.power
        assert interim is not None
        assert power is not None
        rules = interim.futility, interim.futility_spending, interim.timing
        return Crossing(looks_design(interim.looks, interim.spending, self._alpha, power, *rules))  # type: ignore[arg-type]

    def _response(self, path: tuple[int, ...]) -> Floats:
        """(N, G) response rate of a sequence in each subgroup."""
        i, numbers, last = self._i, self._numbers, self._i.trial.endpoint_epoch
        carried = np.ones((numbers.count, len(self._subgroup)))
        before = np.zeros(len(i.agents), dtype=bool)
        residual = np.zeros((numbers.count, len(i.subgroups)))
        for s, row in enumerate(path[: last + 1]):
            at = (self._epochs[s], s, self._subgroup, self._mechanism)
            left = numbers.left_by(*at, np.array([row]))[0]
            if s == last:
                growth = np.zeros(len(i.mechanisms))
                emerged = i.emergence_agents[:, before].any(axis=1)
                np.add.at(growth, i.emergence_mechanism[emerged], np.log(i.emergence_multiplier[emerged]))
                share = self._c.start[self._subgroup, s, self._mechanism] * np.exp(growth)[self._mechanism]
                residual = (left * carried * share) @ self._of_group
            if i.trial.carry > 0:
                carried = carried * left**i.trial.carry
            options = self._epochs[s].options[row]
            before[i.option_agent[options[options >= 0]]] = True
        return np.asarray(self._reach - self._anchor * residual)

    def _hazard(self, path: tuple[int, ...]) -> Floats:
        """(N, G) log hazard that a sequence takes away beyond the control."""
        i, effect = self._i, self._numbers.hazard_effects
        total = np.zeros((self._numbers.count, len(i.subgroups)))
        for s, row in enumerate(path):
            options = self._epochs[s].options[row]
            agents = i.option_agent[options[options >= 0]]
            total += i.pfs_weight[s] * effect[:, agents].sum(axis=1)
        for g in range(len(i.subgroups)):
            for s, given in enumerate(i.control_of(g) or ()):
                total[:, g] -= i.pfs_weight[s] * effect[:, i.option_agent[list(given)], g].sum(axis=1)
        return total

    def _events_drift(self, gain: Floats, served: Bools, w: Floats, n1: float, n0: float, rate: float) -> Floats:
        trial, truths = self._i.trial, self._numbers.truths
        log_ratio = -(gain @ w)
        hazard = np.log(2) / truths.control_median[:, served]
        months, follow = (n1 + n0) / rate, trial.follow_up_months
        events = np.zeros(len(log_ratio))
        for patients, h in ((n0, hazard), (n1, hazard * np.exp(log_ratio)[:, None])):
            if self._enrolments is not None:
                entering = [self._enrolments[g] for g in np.flatnonzero(served)]
                every = np.ones(len(entering), dtype=bool)
                tau = np.asarray(months)
                seen = chance_of_event_entering(h, tau, entering, every, follow, trial.dropout_per_month)
                events += patients * seen @ w
                continue
            total = h + trial.dropout_per_month
            lasting = np.exp(-total * follow) * -np.expm1(-total * months) / (total * months)
            events += patients * (h / total * (1 - lasting)) @ w
        return np.asarray(-log_ratio * np.sqrt(events * n1 * n0) / (n1 + n0))
