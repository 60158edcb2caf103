"""One survival comparison under way: chances of an event and the patients each method asks for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from trialopt.sizing.accrual import chance_of_event
from trialopt.sizing.checks import Floats, quantile_sum
from trialopt.sizing.events import standardised_effect


@dataclass(frozen=True)
class Course:
    """How patients fail, drop out and are followed; hazards per month, ratio experimental to control."""

    h0: Floats
    hazard_ratio: Floats
    dropout: Floats
    ratio: Floats

    def chances(self, accrual: Floats, follow_up: Floats) -> tuple[Floats, Floats]:
        """Chance of a seen event, control and experimental."""
        p0 = chance_of_event(self.h0, accrual, follow_up, self.dropout)
        return p0, chance_of_event(self.hazard_ratio * self.h0, accrual, follow_up, self.dropout)

    def events_per_patient(self, accrual: Floats, follow_up: Floats) -> Floats:
        """Chance of a seen event of a patient of either arm."""
        p0, p1 = self.chances(accrual, follow_up)
        return np.asarray((p0 + self.ratio * p1) / (1 + self.ratio))

    def deviations(self, accrual: Floats, follow_up: Floats, method: str) -> tuple[Floats, Floats]:
        """Deviation over effect under null and alternative: ``N = (z_alpha s_null + z_beta s_alt)^2``."""
        r, theta = self.ratio, -np.log(self.hazard_ratio)
        p0, p1 = self.chances(accrual, follow_up)
        with np.errstate(divide="ignore"):
            if method in ("schoenfeld", "freedman"):
                pooled = (p0 + r * p1) / (1 + r)
                each = 1 / (standardised_effect(self.hazard_ratio, r, method) * np.sqrt(pooled))
                return each, each
            alternative = np.sqrt((1 + r) * (1 / p0 + 1 / (r * p1))) / theta
            if method == "rubinstein":
                return alternative, alternative
            mean = chance_of_event(self.h0 * (1 + r * self.hazard_ratio) / (1 + r), accrual, follow_up, self.dropout)
            return (1 + r) / np.sqrt(r * mean) / theta, alternative

    def patients(self, za: Floats, zb: Floats, accrual: Floats, follow_up: Floats, method: str) -> Floats:
        """``N(A, F)`` of the module, both arms, unrounded."""
        s_null, s_alt = self.deviations(accrual, follow_up, method)
        return np.asarray(quantile_sum(za, s_null, zb, s_alt, method) ** 2)

    def power(self, n: Floats, za: Floats, accrual: Floats, follow_up: Floats, method: str) -> Floats:
        """Power of `n` patients: ``N(A, F) = n`` solved for z_beta."""
        s_null, s_alt = self.deviations(accrual, follow_up, method)
        return np.asarray(ndtr((np.sqrt(n) - za * s_null) / s_alt))
